"""Where the Engine is, as a value, and what to do when nobody answers there."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.core.errors import Permanent, Unreachable

DEFAULT_SOCKET = "/var/run/docker.sock"
PLAIN_PORT = 2375
TLS_PORT = 2376
"""The Engine's registered ports; plain HTTP spoken to the second would only hang."""

_SSH = (
    f"DOCKER_HOST with ssh is not supported; run `ssh -NL /tmp/docker.sock:{DEFAULT_SOCKET} HOST` and set "
    "DOCKER_HOST=unix:///tmp/docker.sock."
)
_TLS = (
    f"DOCKER_HOST with TLS is not supported; run `ssh -NL /tmp/docker.sock:{DEFAULT_SOCKET} HOST` and set "
    "DOCKER_HOST=unix:///tmp/docker.sock."
)
_UNKNOWN = "DOCKER_HOST is not valid; it must look like unix:///var/run/docker.sock or tcp://127.0.0.1:2375."


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`base` begins every URL, `socket` is the path of a unix socket where there is one, `host` is where published
    ports of that machine are reached from here."""

    base: str
    socket: str | None = None
    host: str = "127.0.0.1"

    @property
    def shown(self) -> str:
        return self.socket or self.base


def endpoint(docker_host: str | None) -> Endpoint:
    """Reads a `DOCKER_HOST`. Raises `Permanent` (InvalidDockerHost) for what is not spoken: ssh, TLS, Windows pipes."""
    text = (docker_host or "").strip() or f"unix://{DEFAULT_SOCKET}"
    try:
        parts = urlsplit(text)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        raise _invalid(_UNKNOWN) from None
    if scheme == "unix":
        return Endpoint("http://docker", socket=text.removeprefix("unix://") or DEFAULT_SOCKET)
    if scheme == "ssh":
        raise _invalid(_SSH)
    if scheme == "https" or port == TLS_PORT:
        raise _invalid(_TLS)
    if scheme not in ("tcp", "http") or not host:
        raise _invalid(_UNKNOWN)
    shown = f"[{host}]" if ":" in host else host
    return Endpoint(f"http://{shown}:{port or PLAIN_PORT}", host=host)


def _invalid(sentence: str) -> Permanent:
    return Permanent(sentence, reason="InvalidDockerHost")


def no_connection(place: Endpoint, error: OSError) -> Unreachable:
    """The sentence for a connection that could not be made: what is wrong and what to do about it."""
    start = "start Docker (`sudo systemctl start docker`, or open Docker Desktop)"
    match error.errno:
        case errno.ENOENT:
            text = f"there is no socket {place.shown}; {start} or set DOCKER_HOST to where it is"
        case errno.EACCES | errno.EPERM:
            text = (
                f"this user may not open {place.shown}; run `sudo usermod -aG docker $USER` and log in again, "
                "or use rootless Docker"
            )
        case errno.ECONNREFUSED:
            text = f"nobody listens on {place.shown}; {start}"
        case _:
            text = f"{place.shown} cannot be reached ({error.strerror or error}); check DOCKER_HOST"
    return Unreachable(f"The Docker Engine does not answer: {text}.")
