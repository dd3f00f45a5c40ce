"""What pretended containers print and use: functions of seed and time, so nothing is stored and nothing ticks."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from random import Random

_NGINX = (
    "/docker-entrypoint.sh: Configuration complete; ready for start up",
    '1#1: using the "epoll" event method',
    "1#1: start worker processes",
)
_BANNERS: dict[str, tuple[str, ...]] = {
    "nginx": _NGINX,
    "httpd": ("AH00489: Apache/2.4 (Unix) configured -- resuming normal operations",),
    "redis": (
        "1:C * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
        "1:M * Running mode=standalone, port=6379.",
        "1:M * Ready to accept connections tcp",
    ),
    "postgres": (
        "PostgreSQL init process complete; ready for start up.",
        'LOG:  listening on IPv4 address "0.0.0.0", port 5432',
        "LOG:  database system is ready to accept connections",
    ),
}
_DEFAULT_BANNER = ("starting", "ready")

_WEB = frozenset({"nginx", "httpd", "caddy", "traefik", "haproxy", "whoami"})
_PATHS = ("/", "/", "/index.html", "/healthz", "/api/items", "/static/app.js", "/favicon.ico")
_CODES = (200, 200, 200, 200, 200, 200, 304, 404)
_AGENTS = ("Mozilla/5.0", "curl/8.5.0", "kube-probe/1.31")

_MEMORY_MIB = {"nginx": 12, "httpd": 18, "redis": 9, "postgres": 64, "mysql": 380, "mongo": 150}
_CPU_PERIOD_SECONDS = 240.0


def dice(*parts: object) -> Random:
    """A generator of its own for each question, so that answers do not depend on the order of asking."""
    return Random("|".join(map(str, parts)))  # noqa: S311  pretended numbers, no secrets


class Output:
    """The lines of one process. `texture` is its seed text; times are epoch seconds."""

    def __init__(
        self, texture: str, family: str, started_at: float, only: Sequence[tuple[float, str]] | None = None
    ) -> None:
        """`only` None = what such an image prints; else these lines, each so many seconds after the start."""
        banner = [(0.01 * index, line) for index, line in enumerate(_BANNERS.get(family, _DEFAULT_BANNER))]
        self._texture = texture
        self._family = family
        self._first = banner if only is None else only
        self._started = started_at
        self._interval = math.inf if only is not None else dice(texture, "interval").uniform(2.0, 6.0)

    def at(self, index: int) -> float:
        """When line `index` is printed; infinity where there will be none."""
        later = index - len(self._first) + 1
        return self._started + (self._first[index][0] if later <= 0 else later * self._interval)

    def count(self, until: float) -> int:
        """How many lines were printed by `until`."""
        printed = sum(self.at(index) <= until for index in range(len(self._first)))
        return printed + max(0, math.floor((until - self._started) / self._interval))

    def text(self, index: int) -> str:
        if index < len(self._first):
            return self._first[index][1]
        roll = dice(self._texture, index)
        if self._family in _WEB:
            return _access(roll)
        if self._family == "redis":
            return f"1:M * {roll.randint(1, 200)} changes in 300 seconds. Saving..."
        if self._family == "postgres":
            return f"LOG:  checkpoint complete: wrote {roll.randint(1, 90)} buffers"
        return f"INFO handled request {index} in {roll.randint(1, 80)} ms"


def _access(roll: Random) -> str:
    code = roll.choice(_CODES)
    size = 0 if code == 304 else roll.randint(150, 9000)
    return (
        f"10.244.{roll.randint(0, 3)}.{roll.randint(2, 250)} - - "
        f'"GET {roll.choice(_PATHS)} HTTP/1.1" {code} {size} "-" "{roll.choice(_AGENTS)}"'
    )


def usage(texture: str, family: str, at: float, started_at: float) -> tuple[int, int]:
    """Millicores and bytes at a time: a slow wave around a level of the container's own, without jumps."""
    texture_bits = zlib.crc32(texture.encode())  # usage is asked of every pod at once, and `dice` costs ten times this
    level, phase, size = ((texture_bits >> shift & 1023) / 1024 for shift in (0, 10, 20))
    wave = math.sin(math.tau * (at / _CPU_PERIOD_SECONDS + phase))
    warm = 1.0 - 0.4 * math.exp(-max(0.0, at - started_at) / 60.0)
    memory = _MEMORY_MIB.get(family, 28) * (0.9 + 0.4 * size) * (1.0 + 0.05 * wave)
    return max(1, round((4.0 + 36.0 * level) * (1.0 + 0.5 * wave))), round(memory * warm * 2**20)
