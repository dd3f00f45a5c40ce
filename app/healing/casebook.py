"""The incidents and lessons of this process: in memory for the loop, in the store for the next start.

An incident is stored before it counts, so a `kill -9` anywhere leaves one that the next start goes on with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from app.core.diagnosis import Cause
from app.core.errors import NotFound
from app.core.incidents import Incident, IncidentState, Outcome
from app.core.learning import Chance, Lesson, family_of, ranking
from app.core.spec import AppKey
from app.healing.policy import ATTEMPTS_SECONDS
from app.ports.clock import Clock
from app.ports.incidents import IncidentStore

KEPT = 500
"""Incidents that are over, so many are kept in all."""

Tell = Callable[[Incident, str], None]


def nobody(_incident: Incident, _words: str) -> None:
    """No conversation is open."""


class Casebook:
    """`tell` posts a sentence where people read, each once."""

    def __init__(self, store: IncidentStore, clock: Clock, *, tell: Tell = nobody) -> None:
        self._store = store
        self._clock = clock
        self._tell = tell
        self._open: dict[str, Incident] = {}
        self._lessons: dict[tuple[Cause, str, str], Lesson] = {}
        self._earlier: dict[AppKey, list[float]] = {}
        """When attempts of incidents that are over began, by the app they changed: they count for the limit, too."""
        self._counts: Counter[str] = Counter()

    async def load(self) -> None:
        self._open = {one.id: one for one in await self._store.list_incidents(over=False, limit=KEPT)}
        self._lessons = {one.key: one for one in await self._store.list_lessons()}
        for one in await self._store.list_incidents(over=True, limit=KEPT):
            self._remember(one)

    # -- incidents

    def open(self) -> Sequence[Incident]:
        return list(self._open.values())

    def of(self, app: AppKey) -> Incident | None:
        """The one of this app that is not over."""
        return next((one for one in self._open.values() if one.app == app), None)

    def holding(self, app: AppKey) -> Incident | None:
        """The open one that it is in, its own or another's."""
        return next((one for one in self._open.values() if app in (one.app, *one.apps)), None)

    def held(self) -> set[AppKey]:
        """Every app that is in an open incident."""
        return {key for one in self._open.values() for key in (one.app, *one.apps)}

    def get(self, incident_id: str) -> Incident:
        """One that is not over. Raises `NotFound`."""
        found = self._open.get(incident_id)
        if found is None:
            raise NotFound(f"there is no open incident {incident_id}")
        return found

    async def find(self, incident_id: str) -> Incident:
        """Any that is kept. Raises `NotFound`."""
        if incident_id in self._open:
            return self._open[incident_id]
        past = await self._store.list_incidents(over=True, limit=KEPT)
        found = next((one for one in past if one.id == incident_id), None)
        if found is None:
            raise NotFound(f"there is no incident {incident_id}")
        return found

    async def put(self, incident: Incident) -> Incident:
        """Raises `PortError`; then nothing changed here either."""
        await self._store.put_incident(incident)
        if incident.state.over:
            if self._open.pop(incident.id, None) is not None:
                self._remember(incident)
            await self._store.prune_incidents(keep=KEPT)
        else:
            self._open[incident.id] = incident
        return incident

    async def note(self, incident: Incident, state: IncidentState, says: str) -> Incident:
        """Where it stands now, told to people where that is news."""
        before = self._open.get(incident.id)
        changes: dict[str, object] = {"state": state, "says": says}
        if state.over:
            changes["ended_at"] = self._clock.now()
        after = await self.put(incident.model_copy(update=changes))
        if before is None or (before.state, before.says) != (state, says):
            self._tell(after, says)
        return after

    def say(self, incident: Incident, words: str) -> None:
        self._tell(incident, words)

    def attempts(self, app: AppKey) -> Sequence[float]:
        """When remedies were begun on it, in incidents that are over and in those that are not."""
        begun = (
            each.began_at for one in self._open.values() for each in one.attempts if one.target(each.proposal) == app
        )
        return [*self._earlier.get(app, []), *begun]

    def counted(self, outcome: Outcome) -> None:
        """One more attempt came out so."""
        self._counts[outcome.value] += 1

    def counts(self) -> Mapping[str, int]:
        return {"healed": self._counts[Outcome.KEPT.value], **{one.value: self._counts[one.value] for one in Outcome}}

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
        return [one for one in found if one.id != incident.id][:limit]

    def _remember(self, incident: Incident) -> None:
        now = self._clock.now()
        for one in incident.attempts:
            if now - one.began_at < ATTEMPTS_SECONDS:
                self._earlier.setdefault(incident.target(one.proposal), []).append(one.began_at)
        for key, begun in list(self._earlier.items()):
            self._earlier[key] = [at for at in begun if now - at < ATTEMPTS_SECONDS]
            if not self._earlier[key]:
                del self._earlier[key]

    # -- lessons

    def ranking(self, cause: Cause, image: str) -> Chance:
        """The chance of each kind of remedy to help this image."""
        return ranking(self._lessons.values(), cause, family_of(image))

    def lessons(self) -> Sequence[Lesson]:
        """The newest first."""
        return sorted(self._lessons.values(), key=lambda one: -one.updated_at)

    async def learn(self, incident: Incident, remedy: str, *, helped: bool, weight: float = 1.0) -> None:
        """One outcome of a remedy for this incident's cause and image."""
        if incident.cause is None:
            return
        key = (incident.cause, remedy, incident.image_family)
        lesson = self._lessons.get(key, Lesson(*key)).after(helped, self._clock.now(), weight)
        await self._store.put_lesson(lesson)
        self._lessons[key] = lesson

    async def forget(self, cause: str | None, remedy: str | None, family: str | None) -> int:
        going = [
            one
            for one in self._lessons.values()
            if cause in (None, one.cause.value) and remedy in (None, one.remedy) and family in (None, one.family)
        ]
        for one in going:
            await self._store.remove_lesson(one)
            del self._lessons[one.key]
        return len(going)
