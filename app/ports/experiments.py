"""Where experiments and game days live. Errors as of `app.ports.store`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.core.experiments import Experiment
from app.core.gamedays import GameDay
from app.core.spec import AppKey


class ExperimentStore(Protocol):
    async def put_experiment(self, experiment: Experiment) -> None:
        """Adds it, or replaces the one of its id."""
        ...

    async def list_experiments(
        self, *, over: bool, app: AppKey | None = None, limit: int = 100
    ) -> Sequence[Experiment]:
        """Newest first (by `asked_at`)."""
        ...

    async def put_game_day(self, game_day: GameDay) -> None: ...

    async def list_game_days(self, *, app: AppKey | None = None, limit: int = 100) -> Sequence[GameDay]:
        """Newest first (by `began_at`)."""
        ...

    async def prune_experiments(self, *, keep: int) -> None:
        """Drops the oldest that are over, beyond `keep`, and game days beyond as many."""
        ...
