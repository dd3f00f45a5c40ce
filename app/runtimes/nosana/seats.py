"""Which replica a job is: slot and attempt, so that jobs that come and go elsewhere are pods here. Pure.

A job takes the lowest slot of its app that was free when it was listed, as the next attempt there, and keeps it. So two
live replicas never share a slot, also not those of two sets beside each other, and who reads the same list from the
start gives the same seats.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

HANDOVER = 30.0
"""Seconds: a job that ended so shortly after the next one was listed has made room for it. The manager's records of the
two are written moments apart, in either order."""


class Seat(NamedTuple):
    slot: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Tenure:
    """One job's time: listed at `begin`, over at `end` (epoch seconds), None while it is queued or runs."""

    job: str
    begin: float
    end: float | None


class Seating:
    """The seats of one app's jobs. Remembers, so that a seat once given stays."""

    def __init__(self) -> None:
        self._seats: dict[str, Seat] = {}
        self._next: defaultdict[int, int] = defaultdict(int)

    def assign(self, tenures: Iterable[Tenure]) -> dict[str, Seat]:
        """Everybody's seat. `tenures` are all jobs of the app that are still listed; those of before that are not any
        more give up theirs, but no attempt is ever given twice."""
        known = sorted(tenures, key=lambda one: (one.begin, one.job))
        present = {one.job for one in known}
        for gone in [job for job in self._seats if job not in present]:
            del self._seats[gone]
        holders: defaultdict[int, list[Tenure]] = defaultdict(list)
        for one in known:
            if (seat := self._seats.get(one.job)) is not None:
                holders[seat.slot].append(one)
        for one in known:
            if one.job not in self._seats:
                slot = next(slot for slot in range(len(known) + 1) if not _taken(holders[slot], one))
                self._seats[one.job] = Seat(slot, self._next[slot])
                self._next[slot] += 1
                holders[slot].append(one)
        return dict(self._seats)

    def of(self, job: str) -> Seat | None:
        return self._seats.get(job)


def _taken(holders: Iterable[Tenure], comer: Tenure) -> bool:
    return any(_meet(holder, comer) for holder in holders)


def _meet(one: Tenure, other: Tenure) -> bool:
    """Whether both had a slot at one time. Of two that live, always."""
    if one.end is None and other.end is None:
        return True
    first, second = (one, other) if one.begin <= other.begin else (other, one)
    return first.end is None or first.end > second.begin + HANDOVER
