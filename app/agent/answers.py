"""The JSON shape of a finished turn and of an approval (DESIGN 8): the same from the API and from the shell."""

from __future__ import annotations

from typing import Any

from agent_tools import private
from app.agent.turns import TurnDone
from app.core.approvals import Approval


def answer(done: TurnDone) -> dict[str, Any]:
    """The outer contract of one turn, plus `notice` (why somebody else answered, or null) and `ok`."""
    return {
        "reply": done.reply,
        "actions": list(done.actions),
        "approvals": [approval_row(approval) for approval in done.approvals],
        "model": done.model,
        "notice": done.notice,
        "ok": done.ok,
    }


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
        "notes": list(preview.notes),
        "undo": preview.undo,
        "price": preview.price,
        "actions": [private.action(one) for one in preview.canonical],
        "tool": approval.tool,
        "arguments": private.arguments(approval.arguments),
        "arguments_hash": approval.arguments_hash,
        "conversation": approval.conversation,
        "user": approval.caller.user,
        "source": approval.caller.source,
        "sentence": private.sentence(approval.caller.sentence),
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
    shown = {key: approval.result.get(key) for key in ("ok", "summary", "next")}
    return {**shown, "actions": [private.action(one) for one in approval.result.get("actions") or ()]}
