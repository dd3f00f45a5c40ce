"""Test doubles around the simulator and the store: calls that fail before or after their effect, false news, and a
process that can die at any call. What the other side was asked to do goes on after the one who asked is dead."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from random import Random
from typing import Any, NoReturn, TypeVar

from app.core.errors import PortError, Transient, Unreachable
from app.core.events import Event
from app.core.history import SlotRecord
from app.core.objects import ObjectKey, Stored
from app.core.pods import (
    LogLine,
    ObservedPod,
    PodId,
    PodRequest,
    PodStats,
    ProbeOutcome,
    PullProgress,
    RuntimeInfo,
)
from app.core.spec import AppKey, Desired, Revision
from app.core.template import Probe
from app.core.usage import UsageSample
from app.ports.clock import Clock
from app.ports.services import ServiceRuntime
from app.runtimes.simulator import Simulator
from app.stores.memory import MemoryStore
from tests.simulation.judge import Judge

T = TypeVar("T")

CALLS_AT_MOST = 6000
"""More in one history is a loop that does not wait."""


@dataclass
class Troubles:
    """What is wrong with the world just now. Draws depend on the call alone, not on the order of calls."""

    seed: int
    flaky: float = 0.0
    flaky_store: float = 0.0
    events: str = ""
    lists: str = ""
    _drawn: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def clear(self) -> None:
        self.flaky = self.flaky_store = 0.0
        self.events = self.lists = ""

    def dice(self, what: str) -> Random:
        self._drawn[what] += 1
        return Random(f"{self.seed} {what} {self._drawn[what]}")

    def of_runtime(self, dice: Random) -> tuple[PortError | None, bool]:
        """The error of this call, and whether it comes after the effect."""
        if dice.random() >= self.flaky:
            return None, False
        kind = Unreachable if dice.random() < 0.3 else Transient
        return kind("the call was lost"), dice.random() < 0.5

    def of_store(self, dice: Random) -> tuple[PortError | None, bool]:
        if dice.random() >= self.flaky_store:
            return None, False
        return Transient("the database is busy", reason="StoreBusy"), dice.random() < 0.3


class Process:
    """One life of our process, as its calls to the outside see it."""

    def __init__(self) -> None:
        self.died = asyncio.Event()
        self.fuse: tuple[str, int, bool] | None = None
        self.calls = 0

    async def call(self, name: str, act: Callable[[], Awaitable[T]]) -> T:
        """Passes the call on, unless the process is dead or dies of it; nobody gets a dead one's answer."""
        self.calls += name != "probe"  # those are many by nature
        if self.died.is_set() or self.calls > CALLS_AT_MOST:
            await self._hang()
        burnt = self._burn(name)
        if burnt is False:
            await self._die()
        try:
            result = await act()
        except Exception:
            await self._after(burnt)
            raise
        await self._after(burnt)
        return result

    async def _after(self, burnt: bool | None) -> None:
        if burnt:
            await self._die()
        if self.died.is_set():
            await self._hang()

    def _burn(self, name: str) -> bool | None:
        """None: lives on. False: dies before the call. True: after it."""
        if self.fuse is None or self.fuse[0] != name:
            return None
        call, left, after = self.fuse
        self.fuse = (call, left - 1, after) if left > 1 else None
        return after if left <= 1 else None

    async def _die(self) -> NoReturn:
        self.died.set()
        await self._hang()

    async def _hang(self) -> NoReturn:
        await asyncio.get_running_loop().create_future()
        raise AssertionError("unreachable")


