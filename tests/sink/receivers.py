"""Receivers that the tests stand in for, and what they have got."""
import contextlib
import hashlib
import hmac
import http.server
import json
import socket
import threading
import time

from ports import free_port


class Receiver:
    """An HTTP server that keeps every request, and answers what `answer` says of it (200 if it says nothing)."""

    def __init__(self, answer=lambda request: 200, port=None):
        self.requests, self.connections, self.answer = [], [], answer
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                request = {"path": self.path, "headers": dict(self.headers),
                           "body": self.rfile.read(int(self.headers["Content-Length"])), "at": time.time()}
                answer = outer.answer(request)
                status, headers, body = answer if isinstance(answer, tuple) else (answer, {}, b"")
                request["status"] = status
                outer.requests.append(request)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *args):
                pass  # a caller that hung up

            def get_request(self):
                connection, address = super().get_request()
                outer.connections.append(connection)
                return connection, address

        self.server = Server(("127.0.0.1", port or free_port()), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, path=""):
        return f"http://127.0.0.1:{self.port}{path}"

    def taken(self):
        return [request for request in self.requests if request["status"] < 300]

    def lines(self):
        """Of all NDJSON that was taken, in its order."""
        return [line for request in self.taken() for line in request["body"].splitlines(keepends=True)]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def signature_holds(request, key):
    parts = dict(part.split("=", 1) for part in request["headers"]["Sallyport-Signature"].split(","))
    assert abs(int(parts["t"]) - request["at"]) < 60
    return hmac.compare_digest(parts["v1"], hmac.new(key, parts["t"].encode() + b"." + request["body"], hashlib.sha256).hexdigest())


def seqs(lines):
    return [json.loads(line)["seq"] for line in lines]
