"""The SQL store's part for chaos: experiments and game days by time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.experiments import Experiment
from app.core.gamedays import GameDay
from app.core.spec import AppKey
from app.stores.database import Database, upsert
from app.stores.schema import EXPERIMENT, EXPERIMENTS, GAME_DAY, GAME_DAYS


class SqlExperiments:
    """Implements `app.ports.experiments.ExperimentStore` for whoever has the database."""

    _database: Database

    async def put_experiment(self, experiment: Experiment) -> None:
        row = {
            "namespace": experiment.app.namespace,
            "name": experiment.app.name,
            "over": int(experiment.over),
            "began_at": experiment.asked_at,
            "body": EXPERIMENT.dump(experiment),
        }
        async with self._database.transaction() as connection:
            await upsert(connection, EXPERIMENTS, {"id": experiment.id}, row)

    async def list_experiments(
        self, *, over: bool, app: AppKey | None = None, limit: int = 100
    ) -> Sequence[Experiment]:
        rows = await self._newest(EXPERIMENTS, and_(EXPERIMENTS.c.over == int(over), _of(EXPERIMENTS, app)), limit)
        return [EXPERIMENT.load(body) for body in rows]

    async def put_game_day(self, game_day: GameDay) -> None:
        row = {
            "namespace": game_day.app.namespace,
            "name": game_day.app.name,
            "began_at": game_day.began_at,
            "body": GAME_DAY.dump(game_day),
        }
        async with self._database.transaction() as connection:
            await upsert(connection, GAME_DAYS, {"id": game_day.id}, row)

    async def list_game_days(self, *, app: AppKey | None = None, limit: int = 100) -> Sequence[GameDay]:
        return [GAME_DAY.load(body) for body in await self._newest(GAME_DAYS, _of(GAME_DAYS, app), limit)]

    async def prune_experiments(self, *, keep: int) -> None:
        async with self._database.transaction() as connection:
            await _prune(connection, EXPERIMENTS, EXPERIMENTS.c.over == 1, keep)
            await _prune(connection, GAME_DAYS, true(), keep)

    async def _newest(self, table: Table, wanted: ColumnElement[bool], limit: int) -> Sequence[Any]:
        query = select(table.c.body).where(wanted).order_by(table.c.began_at.desc(), table.c.id).limit(limit)
        async with self._database.transaction() as connection:
            return (await connection.execute(query)).scalars().all()


def _of(table: Table, app: AppKey | None) -> ColumnElement[bool]:
    return true() if app is None else and_(table.c.namespace == app.namespace, table.c.name == app.name)


async def _prune(connection: AsyncConnection, table: Table, among: ColumnElement[bool], keep: int) -> None:
    newest = select(table.c.id).where(among).order_by(table.c.began_at.desc(), table.c.id).limit(keep)
    kept = (await connection.execute(newest)).scalars().all()
    if len(kept) == keep:
        await connection.execute(delete(table).where(among, table.c.id.not_in(kept)))
