"""The rules answer for a model that does not."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage
from langgraph.errors import GraphBubbleUp
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

from app.agent.breaker import Breaker
from app.agent.context import TurnContext
from app.agent.failures import check_answer, out_of_order, reason, worth_repeating
from app.agent.rule_model import RuleModel

ATTEMPTS = 3
"""Of one model call, while the endpoint is only busy."""

_log = logging.getLogger("kubelite.agent")
_Request = ModelRequest[TurnContext]
_Handler = Callable[[_Request], Awaitable[ModelResponse[Any]]]


class Fallback:
    """A model that fails is replaced by the rules for the rest of the turn, and the turn knows it. An endpoint that
    is out of order is left alone for a while: nobody waits a minute in every turn."""

    def __init__(self, rules: RuleModel, breaker: Breaker) -> None:
        self._rules = rules
        self._breaker = breaker

    async def __call__(self, request: _Request, handler: _Handler) -> ModelResponse[Any]:
        context = request.runtime.context
        if context.fallback is None and request.model is not self._rules:
            context.fallback = self._breaker.waiting()
            if context.fallback is None and (response := await self._ask(request, handler, context)) is not None:
                return response
        return await handler(request.override(model=self._rules))

    async def _ask(self, request: _Request, handler: _Handler, context: TurnContext) -> ModelResponse[Any] | None:
        """The model's answer, None where there is none that can be used."""
        try:
            response = await _patient(handler)(request)
            check_answer(cast("AIMessage", response.result[0]))
            self._breaker.answered()
            return response
        except GraphBubbleUp:
            raise
        except Exception as error:
            context.fallback = reason(error)
            if out_of_order(error):
                self._breaker.failed(context.fallback)
            else:
                self._breaker.answered()
            _log.warning("the model did not answer: %s (%s)", context.fallback, type(error).__name__)
            return None


def _patient(handler: _Handler) -> _Handler:
    """`handler`, tried again where the endpoint was busy or did not take the connection; never after a time-out."""
    return retry(
        retry=retry_if_exception(worth_repeating),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.5, max=4),
        reraise=True,
    )(handler)
