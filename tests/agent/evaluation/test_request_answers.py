"""Answers to a corpus: one line a record, in order, whatever happens."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.agent.evaluation.metering import Prices
from app.agent.evaluation.requests import answer, evaluate, rules_only
from app.agent.models import chat_model
from app.core.errors import InvalidInput
from app.settings import Settings
from tests.agent.evaluation.records import OWN, STATE, Record, read, record, write
from tests.openai_server import Fail, OpenAIServer, Reply, Say, Use


def rules() -> Settings:
    return rules_only(Settings())


def configured(url: str) -> Settings:
    return Settings(model="fake-1", openai_base_url=url, openai_api_key=SecretStr("sk-not-to-be-shown"))


@pytest.mark.parametrize(("given", "wanted"), OWN, ids=[str(given["id"]) for given, _ in OWN])
async def test_what_the_agent_does(given: Record, wanted: list[dict[str, Any]]) -> None:
    _, actions = await answer(given, rules(), None)
    assert [_sorted(action) for action in actions] == wanted


def _sorted(action: dict[str, Any]) -> dict[str, Any]:
    if "then" not in action:
        return action
    return {**action, "then": sorted(action["then"], key=lambda one: str(one["app"]))}


async def test_values_that_are_hidden_elsewhere_are_in_the_answer() -> None:
    given = record("secret", "deploy postgres with env POSTGRES_PASSWORD=hunter2", state=[])
    done, (action,) = await answer(given, rules(), None)
    assert done.actions[0]["env"] == {"POSTGRES_PASSWORD": "(hidden)"}
    assert action["env"] == {"POSTGRES_PASSWORD": "hunter2"}


async def test_a_record_that_cannot_be_played_has_a_line_too(tmp_path: Path) -> None:
    broken = record("odd", "status", state=[{**STATE[0], "status": "happy"}])
    corpus = write(tmp_path / "c.jsonl", [broken, {"id": "empty"}, OWN[1][0]])
    said: list[str] = []
    assert await evaluate(corpus, tmp_path / "a.jsonl", rules(), said.append) == 3
    assert read(tmp_path / "a.jsonl") == [
        {"id": "odd", "actions": []},
        {"id": "empty", "actions": []},
        {"id": "scale", "actions": OWN[1][1]},
    ]
    assert "odd: no answer" in said[0]
    assert '"happy"' in said[0]
    assert said[1:] == ["empty: no answer: InvalidInput: the record has no turns", "requests: 3 of 3"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"id": "a"}\nnot json\n', "line 2: not JSON"),
        ('{"name": "a"}\n', 'line 1: a record of this corpus is an object with a text under "id"'),
        ("[1]\n", "line 1: a record"),
    ],
)
async def test_a_corpus_that_is_none(tmp_path: Path, text: str, problem: str) -> None:
    corpus, out = tmp_path / "c.jsonl", tmp_path / "a.jsonl"
    corpus.write_text(text)
    with pytest.raises(InvalidInput, match=problem):
        await evaluate(corpus, out, rules(), print)
    assert not out.exists()


async def test_the_corpus_is_never_overwritten(tmp_path: Path) -> None:
    corpus = write(tmp_path / "c.jsonl", [OWN[0][0]])
    before = corpus.read_bytes()
    with pytest.raises(InvalidInput, match="would overwrite the corpus"):
        await evaluate(corpus, tmp_path / "." / "c.jsonl", rules(), print)
    assert corpus.read_bytes() == before


async def test_nowhere_to_write(tmp_path: Path) -> None:
    corpus = write(tmp_path / "c.jsonl", [OWN[0][0]])
    with pytest.raises(InvalidInput, match="cannot be written"):
        await evaluate(corpus, tmp_path / "none" / "a.jsonl", rules(), print)


async def test_a_model_answers_with_the_earlier_turns_before_it(tmp_path: Path) -> None:
    corpus = write(tmp_path / "c.jsonl", [OWN[4][0]])
    script: list[Reply] = [Use([("scale", {"app": "mail", "replicas": 2})]), Say("Done.")]
    async with OpenAIServer(script).running() as server:
        said: list[str] = []
        await evaluate(corpus, tmp_path / "a.jsonl", configured(server.url), said.append, Prices.parse("0.15/0.60"))
    roles = [message["role"] for message in server.requests[0]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    (line,) = read(tmp_path / "a.jsonl")
    asked = {"action": "confirm_required", "then": [{"action": "scale", "app": "mail", "replicas": 2}]}
    assert line["actions"] == [asked], "the rules read it otherwise, so the gate asks"
    each, progress, whole = said
    assert re.fullmatch(
        r"second: 1 request: 2\.0 calls, about [\d,]+ \+ \d+ tokens, \d\.\d s, [\d.e-]+ each; .* in all", each
    )
    assert progress == "requests: 1 of 1"
    assert whole == each.replace("second:", "in all", 1)


async def test_a_model_that_does_not_answer_is_told_of(tmp_path: Path) -> None:
    corpus = write(tmp_path / "c.jsonl", [OWN[1][0]])
    async with OpenAIServer([Fail(401)]).running() as server:
        said: list[str] = []
        await evaluate(corpus, tmp_path / "a.jsonl", configured(server.url), said.append)
    assert read(tmp_path / "a.jsonl") == [{"id": "scale", "actions": OWN[1][1]}]
    assert said[0].startswith("scale: The model fake-1 did not answer (the key was refused (401))")
    assert "sk-" not in "".join(said)


async def test_the_rules_alone_have_no_model() -> None:
    settings = configured("http://127.0.0.1:9/v1")
    assert chat_model(settings) is not None
    assert chat_model(rules_only(settings)) is None
