"""The Engine's streams and samples, as pure functions: log frames, pull progress, events, usage."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.core.pods import LogLine, PodId, PodStats, PullProgress
from app.runtimes.docker.observe import epoch
from app.runtimes.docker.wire import member_by_labels

FRAME_HEADER = 8
LINE_LIMIT = 64 * 1024
"""Characters or bytes kept together as one line; a program that never ends its line must not fill our memory."""

_STREAMS = {0: "stdout", 1: "stdout", 2: "stderr"}


class JsonLines:
    """Cuts a byte stream into JSON objects, one a line; what is not an object is left out."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if (found := _object(line)) is not None:
                yield found

    def end(self) -> Iterator[dict[str, Any]]:
        """What came without a last line feed."""
        yield from self.feed(b"\n")


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


class LogReader:
    """Turns the bytes of `/containers/ID/logs?timestamps=1` into lines.

    Without a terminal: frames of an 8-byte header (stream, three zeros, big-endian length) and a payload. The Engine
    cuts a line at 16 KiB into several frames, each with its own time: they are put together again. With a terminal:
    bare text with CR LF, both streams in one.
    """

    def __init__(self, pod: str, *, tty: bool) -> None:
        self._pod, self._tty = pod, tty
        self._rest = b""
        self._open: dict[str, tuple[float | None, str]] = {}

    def feed(self, data: bytes) -> Iterator[LogLine]:
        self._rest += data
        for stream, payload in self._texts() if self._tty else self._frames():
            yield from self._piece(stream, payload.decode(errors="replace"))

    def end(self) -> Iterator[LogLine]:
        """Lines that were never ended, once the stream is over."""
        if self._tty and self._rest:
            rest, self._rest = self._rest, b""
            yield from self._piece("stdout", rest.decode(errors="replace"))
        for stream, (at, text) in self._open.items():
            yield LogLine(self._pod, stream, text, at)
        self._open.clear()

    def _texts(self) -> Iterator[tuple[str, bytes]]:
        *lines, self._rest = self._rest.split(b"\n")
        if len(self._rest) >= LINE_LIMIT:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            yield "stdout", line.rstrip(b"\r") + b"\n"

    def _frames(self) -> Iterator[tuple[str, bytes]]:
        start, data = 0, self._rest
        while start + FRAME_HEADER <= len(data):
            length = int.from_bytes(data[start + 4 : start + FRAME_HEADER], "big")
            end = start + FRAME_HEADER + length
            if end > len(data):
                break
            yield _STREAMS.get(data[start], "stdout"), data[start + FRAME_HEADER : end]
            start = end
        self._rest = data[start:]

    def _piece(self, stream: str, payload: str) -> Iterator[LogLine]:
        stamp, _, text = payload.partition(" ")
        if (now := _time(stamp)) is None:
            text = payload
        at, before = self._open.pop(stream, (now, ""))
        whole = before + text
        if whole.endswith("\n") or len(whole) >= LINE_LIMIT:
            yield LogLine(self._pod, stream, whole.removesuffix("\n"), at)
        else:
            self._open[stream] = (at, whole)


def _time(stamp: str) -> float | None:
    try:
        return epoch(stamp)
    except ValueError:
        return None


@dataclass(slots=True)
class PullTracker:
    """Adds the progress lines of one pull up to bytes done of bytes known."""

    image: str
    _done: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _total: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def feed(self, line: Mapping[str, Any]) -> PullProgress:
        """Takes one line and says how far the pull is. Only the download counts: unpacking goes over the same bytes."""
        layer, status = str(line.get("id") or ""), str(line.get("status") or "")
        detail = line.get("progressDetail") or {}
        if status == "Downloading" and detail.get("total"):
            self._done[layer], self._total[layer] = int(detail.get("current") or 0), int(detail["total"])
        elif status in ("Verifying Checksum", "Download complete", "Pull complete"):
            self._done[layer] = self._total[layer]
        return PullProgress(self.image, sum(self._done.values()), sum(self._total.values()), status)


def pull_error(line: Mapping[str, Any]) -> str | None:
    """The words of an error line: a pull can fail after the Engine has answered 200."""
    detail = line.get("errorDetail") or {}
    return str(detail.get("message") or line.get("error")) if detail or line.get("error") else None


class News(NamedTuple):
    """What an event is about: a container's id, and its pod where the event says so (events of networks do not)."""

    container: str
    pod: PodId | None


def news(instance: str, event: Mapping[str, Any]) -> News | None:
    """The container an event is about; None for a stranger's. A renamed container is still ours: whether it is no copy
    shows when one looks."""
    actor = event.get("Actor") or {}
    attributes: Mapping[str, str] = actor.get("Attributes") or {}
    if event.get("Type") == "network":
        container = attributes.get("container", "")
        return News(container, None) if container else None
    member = member_by_labels(instance, attributes)
    return None if member is None else News(str(actor.get("ID", "")), member.pod)


class Sample(NamedTuple):
    """One reading of `/containers/ID/stats`: CPU time in nanoseconds since the container began, memory in bytes."""

    container: str
    cpu_nanoseconds: int
    memory_bytes: int
    at: float


def sample(stats: Mapping[str, Any]) -> Sample | None:
    """A reading, or None for a container that does not run (the Engine answers with the zero time and no usage)."""
    at = epoch(stats.get("read"))
    memory, cpu = stats.get("memory_stats") or {}, (stats.get("cpu_stats") or {}).get("cpu_usage") or {}
    if at is None or not memory.get("usage"):
        return None
    detail = memory.get("stats") or {}
    # The page cache that could go at once is not "used": `total_inactive_file` in cgroup v1, `inactive_file` in v2.
    cache = int(detail.get("total_inactive_file", detail.get("inactive_file", 0)))
    used = max(int(memory["usage"]) - cache, 0)
    return Sample(str(stats.get("id") or ""), int(cpu.get("total_usage") or 0), used, at)


def usage(before: Sample, after: Sample) -> PodStats | None:
    """Usage between two readings of one container: millicores and bytes. None when they do not belong together."""
    seconds, spent = after.at - before.at, after.cpu_nanoseconds - before.cpu_nanoseconds
    if before.container != after.container or seconds <= 0 or spent < 0:
        return None
    return PodStats(round(spent / 1e6 / seconds), after.memory_bytes, after.at)
