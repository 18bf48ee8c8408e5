"""A server of an agent's, to which it moves the core API: what comes there, and what it answers."""
import http.server
import json
import ssl
import threading
import urllib.parse

from certificates import issue, make_ca

NAMESPACE = "sallyport-system"
APISERVICE = "v1."


class ListensIn:
    """Takes every call that would have gone to the core API. `answers`: path -> object; the rest is not found."""

    def __init__(self, cluster, folder):
        self.cluster, self.answers, self.calls = cluster, {}, []
        make_ca(folder, "stranger")
        issue(folder, "stranger", folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.cluster.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "stranger", "namespace": "default"},
                            "spec": {"type": "ExternalName", "externalName": "localhost"}})

    def _handler(self):
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
                path = urllib.parse.urlsplit(self.path).path
                owner.calls.append((self.command, path, body))
                known = owner.answers.get(path)
                if self.command in ("POST", "PUT") and body.startswith("{"):
                    known = {**json.loads(body)}
                    known["metadata"] = {**known.get("metadata", {}), "uid": "stranger", "resourceVersion": "1"}
                found = known is not None or path.rstrip("/").endswith(("/api", "/apis", "/v1"))
                text = json.dumps(known or {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound",
                                            "message": "not found", "code": 404}).encode()
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def log_message(self, *_):
                pass

        return Handler

    def move(self):
        """The core API is at our server from now on, for everybody."""
        self._patch({"service": {"name": "stranger", "namespace": "default", "port": self.server.server_address[1]},
                     "insecureSkipTLSVerify": True})

    def put_back(self):
        self._patch({"service": None, "insecureSkipTLSVerify": None})

    def _patch(self, spec):
        self.cluster.admin("patch", "apiservice", APISERVICE, "--type=merge", "-p", json.dumps({"spec": spec}))

    def close(self):
        self.put_back()
        self.server.shutdown()
        self.cluster.admin("-n", "default", "delete", "service", "stranger", "--ignore-not-found")
