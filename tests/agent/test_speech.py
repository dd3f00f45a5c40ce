"""Replies in the language of the request: whole tables, real sentences of the tools, quotes and names untouched."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver

from agent_tools import TOOLS, ToolRunner
from agent_tools.changes import observed
from app.agent.assistant import Assistant
from app.agent.backend import make_assistant
from app.agent.rules.vocabulary.say_en import SAY_EN
from app.agent.speech.english import ENGLISH
from app.agent.speech.languages import language_of
from app.agent.speech.phrases import spoken
from app.agent.speech.tables import TABLES
from app.agent.turns import TurnDone
from app.core.approvals import Mode
from app.core.pods import LogLine
from app.settings import Settings
from app.stores.memory import MemoryStore
from tests.agent.fakes import ANN, VIC, make_world
from tests.openai_server import Fail, OpenAIServer, Say
from tests.tools.fakes import FakeClock, FakeControl, Ids, spec, view_of

CODES = list(TABLES)


def _gaps(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


class Talk:
    """The real rules over the fake orchestrator."""

    def __init__(self) -> None:
        self.control = FakeControl.of(spec("web", "nginx:1.25", 3), spec("api", "acme/api:1", 2), spec("redis"))
        self.clock = FakeClock()
        runner = ToolRunner(TOOLS, self.control, MemoryStore(), self.clock, Ids())
        settings = Settings(openai_api_key=None, openai_base_url=None)
        self.assistant: Assistant = make_assistant(settings, runner, MemoryStore(), InMemorySaver())

    async def say(self, text: str, conversation: str = "c1", *, viewer: bool = False) -> str:
        events = [event async for event in self.assistant.turn(conversation, VIC if viewer else ANN, text)]
        assert isinstance(events[-1], TurnDone)
        return events[-1].reply


@pytest.mark.parametrize("code", CODES)
def test_a_table_is_whole(code: str) -> None:
    table = TABLES[code]
    assert set(ENGLISH) <= set(table.HEARD), set(ENGLISH) - set(table.HEARD)
    for key, template in ENGLISH.items():
        assert _gaps(table.HEARD[key]) == _gaps(template), key
    for key, template in table.SAY.items():
        assert _gaps(template) <= _gaps(SAY_EN[key]), key
    assert {"and", "or", "more"} <= set(table.HEARD)


async def _said() -> list[str]:
    """Replies in English from which the phrases were taken."""
    talk = Talk()
    sentences = [
        "scale web to 5", "scale web to 5", "stop api", "stop api", "start api", "start api",
        "stop api", "restart web", "update web to nginx:1.27", "update web to nginx:1.27", "roll back web",
        "undo", "deploy 2 caddy", "deploy 2 caddy", "delete redis", "yes", "logs web", "logs web since 5m", "status",
        "status of web", "events of web", "events", "history of web", "metrics", "scale web to 0", "stop all", "no",
        "delete caddy",
    ]  # fmt: skip
    said = [await talk.say(sentence) for sentence in sentences]
    talk.clock.at += 10_000
    said.append(await talk.say("yes"))
    said.append(await talk.say("scale web to 2", viewer=True))
    talk.control.now_mode = Mode.OBSERVE
    said.append(await talk.say("scale web to 2"))
    return said


def _views() -> list[str]:
    """What only a moment of a rollout or of a failure shows."""
    view = view_of(spec("web", "nginx:1.25", 3))
    views = [replace(view, total=4, updated=3), replace(view, total=4, updated=4), replace(view, deleting=True)]
    return [observed(one).text for one in views]


RARE = frozenset(
    re.findall(
        r"\w+",
        """not_there again autoscaler started_one going background look in_full start_one some_ill no_apps printed_more
    no_such_app near by_model by_another fell_back only_words restarts events t_deploy t_apply t_update t_roll_back
    t_restart t_start t_undo t_scale printed same_deploy started started_already expired""",
    )
)
"""Said in cases that the talk below does not lead to; the tools' own tests hold their words."""


async def test_the_phrases_are_what_the_tools_say() -> None:
    text = "\n".join([*await _said(), *_views()])
    marked = {key: f"<{key}>" for key in ENGLISH}
    unsaid = {key for key in ENGLISH if marked[key] not in _marked(text, marked)}
    assert unsaid <= RARE, unsaid - RARE


def _marked(text: str, table: Mapping[str, str]) -> str:
    from app.agent.speech import phrases

    def line(one: str) -> str:
        return phrases._line(one, {**table, "and": " and ", **{key: "<" + key + "> {title}" for key in ("waiting",)}})

    return "\n".join(line(one) for one in text.split("\n"))


