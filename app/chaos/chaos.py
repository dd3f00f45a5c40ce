"""Chaos as a whole: `app.ports.chaos.Chaos` over the laboratory and its game days, and the loop that keeps both."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from app.chaos.gamedays import GameDays
from app.chaos.laboratory import Laboratory, Tell, nobody
from app.core.errors import KubeLiteError
from app.core.experiments import Experiment
from app.core.faults import FaultName
from app.core.gamedays import GameDay
from app.ports.chaos import FaultRuntime, Plan
from app.ports.clock import Clock
from app.ports.control import Control
from app.ports.experiments import ExperimentStore
from app.ports.healing import Healing

log = logging.getLogger(__name__)

RECOVER_SECONDS = 2.0
"""Between two tries to read what an earlier process left behind."""


class ChaosRoom:
    """Implements `app.ports.chaos.Chaos`."""

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
        self._control = control
        self._clock = clock
        self._laboratory = Laboratory(control, store, runtimes, clock, new_id, healing=healing, tell=tell)
        self._game_days = GameDays(self._laboratory, control, store, clock, new_id, tell=tell)

    async def run(self) -> None:
        """Cleans up after an earlier process, then waits to be cancelled, and cleans up after itself."""
        try:
            while not await self._recovered():
                await self._clock.sleep(RECOVER_SECONDS)
            await asyncio.Event().wait()
        finally:
            await self.aclose()

    async def _recovered(self) -> bool:
        try:
            await self._laboratory.recover()
            await self._game_days.recover()
        except KubeLiteError as error:
            log.warning("experiments of before are cleaned up later: %s", error)
            return False
        return True

    async def aclose(self) -> None:
        await self._game_days.aclose()
        await self._laboratory.aclose()

    def faults(self, app: str) -> Mapping[FaultName, str]:
        return self._laboratory.faults(app)

    def plan(self, plan: Plan) -> Experiment:
        return self._laboratory.plan(plan)

    async def begin(self, plan: Plan) -> Experiment:
        return await self._laboratory.begin(plan)

    async def stop(self, app: str | None = None) -> Sequence[Experiment]:
        self._game_days.stop(None if app is None else self._control.app(app).key)
        return await self._laboratory.stop(app)

    async def wait(self, experiment_id: str, *, seconds: float) -> Experiment:
        return await self._laboratory.wait(experiment_id, seconds=seconds)

    def running(self, app: str | None = None) -> Sequence[Experiment]:
        return self._laboratory.running(app)

    async def past(self, app: str | None = None, *, limit: int = 20) -> Sequence[Experiment]:
        return await self._laboratory.past(app, limit=limit)

    async def find(self, experiment_id: str) -> Experiment:
        return await self._laboratory.find(experiment_id)

    async def begin_game_day(self, app: str, faults: Sequence[FaultName] = (), *, last: bool, by: str = "") -> GameDay:
        return await self._game_days.begin(app, faults, last=last, by=by)

    async def game_days(self, app: str | None = None, *, limit: int = 10) -> Sequence[GameDay]:
        return await self._game_days.list(app, limit=limit)
