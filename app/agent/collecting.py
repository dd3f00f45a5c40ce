"""From the graph's stream to turn events, and at the end to what the turn came to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage

from agent_tools import ToolResult
from app.agent.messages import notes, result_of
from app.agent.rules.reading import Outcome
from app.agent.turns import ApprovalAsked, Token, ToolFinished, ToolProgress, ToolStarted, TurnEvent

_OWN = (ToolStarted, ToolProgress, ToolFinished, ApprovalAsked)
_GAP = "\n\n"


class Collected:
    """Takes the parts of one run in order; afterwards has its answers and results."""

    def __init__(self) -> None:
        self.answers: list[AIMessage] = []
        self._results: dict[str, ToolResult] = {}
        self._streaming: str | None = None

    def take(self, mode: str, data: Any) -> Iterator[TurnEvent]:
        """One part of `astream(stream_mode=["messages", "updates", "custom"])`."""
        if mode == "custom" and isinstance(data, _OWN):
            if isinstance(data, ToolFinished):  # the conversation keeps less of it: no secrets
                self._results[data.call] = data.result
            yield data
        elif mode == "messages":
            yield from self._tokens(data[0])
        elif mode == "updates":
            for update in data.values():  # None where a node changed nothing
                self._keep((update or {}).get("messages", ()))

    def _tokens(self, message: Any) -> Iterator[TurnEvent]:
        if not isinstance(message, AIMessageChunk | AIMessage) or not message.text:
            return
        if self._streaming not in (None, message.id):
            yield Token(_GAP)
        self._streaming = message.id
        yield Token(message.text)

    def _keep(self, messages: Any) -> None:
        for message in messages:
            if isinstance(message, AIMessage):
                self.answers.append(message)
            elif isinstance(message, ToolMessage):
                self._results.setdefault(message.tool_call_id, result_of(message))

    @property
    def reply(self) -> str:
        return _GAP.join(message.text.strip() for message in self.answers if message.text.strip())

    @property
    def results(self) -> list[ToolResult]:
        """In the order of the calls, whichever ended first."""
        calls = [call["id"] or "" for message in self.answers for call in message.tool_calls]
        return [self._results[call] for call in calls if call in self._results]

    def actions(self) -> tuple[dict[str, Any], ...]:
        """Canonical actions and outcomes, in order: what tools did or asked for, then what was only said."""
        done = [action for result in self.results for action in result.actions]
        return (*done, *self._said(bool(done)))

    @property
    def ok(self) -> bool:
        """No call failed and nothing was refused; waiting for a person is no failure."""
        refused = any(notes(message).get("outcome") == Outcome.REFUSE for message in self.answers)
        return not refused and all(result.ok or result.approval for result in self.results)

    def _said(self, acted: bool) -> Iterator[dict[str, Any]]:
        outcomes = [found for message in self.answers if (found := notes(message)).get("outcome")]
        for found in outcomes:
            yield _outcome(found)
        if not outcomes and not acted and self.reply:
            asks = self.reply.rstrip().endswith(("?", "？", "؟"))
            yield {"action": "clarify", "about": "intent"} if asks else {"action": "answer_only"}


def _outcome(found: dict[str, Any]) -> dict[str, Any]:
    action: dict[str, Any] = {"action": found["outcome"]}
    if found["outcome"] == Outcome.CLARIFY:
        action["about"] = found.get("about") or "intent"
        if found.get("candidates"):
            action["candidates"] = found["candidates"]
    elif found["outcome"] == Outcome.REFUSE and found.get("reason"):
        action["reason"] = found["reason"]
    return action
