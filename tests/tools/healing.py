"""The `Healing` port in memory: incidents that a test puts there, and a note of what was asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.core.diagnosis import Cause, RemedyClass
from app.core.errors import NotFound
from app.core.incidents import Attempt, Incident, Proposal, Risk
from app.core.learning import Lesson
from app.core.spec import AppKey
from tests.tools.fakes import T0, FakeControl

ROLLBACK = Proposal(
    remedy=RemedyClass.ROLLBACK, what="go back to revision 1", risk=Risk.SAFE, undo="revision 2 is back"
)
LESSON = Lesson(Cause.OUT_OF_MEMORY, "increase_memory", "nginx", helped=3.0, failed=1.0, updated_at=T0)


def incident(name: str = "web", **more: object) -> Incident:
    found = Incident(
        id="1a2b3c4d",
        app=AppKey("default", name),
        began_at=T0 - 40,
        detected_at=T0 - 35,
        diagnosed_at=T0 - 34,
        cause=Cause.OUT_OF_MEMORY,
        confidence=0.93,
        because="the kernel killed it for its memory",
        says="being looked into",
    )
    return found.model_copy(update=more)


@dataclass
class FakeHealing:
    """Implements `app.ports.healing.Healing`; what it changes is noted among the orchestrator's writes."""

    control: FakeControl
    kept: dict[str, Incident] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    learnt: list[Lesson] = field(default_factory=lambda: [LESSON])

    def put(self, one: Incident, *proposals: Proposal) -> Incident:
        self.kept[one.id] = one
        self.proposals |= {each.key: each for each in proposals}
        return one

    def incidents(self, app: str | None = None) -> Sequence[Incident]:
        return [one for one in self.kept.values() if not one.state.over and app in (None, one.app.name)]

    async def past(self, app: str | None = None, *, limit: int = 20) -> Sequence[Incident]:
        return [one for one in self.kept.values() if one.state.over and app in (None, one.app.name)][:limit]

    def incident(self, incident_id: str) -> Incident:
        try:
            return self.kept[incident_id]
        except KeyError:
            raise NotFound(f"there is no incident {incident_id}") from None

    async def find(self, incident_id: str) -> Incident:
        return self.incident(incident_id)

    async def heal(self, app: str, *, by: str = "") -> Incident | None:
        self.control.writes.append(("heal", app, by))
        return next(iter(self.incidents(self.control.app(app).name)), None)

    def proposal(self, incident_id: str, key: str) -> Proposal:
        return self.proposals[key]

    async def carry_out(self, incident_id: str, key: str) -> Attempt:
        self.control.writes.append(("carry out", incident_id, key))
        one = self.incident(incident_id)
        return Attempt(
            proposal=self.proposals[key], before=self.control.app(one.app.name).spec, generation=2, began_at=T0
        )

    async def undo(self, incident_id: str) -> Attempt:
        raise NotImplementedError

    async def similar(self, one: Incident, *, limit: int = 3) -> Sequence[Incident]:
        return [each for each in await self.past() if each.id != one.id][:limit]

    async def judged(self, incident_id: str, *, right: bool) -> Incident:
        self.control.writes.append(("judged", incident_id, str(right)))
        return self.put(self.incident(incident_id).model_copy(update={"judged_right": right}))

    def counts(self) -> Mapping[str, int]:
        return {"healed": 2, "kept": 2, "undone": 1}

    async def lessons(self) -> Sequence[Lesson]:
        return self.learnt

    async def forget(self, *, cause: str | None = None, remedy: str | None = None, family: str | None = None) -> int:
        self.control.writes.append(("forget", str(cause), str(remedy), str(family)))
        return len(self.learnt)
