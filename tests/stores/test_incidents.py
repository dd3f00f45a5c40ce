"""Incidents and lessons, in every store."""

from __future__ import annotations

from app.core.diagnosis import Cause, RemedyClass
from app.core.incidents import Attempt, Incident, IncidentState, Outcome, Proposal, Risk
from app.core.learning import Lesson
from app.ports.store import Store
from tests.stores.values import API, WEB, wish


def incident(name: str, began_at: float, state: IncidentState = IncidentState.OPEN, app: object = WEB) -> Incident:
    return Incident(id=name, app=app, began_at=began_at, state=state)


async def test_an_incident_comes_back_whole_and_is_replaced_by_its_id(store: Store) -> None:
    before = wish().spec
    proposal = Proposal(remedy=RemedyClass.ROLLBACK, what="go back\x00", risk=Risk.SAFE, after=before)
    attempt = Attempt(proposal=proposal, before=before, generation=3, began_at=2.0, outcome=Outcome.UNDONE)
    first = incident("a", 1.0)
    await store.put_incident(first)
    full = first.model_copy(
        update={"cause": Cause.APPLICATION_CRASH, "attempts": (attempt,), "tried": (proposal.key,), "apps": (API,)}
    )
    await store.put_incident(full)
    assert await store.list_incidents(over=False) == [full]
    assert await store.list_incidents(over=True) == []


async def test_the_newest_come_first_and_those_of_one_app_alone(store: Store) -> None:
    for one in (
        incident("a", 1.0, IncidentState.RESOLVED),
        incident("b", 3.0, IncidentState.CLOSED),
        incident("c", 2.0, IncidentState.RESOLVED, app=API),
        incident("d", 9.0, IncidentState.PERSON),
    ):
        await store.put_incident(one)
    assert [one.id for one in await store.list_incidents(over=True)] == ["b", "c", "a"]
    assert [one.id for one in await store.list_incidents(over=True, limit=1)] == ["b"]
    assert [one.id for one in await store.list_incidents(over=True, app=API)] == ["c"]
    await store.prune_incidents(keep=3)
    assert len(await store.list_incidents(over=True)) == 3
    await store.prune_incidents(keep=2)
    assert [one.id for one in await store.list_incidents(over=True)] == ["b", "c"]
    assert [one.id for one in await store.list_incidents(over=False)] == ["d"]


async def test_lessons_are_kept_by_what_they_are_about(store: Store) -> None:
    lesson = Lesson(Cause.OUT_OF_MEMORY, "increase_memory", "nginx")
    other = Lesson(Cause.OUT_OF_MEMORY, "increase_memory", "redis", failed=1.0)
    for one in (lesson, other, lesson.after(helped=True, now=5.0)):
        await store.put_lesson(one)
    assert await store.list_lessons() == [lesson.after(helped=True, now=5.0), other]
    await store.remove_lesson(other)
    await store.remove_lesson(other)
    assert await store.list_lessons() == [lesson.after(helped=True, now=5.0)]
