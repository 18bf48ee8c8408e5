"""A certificate that somebody else has made, such as cert-manager, and its next one."""
import os
import ssl
import subprocess

import pytest

from harness import wait_for

pytestmark = pytest.mark.disruptive


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def make_ca(folder, name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 1, "-subj",
            f"/CN={name}", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt")
    return (folder / f"{name}.crt").read_text()


def issue(folder, ca, into):
    """tls.crt and tls.key for the host at which the API server looks for the replicas."""
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 1, "-subj", "/CN=gate",
            "-addext", "subjectAltName=DNS:localhost,DNS:sallyport-webhook.sallyport-system.svc", "-addext",
            "basicConstraints=critical,CA:FALSE", "-CA", folder / f"{ca}.crt", "-CAkey", folder / f"{ca}.key",
            "-keyout", into / "tls.key", "-out", into / "tls.crt")
    return (into / "tls.crt").read_text()


def mount(folder, name, ca_text, ca):
    """A directory that changes in one step, as the kubelet changes a mounted Secret."""
    into = folder / name
    into.mkdir()
    chain = issue(folder, ca, into)
    (into / "ca.crt").write_text(ca_text)
    link = folder / "next"
    link.symlink_to(into)
    os.replace(link, folder / "mounted")
    return chain


def der(pem):
    return ssl.PEM_cert_to_DER_cert(pem)


def test_a_given_certificate_is_used_and_its_next_one_without_a_restart(shop, replicas, tmp_path):
    def served():
        return der(ssl.get_server_certificate(("localhost", replicas.webhook_port)))

    old_ca = make_ca(tmp_path, "old-ca")
    first = mount(tmp_path, "first", old_ca, "old-ca")
    replicas.stop_all()
    for replica in (0, 1):
        replicas.start_replica(replica, "--webhook-certificate-dir", tmp_path / "mounted")
    assert served() == der(first)
    shop.gate(whilePending="Reject")
    request = shop.rejected("2")

    new_ca = make_ca(tmp_path, "new-ca")
    pids = [replicas.pid(replica) for replica in (0, 1)]
    second = mount(tmp_path, "second", old_ca + new_ca, "new-ca")
    # New connections are shared out between the replicas: ten in a row see both.
    wait_for("the new certificate at both replicas", lambda: all(served() == der(second) for _ in range(10)), 30)
    shop.approve("alice", request)
    shop.set_image("2").must()
    assert shop.tag() == "2"
    assert [replicas.pid(replica) for replica in (0, 1)] == pids

    # What can not be used leaves the one in use where it is.
    (tmp_path / "second" / "tls.crt").write_text("not a certificate\n")
    wait_for("a warning of both", lambda: all("the certificate in use stays" in text
                                              for n, text in replicas.stderr_logs().items() if n in "01"))
    assert served() == der(second)
    shop.rejected("3")
