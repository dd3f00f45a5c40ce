"""Secrets that are typed: the call has them; the conversation, the model and the reply do not."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_tools import TOOLS, ToolRunner
from app.agent.assistant import Assistant
from app.agent.backend import make_assistant
from app.agent.checkpoints import open_checkpoints
from app.agent.sealing import KEPT_CHARS, KEPT_VALUES, Vault, Vaults
from app.agent.turns import TurnDone
from app.core.errors import InvalidInput
from app.core.objects import Secret
from app.core.redact import HIDDEN
from app.settings import Settings
from app.stores.memory import MemoryStore
from tests.agent.fakes import ANN, closing, make_world
from tests.openai_server import OpenAIServer, Reply, Say, Use
from tests.tools.fakes import FakeClock, FakeControl, Ids, spec

MANIFEST = f"""apiVersion: v1
kind: Secret
metadata:
  name: creds
data:
  password: {base64.b64encode(b"s3cr3t-one").decode()}
stringData:
  pem: |
    first line
    s3cr3t-two
"""
TOLD = ("s3cr3t-one", base64.b64encode(b"s3cr3t-one").decode(), "s3cr3t-two", "hunter22")


def test_a_sealed_text_has_no_secret_and_comes_back_whole() -> None:
    vault = Vault(b"k")
    text = f"set TOKEN=hunter22 on web and apply\n{MANIFEST}"
    sealed = vault.seal(text)
    assert not [word for word in TOLD if word in sealed]
    assert "kind: Secret" in sealed
    assert "password: hidden" in sealed
    assert vault.unseal(sealed) == text
    assert vault.seal(sealed) == sealed
    assert "hidden" not in vault.shown(sealed).replace(HIDDEN, "")


@given(st.text(alphabet="ab:= \n\"'{}sk-password0123", max_size=200))
def test_unsealing_undoes_sealing(text: str) -> None:
    vault = Vault(b"k")
    assert vault.unseal(vault.seal(text)) == text


def test_a_placeholder_is_a_word_and_valid_base64() -> None:
    word = Vault(b"k").seal("PASSWORD=hunter22").removeprefix("PASSWORD=")
    assert word.isalnum()
    assert base64.b64decode(word, validate=True)


def test_the_same_value_is_the_same_word_and_another_key_another() -> None:
    vault = Vault(b"k")
    assert vault.seal("A_TOKEN=hunter22").split("=")[1] == vault.seal("B_TOKEN=hunter22").split("=")[1]
    assert Vault(b"other").seal("A_TOKEN=hunter22") != vault.seal("A_TOKEN=hunter22")


def test_calls_are_sealed_by_the_names_of_their_variables() -> None:
    vault = Vault(b"k")
    given_call = {"app": "web", "env": {"DB_PASSWORD": "pw", "LEVEL": "debug"}, "args": ["--token=abcdef1"], "count": 3}
    sealed = vault.seal_call(given_call)
    assert sealed["env"]["LEVEL"] == "debug"
    assert "pw" not in json.dumps(sealed["env"])
    assert "abcdef1" not in json.dumps(sealed)
    assert vault.unseal(sealed) == given_call
    assert vault.seal_call(sealed) == sealed


def test_an_unknown_placeholder_is_never_applied() -> None:
    with pytest.raises(InvalidInput, match="Say it again"):
        Vault(b"k").unseal({"env": {"X": ["hidden0123456789"]}})


def test_a_vault_is_bounded() -> None:
    vault = Vault(b"k")
    words = [vault.seal_call({"password": f"value{number}"})["password"] for number in range(KEPT_VALUES + 1)]
    assert vault.unseal(words[-1]) == f"value{KEPT_VALUES}"
    with pytest.raises(InvalidInput):
        vault.unseal(words[0])
    vault.seal_call({"password": "x" * KEPT_CHARS})
    with pytest.raises(InvalidInput):
        vault.unseal(words[-1])


def test_vaults_are_one_per_conversation() -> None:
    vaults = Vaults()
    word = vaults.of("a").seal("TOKEN=hunter22")
    assert vaults.of("a").unseal(word) == "TOKEN=hunter22"
    with pytest.raises(InvalidInput):
        vaults.of("b").unseal(word)


# -- whole turns


@asynccontextmanager
async def _with_rules(path: Path) -> AsyncIterator[tuple[Assistant, FakeControl, MemoryStore]]:
    """The real rules over a conversation on disk."""
    control, store = FakeControl.of(spec("web"), spec("api")), MemoryStore()
    runner = ToolRunner(TOOLS, control, store, FakeClock(), Ids())
    async with open_checkpoints(path) as saver:
        yield make_assistant(Settings(openai_api_key=None, openai_base_url=None), runner, store, saver), control, store


async def _turn(assistant: Assistant, text: str) -> TurnDone:
    events = [event async for event in assistant.turn("c1", ANN, text)]
    assert isinstance(events[-1], TurnDone)
    return events[-1]


def _stored(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


async def test_a_pasted_secret_is_applied_and_not_stored(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    async with _with_rules(path) as (assistant, control, store):
        done = await _turn(assistant, f"apply this\n```yaml\n{MANIFEST}```")
        assert done.ok, done.reply
        (secret,) = [view.object for view in control.objects("Secret")]
        assert isinstance(secret, Secret)
        assert secret.data == {"password": b"s3cr3t-one", "pem": b"first line\ns3cr3t-two\n"}
        rows = str(await store.list_audit())
        assert not [word for word in TOLD if word in done.reply or word in rows.split("kept=")[0]]
    stored = _stored(path)
    assert b"kind: Secret" in stored
    assert not [word for word in TOLD if word.encode() in stored]


async def test_a_variable_is_set_for_real_and_again_by_a_follow_up(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    async with _with_rules(path) as (assistant, control, _):
        first = await _turn(assistant, "set API_TOKEN=hunter22 on web")
        assert control.app("web").spec.container.env[0].value == "hunter22"
        assert "hunter22" not in first.reply
        await _turn(assistant, "the same for api")
        assert control.app("api").spec.container.env[0].value == "hunter22"
    assert b"hunter22" not in _stored(path)


async def test_a_follow_up_after_a_restart_says_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "conversations.db"
    async with _with_rules(path) as (assistant, _, _):
        await _turn(assistant, "set API_TOKEN=hunter22 on web")
    async with _with_rules(path) as (assistant, control, _):
        done = await _turn(assistant, "the same for api")
        assert control.writes == []
    assert "secrets are not kept with the conversation" in done.reply


async def test_a_model_sees_the_shape_and_the_world_gets_the_value() -> None:
    def script(body: dict[str, Any]) -> Reply:
        if body["messages"][-1]["role"] == "tool":
            return Say(f"Done with {word(body)}.")
        return Use([("set_env", {"app": "web", "env": {"API_TOKEN": word(body)}})])

    def word(body: dict[str, Any]) -> str:
        said = next(one["content"] for one in body["messages"] if one["role"] == "user")
        return str(said.split("API_TOKEN=")[1].split()[0])

    async with OpenAIServer(script).running() as server, closing(make_world(url=server.url)) as world:
        done = await world.say("please set API_TOKEN=hunter22 on web")
    assert "hunter22" not in json.dumps(server.requests)
    assert "API_TOKEN=hidden" in json.dumps(server.requests)
    assert world.control.app("web").spec.container.env[0].value == "hunter22"
    assert done.reply == f"Done with {HIDDEN}."


async def test_a_secret_that_a_model_makes_up_is_not_stored() -> None:
    call = {"image": "postgres:16", "env": {"POSTGRES_PASSWORD": "made-up-9"}}
    server = OpenAIServer([Use([("deploy", call)]), Say("Runs.")])
    async with server.running(), closing(make_world(url=server.url)) as world:
        await world.say("a database would be nice")
        state = await world.graph.aget_state({"configurable": {"thread_id": "c1"}})
    assert world.control.app("postgres").spec.container.env[0].value == "made-up-9"
    assert "made-up-9" not in str(state.values)
    assert "made-up-9" not in json.dumps(server.requests)
