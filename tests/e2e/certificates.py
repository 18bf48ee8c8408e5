"""Certificates that somebody else has made, by openssl."""
import subprocess


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
