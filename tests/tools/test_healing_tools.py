"""What people and programs see of healing: the card of a remedy with its price, incidents, lessons."""

from __future__ import annotations

import json

import pytest

from agent_tools import TOOLS, ToolRunner
from agent_tools.door import GateDoor
from agent_tools.remedy import APPLY, INNER
from app.core.approvals import Mode, Role
from app.core.diagnosis import RemedyClass
from app.core.incidents import Attempt, IncidentState, Outcome, Proposal, Risk
from app.core.objects import Service, ServicePort
from app.core.spec import AppSpec, EnvVar
from app.stores.memory import MemoryStore
from tests.tools.conftest import Run
from tests.tools.fakes import T0, FakeClock, FakeControl, Ids, caller, spec
from tests.tools.healing import ROLLBACK, FakeHealing, incident
from tests.tools.renting import FakeMoney


@pytest.fixture
def gate(control: FakeControl, healing: FakeHealing, store: MemoryStore, clock: FakeClock) -> ToolRunner:
    money = FakeMoney(clock.now())
    return ToolRunner(TOOLS, control, store, clock, Ids(), healing=healing, inner=INNER, money=money)


def remedy(control: FakeControl, name: str, **changes: object) -> Proposal:
    before = control.app(name).spec
    container = before.container.model_copy(update=changes)
    after = before.model_copy(update={"template": before.template.model_copy(update={"containers": (container,)})})
    return ROLLBACK.model_copy(update={"after": after})


async def card(gate: ToolRunner, proposal: Proposal) -> object:
    context = gate.context(caller(), lambda _text: None)
    return await APPLY.preview(context, APPLY.args(incident="1a2b3c4d", key=proposal.key))


async def rented(control: FakeControl) -> AppSpec:
    one = spec("brain", "ollama/ollama:1").model_copy(update={"runtime": "nosana"})
    await control.apply(one, cause="test")
    control.writes.clear()
    return one


async def test_a_remedy_for_a_rented_app_has_its_price_and_asks_in_every_mode(
    gate: ToolRunner, control: FakeControl, healing: FakeHealing, store: MemoryStore
) -> None:
    await rented(control)
    control.now_mode = Mode.AUTO
    changed = remedy(control, "brain", image="ollama/ollama:2")
    anew = Proposal(remedy=RemedyClass.RESCHEDULE, what="rent its replicas anew", risk=Risk.SAFE, restarts=True)
    for proposal in (changed, anew):
        one = healing.put(incident("brain"), proposal)
        asked = await GateDoor(gate).ask(one, proposal)
        assert not asked.done
        approval = await store.get_approval(str(asked.approval))
        assert "an hour" in approval.preview.price
    assert control.writes == []


async def test_the_same_remedy_for_a_free_app_runs_in_mode_auto_and_asks_in_mode_ask(
    gate: ToolRunner, control: FakeControl, healing: FakeHealing
) -> None:
    proposal = remedy(control, "web", image="nginx:1.27")
    one = healing.put(incident(), proposal)
    assert (await GateDoor(gate).ask(one, proposal)).approval
    control.now_mode = Mode.AUTO
    assert (await GateDoor(gate).ask(one, proposal)).done
    assert control.writes == [("carry out", one.id, proposal.key)]


async def test_a_variable_that_is_set_again_is_only_named(
    gate: ToolRunner, control: FakeControl, healing: FakeHealing
) -> None:
    env = (*control.app("api").spec.container.env, EnvVar(name="GREETING", value="a value of theirs"))
    proposal = remedy(control, "api", env=env).model_copy(update={"remedy": RemedyClass.SET_ENV})
    healing.put(incident("api"), proposal)
    shown = str(await card(gate, proposal))
    assert "env GREETING" in shown
    assert "a value of theirs" not in shown


async def test_a_service_that_changes_is_on_the_card(
    gate: ToolRunner, control: FakeControl, healing: FakeHealing
) -> None:
    before = Service(name="front", runtime="simulator", ports=(ServicePort(port=80, node_port=30080),), type="NodePort")
    await control.put_object(before, cause="test")
    after = before.model_copy(update={"ports": (ServicePort(port=80),)})
    proposal = Proposal(remedy=RemedyClass.CHANGE_PORT, what="take a free port", risk=Risk.RISKY, service=after)
    healing.put(incident(), proposal)
    shown = str(await card(gate, proposal))
    assert "Service front" in shown
    assert "30080" in shown


async def test_an_incident_in_full_says_when_and_shows_no_wish(
    run: Run, control: FakeControl, healing: FakeHealing
) -> None:
    before = control.app("web").spec
    attempt = Attempt(
        proposal=remedy(control, "web", image="nginx:1.24"), before=before, generation=2, began_at=T0 - 30,
        ended_at=T0, outcome=Outcome.KEPT,
    )  # fmt: skip
    state = IncidentState.RESOLVED
    healing.put(incident(state=state, well_at=T0 - 20, ended_at=T0 + 40, attempts=(attempt,)))
    shown = await run("incidents", incident="1a2b3c4d")
    assert "detected after 5 s, diagnosed after 6 s, well again after 20 s, closed after 80 s" in shown.summary
    assert "go back to revision 1: kept" in shown.summary
    assert shown.data["incident"]["attempts"][0]["outcome"] == "kept"
    assert "hunter2" not in json.dumps(shown.model_dump(mode="json"))
    listed = await run("incidents")
    assert "Before:" in listed.summary
    assert [one["id"] for one in listed.data["past"]] == ["1a2b3c4d"]


async def test_heal_without_a_name_sees_to_what_fails_and_to_what_has_an_incident(
    run: Run, control: FakeControl, healing: FakeHealing
) -> None:
    assert (await run("heal")).summary == "No app needs it: none is failing."
    healing.put(incident("redis", says="may I raise its memory?", state=IncidentState.ASKING))
    shown = await run("heal")
    assert "out of memory (93%)" in shown.summary
    assert shown.next == "A remedy waits for your approval: see its card."
    assert control.writes == [("heal", "default/redis", "ann")]


async def test_lessons_are_shown_by_anybody_and_forgotten_by_an_operator(run: Run, control: FakeControl) -> None:
    shown = await run("lessons", role=Role.VIEWER)
    assert "increase memory" in shown.summary
    assert not (await run("lessons", role=Role.VIEWER, forget=True)).ok
    assert control.writes == []
    assert (await run("lessons", forget=True, image="nginx")).data == {"forgotten": 1}
    assert control.writes == [("forget", "None", "None", "nginx")]


async def test_a_person_judges_an_incident(run: Run, control: FakeControl, healing: FakeHealing) -> None:
    healing.put(incident(state=IncidentState.RESOLVED))
    assert (
        "out of memory was wrong for **web**" in (await run("judge_incident", incident="1a2b3c4d", right=False)).summary
    )
    assert (await run("judge_incident", incident="none", right=True)).ok is False
