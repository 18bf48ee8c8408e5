"""HTTP/1.1 over TLS by hand: whatever bytes a test wants, and the answer as it came."""
import json
import socket
import ssl

PATIENCE = 30  # seconds for any one step; on a busy machine far more than it takes


class Answer:
    def __init__(self, raw):
        self.raw = raw
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1]) if raw else None
        self.headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines[1:])}

    @property
    def response(self):
        """What the AdmissionReview in it says."""
        review = json.loads(self.body)
        assert (review["kind"], review["apiVersion"]) == ("AdmissionReview", "admission.k8s.io/v1")
        return review["response"]

    @property
    def is_last(self):
        return self.headers.get("connection") == "close"

    def __repr__(self):
        return f"answer {self.raw[:2000]!r}"


class Connection:
    """A TLS connection, or with `tls=None` a plain one. Sending to who has hung up already is no error."""

    def __init__(self, sock):
        self.sock = sock
        self.unread = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def send(self, data):
        """False: the other side has closed or reset the connection."""
        try:
            self.sock.sendall(data)
        except (OSError, ValueError):
            return False
        return True

    def receive(self):
        """Some bytes; none: the connection has ended, in whatever way."""
        try:
            return self.sock.recv(65536)
        except TimeoutError:
            raise
        except OSError:
            return b""

    def read_answer(self):
        """The next whole answer; an empty one where the connection ended before it."""
        while b"\r\n\r\n" not in self.unread:
            if not self._more():
                break
        head, blank, rest = self.unread.partition(b"\r\n\r\n")
        if not blank:
            return Answer(b"")
        size = int(Answer(head + blank).headers.get("content-length", 0))
        while len(rest) < size and self._more():
            rest = self.unread.partition(b"\r\n\r\n")[2]
        self.unread = rest[size:]
        return Answer(head + blank + rest[:size])

    def read_to_end(self):
        while self._more():
            pass
        return self.unread

    def _more(self):
        data = self.receive()
        self.unread += data
        return bool(data)


def client_context(least=ssl.TLSVersion.TLSv1_2, most=ssl.TLSVersion.TLSv1_3, ciphers=None, alpn=("http/1.1",)):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if ciphers:
        context.set_ciphers(ciphers)
    context.minimum_version, context.maximum_version = least, most
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


USUAL = client_context()


def connect_plain(port):
    sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def connect(port, tls=USUAL):
    sock = connect_plain(port)
    try:
        return Connection(tls.wrap_socket(sock, server_hostname="localhost") if tls else sock)
    except OSError:
        sock.close()
        raise


def head(target, body_size, method="POST", version="HTTP/1.1", host="localhost", content_type="application/json", more=()):
    """A request up to its empty line. None leaves a field out; `more` are whole lines."""
    lines = [f"{method} {target} {version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    if body_size is not None:
        lines.append(f"Content-Length: {body_size}")
    return "\r\n".join([*lines, *more, "", ""]).encode("latin-1")
