"""A conversation cut to what a model can read: tool results of earlier turns first, then whole old turns (a line each
stays, as a digest), then the long results of this turn, the person's words last. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from agent_tools.text import one_line

EARLIER_CHARS = 400
"""Of a tool result of an earlier turn, once there is not enough room."""
LEAST_CHARS = 300
"""Of a result or a sentence of this turn, however little room there is."""
DIGEST_TURNS = 8
DIGEST_CHARS = 160
_PER_MESSAGE = 4
"""Tokens around each message."""
_NOTE = "\n[… {count:,} characters left out …]\n"


def tokens(text: str) -> int:
    """About how many tokens `text` is, rather too many: three characters each where it is ASCII, else one."""
    plain = len(text.encode("ascii", "ignore"))
    return plain // 3 + (len(text) - plain) + 1


def size(messages: Sequence[AnyMessage]) -> int:
    """About how many tokens the messages are."""
    return sum(map(_size, messages))


def _size(message: AnyMessage) -> int:
    calls = json.dumps([call["args"] for call in message.tool_calls]) if isinstance(message, AIMessage) else ""
    return tokens(message.text) + tokens(calls) + _PER_MESSAGE


def fit(messages: Sequence[AnyMessage], room: int) -> tuple[list[AnyMessage], str]:
    """The messages in about `room` tokens, and a digest of the turns that were left out ("" for none).

    The turn of now always stays, so with very little room the result may still be longer.
    """
    if size(messages) <= room:
        return list(messages), ""
    turns = _turns([*_shortened(messages)])
    gone: list[list[AnyMessage]] = []
    while len(turns) > 1 and size([one for turn in turns for one in turn]) > room - _digest_room(gone):
        gone.append(turns.pop(0))
    kept = [one for turn in turns for one in turn]
    return _squeezed(kept, room - _digest_room(gone)), digest(gone)


def digest(turns: Sequence[Sequence[AnyMessage]]) -> str:
    """A line for each of the newest turns: what was said and what came of it."""
    return "\n".join(_line(turn) for turn in turns[-DIGEST_TURNS:])


def _digest_room(gone: Sequence[object]) -> int:
    return min(len(gone), DIGEST_TURNS) * DIGEST_CHARS * 2 // 3


def _line(turn: Sequence[AnyMessage]) -> str:
    said = one_line(turn[0].text, DIGEST_CHARS)
    answers = [one for one in turn if isinstance(one, AIMessage) and one.text.strip()]
    came = one_line(answers[-1].text, DIGEST_CHARS) if answers else "no answer"
    return f'- "{said}": {came}'


def _turns(messages: Sequence[AnyMessage]) -> list[list[AnyMessage]]:
    turns: list[list[AnyMessage]] = []
    for message in messages:
        if isinstance(message, HumanMessage) or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns


def _shortened(messages: Sequence[AnyMessage]) -> Iterator[AnyMessage]:
    """Tool results before the last sentence, cut."""
    now = max((at for at, one in enumerate(messages) if isinstance(one, HumanMessage)), default=0)
    for at, message in enumerate(messages):
        yield _cut(message, EARLIER_CHARS) if isinstance(message, ToolMessage) and at < now else message


def _squeezed(messages: list[AnyMessage], room: int) -> list[AnyMessage]:
    """The longest results, then the longest sentence, cut until there is room or nothing is left to cut."""
    for kinds in ((ToolMessage,), (HumanMessage, AIMessage)):
        limit = 4096
        while size(messages) > room and limit >= LEAST_CHARS:
            messages = [_cut(one, limit) if isinstance(one, kinds) else one for one in messages]
            limit //= 2
    return messages


def _cut(message: AnyMessage, limit: int) -> AnyMessage:
    text = message.text
    if len(text) <= limit:
        return message
    return message.model_copy(update={"content": middle_out(text, limit)})


def middle_out(text: str, limit: int) -> str:
    """`text` without its middle: what it is stands at its beginning, what went wrong at the end of a log."""
    if len(text) <= limit:
        return text
    note = _NOTE.format(count=len(text) - limit)
    head = max(0, limit - len(note)) // 3
    tail = max(0, limit - len(note) - head)
    return text[:head] + note + (text[-tail:] if tail else "")
