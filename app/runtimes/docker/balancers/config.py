"""The configuration of one balancer as text. Pure: the same request always gives the same text.

Needs HAProxy 2.6 or newer (`fd-hard-limit`); run against 2.6 (Debian 12) and 3.0 (Debian 13).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from ipaddress import ip_address
from zlib import crc32

from app.core.errors import Permanent
from app.core.services import BalancedPort, BalancerRequest, Endpoint
from app.core.template import Protocol

HARD_STOP_SECONDS = 30
"""How long connections of an exchanged configuration may go on: the default grace period of a pod."""

OLD_WORKERS = 20
"""Workers of earlier configurations that still serve open connections, at most."""

# One thread serves tens of thousands of requests a second, and each costs memory. Without the limit on descriptors
# HAProxy sizes its tables after the Engine's, which can be a thousand million.
_HEAD = f"""\
global
  log stdout format raw local0 notice
  nbthread 1
  fd-hard-limit 8192
  hard-stop-after {HARD_STOP_SECONDS}s
  mworker-max-reloads {OLD_WORKERS}

defaults
  log global
  timeout connect 500ms
  timeout client 1h
  timeout server 1h
  timeout tunnel 24h
  timeout http-request 30s
  retries 3
  option redispatch 1
"""

# No table of clients: it would be lost with the worker that has it. A client moves only when its own replica goes, or
# when a new one takes its part of the ring.
_BY_SOURCE = "source\n  hash-type consistent"

# Only a request that may be sent twice is sent again after a replica took it and died; a connection that was not
# even made is always tried elsewhere. `httpclose`: with connections kept alive, a client could send its next request
# at the very moment an exchanged worker closes them, and lose it. Of TCP there are no checks: to a database each would
# be a client that breaks off, and some bar such clients.
_HTTP = """\
  mode http
  option httpclose
  option forwardfor
  retry-on conn-failure empty-response response-timeout
  http-request disable-l7-retry unless { method GET HEAD OPTIONS }
  default-server check inter 1s fastinter 250ms downinter 500ms fall 2 rise 1
  default-server observe layer4 error-limit 1 on-error mark-down
"""
_TCP = """\
  mode tcp
  timeout client 24h
  timeout server 24h
  option clitcpka
  option srvtcpka
"""


def render(request: BalancerRequest) -> str:
    """The text of `haproxy.cfg`. Raises `Permanent` (InvalidConfig) for what HAProxy cannot carry."""
    return _HEAD + "".join(_listen(port, request) for port in sorted(request.ports, key=lambda one: one.port))


def digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _listen(port: BalancedPort, request: BalancerRequest) -> str:
    if port.protocol is not Protocol.TCP:
        raise Permanent(
            f"Port {port.port}/{port.protocol.value} cannot be balanced: HAProxy carries TCP only; leave it out of the "
            "Service, and publish it with hostPort on the pod.",
            reason="InvalidConfig",
        )
    mode, balance = (_HTTP, "roundrobin") if port.http else (_TCP, "leastconn")
    if request.session_affinity:
        balance = _BY_SOURCE
    head = f"\nlisten port-{port.port}\n  bind :{port.port}\n  balance {balance}\n{mode}"
    servers = sorted(port.endpoints, key=lambda one: one.pod)
    numbers = _numbers(servers) if request.session_affinity else [""] * len(servers)
    lines = "".join(f"{_server(one)}{number}\n" for one, number in zip(servers, numbers, strict=True))
    return head + (_nobody(request) if port.http else "") + lines


def _numbers(servers: Sequence[Endpoint]) -> list[str]:
    """A number for each that is its own in every configuration, so that a client's place on the hash ring stays: by
    the replica's slot, so that also its next attempt has it."""
    numbers: list[int] = []
    for one in servers:
        number = crc32(f"{one.pod.app.name}/{one.pod.slot}".encode()) % 2**31 or 1
        while number in numbers:
            number += 1
        numbers.append(number)
    return [f" id {number}" for number in numbers]


def _nobody(request: BalancerRequest) -> str:
    name = f"{request.service.namespace}/{request.service.name}"
    return f'  http-error status 503 content-type text/plain string "Service {name} has no ready replica.\\n"\n'


def _server(endpoint: Endpoint) -> str:
    pod = endpoint.pod
    try:
        address = ip_address(endpoint.address)
    except ValueError as error:
        raise Permanent(f"{pod.name} has no usable address: {endpoint.address!r}", reason="InvalidConfig") from error
    shown = f"[{address}]" if address.version == 6 else str(address)
    return f"  server {pod.name}.{pod.attempt} {shown}:{endpoint.port}"
