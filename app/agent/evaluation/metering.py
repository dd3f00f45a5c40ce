"""What a language model costs: calls, tokens, seconds and money, per request and in all."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from app.agent.fitting import size, tokens
from app.core.errors import InvalidInput

PER = 1_000_000
"""Prices are for so many tokens, as everybody quotes them."""


@dataclass(frozen=True, slots=True)
class Prices:
    """For `PER` tokens read and written, in whatever currency they were given in."""

    read: float = 0.0
    written: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Prices:
        """`0.15/0.60`; "" for not known. Raises `InvalidInput`."""
        if not text.strip():
            return cls()
        try:
            read, written = (float(part) for part in text.split("/"))
        except ValueError:
            raise InvalidInput(
                f'prices are "IN/OUT" for a million tokens, such as 0.15/0.60; not {text[:40]}'
            ) from None
        if not (0 <= read < PER and 0 <= written < PER):
            raise InvalidInput("prices of tokens are from 0 on, for a million tokens")
        return cls(read, written)


@dataclass(frozen=True, slots=True)
class Use:
    """What some requests used. `estimated`: the endpoint told no token counts, so they are guessed from the text."""

    requests: int = 0
    calls: int = 0
    read: int = 0
    written: int = 0
    seconds: float = 0.0
    estimated: bool = False

    def __add__(self, other: Use) -> Use:
        return Use(
            self.requests + other.requests,
            self.calls + other.calls,
            self.read + other.read,
            self.written + other.written,
            self.seconds + other.seconds,
            self.estimated or other.estimated,
        )

    def cost(self, prices: Prices) -> float:
        return (self.read * prices.read + self.written * prices.written) / PER

    def line(self, prices: Prices) -> str:
        """`12 requests: 2.0 calls, 4,100 + 60 tokens, 1.9 s, 0.00066 each; 0.0079 in all`."""
        count = max(1, self.requests)
        about = "about " if self.estimated else ""
        word = "request" if self.requests == 1 else "requests"
        each = (
            f"{self.requests} {word}: {self.calls / count:.1f} calls, {about}{self.read / count:,.0f} + "
            f"{self.written / count:,.0f} tokens, {self.seconds / count:.1f} s"
        )
        if prices == Prices():
            return f"{each} each"
        return f"{each}, {self.cost(prices) / count:.2g} each; {self.cost(prices):.2g} in all"


class Meter(AsyncCallbackHandler):
    """Counts what one model is asked; `taken` gives what was used since it was asked before."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._begun: dict[UUID, tuple[float, int]] = {}
        self._use = Use()

    def on(self, model: BaseChatModel) -> None:
        """Puts the meter on `model`, and has the endpoint tell its token counts where it can."""
        present = model.callbacks if isinstance(model.callbacks, list) else []
        model.callbacks = [*present, self]
        if "stream_usage" in type(model).model_fields:
            model.stream_usage = True  # type: ignore[attr-defined]  # of the OpenAI client

    def taken(self) -> Use:
        """What was used for the request that ended now."""
        use, self._use = self._use, Use()
        return use + Use(requests=1)

    async def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], *, run_id: UUID, **kwargs: Any
    ) -> None:
        del serialized
        sent: Any = messages[0]
        self._begun[run_id] = (self._now(), size(sent) + tokens(str(kwargs.get("invocation_params", {}).get("tools"))))

    async def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        del kwargs
        begun, guess = self._begun.pop(run_id)
        answer = response.generations[0][0]
        spoken = answer.message if isinstance(answer, ChatGeneration) else None
        message = spoken if isinstance(spoken, AIMessage) else AIMessage(answer.text)
        told = message.usage_metadata
        read = told["input_tokens"] if told else guess
        written = told["output_tokens"] if told else size([message])
        self._use += Use(0, 1, read, written, self._now() - begun, estimated=told is None)

    async def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        del error, kwargs
        begun, guess = self._begun.pop(run_id)
        self._use += Use(0, 1, guess, 0, self._now() - begun, estimated=True)
