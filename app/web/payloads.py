"""The JSON shapes of the HTTP API beside the board: approvals, answers, state."""

from __future__ import annotations

from typing import Any

from app.agent.turns import TurnDone
from app.core.approvals import Approval, ApprovalState
from app.core.board import board
from app.settings import Settings
from app.web.context import Backend

DEFAULT_MODEL = "gpt-4o-mini"


def model_name(settings: Settings) -> str:
    """Who answers: `rules`, or the configured model's name."""
    return (settings.model or DEFAULT_MODEL) if settings.model_configured else "rules"


def approval_row(approval: Approval) -> dict[str, Any]:
    """Everything a card shows. Times are epoch seconds."""
    preview = approval.preview
    return {
        "id": approval.id,
        "state": approval.state.value,
        "title": preview.title,
        "verb": preview.verb,
        "apps": list(preview.apps),
        "changes": [change.model_dump() for change in preview.changes],
        "losses": list(preview.losses),
        "undo": preview.undo,
        "price": preview.price,
        "actions": list(preview.canonical),
        "tool": approval.tool,
        "arguments": approval.arguments,
        "arguments_hash": approval.arguments_hash,
        "conversation": approval.conversation,
        "user": approval.caller.user,
        "source": approval.caller.source,
        "sentence": approval.caller.sentence,
        "model": approval.caller.model,
        "asked_by_person": approval.asked_by_person,
        "created_at": approval.created_at,
        "expires_at": approval.expires_at,
        "decided_by": approval.decided_by,
        "decided_at": approval.decided_at,
        "result": _shown_result(approval),
    }


def _shown_result(approval: Approval) -> dict[str, Any] | None:
    if approval.result is None:
        return None
    return {"ok": bool(approval.result.get("ok")), "summary": str(approval.result.get("summary", ""))}


def pending_row(approval: Approval) -> dict[str, Any]:
    """What the board lists of an approval that waits."""
    return {
        "id": approval.id,
        "title": approval.preview.title,
        "user": approval.caller.user,
        "source": approval.caller.source,
        "conversation": approval.conversation,
        "created_at": approval.created_at,
        "expires_at": approval.expires_at,
    }


def answer(done: TurnDone) -> dict[str, Any]:
    """The outer contract of one turn, plus `notice` (why somebody else answered, or null)."""
    return {
        "reply": done.reply,
        "actions": list(done.actions),
        "approvals": [approval_row(approval) for approval in done.approvals],
        "model": done.model,
        "notice": done.notice,
    }


async def state(backend: Backend) -> dict[str, Any]:
    """The board, the approvals that wait (oldest first), the mode and who answers."""
    now = backend.clock.now()
    waiting = await backend.store.list_approvals(state=ApprovalState.PENDING)
    return {
        **board(backend.control.apps(), backend.control.runtimes(), now=now),
        "pending": [pending_row(approval) for approval in waiting if approval.expires_at > now],
        "mode": backend.control.mode().value,
        "model": model_name(backend.settings),
    }
