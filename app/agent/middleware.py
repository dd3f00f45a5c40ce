"""What surrounds the model and the tools in the graph, outermost first:

`limits` ends a turn that goes round in circles; `Steering` gives the model today's facts and a tidy history;
`Fallback` (`app.agent.falling_back`) lets the rules answer when the model does not; `Gate` takes every tool call to
the runner.

The first three are layers of one LangChain middleware: LangChain traces each middleware with two hops to a thread.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, cast

from langchain.agents.middleware.types import AgentMiddleware, AgentState, ModelRequest, ModelResponse
from langchain.tools.tool_node import ToolCallRequest
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.types import Command

from agent_tools import Announced, ToolResult, ToolRunner
from agent_tools.results import refusal
from app.agent import foreign
from app.agent.choosing import MORE
from app.agent.context import TurnContext
from app.agent.messages import result_of, results_since, sealed
from app.agent.reader import Reader
from app.agent.rule_model import RULES, RuleModel, report
from app.agent.rules.reading import Reading
from app.agent.sending import Sending
from app.agent.tools import as_message
from app.agent.turns import ApprovalAsked, ToolFinished, ToolProgress, ToolStarted, TurnEvent
from app.core.approvals import Caller
from app.core.errors import InvalidInput

MAX_MODEL_CALLS = 12
MAX_TOOL_CALLS = 100
"""Per turn. The rules may stop many apps by one sentence, so this is far above what a model needs."""

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
    """What a model is sent (`Sending`), and the announcing of the calls it makes. Secrets in an answer are sealed
    before anything is stored."""

    def __init__(self, runner: ToolRunner, reader: Reader, sending: Sending) -> None:
        self._runner = runner
        self._reader = reader
        self._sending = sending

    async def __call__(self, request: Request, handler: Handler) -> Response:
        context = context_of(request.runtime)
        context.history = request.messages
        context.quoted = any(isinstance(one, ToolMessage) and one.name in foreign.QUOTING for one in request.messages)
        if context.reading is None:
            context.reading = _sealed_reading(self._reader.reading(request.messages), context)
        if not isinstance(request.model, RuleModel):  # the rules need neither a prompt nor a tidy history
            request = self._sending.prepared(request, context)
        response = await handler(request)
        response.result[:] = [sealed(one, context.vault) for one in response.result]
        calls = [call for message in response.result if isinstance(message, AIMessage) for call in message.tool_calls]
        if calls:
            await self._announce([(call["name"], call["args"]) for call in calls], context)
        return response

    async def _announce(self, calls: list[tuple[str, dict[str, Any]]], context: TurnContext) -> None:
        announced = []
        for name, arguments in calls:
            try:
                announced.append(checked(self._reader, context, name, arguments))
            except InvalidInput:  # said by the gate
                continue
        await self._runner.announce(announced, context.caller, turn=context.turn)


def _sealed_reading(reading: Reading, context: TurnContext) -> Reading:
    """With secrets sealed as they are in calls, so that the two can be compared."""
    wishes = tuple(replace(wish, arguments=context.vault.seal_call(wish.arguments)) for wish in reading.wishes)
    return replace(reading, wishes=wishes)


def checked(reader: Reader, context: TurnContext, name: str, arguments: dict[str, Any]) -> Announced:
    """The call beside the rules' reading of the person's own sentence: asked for by it, and how; or against it.

    Once a model has read what containers and strangers wrote, any change that the sentence does not plainly ask for
    counts as against it: the text may have asked for it.
    `arguments` are sealed, those of the result are real. Raises `InvalidInput` where a sealed value is known no more.
    """
    reading = context.reading or Reading()
    wish = reader.wish(reading, name, arguments)
    real = context.fallback is None and context.caller.model != RULES
    return Announced(
        name,
        context.vault.unseal(arguments),
        asked_by_person=wish is not None,
        by_filter=wish is not None and wish.by_filter,
        disagreement=real and wish is None and (context.quoted or reader.disagrees(reading, name, arguments)),
    )


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
        if name == MORE:
            return as_message(context.open(arguments.get("tools")), context.vault, name=name, call=call)
        write = request.runtime.stream_writer
        result = await self._run(context, call, name, arguments, write)
        result = foreign.shown(result, context.vault)
        if result.approval and result.approval not in context.cards:
            context.cards.add(result.approval)
            write(ApprovalAsked(next(one for one in context.turn.approvals if one.id == result.approval)))
        write(ToolFinished(call, name, result))
        return as_message(result, context.vault, name=name, call=call)

    async def _run(
        self, context: TurnContext, call: str, name: str, arguments: dict[str, Any], write: Callable[[TurnEvent], None]
    ) -> ToolResult:
        try:
            said = checked(self._reader, context, name, arguments)
        except InvalidInput as error:
            write(ToolStarted(call, name, context.vault.shown(arguments)))
            return refusal(error)
        write(ToolStarted(call, name, dict(said.arguments)))
        context.tool_calls += 1
        if context.tool_calls > MAX_TOOL_CALLS:
            return ToolResult(ok=False, summary=f"Not done: a turn makes at most {MAX_TOOL_CALLS} calls.")
        return await self._runner.call(
            name,
            said.arguments,
            _answering(context),
            turn=context.turn,
            progress=lambda text: write(ToolProgress(call, text)),
            asked_by_person=said.asked_by_person,
            by_filter=said.by_filter,
            disagreement=said.disagreement,
        )


def _answering(context: TurnContext) -> Caller:
    """The caller, with the model that really answers."""
    if context.fallback is None:
        return context.caller
    return context.caller.model_copy(update={"model": RULES})
