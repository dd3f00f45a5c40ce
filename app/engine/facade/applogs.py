"""Logs of one app: all replicas merged by time, filtered, cut to the last lines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from app.core.pods import LogLine, ObservedPod
from app.ports.runtime import Runtime

GREP_WINDOW = 5000
"""Lines per replica a search looks through."""


async def read_logs(
    runtime: Runtime,
    pods: Iterable[ObservedPod],
    *,
    tail: int,
    since: float | None,
    previous: bool,
    grep: str | None,
) -> tuple[tuple[LogLine, ...], bool]:
    """The last `tail` lines over all replicas, oldest first, and whether older ones were left out.

    Of each slot the newest attempt speaks; with `previous` the newest ended one. `grep` is plain text, case ignored.
    """
    chosen = _choose(pods, previous=previous)
    window = GREP_WINDOW if grep else tail + 1
    parts = await asyncio.gather(*(runtime.logs(pod.id, tail=window, since=since) for pod in chosen))
    lines = [line for part in parts for line in part]
    if grep:
        needle = grep.casefold()
        lines = [line for line in lines if needle in line.text.casefold()]
    lines.sort(key=lambda line: line.at or 0.0)
    return tuple(lines[-tail:]) if tail else (), len(lines) > tail


def _choose(pods: Iterable[ObservedPod], *, previous: bool) -> Sequence[ObservedPod]:
    newest: dict[int, ObservedPod] = {}
    for pod in pods:
        if previous and not pod.phase.ended:
            continue
        known = newest.get(pod.id.slot)
        if known is None or pod.id.attempt > known.id.attempt:
            newest[pod.id.slot] = pod
    return [newest[slot] for slot in sorted(newest)]
