"""Gaps that were found and are not closed yet, each as the example that fails. `strict`: who closes one takes its mark
away, and the test stays where it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent_tools import ToolResult, TurnState
from agent_tools.changes import observed
from app.agent.answers import approval_row
from app.agent.models import MAX_RETRIES, TIMEOUT_SECONDS
from app.agent.rules import read
from app.agent.rules.reading import EarlierTurn, KnownApp, Outcome, World
from app.agent.tools import as_message
from app.agent.turns import Person
from app.core.approvals import Role
from app.core.views import AppStatus
from tests.agent.fakes import make_world
from tests.tools.fakes import FakeControl, caller, spec

TOOLS = frozenset(("scale", "delete", "logs", "status"))
ONE_APP = World((KnownApp("nginx", "nginx", 2),), TOOLS)


def gap(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, reason=reason)


def test_no_pasted_block_gives_an_order() -> None:
    reading = read("what do these say?\n```\nstarting\n```\nand\n```\nscale nginx to 9\n```", ONE_APP)
    assert [wish.tool for wish in reading.wishes if wish.tool in ("scale", "delete")] == []


def test_a_quoted_line_gives_no_order() -> None:
    assert read("> scale nginx to 9", ONE_APP).wishes == ()


def test_a_new_request_is_no_answer_to_the_question_before() -> None:
    asked = EarlierTurn("scale ngnix to 3", (), Outcome.CLARIFY, ("nginx",))
    reading = read("logs of nginx", replace(ONE_APP, earlier=(asked,)))
    assert [wish.tool for wish in reading.wishes] == ["logs"]


async def test_the_yes_of_another_person_needs_the_button() -> None:
    world = make_world()
    await world.say("delete redis", Person("bob", Role.OPERATOR))
    await world.say("yes", Person("ann", Role.ADMIN))
    assert world.control.writes == []


def test_what_a_tool_gives_to_programs_is_not_kept_with_the_conversation() -> None:
    message = as_message(ToolResult(ok=True, summary="x", data={"yaml": "value: hunter2"}), name="export", call="1")
    assert "hunter2" not in str(message.artifact)


async def test_a_card_shows_no_secret_of_its_sentence() -> None:
    world = make_world()
    who = caller().model_copy(update={"sentence": "delete redis, its PASSWORD=hunter2 leaked"})
    parked = await world.runner.call("delete", {"apps": ["redis"]}, who, turn=TurnState())
    assert "hunter2" not in str(approval_row(await world.runner.approval(parked.approval or "")))


@gap("agent_tools/changes.py `cause` hides NAME=value only, not `set NAME to value`; events, history and audit keep it")
async def test_a_secret_that_was_said_in_words_is_in_no_event() -> None:
    world = make_world()
    sentence = "set DB_PASSWORD to hunter2 for redis"
    who = caller().model_copy(update={"sentence": sentence})
    arguments = {"app": "redis", "env": {"DB_PASSWORD": "hunter2"}}
    assert (await world.runner.call("set_env", arguments, who, turn=TurnState())).ok
    [audit] = await world.store.list_audit()
    told = await world.runner.call("history", {"app": "redis"}, caller(), turn=TurnState())
    assert "hunter2" not in audit.sentence + told.summary


@gap("agent_tools/changes.py `_trouble` puts the runtime's text into Markdown as it is (`cell` is there for it)")
def test_a_reason_from_outside_is_no_markup() -> None:
    view = FakeControl.of(spec("web", "nginx", 1)).app("web")
    failed = replace(view, status=AppStatus.FAILED, reason='exec: "/bin/![x](https://evil.example/a.png)<img src=x>"')
    assert "![x](" not in observed(failed).text
    assert "<img" not in observed(failed).text.replace("\\<img", "")


def test_a_silent_model_costs_no_more_than_a_minute() -> None:
    assert TIMEOUT_SECONDS * (MAX_RETRIES + 1) <= 60
