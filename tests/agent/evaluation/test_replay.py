"""Earlier turns leave what the product leaves: messages, pending approvals, candidates, audit rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app.agent.evaluation.replay import replay
from app.agent.evaluation.requests import rules_only
from app.agent.evaluation.stage import CONVERSATION, Stage, open_stage
from app.core.approvals import ApprovalState
from app.settings import Settings
from tests.agent.evaluation.records import CANDIDATES, DELETE, MAIL, SHOP, STATE, turn

ASK_DELETE = {"action": "confirm_required", "then": [DELETE]}


@asynccontextmanager
async def after(*turns: dict[str, Any], state: list[dict[str, Any]] | None = None) -> AsyncIterator[Stage]:
    async with open_stage(STATE if state is None else state, rules_only(Settings()), None) as stage:
        await replay(stage, turns)
        yield stage


async def test_the_world_is_as_recorded_afterwards() -> None:
    recorded = [{**SHOP, "replicas": 9, "ready": 9}]
    async with after(
        turn("scale shop to 5", {"action": "scale", "app": "shop", "replicas": 5}, state=recorded)
    ) as stage:
        assert [(view.name, view.desired) for view in stage.world.apps()] == [("shop", 9)]
        (row,) = await stage.store.list_audit()
        assert (row.tool, row.sentence) == ("scale", "scale shop to 5")


async def test_a_question_left_open_waits_for_yes() -> None:
    async with after(turn("delete cache", ASK_DELETE)) as stage:
        (approval,) = await stage.assistant.pending(CONVERSATION)
        assert (approval.asked_by_person, approval.arguments) == (True, {"apps": ["cache"]})
        said = await stage.say("yes")
        assert said.done.actions == (DELETE,)
        assert [view.name for view in stage.world.apps()] == ["mail", "shop"]


async def test_no_leaves_everything() -> None:
    async with after(turn("delete cache", ASK_DELETE)) as stage:
        said = await stage.say("no")
        assert "Not done" in said.done.reply
        assert len(stage.world.apps()) == 3


async def test_asked_though_the_gate_would_not_ask() -> None:
    scale = {"action": "scale", "app": "shop", "replicas": 6}
    async with after(turn("more shop", {"action": "confirm_required", "then": [scale]})) as stage:
        assert stage.world.app("shop").desired == 3
        assert (await stage.say("yes")).done.actions == (scale,)
        assert stage.world.app("shop").desired == 6


async def test_carried_out_though_the_gate_asks() -> None:
    async with after(turn("delete cache", DELETE, state=[SHOP, MAIL])) as stage:
        assert not await stage.assistant.pending(CONVERSATION)
        assert [one.state for one in await stage.store.list_approvals()] == [ApprovalState.DONE]
        assert (await stage.say("yes")).done.actions == ({"action": "answer_only"},)


async def test_two_earlier_turns() -> None:
    async with after(turn("delete cache", ASK_DELETE), turn("yes", DELETE, state=[SHOP, MAIL])) as stage:
        assert [one.state for one in await stage.store.list_approvals()] == [ApprovalState.DONE]
        assert (await stage.say("restart mail")).done.actions == ({"action": "restart", "app": "mail"},)


async def test_the_answer_to_a_question() -> None:
    async with after(turn("restart the thing", CANDIDATES)) as stage:
        assert (await stage.say("the first one")).done.actions == ({"action": "restart", "app": "mail"},)


async def test_a_past_that_no_tool_of_today_makes() -> None:
    async with after(turn("make shop dance", {"action": "dance", "app": "shop", "tempo": 3})) as stage:
        assert (await stage.say("restart it")).done.actions == ({"action": "restart", "app": "shop"},)


async def test_start_means_as_many_as_the_record_has_then() -> None:
    asleep = [{**SHOP, "replicas": 0, "ready": 0, "status": "stopped"}]
    async with after(turn("start shop", {"action": "start", "app": "shop"}, state=[SHOP]), state=asleep) as stage:
        (row,) = await stage.store.list_audit()
        assert row.arguments == {"app": "shop", "replicas": 3}


async def _undone(did: dict[str, Any], *, state: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    async with after(turn("do it", did, state=state), state=state) as stage:
        said = await stage.say("undo that")
        return list(said.done.actions)


async def test_a_turn_whose_outcome_was_there_from_the_start_can_be_undone() -> None:
    shop = {**SHOP, "env": {"LEVEL": "debug"}}
    asleep = {**SHOP, "replicas": 0, "ready": 0, "status": "stopped"}
    undo = [{"action": "undo"}]
    assert await _undone({"action": "scale", "app": "shop", "replicas": 3}) == undo
    assert await _undone({"action": "update_image", "app": "shop", "image": "caddy:2"}) == undo
    assert await _undone({"action": "set_env", "app": "shop", "env": {"LEVEL": "debug"}}, state=[shop, MAIL]) == undo
    assert await _undone({"action": "stop", "app": "shop"}, state=[asleep, MAIL]) == undo
    assert await _undone({"action": "start", "app": "shop"}) == undo


async def test_undoing_a_recorded_deploy_asks() -> None:
    deploy = {"action": "deploy", "app": "~shop", "image": "caddy:2", "replicas": 3}
    assert await _undone(deploy) == [{"action": "confirm_required", "then": [{"action": "undo"}]}]


async def test_what_was_only_looked_at_leaves_nothing_to_undo() -> None:
    assert await _undone({"action": "status", "app": "shop"}) == [{"action": "clarify", "about": "intent"}]
