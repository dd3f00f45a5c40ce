"""The gate as healing sees it: every remedy and every taking back is a tool call like any other."""

from __future__ import annotations

from agent_tools.calls import TurnState
from agent_tools.remedy import APPLY, TAKE_BACK
from agent_tools.runner import UNASKED, ToolRunner
from agent_tools.spec import ToolResult
from app.core.approvals import Approval, ApprovalState, Caller, Role
from app.core.errors import Conflict, NotFound
from app.core.incidents import Incident, Proposal
from app.ports.healing import Answer, Asked, Word

CONVERSATION = "incidents"
"""Where approvals belong that no conversation asked for; the board shows them."""
USER = "kubelite"
_WORDS = {
    ApprovalState.PENDING: Word.OPEN,
    ApprovalState.APPROVED: Word.OPEN,
    ApprovalState.REJECTED: Word.NO,
    ApprovalState.EXPIRED: Word.EXPIRED,
    ApprovalState.DONE: Word.DONE,
    ApprovalState.FAILED: Word.FAILED,
}


class GateDoor:
    """Implements `app.ports.healing.Door`."""

    def __init__(self, runner: ToolRunner) -> None:
        self._runner = runner

    async def ask(self, incident: Incident, proposal: Proposal) -> Asked:
        arguments = {"incident": incident.id, "key": proposal.key}
        caller = _caller(incident, UNASKED if not incident.asked_by else "heal")
        return _asked(await self._runner.call(APPLY.name, arguments, caller, turn=TurnState()))

    async def take_back(self, incident: Incident) -> Asked:
        caller = _caller(incident, UNASKED)
        return _asked(await self._runner.call(TAKE_BACK.name, {"incident": incident.id}, caller, turn=TurnState()))

    async def answered(self, approval: str) -> Answer:
        await self._runner.pending(CONVERSATION)  # those past their time become expired by it
        try:
            found = await self._runner.approval(approval)
        except NotFound:
            return Answer(Word.EXPIRED)
        return Answer(_WORDS[found.state], _says(found))

    async def withdraw(self, approval: str) -> None:
        try:
            await self._runner.decide(approval, USER, Role.OPERATOR, approve=False, source=UNASKED)
        except (NotFound, Conflict):
            return  # decided meanwhile; `answered` tells


def _says(approval: Approval) -> str:
    if approval.state is ApprovalState.REJECTED:
        return f"{approval.decided_by or 'somebody'} said no"
    return str((approval.result or {}).get("summary", ""))


def _caller(incident: Incident, source: str) -> Caller:
    cause = incident.cause.value.replace("_", " ") if incident.cause else "unknown cause"
    return Caller(
        user=incident.asked_by or USER,
        role=Role.OPERATOR,
        conversation=CONVERSATION,
        source=source,
        sentence=f"incident {incident.id}: {incident.app.name} fails ({cause})",
        model="healing",
    )


def _asked(result: ToolResult) -> Asked:
    return Asked(done=result.ok and result.approval is None, approval=result.approval, words=result.summary)
