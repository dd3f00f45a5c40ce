"""Which names this server answers to, and which origins may change things: the defence against DNS rebinding and
cross-site requests.

Cookies know no ports, so a page that a container serves on another port of the same host would send the login cookie
along. Therefore an origin must be this server's own, port included; only names an admin configured are exempt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HOST = re.compile(r"[A-Za-z0-9.:\[\]_-]+")
WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  # compared with, never bound


@dataclass(frozen=True, slots=True)
class Hosts:
    """`names` are served; `trusted` are the configured ones, whose origin counts whatever the port (a proxy's)."""

    names: frozenset[str]
    trusted: frozenset[str] = frozenset()

    @classmethod
    def of(cls, host: str, allowed: str) -> Hosts:
        """From the bind address and the comma separated `KUBELITE_ALLOWED_HOSTS`."""
        trusted = frozenset(name for part in allowed.split(",") if (name := _name(part.strip())))
        own = {host.lower()} - WILDCARDS
        return cls(LOOPBACK | own | trusted, trusted)

    def serves(self, host: str) -> bool:
        """Of a `Host` header, any port."""
        return bool(_HOST.fullmatch(host)) and _name(host) in self.names

    def own_origin(self, origin: str, host: str) -> bool:
        """Is `origin` the page this server itself delivered under `host`?"""
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            return False
        if parts.hostname in self.trusted:
            return True
        return self.serves(parts.netloc) and _netloc(parts.scheme, parts.netloc) == _netloc(parts.scheme, host)


def _name(host: str) -> str:
    """The name without port and brackets, lower case; empty when it cannot be read."""
    if not host:
        return ""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _netloc(scheme: str, netloc: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(f"//{netloc}")
        return (parts.hostname or "").lower(), parts.port or (443 if scheme == "https" else 80)
    except ValueError:
        return "", None
