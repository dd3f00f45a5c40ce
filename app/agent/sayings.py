"""What the assistant says itself, without any model: about input it cannot use, and about approvals."""

from __future__ import annotations

import re
from collections.abc import Collection

from agent_tools import ToolResult
from app.agent.speech.languages import language_of
from app.agent.speech.phrases import spoken
from app.core.approvals import Approval, ApprovalState, Caller
from app.core.manifest import MAX_BYTES

SENTENCE_CHARS = 20_000
EMPTY = 'Say what you want, for example "deploy 3 nginx", "what is running?" or "help".'
BROKEN = "Something went wrong inside the agent; nothing more was done in this turn. The log of the server says why."
_MANIFEST = re.compile(r'^\s*[{"]*(apiVersion|kind)"?\s*:', re.MULTILINE)


def usable(text: str) -> str:
    """`text` as every store and endpoint takes it: no half characters, no NUL, no blank ends."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "").strip()


def input_problem(text: str) -> str | None:
    """Why a message is not even read, None where it is."""
    if not text:
        return EMPTY
    if len(text) <= SENTENCE_CHARS:
        return None
    if not _MANIFEST.search(text):
        return (
            f"That is {len(text):,} characters; up to {SENTENCE_CHARS:,} are read. "
            "Say it in short, or paste a manifest as YAML."
        )
    if (size := len(text.encode())) > MAX_BYTES:
        return f"That manifest has {size:,} bytes; up to {MAX_BYTES:,} are read. Apply it in parts."
    return None


def spoken_to(caller: Caller, text: str, names: Collection[str]) -> str:
    """`text` in the language of the caller's sentence; `names` are those of apps."""
    return spoken(text, language_of([caller.sentence], names))


def decision(approval: Approval, result: ToolResult | None) -> str:
    """What became of an approval, in the language it was asked for in."""
    return spoken_to(approval.caller, _decision(approval, result), approval.preview.apps)


def _decision(approval: Approval, result: ToolResult | None) -> str:
    title = approval.preview.title
    if approval.state is ApprovalState.EXPIRED:
        return f"This approval has expired, so nothing was done: {title}. Ask again if you still want it."
    if approval.state is ApprovalState.REJECTED or result is None:
        return f"Not done: {title}. {approval.decided_by or 'Somebody'} said no."
    return "\n\n".join(part for part in (result.summary, result.next) if part)


def pressed(approval: Approval) -> str:
    """The other side of the conversation for a pressed button."""
    word = {ApprovalState.REJECTED: "rejected", ApprovalState.EXPIRED: "came too late for"}.get(
        approval.state, "approved"
    )
    return f"({approval.decided_by or 'somebody'} {word}: {approval.preview.title})"


def needs_button(waiting: list[Approval]) -> str:
    """Why a typed answer does not count."""
    return spoken_to(waiting[-1].caller, _needs_button(waiting), waiting[-1].preview.apps)


def _needs_button(waiting: list[Approval]) -> str:
    if len(waiting) > 1:
        titles = "\n".join(f"- {approval.preview.title}" for approval in waiting)
        return f"{len(waiting)} approvals are waiting, so please use the button of the one you mean:\n\n{titles}"
    [approval] = waiting
    who = f"asked for by {approval.caller.user}" if approval.asked_by_person else "proposed by the model"
    return (
        f"This was {who}, not asked for by your own sentence, so a typed answer does not count. "
        f"Please use the button: {approval.preview.title}."
    )
