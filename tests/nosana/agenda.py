"""What happens when: a list of deeds by time, done in order whenever somebody looks."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True)
class Deed:
    at: float
    number: int
    do: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True


class Agenda:
    """`time` is the moment of the deed being done; between runs, the last moment anybody looked."""

    def __init__(self, start: float) -> None:
        self.time = start
        self._deeds: list[Deed] = []
        self._count = 0

    def after(self, seconds: float, do: Callable[[], None]) -> Deed:
        return self.at(self.time + seconds, do)

    def at(self, time: float, do: Callable[[], None]) -> Deed:
        self._count += 1
        deed = Deed(max(time, self.time), self._count, do)
        heapq.heappush(self._deeds, deed)
        return deed

    def run(self, until: float) -> None:
        """Does everything due, each at its own moment; what a deed adds is done too if it is due."""
        while self._deeds and self._deeds[0].at <= until:
            deed = heapq.heappop(self._deeds)
            if not deed.cancelled:
                self.time = deed.at
                deed.do()
        self.time = max(self.time, until)

    def next_at(self) -> float | None:
        """When something happens next, or None."""
        while self._deeds and self._deeds[0].cancelled:
            heapq.heappop(self._deeds)
        return self._deeds[0].at if self._deeds else None
