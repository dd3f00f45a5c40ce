"""Plays one history: builds and kills engines on a lasting store and world, makes wishes and trouble, then peace.

What must hold at every moment is the judge's; `converge` demands the wish within a bound once all trouble is over.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, cast

from app.core.approvals import Mode
from app.core.errors import KubeLiteError, NotFound, PortError
from app.core.planning.invariants import broken_in_world
from app.core.planning.rollout import limits
from app.core.pods import Capacity, ObservedPod
from app.core.spec import AppKey, AppSpec, Desired
from app.engine.engine import Engine
from app.engine.facade.orchestrator import Orchestrator
from app.engine.observing.site import PodSite
from app.engine.observing.watcher import RECHECK_SECONDS, RESYNC_SECONDS
from app.ports.store import Store
from app.runtimes.simulator import Fault, Simulator
from app.stores.memory import MemoryStore
from tests.clock import LoopClock
from tests.simulation.doubles import FlakyRuntime, FlakyStore, OtherSide, Process, Troubles
from tests.simulation.judge import Judge
from tests.simulation.steps import (
    DRIFTS,
    FULL_MILLICORES,
    IMAGES,
    WORK_SECONDS,
    Apply,
    Both,
    Clear,
    Delete,
    Events,
    Flake,
    Fuse,
    History,
    Kill,
    Lasting,
    Lists,
    Restart,
    Scale,
    Shutdown,
    Step,
    Strike,
    Wait,
)
from tests.simulation.steps import (
    FlakyStore as StoreTrouble,
)
from tests.simulation.wishes import COMPLETIONS, same_wish, spec_of


class Theatre:
    """The world and the store last; `engine` is the present life of our process."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.clock = LoopClock()
        self.disk = MemoryStore()
        self.simulator = Simulator(self.clock, seed=history.seed, capacity=Capacity(64_000, 2**36))
        self.troubles = Troubles(history.seed)
        self.other_side = OtherSide()
        self.expected: dict[AppKey, AppSpec | None] = {}
        self.judge = Judge(self.clock, self.world, self._wish_of, calm=history.calm)
        self._tasks: list[asyncio.Task[None]] = []
        self._was_full = False

    # -- lives of our process

    async def open(self) -> None:
        self.process = Process()
        line = FlakyRuntime(self.simulator, self.clock, self.process, self.troubles, self.other_side, self.judge)
        store = cast("Store", FlakyStore(self.disk, self.clock, self.process, self.troubles))
        self.engine = Engine(store, {"simulator": line}, self.clock, check=True)
        self.orchestrator = Orchestrator(self.engine, default_runtime="simulator", mode=Mode.ASK)
        await self._outlived(self.engine.start())

    async def end(self) -> None:
        """As SIGTERM does it."""
        await self._outlived(self.engine.stop())

    async def kill(self) -> None:
        """As SIGKILL does it: nothing more is heard of the process, and its tasks are no more."""
        self.process.died.set()
        self.judge.stir()
        await self.engine.prober.aclose()
        loops = [*self.engine._loops, *self.engine._workers, *self.engine._wishers]
        ours = [*loops, *self.engine._effects._tasks, *self._tasks]
        for task in ours:
            task.cancel()
        await asyncio.gather(*ours, return_exceptions=True)
        self._tasks.clear()

    async def _outlived(self, work: Coroutine[Any, Any, None]) -> None:
        """Waits for the work, or for the death of the process that does it."""
        task = asyncio.create_task(work)
        death = asyncio.create_task(self.process.died.wait())
        self._tasks.append(task)
        await asyncio.wait((task, death), return_when=asyncio.FIRST_COMPLETED)
        death.cancel()
        if task.done():
            self._tasks.remove(task)
            if not task.cancelled():
                task.result()

    # -- the play

    async def play(self) -> None:
        logging.getLogger().addHandler(self.judge)
        try:
            await self.open()
            for step in self.history.steps:
                await self.step(step)
                await self._revive(0.5)
            await self.converge()
        finally:
            await self.kill()
            await self.simulator.aclose()
            logging.getLogger().removeHandler(self.judge)

    async def _revive(self, downtime: float) -> None:
        while self.process.died.is_set():
            await self.kill()
            await self.clock.sleep(downtime)
            await self._open_stubbornly()
            self._believe_disk()

    async def _open_stubbornly(self) -> None:
        """The store may not answer just now: then the process ends with an error and is started again."""
        while True:
            try:
                return await self.open()
            except PortError:
                await self.kill()
                await self.clock.sleep(1.0)

    async def step(self, step: Step) -> None:
        match step:
            case Apply() | Scale() | Restart() | Delete():
                await self._wish(step)
            case Both(first, second):
                await asyncio.gather(self._wish(first), self._wish(second))
                self._believe_disk()
            case Strike() | Lasting() | Clear():
                await self._fault(step)
            case Flake(share):
                self.troubles.flaky = share
            case StoreTrouble(share):
                self.troubles.flaky_store = share
            case Events(mode):
                self.troubles.events = mode
            case Lists(mode):
                self.troubles.lists = mode
            case Shutdown(downtime):
                await self.end()
                await self.kill()
                await self._revive(downtime)
            case Kill(downtime):
                self.process.died.set()
                await self._revive(downtime)
            case Fuse(call, nth, after):
                self.process.fuse = (call, nth, after)
            case Wait(seconds):
                await self.clock.sleep(seconds)

    async def _wish(self, step: Apply | Scale | Restart | Delete) -> None:
        self.judge.stir()
        key = AppKey("default", step.app)
        asking = asyncio.create_task(self._ask(step))
        self._tasks.append(asking)
        hang_up = step.cancel_after if isinstance(step, Apply) else None
        death = asyncio.create_task(self.process.died.wait())
        await asyncio.wait((asking, death), timeout=hang_up, return_when=asyncio.FIRST_COMPLETED)
        death.cancel()
        if not asking.done():
            asking.cancel()
            await asyncio.wait((asking,), timeout=1.0)
            await self.clock.sleep(0.1)
            self._believe_disk()
        elif self.expected.get(key) is None:
            self.judge.gone(key)
        if asking.done():
            self._tasks.remove(asking)

    async def _ask(self, step: Apply | Scale | Restart | Delete) -> None:
        """A granted wish must come true; a refused one must change nothing; of a failed one the disk knows more."""
        key, ask, why = AppKey("default", step.app), self.orchestrator, "history"
        try:
            match step:
                case Apply():
                    spec = spec_of(step)
                    await ask.apply(spec, cause=why)
                    self.expected[key] = spec
                case Scale(name, replicas):
                    await ask.scale(name, replicas, cause=why)
                    self._expect(key, replicas)
                case Restart(name):
                    await ask.restart(name, cause=why)
                case Delete(name):
                    await ask.delete(name, cause=why)
                    self.expected[key] = None
        except PortError:
            self._believe_disk()
        except KubeLiteError:
            pass

    def _expect(self, key: AppKey, replicas: int) -> None:
        known = self.expected.get(key)
        if known is None:
            self.judge.complaints.append(f"{key} was scaled though it is gone")
        else:
            self.expected[key] = known.model_copy(update={"replicas": replicas})

    def _believe_disk(self) -> None:
        stored = {wish.key: wish for wish in self.disk_apps()}
        for key in {*self.expected, *stored}:
            wish = stored.get(key)
            self.expected[key] = None if wish is None or wish.deleting else wish.spec

    def disk_apps(self) -> list[Desired]:
        return list(self.disk._apps.values())

    async def _fault(self, step: Strike | Lasting | Clear) -> None:
        try:
            match step:
                case Strike(fault, app, pick):
                    await self._strike(fault, AppKey("default", app), pick)
                case Lasting("runtime_down"):
                    self.simulator.inject("runtime_down")
                    self.judge.down_since = self.judge.down_since or self.clock.now()
                case Lasting("image_pull_error"):
                    self.simulator.inject("image_pull_error", image=IMAGES[len(step.app) % len(IMAGES)])
                case Lasting("host_full"):
                    self.simulator.inject("host_full", cpu_millicores=FULL_MILLICORES)
                case Lasting(fault, app, seconds):
                    self.simulator.inject(fault, app=AppKey("default", app), seconds=seconds)
                case Clear():
                    self.simulator.clear()
                    self.judge.down_since = None
        except (NotFound, PortError):
            pass

    async def _strike(self, fault: str, app: AppKey, pick: int) -> None:
        running = sorted(pod.id for pod in self.world() if pod.id.app == app and pod.ready)
        if not running:
            return
        pod = running[pick % len(running)]
        if fault == "vanish":
            self.judge.vanished(pod)
            await self.simulator.remove_pod(pod)
        elif fault == "drift":
            field, in_place = DRIFTS[pick % len(DRIFTS)]
            self.simulator.inject("drift", pod=pod, field=field, in_place=in_place)
        else:
            self.simulator.inject(fault, pod=pod)

    def world(self) -> list[ObservedPod]:
        """What really runs."""
        return list(self.simulator._world.shown.values())

    def _wish_of(self, key: AppKey) -> Desired | None:
        return self.engine.desired.get(key)

    # -- peace

    async def converge(self) -> None:
        """Ends all trouble; from then on the wish must come true in time, and stay so with nothing more to do."""
        self._was_full = bool(self.simulator._machine.lasting(Fault.HOST_FULL))
        self.simulator.clear()
        self.troubles.clear()
        self.process.fuse, self.judge.down_since = None, None
        await self.clock.sleep(2.0)  # a call that was begun before may still be the death of the process
        await self._revive(0.5)
        bound = self._bound()
        begun = self.clock.now()
        while (wrong := self.wrong()) and self.clock.now() - begun < bound:
            await self.clock.sleep(0.5)
        assert not wrong, f"{wrong} after {bound:.0f} s of peace"
        effects = self.judge.effects
        await self.clock.sleep(6 * RESYNC_SECONDS)
        assert not (wrong := self.wrong()), f"it was at rest, and then {wrong}"
        assert self.judge.effects == effects, "at rest it still acts"
        await self._check_memory()
        await self.end()
        assert not self.judge.complaints, self.judge.complaints
        await self._check_tasks()

    def wrong(self) -> list[str]:
        """What is not as wished, and what is still on its way."""
        found = broken_in_world(self.engine.desired.all(), self.world())
        found += [
            f"{view.key} is {view.status}: {view.reason}"
            for view in self.orchestrator.apps()
            if not view.settled or view.status not in ("Running", "Stopped", "Completed")
        ]
        wished = {wish.key: wish.spec for wish in self.engine.desired.all() if not wish.deleting}
        for key, spec in self.expected.items():
            if not same_wish(wished.get(key), spec):
                found.append(f"the wish for {key} is not the last one granted")
        if not self.engine.idle:
            found.append("something is on its way")
        return found

    def _bound(self) -> float:
        """5 + 2 * n / (surge + unavailable) resyncs, and the back-off that is owed."""
        ticks, now, owed = 5, self.clock.now(), 0.0
        for wish in self.engine.desired.all():
            bounds, n = limits(wish.spec), wish.spec.replicas
            ticks = max(ticks, 5 + 2 * -(-n // max(bounds.most - bounds.least, 1)))
            records = self.engine.records.of(wish.key).values()
            site = self.engine.sites["simulator"]
            assert isinstance(site, PodSite)
            image = site.images.state(wish.spec.container.image)
            waits = [record.next_attempt_at - now for record in records]
            if wish.spec.job is not None:
                # A slot in its back-off keeps its place, so with few places they wait one after the other.
                waits = [sum(max(wait, 0.0) for wait in waits) + COMPLETIONS * (WORK_SECONDS + 1.0)]
            owed = max([owed, image.retry_at - now, *waits])
        recheck = RECHECK_SECONDS if self._was_full else 0.0
        return ticks * RESYNC_SECONDS + owed + recheck

    async def _check_memory(self) -> None:
        """What the engine believes is what the disk will tell the next process."""
        assert {wish.key: wish for wish in self.engine.desired.all()} == {wish.key: wish for wish in self.disk_apps()}
        for key, stored in (await self.disk.list_slots()).items():
            assert list(stored) == sorted(self.engine.records.of(key).values(), key=lambda record: record.slot), key
        assert self.engine.controller.bugs == 0

    async def _check_tasks(self) -> None:
        await self.simulator.aclose()
        await asyncio.sleep(0)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"left running: {sorted(task.get_name() for task in left if task)}"


async def perform(history: History) -> None:
    """Plays it; raises `AssertionError` with what went wrong."""
    await Theatre(history).play()
