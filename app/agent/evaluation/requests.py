"""Answers a request corpus: per record, what the agent did or asked when the last sentence was said."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel

from app.agent.evaluation.corpus import Record, answers_file, read_records
from app.agent.evaluation.metering import Meter, Prices, Use
from app.agent.evaluation.replay import replay
from app.agent.evaluation.stage import open_stage
from app.agent.models import chat_model
from app.agent.turns import TurnDone
from app.core.errors import InvalidInput
from app.core.redact import redact_value
from app.settings import Settings

Say = Callable[[str], None]
Action = dict[str, Any]

SAID_EVERY = 25
UNKNOWN = Prices()
_IN_WORDS = {"action": "answer_only"}
"""What a turn did that called nothing and asked nothing: it answered, as to a "no"."""
_DEPLOYED = frozenset({"image", "command", "args", "env", "memory", "cpu", "namespace"})
"""Fields of a job that a deploy has, too."""
_log = logging.getLogger("kubelite.evaluation")


def rules_only(settings: Settings) -> Settings:
    """The same settings without a language model."""
    return settings.model_copy(update={"openai_api_key": None, "openai_base_url": None})


async def evaluate(corpus: Path, out: Path, settings: Settings, say: Say, prices: Prices = UNKNOWN) -> int:
    """Writes one line `{"id", "actions"}` a record, in the corpus's order; returns how many. `say` gets progress, a
    line for each record that could not be played, why a model did not answer, and what a model used for each record
    and in all. Raises `InvalidInput`."""
    records = read_records(corpus, "id")
    model = chat_model(settings)
    meter, whole = Meter(), Use()
    if model is not None:
        meter.on(model)
    with answers_file(out, corpus) as write:
        for number, record in enumerate(records, start=1):
            write({"id": record["id"], "actions": await _answered(record, settings, model, say)})
            if model is not None:
                used = meter.taken()
                whole += used
                say(f"{record['id']}: {used.line(prices)}")
            if number % SAID_EVERY == 0 or number == len(records):
                say(f"requests: {number} of {len(records)}")
    if model is not None:
        say(f"in all {whole.line(prices)}")
    return len(records)


async def _answered(record: Record, settings: Settings, model: BaseChatModel | None, say: Say) -> list[Action]:
    """The actions of one record; none, and a line for `say`, where it cannot be played."""
    try:
        done, actions = await answer(record, settings, model)
    except Exception as error:
        _log.debug("%s cannot be played", record["id"], exc_info=True)
        say(f"{record['id']}: no answer: {type(error).__name__}: {error}")
        return []
    if done.notice:
        say(f"{record['id']}: {done.notice}")
    return actions


async def answer(record: Record, settings: Settings, model: BaseChatModel | None) -> tuple[TurnDone, list[Action]]:
    """Plays the record's earlier turns, says the last one, and returns how it ended and its canonical actions."""
    *earlier, last = _turns(record)
    async with open_stage(record["initial_state"], settings, model) as stage:
        await replay(stage, earlier)
        turn = await stage.say(str(last["user"]))
    return turn.done, [_told(_as_given(action, turn.calls)) for action in turn.done.actions] or [dict(_IN_WORDS)]


def _told(action: Action) -> Action:
    """A corpus has no word for a job of its own: run once, it is a deploy of that image."""
    if action.get("action") != "run_job" or "schedule" in action:
        return action
    return {
        **{key: value for key, value in action.items() if key in _DEPLOYED},
        "action": "deploy",
        "app": action["name"],
    }


def _turns(record: Record) -> Sequence[Mapping[str, Any]]:
    turns = record.get("turns")
    if not isinstance(turns, list) or not turns:
        raise InvalidInput("the record has no turns")
    return turns


def _as_given(action: Mapping[str, Any], calls: Sequence[Mapping[str, Any]]) -> Action:
    """The action with the values that the call was made with: actions hide those of secret-looking variables and leave
    out what is the default anyway, and a corpus compares both."""
    if "then" in action:
        return {**action, "then": [_as_given(one, calls) for one in action["then"]]}
    if action.get("action") == "logs":
        call = next((one for one in calls if one.get("app") == action.get("app") and "tail" in one), {})
        return {**action, **{key: call[key] for key in ("tail",) if key in call}}
    env = action.get("env")
    if not isinstance(env, Mapping):
        return dict(action)
    given = next((one for one in _envs(calls) if _shown(one) == env), env)
    return {**action, "env": dict(given)}


def _envs(calls: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for arguments in calls:
        if isinstance(env := arguments.get("env"), Mapping):
            yield env
        yield from _envs([call["arguments"] for call in arguments.get("calls", ())])


def _shown(env: Mapping[str, Any]) -> dict[str, Any]:
    return {name: redact_value(name, value) if isinstance(value, str) else value for name, value in env.items()}
