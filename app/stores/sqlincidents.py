"""The SQL store's part for healing: incidents by time, lessons by what they are about."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, delete, select

from app.core.incidents import Incident
from app.core.learning import Lesson
from app.core.spec import AppKey
from app.stores.database import Database, upsert
from app.stores.schema import INCIDENT, INCIDENTS, LESSON, LESSONS


class SqlIncidents:
    """Implements `app.ports.incidents.IncidentStore` for whoever has the database."""

    _database: Database

    async def put_incident(self, incident: Incident) -> None:
        row = {
            "namespace": incident.app.namespace,
            "name": incident.app.name,
            "over": int(incident.state.over),
            "began_at": incident.began_at,
            "body": INCIDENT.dump(incident),
        }
        async with self._database.transaction() as connection:
            await upsert(connection, INCIDENTS, {"id": incident.id}, row)

    async def list_incidents(self, *, over: bool, app: AppKey | None = None, limit: int = 100) -> Sequence[Incident]:
        wanted: list[ColumnElement[bool]] = [INCIDENTS.c.over == int(over)]
        if app is not None:
            wanted += [INCIDENTS.c.namespace == app.namespace, INCIDENTS.c.name == app.name]
        query = select(INCIDENTS.c.body).where(and_(*wanted))
        query = query.order_by(INCIDENTS.c.began_at.desc(), INCIDENTS.c.id).limit(limit)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(query)).scalars().all()
        return [INCIDENT.load(body) for body in rows]

    async def prune_incidents(self, *, keep: int) -> None:
        over = INCIDENTS.c.over == 1
        newest = select(INCIDENTS.c.id).where(over).order_by(INCIDENTS.c.began_at.desc(), INCIDENTS.c.id).limit(keep)
        async with self._database.transaction() as connection:
            kept = (await connection.execute(newest)).scalars().all()
            if len(kept) == keep:
                await connection.execute(delete(INCIDENTS).where(over, INCIDENTS.c.id.not_in(kept)))

    async def put_lesson(self, lesson: Lesson) -> None:
        async with self._database.transaction() as connection:
            await upsert(connection, LESSONS, _keys(lesson), {"body": LESSON.dump(lesson)})

    async def list_lessons(self) -> Sequence[Lesson]:
        query = select(LESSONS.c.body).order_by(LESSONS.c.cause, LESSONS.c.remedy, LESSONS.c.family)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(query)).scalars().all()
        return [LESSON.load(body) for body in rows]

    async def remove_lesson(self, lesson: Lesson) -> None:
        held = and_(*(LESSONS.c[name] == value for name, value in _keys(lesson).items()))
        async with self._database.transaction() as connection:
            await connection.execute(delete(LESSONS).where(held))


def _keys(lesson: Lesson) -> dict[str, str]:
    return {"cause": lesson.cause.value, "remedy": lesson.remedy, "family": lesson.family}
