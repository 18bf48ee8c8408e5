"""A certificate that somebody else has made, such as cert-manager, and its next one."""
import os
import ssl

import pytest

from certificates import issue, make_ca
from harness import wait_for

pytestmark = pytest.mark.disruptive


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

    # What cannot be used leaves the one in use where it is.
    (tmp_path / "second" / "tls.crt").write_text("not a certificate\n")
    wait_for("a warning of both", lambda: all("the certificate in use stays" in text
                                              for n, text in replicas.stderr_logs().items() if n in "01"))
    assert served() == der(second)
    shop.rejected("3")
