"""Stands in for `sallyport serve`: an HTTPS server that allows every AdmissionReview and remembers who was reviewed."""
import http.server
import json
import ssl
import threading

from cluster import run


class Reviews:
    def __init__(self):
        self._lock = threading.Lock()
        self._seen = []

    def add(self, path, request):
        with self._lock:
            self._seen.append((path, request))

    def take(self):
        """What came since the last time: (path, request) each."""
        with self._lock:
            seen, self._seen = self._seen, []
        return seen


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.reviews.add(self.path.partition("?")[0], review["request"])
        answer = {"apiVersion": review["apiVersion"], "kind": review["kind"],
                  "response": {"uid": review["request"]["uid"], "allowed": True}}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def start_gate_server(folder, host_name):
    """A running server with `reviews`, `port` and `certificate` (its own CA), known as `host_name`."""
    key, certificate = folder / "gate.key", folder / "gate.crt"
    made = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
               "-days", "1", "-subj", "/CN=gate", "-addext", f"subjectAltName=DNS:{host_name}",
               "-keyout", key, "-out", certificate)
    assert made.returncode == 0, made.stderr
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.reviews, server.port, server.certificate = Reviews(), server.server_address[1], certificate.read_bytes()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
