"""What surrounds the model and the tools in the graph, outermost first:

`limits` ends a turn that goes round in circles; `Steering` gives the model today's facts and a tidy history;
`Fallback` lets the rules answer when the model does not; `Gate` takes every tool call to the runner.

The first three are layers of one LangChain middleware: LangChain traces each middleware with two hops to a thread.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

from langchain.agents.middleware.types import AgentMiddleware, AgentState, ModelRequest, ModelResponse
from langchain.tools.tool_node import ToolCallRequest
from langchain_core.messages import AIMessage, SystemMessage, ToolMessage
from langgraph.errors import GraphBubbleUp
from langgraph.types import Command
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

from agent_tools import Announced, ToolResult, ToolRunner
from app.agent.context import TurnContext
from app.agent.failures import check_answer, reason, worth_repeating
from app.agent.messages import result_of, results_since, tidy
from app.agent.reader import Reader
from app.agent.rule_model import RULES, RuleModel, report
from app.agent.rules.reading import Reading
from app.agent.steering import system_text
from app.agent.tools import as_message
from app.agent.turns import ApprovalAsked, ToolFinished, ToolProgress, ToolStarted
from app.core.approvals import Caller

MAX_MODEL_CALLS = 12
MAX_TOOL_CALLS = 100
"""Per turn. The rules may stop many apps by one sentence, so this is far above what a model needs."""

ATTEMPTS = 3
"""Of one model call, while the endpoint is only busy."""

_log = logging.getLogger("kubelite.agent")

Request = ModelRequest[TurnContext]
Response = ModelResponse[Any]
Handler = Callable[[Request], Awaitable[Response]]
Layer = Callable[[Request, Handler], Awaitable[Response]]
_Middleware = AgentMiddleware[AgentState[Any], TurnContext, Any]


def context_of(runtime: Any) -> TurnContext:
    return cast("TurnContext", runtime.context)


class Model(_Middleware):
    """Every call of the model, through the layers; the first layer is outermost."""

    def __init__(self, *layers: Layer) -> None:
        super().__init__()
        self._layers = layers

    async def awrap_model_call(self, request: Request, handler: Handler) -> Response:
        for layer in reversed(self._layers):
            handler = _around(layer, handler)
        return await handler(request)


def _around(layer: Layer, handler: Handler) -> Handler:
    async def call(request: Request) -> Response:
        return await layer(request, handler)

    return call


async def limits(request: Request, handler: Handler) -> Response:
    """Ends the turn after `MAX_MODEL_CALLS` answers, with what was done so far instead of an error."""
    context = context_of(request.runtime)
    context.model_calls += 1
    if context.model_calls <= MAX_MODEL_CALLS:
        return await handler(request)
    done = report([result_of(message) for message in results_since(request.messages)])
    text = f"I stopped after {MAX_MODEL_CALLS} steps without coming to an end. So far:\n\n{done}"
    return ModelResponse(result=[AIMessage(text)])


class Steering:
    """The system prompt of now, the newest messages in an order every endpoint takes, and the announcing of calls."""

    def __init__(self, runner: ToolRunner, reader: Reader) -> None:
        self._runner = runner
        self._reader = reader

    async def __call__(self, request: Request, handler: Handler) -> Response:
        context = context_of(request.runtime)
        context.history = request.messages
        if context.reading is None:
            context.reading = self._reader.reading(request.messages)
        response = await handler(self._steered(request, context))
        calls = [call for message in response.result if isinstance(message, AIMessage) for call in message.tool_calls]
        if calls:
            announced = [checked(self._reader, context, call["name"], call["args"]) for call in calls]
            await self._runner.announce(announced, context.caller, turn=context.turn)
        return response

    def _steered(self, request: Request, context: TurnContext) -> Request:
        """The rules need neither a prompt nor a history that an endpoint would take."""
        if isinstance(request.model, RuleModel):
            return request
        return request.override(
            system_message=SystemMessage(system_text(self._runner.control, context.caller.role)),
            messages=tidy(request.messages),
        )


def checked(reader: Reader, context: TurnContext, name: str, arguments: dict[str, Any]) -> Announced:
    """The call beside the rules' reading of the person's own sentence: asked for by it, and how; or against it."""
    reading = context.reading or Reading()
    wish = reader.wish(reading, name, arguments)
    real = context.fallback is None and context.caller.model != RULES
    return Announced(
        name,
        arguments,
        asked_by_person=wish is not None,
        by_filter=wish is not None and wish.by_filter,
        disagreement=real and reader.disagrees(reading, name, arguments),
    )


class Fallback:
    """A model that fails is replaced by the rules for the rest of the turn, and the turn knows it."""

    def __init__(self, rules: RuleModel) -> None:
        self._rules = rules

    async def __call__(self, request: Request, handler: Handler) -> Response:
        context = context_of(request.runtime)
        if context.fallback is None and request.model is not self._rules:
            try:
                response = await _patient(handler)(request)
                check_answer(cast("AIMessage", response.result[0]))
                return response
            except GraphBubbleUp:
                raise
            except Exception as error:
                context.fallback = reason(error)
                _log.warning("the model did not answer: %s (%s)", context.fallback, type(error).__name__)
        return await handler(request.override(model=self._rules))


def _patient(handler: Handler) -> Handler:
    """`handler`, tried again where the endpoint was busy or did not take the connection; never after a time-out."""
    return retry(
        retry=retry_if_exception(worth_repeating),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.5, max=4),
        reraise=True,
    )(handler)


class Gate(_Middleware):
    """The only way a tool runs. Streams its beginning, progress and end; knows tools the model invented, too."""

    def __init__(self, runner: ToolRunner, reader: Reader) -> None:
        super().__init__()
        self._runner = runner
        self._reader = reader

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]
    ) -> ToolMessage:
        del handler
        context = context_of(request.runtime)
        call, name, arguments = request.tool_call["id"] or "", request.tool_call["name"], request.tool_call["args"]
        write = request.runtime.stream_writer
        write(ToolStarted(call, name, arguments))
        result = await self._run(context, name, arguments, lambda text: write(ToolProgress(call, text)))
        if result.approval and result.approval not in context.cards:
            context.cards.add(result.approval)
            write(ApprovalAsked(next(one for one in context.turn.approvals if one.id == result.approval)))
        write(ToolFinished(call, name, result))
        return as_message(result, name=name, call=call)

    async def _run(
        self, context: TurnContext, name: str, arguments: dict[str, Any], progress: Callable[[str], None]
    ) -> ToolResult:
        context.tool_calls += 1
        if context.tool_calls > MAX_TOOL_CALLS:
            return ToolResult(ok=False, summary=f"Not done: a turn makes at most {MAX_TOOL_CALLS} calls.")
        said = checked(self._reader, context, name, arguments)
        return await self._runner.call(
            name,
            arguments,
            _answering(context),
            turn=context.turn,
            progress=progress,
            asked_by_person=said.asked_by_person,
            by_filter=said.by_filter,
            disagreement=said.disagreement,
        )


def _answering(context: TurnContext) -> Caller:
    """The caller, with the model that really answers."""
    if context.fallback is None:
        return context.caller
    return context.caller.model_copy(update={"model": RULES})
