"""The incidents and lessons of this process: in memory for the loop, in the store for the next start."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.core.diagnosis import Cause, RemedyClass
from app.core.errors import NotFound
from app.core.incidents import Incident
from app.core.learning import Lesson, family_of, ranking
from app.core.spec import AppKey
from app.ports.clock import Clock
from app.ports.incidents import IncidentStore

KEPT = 500
"""Incidents that are over, so many are kept in all."""


class Casebook:
    def __init__(self, store: IncidentStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._open: dict[str, Incident] = {}
        self._lessons: dict[tuple[Cause, RemedyClass, str], Lesson] = {}

    async def load(self) -> None:
        self._open = {one.id: one for one in await self._store.list_incidents(over=False, limit=KEPT)}
        self._lessons = {one.key: one for one in await self._store.list_lessons()}

    # -- incidents

    def open(self) -> Sequence[Incident]:
        return list(self._open.values())

    def of(self, app: AppKey) -> Incident | None:
        """The one of this app that is not over."""
        return next((one for one in self._open.values() if one.app == app), None)

    def get(self, incident_id: str) -> Incident:
        """One that is not over. Raises `NotFound`."""
        found = self._open.get(incident_id)
        if found is None:
            raise NotFound(f"there is no open incident {incident_id}")
        return found

    async def put(self, incident: Incident) -> Incident:
        """Stored first: what is not written did not happen. Raises `PortError`."""
        await self._store.put_incident(incident)
        if incident.state.over:
            self._open.pop(incident.id, None)
            await self._store.prune_incidents(keep=KEPT)
        else:
            self._open[incident.id] = incident
        return incident

    async def past(self, app: AppKey | None = None, *, limit: int = 20) -> Sequence[Incident]:
        return await self._store.list_incidents(over=True, app=app, limit=limit)

    async def similar(self, incident: Incident, *, limit: int) -> Sequence[Incident]:
        """Of the same cause and line; what healed comes first, then the newest."""
        if incident.cause is None:
            return ()
        found = [
            one
            for one in await self._store.list_incidents(over=True, limit=KEPT)
            if one.cause is incident.cause and one.signature == incident.signature and one.judged_right is not False
        ]
        found.sort(key=lambda one: (not one.healed_by, -one.began_at))
        return found[:limit]

    # -- lessons

    def ranking(self, cause: Cause, image: str) -> Callable[[RemedyClass], float]:
        """The chance of each class to help this image."""
        return ranking(self._lessons.values(), cause, family_of(image))

    def lessons(self) -> Sequence[Lesson]:
        return sorted(self._lessons.values(), key=lambda one: -one.updated_at)

    async def learn(self, cause: Cause, remedy: RemedyClass, family: str, *, helped: bool, weight: float = 1.0) -> None:
        key = (cause, remedy, family)
        lesson = self._lessons.get(key, Lesson(cause, remedy, family)).after(helped, self._clock.now(), weight)
        await self._store.put_lesson(lesson)
        self._lessons[key] = lesson

    async def forget(self, cause: str | None, remedy: str | None, family: str | None) -> int:
        going = [
            one
            for one in self._lessons.values()
            if cause in (None, one.cause.value) and remedy in (None, one.remedy.value) and family in (None, one.family)
        ]
        for one in going:
            await self._store.remove_lesson(one)
            del self._lessons[one.key]
        return len(going)
