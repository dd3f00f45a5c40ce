"""A stand-in for an image registry that refuses, on addresses of this machine: what a pull meets when it fails.

The answers follow the distribution specification: a JSON body with `errors`, a `WWW-Authenticate` header for 401.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CODES = {
    401: ("UNAUTHORIZED", "authentication required"),
    403: ("DENIED", "requested access to the resource is denied"),
    404: ("MANIFEST_UNKNOWN", "manifest unknown"),
    429: ("TOOMANYREQUESTS", "You have reached your pull rate limit."),
    500: ("UNKNOWN", "unknown error"),
    503: ("UNAVAILABLE", "service unavailable"),
}
FIRST = 15700
"""Port of the registry that answers 404; the others follow in the order of `CODES`."""
PLAIN, TLS, NOBODY = 15720, 15721, 15799
"""Ports that speak plain HTTP and TLS with an untrusted certificate, and one where nobody listens."""


def port_of(status: int) -> int:
    return FIRST + status % 100 + (100 if status >= 500 else 0)


def _handler(status: int) -> type[BaseHTTPRequestHandler]:
    code, words = CODES[status]

    class Refusing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            base = self.path.rstrip("/") == "/v2"
            # Only who asks for a login at all refuses already here.
            self._answer(200 if base and status != 401 else status)

        do_HEAD = do_GET

        def _answer(self, given: int) -> None:
            body = b"{}" if given == 200 else json.dumps({"errors": [{"code": code, "message": words}]}).encode()
            self.send_response(given)
            self.send_header("Content-Type", "application/json")
            self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
            if given == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="registry"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
            return

    return Refusing


@contextmanager
def registries(gateway: str, folder: Path) -> Iterator[None]:
    """All of them: the refusing ones on 127.0.0.1, which an Engine speaks plain HTTP to, the others on `gateway`."""
    servers = [ThreadingHTTPServer(("127.0.0.1", port_of(status)), _handler(status)) for status in CODES]
    servers.append(ThreadingHTTPServer((gateway, PLAIN), _handler(404)))
    secured = ThreadingHTTPServer((gateway, TLS), _handler(404))
    secured.socket = _own_certificate(gateway, folder).wrap_socket(secured.socket, server_side=True)
    servers.append(secured)
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _own_certificate(name: str, folder: Path) -> ssl.SSLContext:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:{name}"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *subject, *files],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
