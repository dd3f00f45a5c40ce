"""The SQL store's part for usage over time: plain columns, folded inside the database, none of them read for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, cast, delete, func, insert, literal, select

from app.core import usage
from app.core.spec import AppKey
from app.core.usage import COARSE_SECONDS, KEPT_SECONDS, UsageSample
from app.stores.database import Database
from app.stores.schema import SAMPLES
from app.stores.thinning import bucket, fold_before

COLUMNS = ("namespace", "name", "pod", "at", "cpu_millicores", "memory_bytes", "restarts", "seconds", "bucket", "mean")


class SqlSamples:
    """Implements `app.ports.store.SampleStore` for whoever has the database."""

    _database: Database

    async def add_samples(self, samples: Sequence[UsageSample]) -> None:
        if not samples:
            return
        async with self._database.transaction() as connection:
            await connection.execute(insert(SAMPLES), [_row(sample) for sample in samples])

    async def list_samples(self, key: AppKey, *, since: float) -> Sequence[UsageSample]:
        query = (
            select(SAMPLES)
            .where(SAMPLES.c.namespace == key.namespace, SAMPLES.c.name == key.name, SAMPLES.c.at >= since)
            .order_by(SAMPLES.c.at, SAMPLES.c.pod, SAMPLES.c.id)
        )
        async with self._database.transaction() as connection:
            rows = (await connection.execute(query)).all()
        return [
            UsageSample(key, row.pod, row.at, row.cpu_millicores, row.memory_bytes, row.restarts, row.seconds)
            for row in rows
        ]

    async def thin_samples(self, *, now: float) -> None:
        old = and_(SAMPLES.c.mean == 0, SAMPLES.c.at < fold_before(now))
        async with self._database.transaction() as connection:
            await connection.execute(insert(SAMPLES).from_select(COLUMNS, _means(old)))
            await connection.execute(delete(SAMPLES).where(old))
            for kind in (0, 1):  # by the index over both columns
                gone = and_(SAMPLES.c.mean == kind, SAMPLES.c.at < now - KEPT_SECONDS)
                await connection.execute(delete(SAMPLES).where(gone))
            count = (await connection.execute(select(func.count()).select_from(SAMPLES))).scalar_one()
            if count > usage.MAX_SAMPLES:
                oldest = select(SAMPLES.c.id).order_by(SAMPLES.c.at, SAMPLES.c.id).limit(count - usage.MAX_SAMPLES)
                await connection.execute(delete(SAMPLES).where(SAMPLES.c.id.in_(oldest)))


def _row(sample: UsageSample) -> dict[str, Any]:
    return {
        "namespace": sample.app.namespace,
        "name": sample.app.name,
        "pod": sample.pod,
        "at": sample.at,
        "cpu_millicores": sample.cpu_millicores,
        "memory_bytes": sample.memory_bytes,
        "restarts": sample.restarts,
        "seconds": sample.seconds,
        "bucket": bucket(sample.at),
        "mean": int(sample.seconds >= COARSE_SECONDS),
    }


def _means(old: ColumnElement[bool]) -> Any:
    """One row for each replica and five minutes."""
    columns = SAMPLES.c
    return (
        select(
            columns.namespace,
            columns.name,
            columns.pod,
            func.max(columns.at),
            _mean(columns.cpu_millicores),
            _mean(columns.memory_bytes),
            func.max(columns.restarts),
            func.sum(columns.seconds),
            columns.bucket,
            literal(1),
        )
        .where(old)
        .group_by(columns.namespace, columns.name, columns.pod, columns.bucket)
    )


def _mean(column: Any) -> Any:
    """Weighted by the time each sample stands for; plain where that is none."""
    weighted = func.sum(column * SAMPLES.c.seconds) / func.nullif(func.sum(SAMPLES.c.seconds), 0.0)
    return cast(func.round(func.coalesce(weighted, func.avg(column))), BigInteger)
