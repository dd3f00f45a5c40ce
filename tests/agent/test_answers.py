"""What leaves the process about a turn and an approval."""

from __future__ import annotations

from agent_tools import TurnState
from app.agent.answers import answer, approval_row
from app.core.approvals import Mode, Role
from tests.agent.fakes import make_world
from tests.tools.fakes import caller


async def test_a_turn() -> None:
    world = make_world()
    row = answer(await world.say("delete redis"))
    assert row["ok"] is True
    assert row["model"] == "rules"
    assert row["approvals"][0]["verb"] == "Delete redis"
    assert answer(await world.say("delete nothing"))["ok"] is False


async def test_a_card_shows_no_secret_to_whoever_may_look() -> None:
    world = make_world()
    world.control.now_mode = Mode.SUGGEST
    args = {"image": "caddy", "env": {"DB_PASSWORD": "hunter2", "A": "b"}}
    parked = await world.runner.call("deploy", args, caller(), turn=TurnState())
    approval = await world.runner.approval(parked.approval or "")
    assert "hunter2" not in str(approval_row(approval))
    batch = approval.model_copy(
        update={"tool": "batch", "arguments": {"calls": [{"tool": "deploy", "arguments": approval.arguments}]}}
    )
    assert "hunter2" not in str(approval_row(batch))
    assert approval_row(batch)["arguments"]["calls"][0]["arguments"]["env"] == {"DB_PASSWORD": "(hidden)", "A": "b"}


async def test_a_card_shows_no_secret_of_its_sentence() -> None:
    world = make_world()
    who = caller().model_copy(update={"sentence": "delete redis, its PASSWORD=hunter2 leaked"})
    parked = await world.runner.call("delete", {"apps": ["redis"]}, who, turn=TurnState())
    assert "hunter2" not in str(approval_row(await world.runner.approval(parked.approval or "")))


async def test_a_card_shows_no_secret_of_its_manifest() -> None:
    world = make_world()
    world.control.now_mode = Mode.SUGGEST
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: hunter2}"
    parked = await world.runner.call("apply_manifest", {"yaml": text}, caller(), turn=TurnState())
    approval = await world.runner.approval(parked.approval or "")
    assert "hunter2" not in str(approval_row(approval))
    world.control.now_mode = Mode.ASK
    done, _ = await world.runner.decide(approval.id, "ann", Role.ADMIN, approve=True)
    assert approval_row(done)["result"]["ok"]
    assert "hunter2" not in str(approval_row(done))
