"""Counts failed logins per client address, so that guessing is slow. The token is long; this is the second wall."""

from __future__ import annotations

from collections import OrderedDict, deque

from app.ports.clock import Clock

LIMIT = 10
"""So many failures within `WINDOW` seconds, then the address waits."""
WINDOW = 60.0
CLIENTS = 1000
"""Addresses remembered; the one not heard of for longest is forgotten first."""


class Failures:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def add(self, client: str) -> None:
        times = self._seen.setdefault(client, deque(maxlen=LIMIT))
        times.append(self._clock.now())
        self._seen.move_to_end(client)
        if len(self._seen) > CLIENTS:
            self._seen.popitem(last=False)

    def wait(self, client: str) -> int:
        """Seconds this address must wait before the next attempt; 0 = go on."""
        times = self._seen.get(client)
        if not times or len(times) < LIMIT:
            return 0
        return max(0, int(times[0] + WINDOW - self._clock.now() + 0.999))
