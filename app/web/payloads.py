"""The JSON of `/api/state`: the board, and what the page shows around it."""

from __future__ import annotations

from typing import Any

from app.agent.boards import whole_board
from app.core.approvals import Approval, ApprovalState
from app.web.context import Backend


def who_answers(backend: Backend) -> str:
    """`rules`, or the configured model's name."""
    return backend.settings.model_name or "rules"


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


async def state(backend: Backend) -> dict[str, Any]:
    """The board, the approvals that wait (oldest first), the mode and who answers."""
    now = backend.clock.now()
    waiting = await backend.store.list_approvals(state=ApprovalState.PENDING)
    return {
        **await whole_board(backend.control, backend.purse, backend.healing, now=now),
        "pending": [pending_row(approval) for approval in waiting if approval.expires_at > now],
        "mode": backend.control.mode().value,
        "model": who_answers(backend),
    }
