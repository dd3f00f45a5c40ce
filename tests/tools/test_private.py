"""What is written down for good about a change holds none of the secrets that came along with it."""

from __future__ import annotations

import time

import pytest

from agent_tools import TurnState, private
from app.core.spec import AppSpec, Container, EnvVar, PodTemplate
from app.core.template import Exec, HttpGet, Probe
from tests.agent.fakes import make_world
from tests.tools.fakes import caller

MANIFEST = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: hunter2}\n"


@pytest.mark.parametrize(
    "sentence",
    [
        "set DB_PASSWORD to hunter2 for redis",
        "set DB_PASSWORD for redis to hunter2",
        "set API_KEY hunter2 on web",
        "set DB_PASSWORD = 'hunter2 hunter2' on web",
        "the password of redis is hunter2",
        "deploy redis with password hunter2",
        "set password: hunter2 on web",
        "setze DB_PASSWORD auf hunter2",
        "pon DB_PASSWORD a hunter2 en web",
        f"apply this:\n```yaml\n{MANIFEST}```",
        f"apply this:\n{MANIFEST}",
        f"```\n{MANIFEST}",
    ],
)
def test_a_sentence_keeps_no_secret(sentence: str) -> None:
    assert "hunter2" not in private.sentence(sentence)


@pytest.mark.parametrize("sentence", ["delete the secret creds", "show me the secrets", "scale web to 3"])
def test_a_sentence_without_one_stays_as_it_is(sentence: str) -> None:
    assert private.sentence(sentence) == sentence


@pytest.mark.parametrize("text", ["TOKEN for a " * 40_000, "\n" * 100_000 + "kind", "```" * 50_000, 'a="' * 50_000])
def test_a_long_sentence_costs_no_time(text: str) -> None:
    began = time.perf_counter()
    private.sentence(text)
    assert time.perf_counter() - began < 1


async def test_a_secret_that_was_said_in_words_is_in_no_event() -> None:
    world = make_world()
    who = caller().model_copy(update={"sentence": "set DB_PASSWORD to hunter2 for redis"})
    arguments = {"app": "redis", "env": {"DB_PASSWORD": "hunter2"}}
    assert (await world.runner.call("set_env", arguments, who, turn=TurnState())).ok
    [audit] = await world.store.list_audit()
    told = await world.runner.call("history", {"app": "redis"}, caller(), turn=TurnState())
    assert "hunter2" not in audit.sentence + told.summary


def test_a_spec_is_written_down_without_secrets_of_any_container() -> None:
    container = Container(
        name="main",
        image="nginx",
        args=("--password=hunter2", "--token", "hunter2", "-c", "PGPASSWORD=hunter2 psql"),
        env=(EnvVar(name="DB_PASSWORD", value="hunter2"),),
        liveness=Probe(handler=HttpGet(port=80, headers=(("Authorization", "Bearer hunter2"),))),
        readiness=Probe(handler=Exec(command=("check", "--token", "hunter2"))),
    )
    template = PodTemplate(containers=(container,), init_containers=(container.model_copy(update={"name": "init"}),))
    shown = private.redacted(AppSpec(name="web", runtime="simulator", template=template))
    assert "hunter2" not in shown.model_dump_json()
    assert shown.template.containers[0].args[1:3] == ("--token", "(hidden)")


def test_the_arguments_of_a_call_are_written_down_without_secrets() -> None:
    given = {"app": "web", "args": ["--token", "hunter2"], "command": ["sh", "-c", "TOKEN=hunter2 run"]}
    assert "hunter2" not in str(private.arguments(given))
