"""What can be read of a pretended pod: its lines and its usage at a time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable

from app.core.pods import LogLine, PodStats
from app.ports.clock import Clock
from app.runtimes.simulator.news import Subscription
from app.runtimes.simulator.output import Output, usage
from app.runtimes.simulator.world import SimPod

MOST_LINES = 10_000
"""In one answer: as with a real log driver, older ones were rotated away."""


def output(pod: SimPod) -> Output:
    only = pod.script.says if pod.script.quiet else None
    return Output(pod.texture, pod.family, pod.observed.started_at or 0.0, only)


def lines(pod: SimPod, now: float, *, tail: int | None = None, since: float | None = None) -> list[LogLine]:
    """What it printed up to `now`, oldest first: of that the part from `since` on, of that the last `tail`."""
    seen = pod.observed
    if seen.started_at is None:
        return []
    source = output(pod)
    until = now if seen.finished_at is None else seen.finished_at
    wanted = MOST_LINES if tail is None else min(max(tail, 0), MOST_LINES)
    count = source.count(until)
    printed = range(max(0, count - wanted), count)
    found = [LogLine(pod.id.name, "stdout", source.text(index), source.at(index)) for index in printed]
    found += [LogLine(pod.id.name, "stderr", text, seen.finished_at) for text in pod.last_words]
    recent = [entry for entry in found if since is None or (entry.at or 0.0) >= since]
    return recent[len(recent) - min(wanted, len(recent)) :]


async def follow(
    look: Callable[[], SimPod | None], clock: Clock, news: Subscription, tail: int
) -> AsyncIterator[LogLine]:
    """The last `tail` lines, then new ones as they come, until the attempt that `look` shows has ended or is gone."""
    pod, begun = look(), clock.now()
    if pod is not None and pod.observed.phase.ended:
        for old in lines(pod, begun, tail=tail):
            yield old
        return
    given: int | None = None
    while pod is not None:
        due = None
        if pod.observed.started_at is not None:
            source = output(pod)
            given = max(0, source.count(begun) - tail) if given is None else given
            until = clock.now() if pod.observed.finished_at is None else pod.observed.finished_at
            for index in range(given, source.count(until)):
                yield LogLine(pod.id.name, "stdout", source.text(index), source.at(index))
            given = max(given, source.count(until))
            due = source.at(given)
        if pod.observed.phase.ended:
            for text in pod.last_words:
                yield LogLine(pod.id.name, "stderr", text, pod.observed.finished_at)
            return
        await _news_or(news, clock, due)
        pod = look()


async def _news_or(news: Subscription, clock: Clock, due: float | None) -> None:
    """Returns at the next change, or at `due` if that comes first."""
    waits = [asyncio.ensure_future(news.changed())]
    if due is not None and math.isfinite(due):
        waits.append(asyncio.ensure_future(clock.sleep(due - clock.now())))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def sample(pod: SimPod, now: float) -> PodStats:
    """Usage now, within the container's limits."""
    cpu, memory = usage(pod.texture, pod.family, now, pod.observed.started_at or now)
    return PodStats(min(cpu, pod.cpu_limit or cpu), min(memory, pod.memory_limit or memory), now)
