"""Deciding a pending approval from the page or the API: check, run the recorded call, tell every open chat."""

from __future__ import annotations

import asyncio

from app.agent.turns import Person, TurnDone
from app.core.approvals import Approval, ApprovalState, Role
from app.core.errors import Conflict, Refused
from app.web.context import Backend
from app.web.push import Broadcast

_running: set[asyncio.Task[TurnDone | None]] = set()


async def decide(
    backend: Backend, approval_id: str, person: Person, *, approve: bool, source: str
) -> tuple[Approval, TurnDone | None]:
    """Returns the approval as it stands afterwards and the end of the turn.

    Raises `NotFound`, `Refused` (role) or `Conflict` (decided or expired already). Once begun it runs to its end,
    whether or not the caller still listens.
    """
    approval = await backend.store.get_approval(approval_id)
    _check(approval, person, backend.clock.now())
    task = asyncio.create_task(_run(backend, approval, person, approve=approve, source=source))
    _running.add(task)
    task.add_done_callback(_running.discard)
    done = await asyncio.shield(task)
    return await backend.store.get_approval(approval_id), done


def _check(approval: Approval, person: Person, now: float) -> None:
    if person.role.rank < Role.OPERATOR.rank:
        raise Refused(f"The role {person.role.value} may only look; deciding an approval needs an operator.")
    if approval.state is not ApprovalState.PENDING:
        who = f" by {approval.decided_by}" if approval.decided_by else ""
        raise Conflict(f"This approval is {approval.state.value}{who} already.")
    if approval.expires_at <= now:
        raise Conflict("This approval has expired; ask again.")


async def _run(backend: Backend, approval: Approval, person: Person, *, approve: bool, source: str) -> TurnDone | None:
    done: TurnDone | None = None
    async with Broadcast(approval.conversation) as chat:
        async for event in backend.assistant.decide(approval.id, person, approve=approve, source=source):
            chat.send(event)
            if isinstance(event, TurnDone):
                done = event
    return done
