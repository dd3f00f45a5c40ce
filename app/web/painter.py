"""Turn events as Chainlit messages: tool steps with live progress, a streamed reply, approval cards last."""

from __future__ import annotations

import uuid
from typing import Any

import chainlit as cl
from chainlit.utils import utc_now

from agent_tools import private
from app.agent.turns import (
    ApprovalAsked,
    ApprovalDecided,
    Token,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    TurnDone,
    TurnEvent,
)
from app.core.approvals import Approval
from app.web.cards import card_message, under

SHORT = 80
"""Characters up to which an argument is shown in the line."""


class Painter:
    """Paints one turn into the Chainlit session of the current context.

    `turn` makes the ids of its messages, the same in every page that shows the turn.
    """

    def __init__(self, turn: uuid.UUID) -> None:
        self._turn = turn
        self._steps: dict[str, Any] = {}
        self._reply: Any = None
        self._cards: list[Approval] = []

    async def paint(self, event: TurnEvent) -> None:
        match event:
            case ToolStarted():
                await self._start(event)
            case ToolProgress():
                await self._progress(event)
            case ToolFinished():
                await self._finish(event)
            case Token():
                await self._token(event.text)
            case ApprovalAsked():
                self._cards.append(event.approval)
            case ApprovalDecided():
                pass  # the card reads the outcome itself
            case TurnDone():
                await self._done(event)

    async def _start(self, event: ToolStarted) -> None:
        arguments = _to_keep(event.arguments)
        step = cl.Step(
            name=event.tool,
            type="tool",
            id=self._id(event.call),
            parent_id=_parent(),
            default_open=True,
            auto_collapse=True,
            show_input=_shown_as(arguments),
        )
        step.input = _inline(arguments) if step.show_input is True else arguments
        step.start = utc_now()
        self._steps[event.call] = step
        await step.send()

    async def _progress(self, event: ToolProgress) -> None:
        """Streamed, not updated: an update is written to the history each time."""
        if (step := self._steps.get(event.call)) is not None:
            await step.stream_token(event.text, is_sequence=True)

    async def _finish(self, event: ToolFinished) -> None:
        step = self._steps.pop(event.call, None)
        if step is None:
            return
        step.output = event.result.summary
        step.is_error = not event.result.ok and event.result.approval is None
        step.end = utc_now()
        step.auto_collapse = not step.is_error  # a failure stays open; Chainlit's red is lost in its own styles
        await step.update()

    async def _token(self, text: str) -> None:
        await self._message().stream_token(text)

    async def stop(self) -> None:
        """The turn was cut off: closes what is open, so that nothing spins for ever and what was said stays."""
        await self._close_steps()
        if self._reply is not None:
            await self._reply.send()

    async def _close_steps(self) -> None:
        for step in self._steps.values():
            step.end = utc_now()
            await step.update()
        self._steps.clear()

    async def _done(self, event: TurnDone) -> None:
        await self._close_steps()
        if event.reply or self._reply is not None:
            message = self._message()
            message.content = f"> {event.notice}\n\n{event.reply}" if event.notice else event.reply
            message.elements = under(event.actions)
            await message.send()
        for approval in self._cards:
            await card_message(approval).send()

    def _message(self) -> Any:
        if self._reply is None:
            self._reply = cl.Message(content="", id=self._id("reply"))
        return self._reply

    def _id(self, what: str) -> str:
        return str(uuid.uuid5(self._turn, what))


def _to_keep(arguments: dict[str, Any]) -> dict[str, Any]:
    """What is painted is stored with the chat, so without secrets. A model may invent arguments of any shape."""
    try:
        return private.arguments(arguments)
    except (TypeError, LookupError, AttributeError):
        return {}


def _shown_as(arguments: dict[str, Any]) -> bool | str:
    """False: nothing to show; True: one line of text; else the language of a code block."""
    if not arguments:
        return False
    return True if all(name.isidentifier() and _is_short(value) for name, value in arguments.items()) else "json"


def _is_short(value: Any) -> bool:
    """Fits in one line and cannot break out of the code marks around it."""
    text = str(value)
    scalar = value is None or isinstance(value, str | int | float)
    return scalar and len(text) <= SHORT and not set(text) & {"`", "\n", "\r"}


def _inline(arguments: dict[str, Any]) -> str:
    return " · ".join(f"{name} `{value}`" for name, value in arguments.items())


def _parent() -> str | None:
    run = cl.context.current_run
    return run.id if run else None
