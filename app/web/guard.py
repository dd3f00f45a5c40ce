"""The outermost layer, around Chainlit's routes and websocket as well as ours.

Chainlit checks neither the Host nor, on its websocket, the Origin (measured with 2.12), and has no limits of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.failures import Failures
from app.web.hosts import Hosts

BODY_LIMIT = 2 * 1024 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOGIN_PATHS = frozenset({"/login", "/enter"})
SOCKET_PREFIX = "/ws/"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer instead of the page."""

    status: int
    error: str
    retry_after: int = 0


class Guard:
    """Pure ASGI: Host 421, Origin 403, body 413, failed logins 429, and security headers on every answer.

    `script_hashes` gives the CSP sources of the inline scripts in the page being served.
    """

    def __init__(
        self, app: ASGIApp, *, hosts: Hosts, failures: Failures, script_hashes: Callable[[], tuple[str, ...]]
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._failures = failures
        self._script_hashes = script_hashes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is None and "transfer-encoding" in headers:
            received = await _whole_body(receive)
            receive, refusal = received if isinstance(received, tuple) else (receive, received)
        if refusal is not None:
            await _refuse(scope, send, refusal)
            return
        await self._app(scope, receive, self._watching(scope, headers, send))

    def _refusal(self, scope: Scope, headers: Headers) -> Refusal | None:
        host = headers.get("host", "")
        if not self._hosts.serves(host):
            return Refusal(421, f"This server does not answer to the host {host!r}; add it to KUBELITE_ALLOWED_HOSTS.")
        if _changes(scope) and (foreign := self._foreign(headers, host)):
            return Refusal(403, f"Requests from {foreign} are not allowed here.")
        if (length := headers.get("content-length")) and (not length.isdigit() or int(length) > BODY_LIMIT):
            return Refusal(413, f"The body is larger than {BODY_LIMIT // 1024 // 1024} MiB.")
        if _is_login(scope, headers) and (wait := self._failures.wait(_client(scope))):
            return Refusal(429, f"Too many failed logins; try again in {wait} s.", retry_after=wait)
        return None

    def _foreign(self, headers: Headers, host: str) -> str | None:
        """The foreign origin a browser names, or None: it is ours, or the caller is no browser."""
        origin = headers.get("origin")
        if origin is not None:
            return None if self._hosts.own_origin(origin, host) else f"the origin {origin!r}"
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return "another site"
        return None

    def _watching(self, scope: Scope, headers: Headers, send: Send) -> Send:
        """Adds the headers and counts failed logins as the answer passes by."""

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                if _failed_login(scope, headers, message["status"]):
                    self._failures.add(_client(scope))
                _secure(message, scope, headers.get("host", ""), self._script_hashes())
            await send(message)

        return watched


def _changes(scope: Scope) -> bool:
    """Would a foreign page gain by sending this? Then the origin counts."""
    if scope["type"] == "websocket":
        return True
    return scope["method"] not in SAFE_METHODS or scope["path"].startswith(SOCKET_PREFIX)


def _is_login(scope: Scope, headers: Headers) -> bool:
    if scope["type"] != "http":
        return False
    if scope["path"] == "/login":
        return bool(scope["method"] == "POST")
    return scope["path"] in LOGIN_PATHS or "authorization" in headers


def _failed_login(scope: Scope, headers: Headers, status: int) -> bool:
    return _is_login(scope, headers) and (status == 401 or (status == 403 and scope["path"] == "/enter"))


def _client(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


def _secure(message: Message, scope: Scope, host: str, hashes: tuple[str, ...]) -> None:
    headers = MutableHeaders(scope=message)
    headers.setdefault("x-content-type-options", "nosniff")
    headers.setdefault("referrer-policy", "no-referrer")
    headers.setdefault("x-frame-options", "SAMEORIGIN")
    headers.setdefault("cross-origin-opener-policy", "same-origin")
    headers.setdefault("cross-origin-resource-policy", "same-origin")
    headers.setdefault("content-security-policy", policy(host, hashes))
    path = scope["path"]
    if path.startswith("/api/"):
        headers.setdefault("cache-control", "no-store")
    elif path.startswith("/public/"):
        headers.setdefault("cache-control", "no-cache")


def policy(host: str, hashes: tuple[str, ...]) -> str:
    """Everything from this server only. `unsafe-eval` is what Chainlit's custom elements run on; styles are React's."""
    scripts = " ".join(f"'{value}'" for value in hashes)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'unsafe-eval' {scripts}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' blob:",
            "worker-src 'self' blob:",
            f"connect-src 'self' ws://{host} wss://{host}",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


async def _whole_body(receive: Receive) -> tuple[Receive, None] | Refusal:
    """Reads a body of unknown length up to the limit and gives it back as one message."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            return Refusal(413, f"The body is larger than {BODY_LIMIT // 1024 // 1024} MiB.")
        if not message.get("more_body", False):
            break
    pending: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay, None


async def _refuse(scope: Scope, send: Send, refusal: Refusal) -> None:
    body = json.dumps({"error": refusal.error}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if refusal.retry_after:
        headers.append((b"retry-after", str(refusal.retry_after).encode()))
    kind = "http"
    if scope["type"] == "websocket":
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008, "reason": refusal.error})
            return
        kind = "websocket.http"
    await send({"type": f"{kind}.response.start", "status": refusal.status, "headers": headers})
    await send({"type": f"{kind}.response.body", "body": body})
