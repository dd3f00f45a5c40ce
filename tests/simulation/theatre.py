"""Plays one history: builds and kills engines on a lasting store and world, makes wishes and trouble, then peace.

What must hold is written down in three places: `_asked` judges every effect the engine asks for at the moment it asks,
`_errors` collects what the engine logged as its own fault, and `converge` demands the wish within a bound.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, cast

from app.core.approvals import Mode
from app.core.errors import KubeLiteError, NotFound, PortError
from app.core.invariants import broken_in_world
from app.core.pods import ObservedPod, PodId
from app.core.rollout import limits
from app.core.spec import AppKey, AppSpec, Container, Desired, EnvVar, PodTemplate, Port
from app.engine.engine import Engine
from app.engine.orchestrator import Orchestrator
from app.engine.watcher import RESYNC_SECONDS
from app.ports.store import Store
from app.runtimes.simulator import Simulator
from app.stores.memory import MemoryStore
from tests.clock import LoopClock
from tests.simulation.doubles import FlakyRuntime, FlakyStore, OtherSide, Process, Troubles
from tests.simulation.steps import (
    HOST_PORTS,
    IMAGES,
    STRATEGIES,
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

GRACE_SECONDS = 4

NOTICED_SECONDS = 1.0
"""How long after the runtime went away an effect may still be asked for: the news has to arrive."""


class Theatre(logging.Handler):
    """The world and the store last; `engine` is the present life of our process."""

    def __init__(self, history: History) -> None:
        super().__init__(logging.ERROR)
        self.history = history
        self.clock = LoopClock()
        self.disk = MemoryStore()
        self.simulator = Simulator(self.clock, seed=history.seed)
        self.troubles = Troubles(history.seed)
        self.other_side = OtherSide()
        self.expected: dict[AppKey, AppSpec | None] = {}
        self.complaints: list[str] = []
        self.effects = 0
        self.down_since: float | None = None
        self._created: set[PodId] = set()
        self._stopping: set[PodId] = set()
        self._tasks: list[asyncio.Task[None]] = []

    # -- lives of our process

    async def open(self) -> None:
        self.process = Process()
        line = FlakyRuntime(
            self.simulator, self.clock, self.process, self.troubles, self.other_side, self._asked, self._answered
        )
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
        ours = [*self.engine._loops, *self.engine._workers, *self.engine._effects._tasks, *self._tasks]
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
        logging.getLogger().addHandler(self)
        try:
            await self.open()
            for step in self.history.steps:
                await self.step(step)
                await self._revive(0.5)
            await self.converge()
        finally:
            await self.kill()
            await self.simulator.aclose()
            logging.getLogger().removeHandler(self)

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
            self._created = {pod for pod in self._created if pod.app != key}
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
            self.complaints.append(f"{key} was scaled though it is gone")
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
                    self.down_since = self.down_since or self.clock.now()
                case Lasting("image_pull_error"):
                    self.simulator.inject("image_pull_error", image=IMAGES[len(step.app) % len(IMAGES)])
                case Lasting(fault, app, seconds):
                    self.simulator.inject(fault, app=AppKey("default", app), seconds=seconds)
                case Clear():
                    self.simulator.clear()
                    self.down_since = None
        except (NotFound, PortError):
            pass

    async def _strike(self, fault: str, app: AppKey, pick: int) -> None:
        running = sorted(pod.id for pod in self._world() if pod.id.app == app and pod.ready)
        if not running:
            return
        pod = running[pick % len(running)]
        if fault == "vanish":
            self._created.discard(pod)
            await self.simulator.remove_pod(pod)
        else:
            self.simulator.inject(fault, pod=pod)

    # -- what must hold at every moment

    def _world(self) -> list[ObservedPod]:
        return list(self.simulator._world.shown.values())

    def _asked(self, verb: str, subject: PodId | str) -> None:
        """An effect is asked for now."""
        self.effects += 1
        now = self.clock.now()
        if self.down_since is not None and now - self.down_since > NOTICED_SECONDS:
            self.complaints.append(f"{verb} {subject} while the runtime is down")
        if not isinstance(subject, PodId):
            return
        there = {pod.id for pod in self._world()}
        if verb == "start_pod":
            if subject in self._created and subject not in there:
                self.complaints.append(f"a second container for {subject}")
            self._created.add(subject)
        elif verb == "stop_pod":
            self._stopping.add(subject)
            self._check_availability(subject)

    def _answered(self, verb: str, subject: PodId | str) -> None:
        self._stopping.discard(cast("PodId", subject))

    def _check_availability(self, going: PodId) -> None:
        """Where nothing else takes replicas away, our own stops never leave fewer than the update must keep."""
        wish = self.engine.desired.get(going.app)
        if not self.history.calm or wish is None or wish.deleting or wish.spec.strategy.type == "Recreate":
            return
        ready = {pod.id for pod in self._world() if pod.id.app == going.app and pod.ready}
        left = len(ready - self._stopping)
        if going in ready and left < limits(wish.spec).least:
            self.complaints.append(f"stopping {going} leaves {left} ready, at least {limits(wish.spec).least} must be")

    def emit(self, record: logging.LogRecord) -> None:
        self.complaints.append(f"logged: {record.getMessage()} {record.exc_info[1] if record.exc_info else ''}")

    # -- peace

    async def converge(self) -> None:
        """Ends all trouble; from then on the wish must come true in time, and stay so with nothing more to do."""
        self.simulator.clear()
        self.troubles.clear()
        self.process.fuse, self.down_since = None, None
        await self.clock.sleep(2.0)  # a call that was begun before may still be the death of the process
        await self._revive(0.5)
        bound = self._bound()
        begun = self.clock.now()
        while (wrong := self.wrong()) and self.clock.now() - begun < bound:
            await self.clock.sleep(0.5)
        assert not wrong, f"{wrong} after {bound:.0f} s of peace"
        effects = self.effects
        await self.clock.sleep(6 * RESYNC_SECONDS)
        assert not (wrong := self.wrong()), f"it was at rest, and then {wrong}"
        assert self.effects == effects, "at rest it still acts"
        await self._check_memory()
        await self.end()
        assert not self.complaints, self.complaints
        await self._check_tasks()

    def wrong(self) -> list[str]:
        """What is not as wished, and what is still on its way."""
        found = broken_in_world(self.engine.desired.all(), self._world())
        found += [
            f"{view.key} is {view.status}: {view.reason}"
            for view in self.orchestrator.apps()
            if not view.settled or view.status not in ("Running", "Stopped")
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
            image = self.engine.sites["simulator"].images.state(wish.spec.container.image)
            owed = max([owed, image.retry_at - now, *(record.next_attempt_at - now for record in records)])
        return ticks * RESYNC_SECONDS + owed

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


def spec_of(step: Apply) -> AppSpec:
    ports = (Port(container_port=80, host_port=HOST_PORTS[step.app]),) if step.host_port else ()
    env = (EnvVar(name="IGNORE_TERM", value="1"),) if step.stubborn else ()
    container = Container(name=step.app, image=step.image, ports=ports, env=env)
    return AppSpec(
        name=step.app,
        runtime="simulator",
        replicas=step.replicas,
        template=PodTemplate(containers=(container,), termination_grace_seconds=GRACE_SECONDS),
        strategy=STRATEGIES[step.strategy],
    )


def same_wish(found: AppSpec | None, expected: AppSpec | None) -> bool:
    """Apart from the marks that restarts and stops leave."""
    if found is None or expected is None:
        return found is expected
    return (found.replicas, found.strategy, found.template.containers) == (
        expected.replicas,
        expected.strategy,
        expected.template.containers,
    )


async def perform(history: History) -> None:
    """Plays it; raises `AssertionError` with what went wrong."""
    await Theatre(history).play()
