"""Experiments as tasks: each is prepared, stored, broken, watched and taken back, whatever happens to this process.

What undoes a fault is stored before the fault is there. An experiment that a later start finds unfinished is cleaned up
first of all; a cleaning that does not go is tried again for ever, with growing pauses, and says so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from app.chaos.breaking import Breaker
from app.chaos.planning import Planner
from app.chaos.traffic import Traffic
from app.chaos.watching import Watcher
from app.core.errors import Conflict, KubeLiteError, NotFound
from app.core.experiments import (
    Clean,
    Ending,
    Experiment,
    ExperimentState,
    Finish,
    Note,
    Refuse,
    Step,
    cleaned,
    counted,
    next_step,
)
from app.core.faults import FaultName
from app.core.incidents import Incident
from app.core.spec import AppKey
from app.ports.chaos import FaultRuntime, Plan
from app.ports.clock import Clock
from app.ports.control import Control
from app.ports.experiments import ExperimentStore
from app.ports.healing import Healing

log = logging.getLogger(__name__)

TICK_SECONDS = 0.25
CLOSE_SECONDS = 10.0
"""How long the end of the process waits for faults to be taken back; the next start does the rest."""
RETRY_SECONDS, RETRY_AT_MOST = 1.0, 15.0
KEPT = 500

Tell = Callable[[AppKey, str], None]


def nobody(_app: AppKey, _words: str) -> None:
    """No conversation is open."""


@dataclass(slots=True)
class _Run:
    """One experiment that is not over. `turn` is held by whoever moves it on."""

    experiment: Experiment
    watcher: Watcher
    traffic: Traffic
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    stop: bool = False
    retry: float = RETRY_SECONDS
    task: asyncio.Task[None] | None = None


class Laboratory:
    """Implements the experiments of `app.ports.chaos.Chaos`. `tell` posts a sentence where people read."""

    def __init__(
        self,
        control: Control,
        store: ExperimentStore,
        runtimes: Mapping[str, FaultRuntime],
        clock: Clock,
        new_id: Callable[[], str],
        *,
        healing: Healing | None = None,
        tell: Tell = nobody,
    ) -> None:
        self.planner = Planner(control, runtimes)
        self._control = control
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._healing = healing
        self._tell = tell
        self._breaker = Breaker(control, self.planner)
        self._runs: dict[str, _Run] = {}
        self._beginning: set[asyncio.Task[Experiment]] = set()

    # -- the process

    async def recover(self) -> None:
        """Takes up what an earlier process left behind: its faults are taken back. Raises `PortError`."""
        for experiment in await self._store.list_experiments(over=False, limit=KEPT):
            if experiment.id in self._runs:
                continue
            log.warning("cleaning up after experiment %s (%s)", experiment.id, experiment.fault.value)
            try:
                run = self._open(experiment)
            except Conflict:
                log.warning("%s is not configured now, so that waits for a later start", experiment.runtime)
                continue
            await self._save(run, _interrupted(experiment))
            run.wake.set()
            self._drive(run)

    async def aclose(self) -> None:
        """Takes back what is broken now, as far as that goes in `CLOSE_SECONDS`."""
        await asyncio.gather(*self._beginning, return_exceptions=True)
        runs = list(self._runs.values())
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.gather(*(self._close(run) for run in runs), return_exceptions=True)
        tasks = [run.task for run in runs if run.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *(run.traffic.end() for run in runs), return_exceptions=True)

    async def _close(self, run: _Run) -> None:
        async with run.turn:
            if run.experiment.state is ExperimentState.RUNNING:
                await self._clean(run, Clean(Ending.CUT_SHORT, "KubeLite was stopped"))

    # -- what the tools ask

    def faults(self, app: str) -> Mapping[FaultName, str]:
        return self.planner.faults(app)

    def plan(self, plan: Plan) -> Experiment:
        return self._planned(plan, "plan")

    async def begin(self, plan: Plan) -> Experiment:
        # In a task of its own: whoever asks may go away in the middle of it.
        task = asyncio.create_task(self._begin(plan), name="chaos: begin")
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)
        return await asyncio.shield(task)

    async def stop(self, app: str | None = None) -> Sequence[Experiment]:
        key = None if app is None else self._control.app(app).key
        runs = [run for run in self._runs.values() if key in (None, run.experiment.app)]
        for run in runs:
            run.stop = True
        await asyncio.gather(*(self._step(run) for run in runs))
        for run in runs:
            run.wake.set()
        return [run.experiment for run in runs]

    async def wait(self, experiment_id: str, *, seconds: float) -> Experiment:
        run = self._runs.get(experiment_id)
        if run is None:
            return await self.find(experiment_id)
        over = asyncio.ensure_future(run.over.wait())
        late = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait((over, late), return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
            late.cancel()
        return run.experiment

    def running(self, app: str | None = None) -> Sequence[Experiment]:
        key = None if app is None else self._control.app(app).key
        return [run.experiment for run in self._runs.values() if key in (None, run.experiment.app)]

    async def past(self, app: str | None = None, *, limit: int = 20) -> Sequence[Experiment]:
        return await self._store.list_experiments(
            over=True, app=None if app is None else AppKey.parse(app), limit=limit
        )

    async def find(self, experiment_id: str) -> Experiment:
        if experiment_id in self._runs:
            return self._runs[experiment_id].experiment
        past = await self._store.list_experiments(over=True, limit=KEPT)
        found = next((one for one in past if one.id == experiment_id), None)
        if found is None:
            raise NotFound(f"there is no experiment {experiment_id}")
        return found

    # -- beginning

    def _planned(self, plan: Plan, experiment_id: str) -> Experiment:
        experiment = self.planner.experiment(plan, experiment_id, self._clock.now())
        touched = {experiment.app, experiment.spoils}
        busy = any(touched & {run.experiment.app, run.experiment.spoils} for run in self._runs.values())
        return self.planner.checked(experiment, self._open_incident(experiment.app), busy=busy)

    def troubled(self, app: AppKey) -> bool:
        """It has an incident that is not over."""
        return self._open_incident(app) is not None

    def _open_incident(self, app: AppKey) -> Incident | None:
        if self._healing is None:
            return None
        return next(iter(self._healing.incidents(str(app))), None)

    async def _begin(self, plan: Plan) -> Experiment:
        run = self._open(self._planned(plan, self._new_id()))
        async with run.turn:
            try:
                await self._save(run, await self._breaker.prepared(run.experiment))
            except BaseException:
                self._runs.pop(run.experiment.id, None)
                raise
            run.traffic.begin()
            try:
                await self._breaker.break_it(run.experiment)
            except Exception as error:
                words = str(error) if isinstance(error, KubeLiteError) else "an internal error; the log says more"
                await self._clean(run, Clean(Ending.FAILED, f"could not be brought about: {words}"))
                self._drive(run)
                raise
            now = self._clock.now()
            says = f"{run.experiment.app.name}: {run.experiment.fault.trait.does}"
            await self._save(run, run.experiment.to(ExperimentState.RUNNING, says, injected_at=now))
        self._say(run.experiment.app, f"experiment {run.experiment.id} begins: {says}")
        self._drive(run)
        return run.experiment

    def _open(self, experiment: Experiment) -> _Run:
        watcher = Watcher(self._control, self.planner, self._healing, self._clock)
        runtime = self.planner.runtime(experiment.runtime)
        traffic = Traffic(runtime.request, lambda: self._urls(experiment.app), self._clock)
        run = self._runs[experiment.id] = _Run(experiment, watcher, traffic)
        return run

    def _urls(self, app: AppKey) -> Sequence[str]:
        view = self.planner.view(app)
        return () if view is None else view.urls

    # -- going on

    def _drive(self, run: _Run) -> None:
        run.task = asyncio.create_task(self._run(run), name=f"chaos: {run.experiment.id}")

    async def _run(self, run: _Run) -> None:
        while not run.experiment.over:
            seconds = run.retry if run.experiment.state is ExperimentState.CLEANING else TICK_SECONDS
            await self._pause(run, seconds)
            try:
                await self._step(run)
            except KubeLiteError as error:
                log.warning("experiment %s waits: %s", run.experiment.id, error)
            except Exception:
                log.exception("experiment %s failed; it goes on with the next look", run.experiment.id)

    async def _pause(self, run: _Run, seconds: float) -> None:
        waits = (asyncio.ensure_future(run.wake.wait()), asyncio.ensure_future(self._clock.sleep(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            run.wake.clear()
            for wait in waits:
                wait.cancel()

    async def _step(self, run: _Run) -> None:
        async with run.turn:
            experiment = run.experiment
            if experiment.over:
                return
            seen = await run.watcher.look(experiment, stop=run.stop)
            await self._take(run, next_step(experiment, seen, self._clock.now()))

    async def _take(self, run: _Run, step: Step) -> None:
        match step:
            case Note(changes):
                await self._save(run, run.experiment.model_copy(update=changes))
            case Clean():
                await self._clean(run, step)
            case Finish(ending, words, back_at):
                await self._finish(run, ending, words, back_at)
            case Refuse(words):
                await self._finish(run, Ending.REFUSED, words, None)

    async def _clean(self, run: _Run, step: Clean) -> None:
        if step.ending is not None:
            await self._save(run, run.experiment.to(ExperimentState.CLEANING, step.words, ending=step.ending))
        try:
            await self._breaker.take_back(run.experiment)
        except KubeLiteError as error:
            log.warning("experiment %s is cleaned up later: %s", run.experiment.id, error)
            run.retry = min(run.retry * 2, RETRY_AT_MOST)
            return
        after = cleaned(run.experiment, self._clock.now())
        await self._ended(run, after) if after.over else await self._save(run, after)

    async def _finish(self, run: _Run, ending: Ending, words: str, back_at: float | None) -> None:
        changes: dict[str, object] = {"ending": ending, "back_at": back_at, "ended_at": self._clock.now()}
        await self._ended(run, run.experiment.to(ExperimentState.OVER, words, **changes))

    async def _ended(self, run: _Run, experiment: Experiment) -> None:
        experiment = counted(experiment, await run.traffic.end())
        await self._save(run, experiment)
        self._runs.pop(experiment.id, None)
        run.over.set()
        ending = experiment.ending.value.replace("_", " ") if experiment.ending is not None else "over"
        self._say(experiment.app, f"experiment {experiment.id} ({experiment.fault.value}): {ending}; {experiment.says}")
        await self._store.prune_experiments(keep=KEPT)

    def _say(self, app: AppKey, words: str) -> None:
        log.info("%s", words)
        self._tell(app, words)

    async def _save(self, run: _Run, experiment: Experiment) -> None:
        """On disk before it counts."""
        await self._store.put_experiment(experiment)
        run.experiment = experiment


def _interrupted(experiment: Experiment) -> Experiment:
    """As an earlier process left it: its fault may be there, whatever it had noted last."""
    words = "the process that ran it ended"
    return experiment.to(ExperimentState.CLEANING, words, ending=experiment.ending or Ending.CUT_SHORT)
