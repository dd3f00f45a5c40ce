"""The conversation as the graph keeps it, and what each reader makes of it.

The checkpoint holds everything; a model gets a tidy, short part of it; the rules get turns. Our own notes on a message
(outcome of a reading, "this was an approval") live in `additional_kwargs["kubelite"]`, which no endpoint is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, RemoveMessage, ToolMessage

from agent_tools import ToolResult
from app.agent.rules.reading import EarlierTurn, Outcome, Reading, Wish
from app.agent.sealing import Vault

NOTES = "kubelite"
SENT_MESSAGES = 40
"""How many messages go to a model: about ten turns with tools."""
KEPT_MESSAGES = 60
"""How many a conversation keeps: each turn reads and writes them all."""
INTERRUPTED = (
    '{"ok":false,"summary":"This call was interrupted; whether it was carried out is not known. Look at the status."}'
)


def notes(message: BaseMessage) -> dict[str, Any]:
    """Our notes on a message, empty when there are none."""
    found = message.additional_kwargs.get(NOTES)
    return found if isinstance(found, dict) else {}


def reading_notes(reading: Reading) -> dict[str, Any]:
    """What the next turn must know of a reading."""
    return {
        NOTES: {
            "outcome": reading.outcome.value if reading.outcome else None,
            "about": reading.about,
            "reason": reading.reason,
            "candidates": list(reading.candidates),
            "rule": reading.rule,
        }
    }


def sealed(message: BaseMessage, vault: Vault) -> BaseMessage:
    """An answer without secrets, as it is kept: a model may repeat one in words, or make one up in a call."""
    if not isinstance(message, AIMessage):
        return message
    calls = [{**call, "args": vault.seal_call(call["args"])} for call in message.tool_calls]
    content = vault.seal(message.content) if isinstance(message.content, str) else message.content
    if calls == message.tool_calls and content == message.content:
        return message
    return message.model_copy(update={"tool_calls": calls, "content": content})


def decided(said: str, reply: str) -> list[AnyMessage]:
    """An approval's outcome as messages: both sides, so that strict chat templates keep alternating."""
    return [HumanMessage(said, additional_kwargs={NOTES: {"event": "approval"}}), AIMessage(reply)]


def is_sentence(message: BaseMessage) -> bool:
    """A person's sentence, not the note of a pressed button."""
    return isinstance(message, HumanMessage) and notes(message).get("event") is None


def last_sentence(messages: Sequence[BaseMessage]) -> HumanMessage | None:
    return next((one for one in reversed(messages) if isinstance(one, HumanMessage) and is_sentence(one)), None)


def results_since(messages: Sequence[BaseMessage]) -> list[ToolMessage]:
    """The tool results after the last sentence, in order."""
    found: list[ToolMessage] = []
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        if isinstance(message, ToolMessage):
            found.append(message)
    return found[::-1]


def result_of(message: ToolMessage) -> ToolResult:
    """The full result from the artifact, or from the text where an older or foreign message has none."""
    if isinstance(message.artifact, dict):
        return ToolResult.model_validate(message.artifact)
    try:
        return ToolResult.model_validate_json(message.text)
    except ValueError:
        return ToolResult(ok=message.status != "error", summary=message.text)


# -- for the rules


def earlier_turns(messages: Sequence[BaseMessage]) -> tuple[EarlierTurn, ...]:
    """The turns before the last sentence, oldest first."""
    turns = [_turn(group) for group in _turns(messages)]
    return tuple(turns[:-1])


def _turns(messages: Iterable[BaseMessage]) -> Iterator[list[BaseMessage]]:
    """Groups that each begin with a sentence; what follows a pressed button belongs to the turn before."""
    group: list[BaseMessage] = []
    for message in messages:
        if is_sentence(message):
            if group:
                yield group
            group = [message]
        elif group:
            group.append(message)
    if group:
        yield group


def _turn(group: Sequence[BaseMessage]) -> EarlierTurn:
    answers = [message for message in group if isinstance(message, AIMessage)]
    said = [notes(message) for message in answers if notes(message)]
    last = said[-1] if said else {}
    return EarlierTurn(
        text=group[0].text,
        wishes=tuple(Wish(call["name"], call["args"]) for message in answers for call in message.tool_calls),
        outcome=Outcome(last["outcome"]) if last.get("outcome") else None,
        candidates=tuple(last.get("candidates", ())),
    )


# -- for models


def tidy(messages: Sequence[AnyMessage], keep: int = SENT_MESSAGES) -> list[AnyMessage]:
    """The newest messages, cut at a person's message, every tool call answered exactly once and right after it.

    A turn that was cancelled leaves calls without answers; endpoints refuse such a history for ever after.
    """
    recent = list(messages[-keep:])
    while recent and not isinstance(recent[0], HumanMessage):
        recent.pop(0)
    if not recent:  # one turn alone is longer than the window
        start = max(at for at, one in enumerate(messages) if isinstance(one, HumanMessage))
        recent = list(messages[start:])
    answers = {one.tool_call_id: one for one in recent if isinstance(one, ToolMessage)}
    tidied: list[AnyMessage] = []
    for message in recent:
        if isinstance(message, ToolMessage):
            continue
        tidied.append(message)
        if isinstance(message, AIMessage):
            tidied += [answers.get(call["id"] or "", _unanswered(call)) for call in message.tool_calls]
    return tidied


def _unanswered(call: Any) -> ToolMessage:
    return ToolMessage(INTERRUPTED, tool_call_id=call["id"] or "", name=call["name"], status="error")


def outdated(messages: Sequence[BaseMessage], keep: int = SENT_MESSAGES) -> list[RemoveMessage]:
    """Removals that leave about `keep` messages, beginning with a person's sentence."""
    starts = [at for at, message in enumerate(messages) if is_sentence(message) and at >= len(messages) - keep]
    cut = starts[0] if starts else 0
    return [RemoveMessage(id=message.id) for message in messages[:cut] if message.id]
