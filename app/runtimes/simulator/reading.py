"""What can be read of a pretended pod: its lines and its usage at a time."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from app.core.pods import LogLine, PodStats
from app.core.spec import AppKey
from app.ports.clock import Clock
from app.runtimes.simulator.faults import Fault, Injection
from app.runtimes.simulator.news import Subscription
from app.runtimes.simulator.output import Output, usage
from app.runtimes.simulator.pod import SimContainer, SimPod

MOST_LINES = 10_000
"""In one answer: as with a real log driver, older ones were rotated away."""
WARM_SECONDS = 600.0
"""After which a process uses what it usually does."""


def output(container: SimContainer) -> Output:
    only = container.script.says if container.script.quiet else None
    return Output(container.texture, container.family, container.started_at or 0.0, only)


def lines(pod: SimPod, now: float, *, tail: int | None = None, since: float | None = None) -> list[LogLine]:
    """What it printed up to `now`, oldest first: of that the part from `since` on, of that the last `tail`."""
    wanted = MOST_LINES if tail is None else min(max(tail, 0), MOST_LINES)
    found = [line for one in pod.containers for line in _of_one(one, pod.label(one), now, wanted)]
    if len(pod.containers) > 1:
        found.sort(key=lambda line: line.at or 0.0)
    recent = [entry for entry in found if since is None or (entry.at or 0.0) >= since]
    return recent[len(recent) - min(wanted, len(recent)) :]


def _of_one(container: SimContainer, label: str, now: float, wanted: int) -> list[LogLine]:
    if container.started_at is None:
        return []
    source = output(container)
    count = source.count(now if container.finished_at is None else container.finished_at)
    return [*_printed(source, label, max(0, count - wanted), count), *_last_words(container, label)]


def _printed(source: Output, label: str, begin: int, end: int) -> Iterator[LogLine]:
    return (LogLine(label, "stdout", source.text(index), source.at(index)) for index in range(begin, end))


def _last_words(container: SimContainer, label: str) -> list[LogLine]:
    return [LogLine(label, "stderr", text, container.finished_at) for text in container.last_words]


def skewed(found: Sequence[LogLine], seconds: float) -> Sequence[LogLine]:
    """As a process prints them whose clock is so far ahead."""
    return [replace(one, at=None if one.at is None else one.at + seconds) for one in found] if seconds else found


class _Reader:
    """How far the lines of one attempt were given."""

    def __init__(self, begun: float) -> None:
        self._begun = begun
        self._given: dict[str, int] = {}
        self._closed: set[str] = set()

    def skip(self, pod: SimPod) -> None:
        """All that was printed up to the beginning counts as given."""
        for one in pod.containers:
            if one.started_at is not None:
                end = self._begun if one.finished_at is None else min(one.finished_at, self._begun)
                self._given[one.name] = output(one).count(end)
            if one.exit is not None:
                self._closed.add(one.name)

    def fresh(self, pod: SimPod, now: float) -> tuple[list[LogLine], float]:
        """The lines not given yet, and when the next one comes."""
        found: list[LogLine] = []
        due = math.inf
        for one in pod.containers:
            if one.started_at is None or one.name in self._closed:
                continue
            source, label, given = output(one), pod.label(one), self._given.get(one.name, 0)
            count = max(given, source.count(now if one.finished_at is None else one.finished_at))
            found += _printed(source, label, given, count)
            self._given[one.name] = count
            if one.exit is None:
                due = min(due, source.at(count))
            else:
                found += _last_words(one, label)
                self._closed.add(one.name)
        return sorted(found, key=lambda line: line.at or 0.0), due


async def follow(
    look: Callable[[], SimPod | None], clock: Clock, news: Subscription, tail: int
) -> AsyncIterator[LogLine]:
    """The last `tail` lines, then new ones as they come, until the attempt that `look` shows has ended or is gone."""
    pod, begun = look(), clock.now()
    reader = _Reader(begun)
    if pod is not None:
        reader.skip(pod)
        for old in lines(pod, begun, tail=tail):
            yield old
    while pod is not None:
        found, due = reader.fresh(pod, clock.now())
        for line in found:
            yield line
        if pod.phase.ended:
            return
        await _news_or(news, clock, due)
        pod = look()


async def _news_or(news: Subscription, clock: Clock, due: float) -> None:
    """Returns at the next change, or at `due` if that comes first."""
    waits = [asyncio.ensure_future(news.changed())]
    if math.isfinite(due):
        waits.append(asyncio.ensure_future(clock.sleep(due - clock.now())))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def samples(
    wanted: Iterable[SimPod], present: Iterable[SimPod], faults: Iterable[Injection], now: float
) -> list[tuple[SimPod, PodStats]]:
    """The usage of each of the `wanted` that runs; `present` share the loads."""
    loads = [fault for fault in faults if fault.fault is Fault.LOAD]
    sharers = Counter(pod.id.app for pod in present if pod.running) if loads else Counter[AppKey]()
    found = []
    for pod in wanted:
        if pod.running:
            mine = [fault for fault in loads if fault.hits(pod.id)]
            found.append((pod, _sample(pod, mine, sharers, now)))
    return found


def full_at(container: SimContainer) -> float:
    """About when one that leaks reaches its limit, in epoch seconds."""
    started, limit = container.started_at or 0.0, container.memory_limit or 0
    besides = usage(container.texture, container.family, started + WARM_SECONDS, started)[1]
    return started + max(1.0, (limit - besides) / container.script.leaks)


def _used(container: SimContainer, at: float) -> int:
    """Bytes, with what leaked."""
    started = container.started_at or at
    return usage(container.texture, container.family, at, started)[1] + round(container.script.leaks * (at - started))


def _sample(pod: SimPod, loads: list[Injection], sharers: Counter[AppKey], now: float) -> PodStats:
    """The load falls on the main container. Each container keeps within its limits."""
    cpus = memories = 0
    for one in pod.members:
        if not one.running:
            continue
        cpu, memory = usage(one.texture, one.family, now, one.started_at or now)[0], _used(one, now)
        for load in loads if one is pod.main else ():
            share = 1 if load.pod is not None or load.slot is not None else sharers[pod.id.app]
            cpu += (load.cpu_millicores or 0) // share
            memory += (load.memory_bytes or 0) // share
        cpus += min(cpu, one.cpu_limit or cpu)
        memories += min(memory, one.memory_limit or memory)
    return PodStats(cpus, memories, now)
