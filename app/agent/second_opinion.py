"""A language model's reading of a failure beside the rules': asked once, checked word by word, never acted upon."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Annotated

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent_tools.text import clean
from app.agent.breaker import Breaker
from app.core.diagnosis import Cause, Diagnosed, Item
from app.core.opinions import Opinion, combined
from app.core.redact import redact
from app.ports.diagnosis import Diagnosis
from prompts import load

ANSWER_SECONDS = 20.0
"""A diagnosis must not wait longer for a second opinion than a person would."""
EVIDENCE_CHARS = 12_000
ITEM_CHARS = 600

log = logging.getLogger("kubelite.diagnosis")


class _Quote(BaseModel):
    item: str = ""
    text: str = ""


class _Answer(BaseModel):
    """What the model is asked for; anything else it says is passed over."""

    model_config = ConfigDict(extra="ignore")

    cause: Cause
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.5
    because: str = ""
    quotes: list[_Quote] = []


class SecondOpinion:
    """Implements `app.ports.diagnosis.Diagnosis` over the rules' own. `now` is in seconds and never goes back."""

    def __init__(self, rules: Diagnosis, model: BaseChatModel, name: str, now: Callable[[], float]) -> None:
        self._rules = rules
        self._model = model
        self._name = name
        self._breaker = Breaker(now)

    async def examine(self, name: str) -> Diagnosed:
        found = await self._rules.examine(name)
        if found.best is None or self._breaker.waiting() is not None:
            return found
        shown = shown_evidence(found.evidence)
        opinion = await self._ask(found, shown)
        if opinion is None:
            return found
        # The model quotes what it was shown, which is redacted, so that is what its quotes are looked up in.
        return combined(found, opinion, self._name, shown)

    async def _ask(self, found: Diagnosed, shown: tuple[Item, ...]) -> Opinion | None:
        system = load("diagnosis").substitute(causes=", ".join(cause.value for cause in Cause))
        asked = [SystemMessage(system), HumanMessage(question(found, shown))]
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                reply = await self._model.ainvoke(asked)
        except Exception as error:
            log.warning("%s gave no second opinion: %s", self._name, type(error).__name__)
            self._breaker.failed(f"{self._name} did not answer")
            return None
        self._breaker.answered()
        return read(str(reply.content))


def shown_evidence(evidence: tuple[Item, ...]) -> tuple[Item, ...]:
    """What a model may see: without secrets, control characters and, past a limit, without the rest."""
    shown: list[Item] = []
    room = EVIDENCE_CHARS
    for item in evidence:
        text = redact(clean(item.text))[:ITEM_CHARS]
        room -= len(text)
        if room < 0:
            break
        shown.append(Item(item.id, item.source, text, item.times))
    return tuple(shown)


def question(found: Diagnosed, shown: tuple[Item, ...]) -> str:
    """The evidence as JSON, so that nothing in it can look like a sentence of ours."""
    rules = [
        {"cause": one.cause.value, "confidence": round(one.confidence, 2), "because": one.because}
        for one in found.findings
    ]
    items = [{"id": one.id, "from": one.source.value, "text": one.text, "times": one.times} for one in shown]
    return json.dumps({"evidence": items, "rules": rules}, ensure_ascii=False)


def read(text: str) -> Opinion | None:
    """The JSON object in an answer, also inside a fence; None where there is none that fits."""
    start, end = text.find("{"), text.rfind("}")
    try:
        answer = _Answer.model_validate_json(text[start : end + 1])
    except ValidationError:
        return None
    quotes = tuple((one.item, one.text) for one in answer.quotes[:8])
    return Opinion(answer.cause, answer.confidence, redact(clean(answer.because))[:300], quotes)
