"""Game days as tasks: one fault after the other on one app, each given the time to be survived, then the score."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from app.chaos.laboratory import KEPT, Laboratory, Tell, nobody
from app.core.errors import Conflict, KubeLiteError
from app.core.experiments import Ending, steady
from app.core.faults import FaultName
from app.core.gamedays import GameDay, Trial, trial_of
from app.core.spec import AppKey
from app.ports.chaos import Plan
from app.ports.clock import Clock
from app.ports.control import Control
from app.ports.experiments import ExperimentStore

log = logging.getLogger(__name__)

REST_SECONDS = 120.0
"""How long the app may take between two faults to be well, and its incident to be over."""
LOOK_SECONDS = 0.5
EXPERIMENT_SECONDS = 7200.0


class GameDays:
    def __init__(
        self,
        laboratory: Laboratory,
        control: Control,
        store: ExperimentStore,
        clock: Clock,
        new_id: Callable[[], str],
        *,
        tell: Tell = nobody,
    ) -> None:
        self._laboratory = laboratory
        self._control = control
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._tell = tell
        self._going: dict[AppKey, tuple[GameDay, asyncio.Task[None]]] = {}
        self._stopping: set[AppKey] = set()

    async def recover(self) -> None:
        """Game days that an earlier process left unfinished are over, with what they had. Raises `PortError`."""
        mine = {day.id for day, _ in self._going.values()}
        for day in await self._store.list_game_days(limit=KEPT):
            if not day.over and day.id not in mine:
                await self._store.put_game_day(day.ended(self._clock.now(), "Cut short: KubeLite was stopped."))

    async def aclose(self) -> None:
        tasks = [task for _, task in self._going.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def begin(self, app: str, faults: Sequence[FaultName] = (), *, last: bool, by: str = "") -> GameDay:
        view = self._control.app(app)
        if view.key in self._going:
            raise Conflict(f"a game day of {view.name} goes on already; stop it, or wait for it")
        chosen = tuple(faults) or tuple(self._laboratory.planner.round_of(app))
        if not chosen:
            raise Conflict(f"none of the faults of a game day can be done to {view.name}")
        self._laboratory.plan(Plan(app=app, fault=chosen[0], last=last))
        day = GameDay(id=self._new_id(), app=view.key, spec=view.spec, faults=chosen, began_at=self._clock.now(), by=by)
        await self._store.put_game_day(day)
        task = asyncio.create_task(self._run(day, last), name=f"chaos: game day of {view.name}")
        self._going[view.key] = (day, task)
        return day

    def stop(self, key: AppKey | None) -> None:
        """No further fault; the one that is on its way is for `Laboratory.stop`."""
        self._stopping |= {app for app in self._going if key in (None, app)}

    async def list(self, app: str | None = None, *, limit: int = 10) -> Sequence[GameDay]:
        return await self._store.list_game_days(app=None if app is None else AppKey.parse(app), limit=limit)

    async def _run(self, day: GameDay, last: bool) -> None:
        try:
            for fault in day.faults:
                if day.app in self._stopping:
                    break
                trial = await self._trial(day, fault, last)
                day = day.model_copy(update={"trials": (*day.trials, trial)})
                await self._store.put_game_day(day)
            await self._rested(day)
            await self._ended(day, "Stopped by a person." if day.app in self._stopping else "")
        except Exception:
            log.exception("the game day of %s failed", day.app)
            await self._ended(day, "Cut short by an internal error; the log says more.")
        finally:
            self._going.pop(day.app, None)
            self._stopping.discard(day.app)

    async def _trial(self, day: GameDay, fault: FaultName, last: bool) -> Trial:
        if not await self._rested(day):
            words = f"not tried: {day.app.name} was not well again {REST_SECONDS:.0f} s after the fault before"
            return Trial(fault=fault, ending=Ending.REFUSED, says=words)
        try:
            begun = await self._laboratory.begin(Plan(app=str(day.app), fault=fault, last=last, by=day.by))
            return trial_of(await self._laboratory.wait(begun.id, seconds=EXPERIMENT_SECONDS))
        except KubeLiteError as error:
            return Trial(fault=fault, ending=Ending.REFUSED, says=str(error))

    async def _rested(self, day: GameDay) -> bool:
        """Well again, with no incident: what comes next is of the next fault alone."""
        until = self._clock.now() + REST_SECONDS
        while day.app not in self._stopping:
            planner = self._laboratory.planner
            if steady(planner.view(day.app)) and not self._laboratory.troubled(day.app):
                return True
            if self._clock.now() >= until:
                return False
            await self._clock.sleep(LOOK_SECONDS)
        return True

    async def _ended(self, day: GameDay, says: str) -> None:
        day = day.ended(self._clock.now(), says)
        await self._store.put_game_day(day)
        score = "no score" if day.score is None else f"resilience score {day.score} of 100"
        self._tell(day.app, f"the game day of {day.app.name} is over: {score}")