class OtherSide:
    """Runs what was asked of the runtime: it does not stop because the one who asked is gone."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[Any]] = set()

    async def do(self, work: Awaitable[T]) -> T:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Future[Any]) -> None:
        self.tasks.discard(task)
        if not task.cancelled():
            task.exception()


class FlakyRuntime:
    """The simulator as one process sees it over a bad line. The judge is told of every effect asked for."""

    name = "simulator"

    def __init__(
        self,
        inner: Simulator,
        clock: Clock,
        process: Process,
        troubles: Troubles,
        other_side: OtherSide,
        judge: Judge,
    ) -> None:
        self.inner = inner
        self._clock = clock
        self._process = process
        self._troubles = troubles
        self._other_side = other_side
        self._judge = judge
        self._listed: Sequence[ObservedPod] = ()

    async def check(self) -> RuntimeInfo:
        return await self._read("check", self.inner.check)

    async def list_pods(self) -> Sequence[ObservedPod]:
        before, mode = self._listed, self._troubles.lists
        self._listed = listed = await self._read("list", self.inner.list_pods)
        if mode == "stale":
            return before
        dice = self._troubles.dice("partial")
        return [pod for pod in listed if mode != "partial" or dice.random() < 0.7]

    async def get_pod(self, pod: PodId) -> ObservedPod | None:
        return await self._read(f"get {pod}", lambda: self.inner.get_pod(pod))

    async def watch(self) -> AsyncIterator[PodId]:
        async with aclosing(self.inner.watch()) as news:  # type: ignore[type-var]
            async for pod in news:
                dice = self._troubles.dice(f"event {pod}")
                if self._troubles.events == "drop" and dice.random() < 0.7:
                    continue
                yield pod
                if self._troubles.events == "double":
                    yield pod

    async def has_image(self, image: str) -> bool:
        return await self._read(f"has {image}", lambda: self.inner.has_image(image))

    async def pull_image(self, image: str, progress: Callable[[PullProgress], None]) -> None:
        await self._effect("pull_image", image, lambda: self.inner.pull_image(image, progress))

    async def start_pod(self, request: PodRequest) -> ObservedPod:
        return await self._effect("start_pod", request.id, lambda: self.inner.start_pod(request))

    async def stop_pod(self, pod: PodId, grace_seconds: float, *, keep: bool = False) -> None:
        verb = "fail_pod" if keep else "stop_pod"
        await self._effect(verb, pod, lambda: self.inner.stop_pod(pod, grace_seconds, keep=keep))

    async def repair_pod(self, request: PodRequest) -> ObservedPod:
        return await self._effect("repair_pod", request.id, lambda: self.inner.repair_pod(request))

    async def probe(self, pod: PodId, container: str, probe: Probe) -> ProbeOutcome:
        return await self._read(f"probe {pod} {container}", lambda: self.inner.probe(pod, container, probe))

    async def remove_volume(self, namespace: str, claim: str) -> None:
        await self.inner.remove_volume(namespace, claim)

    @property
    def services(self) -> ServiceRuntime | None:
        return self.inner.services

    async def remove_pod(self, pod: PodId) -> None:
        await self._effect("remove_pod", pod, lambda: self.inner.remove_pod(pod))

    async def logs(self, pod: PodId, *, tail: int | None = None, since: float | None = None) -> Sequence[LogLine]:
        return await self.inner.logs(pod, tail=tail, since=since)

    def follow_logs(self, pod: PodId, *, tail: int = 0) -> AsyncIterator[LogLine]:
        return self.inner.follow_logs(pod, tail=tail)

    async def stats(self, pods: Iterable[PodId]) -> Mapping[PodId, PodStats]:
        return await self.inner.stats(pods)

    async def aclose(self) -> None:
        """The world goes on: the next process finds it."""

    async def _read(self, what: str, look: Callable[[], Awaitable[T]]) -> T:
        """The answer may be old when it arrives."""
        dice = self._troubles.dice(what)
        error, _ = self._troubles.of_runtime(dice)

        async def act() -> T:
            await self._clock.sleep(dice.uniform(0.0, 0.02))
            if error is not None:
                raise error
            seen = await look()
            await self._clock.sleep(dice.choice((0.0, dice.uniform(0.0, 0.05))))
            return seen

        return await self._process.call(what.partition(" ")[0], act)

    async def _effect(self, verb: str, subject: PodId | str, effect: Callable[[], Awaitable[T]]) -> T:
        dice = self._troubles.dice(f"{verb} {subject}")
        error, after = self._troubles.of_runtime(dice)

        async def act() -> T:
            self._judge.asked(verb, subject)
            if error is not None and not after:
                raise error
            try:
                result = await self._other_side.do(effect())
            finally:
                self._judge.answered(subject)
            if error is not None:
                raise error
            return result

        return await self._process.call(verb, act)


class FlakyStore:
    """The store as one process sees it: each write takes a moment, may fail, and may have been done all the same."""

    def __init__(self, inner: MemoryStore, clock: Clock, process: Process, troubles: Troubles) -> None:
        self.inner = inner
        self._clock = clock
        self._process = process
        self._troubles = troubles

    async def list_apps(self) -> Sequence[Desired]:
        return await self._process.call("list_apps", self.inner.list_apps)

    async def put_app(
        self, desired: Desired, *, expected_generation: int | None, revision: Revision | None = None
    ) -> None:
        await self._write(
            "put_app",
            str(desired.key),
            lambda: self.inner.put_app(desired, expected_generation=expected_generation, revision=revision),
        )

    async def remove_app(self, key: AppKey) -> None:
        await self._write("remove_app", str(key), lambda: self.inner.remove_app(key))

    async def list_revisions(self, key: AppKey) -> Sequence[Revision]:
        return await self._process.call("list_revisions", lambda: self.inner.list_revisions(key))

    async def list_slots(self) -> Mapping[AppKey, Sequence[SlotRecord]]:
        return await self._process.call("list_slots", self.inner.list_slots)

    async def put_slot(self, key: AppKey, record: SlotRecord) -> None:
        await self._write("put_slot", f"{key} {record.slot}", lambda: self.inner.put_slot(key, record))

    async def put_event(self, event: Event) -> Event:
        return await self._write("put_event", str(event.app), lambda: self.inner.put_event(event))

    async def list_events(self, key: AppKey | None = None, *, limit: int = 100) -> Sequence[Event]:
        return await self.inner.list_events(key, limit=limit)

    async def prune_events(self, *, keep_per_app: int) -> None:
        await self._write("prune_events", "", lambda: self.inner.prune_events(keep_per_app=keep_per_app))

    async def list_objects(self) -> Sequence[Stored]:
        return await self._process.call("list_objects", self.inner.list_objects)

    async def put_object(self, stored: Stored, *, expected_generation: int | None) -> None:
        await self._write(
            "put_object",
            str(stored.key),
            lambda: self.inner.put_object(stored, expected_generation=expected_generation),
        )

    async def remove_object(self, key: ObjectKey) -> None:
        await self._write("remove_object", str(key), lambda: self.inner.remove_object(key))

    async def add_samples(self, samples: Sequence[UsageSample]) -> None:
        await self._write("add_samples", "", lambda: self.inner.add_samples(samples))

    async def list_samples(self, key: AppKey, *, since: float) -> Sequence[UsageSample]:
        return await self.inner.list_samples(key, since=since)

    async def thin_samples(self, *, now: float) -> None:
        await self._write("thin_samples", "", lambda: self.inner.thin_samples(now=now))

    async def _write(self, verb: str, subject: str, write: Callable[[], Awaitable[T]]) -> T:
        dice = self._troubles.dice(f"{verb} {subject}")
        error, after = self._troubles.of_store(dice)

        async def act() -> T:
            await self._clock.sleep(dice.uniform(0.0, 0.01))
            if error is not None and not after:
                raise error
            result = await write()
            await self._clock.sleep(dice.uniform(0.0, 0.01))
            if error is not None:
                raise error
            return result

        return await self._process.call(verb, act)