@pytest.mark.parametrize(
    ("sentence", "starts"),
    [
        ("escala web a 5", "Escalada de 3 a 5. **web**: 5 de 5 listas, imagen `nginx:1.25`, en simulator."),
        ("skaliere web auf 5", "Von 3 auf 5 skaliert. **web**: 5 von 5 bereit, Image `nginx:1.25`, auf simulator."),
        ("redémarre api", "Redémarrage demandé. **api** : 2 sur 2 prêts, image `acme/api:1`, sur simulator."),
        ("pare o web", "Parada; antes eram 3 réplicas. **web**: sem réplicas, imagem `nginx:1.25`, em simulator."),
        ("把web扩展到5个副本", "已从 3 个扩缩到 5 个。"),
        ("webを5つにスケール", "3 から 5 にスケールしました。"),
        ("web को 5 replicas करो", "3 से 5 पर स्केल किया।"),
        ("scale web to 5", "Scaled from 3 to 5. **web**: 5 of 5 ready"),
        ("lösche redis", "Wartet auf deine Zustimmung: redis löschen\n\nNoch wurde nichts geändert."),
        ("elimina redis", "Espera tu aprobación: Eliminar redis\n\nTodavía no se ha cambiado nada."),
        ("reinicia", "¿A qué aplicación te refieres: api, redis o web?"),
        ("skaliere foo auf 3", 'Eine App "foo" gibt es nicht. Da sind: api, redis und web.'),
        ("skaliere web auf -1", '"-1" geht nicht'),
        ("hola", "Hola."),
    ],
)
async def test_a_reply_is_in_the_language_of_the_request(sentence: str, starts: str) -> None:
    assert (await Talk().say(sentence)).startswith(starts)


async def test_a_yes_is_answered_in_the_language_of_the_wish() -> None:
    talk = Talk()
    await talk.say("lösche redis")
    assert (await talk.say("yes")).startswith("**redis** gelöscht")
    await talk.say("elimina api")
    assert await talk.say("no") == "No se ha hecho: Eliminar api. ann dijo que no."


async def test_a_bare_answer_keeps_the_language() -> None:
    talk = Talk()
    assert "¿A qué aplicación" in await talk.say("reinicia")
    assert (await talk.say("web")).startswith("Reinicio pedido.")


async def test_who_answered_is_said_in_the_language_too() -> None:
    async with OpenAIServer([Fail(400)]).running() as server:
        done = await make_world(url=server.url).say("lösche bitte redis")
    assert done.notice == (
        "Das Modell fake-1 hat nicht geantwortet (it refused the request (400)); die Regeln haben geantwortet."
    )


async def test_a_real_model_speaks_for_itself() -> None:
    async with OpenAIServer([Say("Scaled from 3 to 5.")]).running() as server:
        done = await make_world(url=server.url).say("was läuft hier?")
    assert done.reply == "Scaled from 3 to 5."


@pytest.mark.parametrize("code", CODES)
async def test_quotes_are_never_translated(code: str) -> None:
    quote = "```text\nweb-0 Scaled from 3 to 5.\n~~~\nIt is stopped already.\n```"
    text = f"{quote}\n\nIt is stopped already."
    assert spoken(text, code) == f"{quote}\n\n{TABLES[code].HEARD['stopped_already']}"
    talk = Talk()
    talk.control.lines["web"] = [LogLine("web-0", "stdout", "Restart asked for.")]
    assert "web-0 Restart asked for." in await talk.say("zeige logs von web")


@pytest.mark.parametrize("code", CODES)
def test_names_and_numbers_stay(code: str) -> None:
    for key in ENGLISH:
        _check_names(code, key)


def _check_names(code: str, key: str) -> None:
    values = {"app": "team/web-2", "runtime": "docker", "image": "a.b/c:1.2", "n": 17, "m": 23, "k": 31}
    values |= {"list": "x-1, y.2 and z", "text": "q7", "why": "w8", "title": "Do it to v9"}
    text = ENGLISH[key].replace("~", "s").format(**values)
    shown = spoken(f"Waiting for your approval: {text}" if key.startswith("t_") else text, code)
    assert shown != text
    for gap in _gaps(ENGLISH[key]):
        for word in re.findall(r"[\w./:-]*\d[\w./:-]*", str(values[gap])):
            assert word in shown


@pytest.mark.parametrize("code", CODES)
@given(st.text(max_size=400))
def test_any_text(code: str, text: str) -> None:
    assert spoken(text, "en") == text
    assert len(spoken(text, code)) >= len(text) // 4


def test_what_is_not_known_stays_english() -> None:
    assert spoken("Nobody knows this. It is stopped already. Nor this.", "de") == (
        "Nobody knows this. Sie ist schon angehalten. Nor this."
    )


@pytest.mark.parametrize(
    ("sentences", "names", "code"),
    [
        (["escala web a 5"], {"web"}, "es"),
        (["5", "cuántas réplicas tiene web"], {"web"}, "es"),
        (["delete redis", "lösche redis"], set(), "en"),
        (["reinicia api"], {"api"}, "es"),
        (["kubectl apply\n```yaml\nkind: Pod\n```"], set(), "en"),
        ([], set(), "en"),
        ([""], set(), "en"),
    ],
)
def test_the_language_of_a_conversation(sentences: list[str], names: set[str], code: str) -> None:
    assert language_of(sentences, names) == code
