"""The guard's rules, without a server."""

from __future__ import annotations

import pytest
from starlette.types import Message, Receive, Scope, Send

from app.web.failures import LIMIT, WINDOW, Failures
from app.web.guard import BODY_LIMIT, Guard, policy
from app.web.hosts import Hosts


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = 1_700_000_000.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


HOSTS = Hosts.of("0.0.0.0", "box.example, , Proxy.Example:8443")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "LOCALHOST:1", "[::1]:8000", "box.example", "proxy.example:99"]
)
def test_served_hosts(host: str) -> None:
    assert HOSTS.serves(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "0.0.0.0:8000",
        "evil.example",
        "127.0.0.1.evil.example",
        "a@localhost",
        "127.0.0.1:80; x *",
        "[::1",
    ],
)
def test_hosts_that_are_not_served(host: str) -> None:
    assert not HOSTS.serves(host)


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://localhost:8000", "localhost:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://127.0.0.1", "127.0.0.1:80", True),
        ("https://box.example", "127.0.0.1:8000", True),  # a proxy that was configured
        ("http://127.0.0.1:32768", "127.0.0.1:8000", False),  # a container's page: the cookie would come along
        ("http://localhost:8000", "127.0.0.1:8000", False),
        ("https://evil.example", "127.0.0.1:8000", False),
        ("http://evil.example:8000", "evil.example:8000", False),
        ("null", "127.0.0.1:8000", False),
        ("file://127.0.0.1:8000", "127.0.0.1:8000", False),
        ("", "127.0.0.1:8000", False),
    ],
)
def test_own_origin(origin: str, host: str, own: bool) -> None:
    assert HOSTS.own_origin(origin, host) is own


def test_failures_make_an_address_wait_and_are_forgotten() -> None:
    clock = HandClock()
    failures = Failures(clock)
    for _ in range(LIMIT - 1):
        failures.add("a")
    assert failures.wait("a") == 0
    failures.add("a")
    assert failures.wait("a") == WINDOW
    assert failures.wait("b") == 0
    clock.time += WINDOW
    assert failures.wait("a") == 0


async def call(guard: Guard, method: str, headers: dict[str, str], chunks: list[bytes]) -> int:
    """The status of the answer; the body comes in `chunks`."""
    sent: list[Message] = []
    messages: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": index < len(chunks) - 1}
        for index, chunk in enumerate(chunks)
    ]

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in {"host": "127.0.0.1", **headers}.items()]
    scope: Scope = {"type": "http", "method": method, "path": "/x", "headers": raw, "client": ("1.2.3.4", 1)}
    await guard(scope, receive, send)
    return int(sent[0]["status"])


def guard_around(seen: list[bytes]) -> Guard:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while (message := await receive()) and message.get("more_body"):
            body += message["body"]
        seen.append(body + message["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    return Guard(app, hosts=HOSTS, failures=Failures(HandClock()), script_hashes=lambda: ())


async def test_a_body_of_unknown_length_is_read_up_to_the_limit() -> None:
    seen: list[bytes] = []
    guard = guard_around(seen)
    chunked = {"transfer-encoding": "chunked"}
    assert await call(guard, "POST", chunked, [b"one ", b"two"]) == 200
    assert seen == [b"one two"]
    half = b"x" * (BODY_LIMIT // 2)
    assert await call(guard, "POST", chunked, [half, half, b"x"]) == 413
    assert len(seen) == 1


@pytest.mark.parametrize("length", [str(BODY_LIMIT + 1), "-1", "many"])
async def test_a_declared_length_that_is_too_large_or_no_number_is_refused(length: str) -> None:
    assert await call(guard_around([]), "POST", {"content-length": length}, [b""]) == 413


def test_the_policy_names_this_host_and_no_other() -> None:
    text = policy("127.0.0.1:8000", ("sha256-abc",))
    assert "script-src 'self' 'unsafe-eval' 'sha256-abc';" in text
    assert "connect-src 'self' ws://127.0.0.1:8000 wss://127.0.0.1:8000;" in text
    assert "*" not in text
