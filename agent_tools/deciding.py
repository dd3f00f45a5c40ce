"""Deciding a parked call: exactly one decision wins, and what runs is the recorded call, nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent_tools import private
from agent_tools.calls import BATCH, look, one_preview, read_call
from agent_tools.results import broken, refusal
from agent_tools.spec import ToolResult
from app.core.approvals import Approval, ApprovalState, Role
from app.core.errors import Conflict, KubeLiteError, Refused
from app.core.gate import Effect, Request, Verdict, decide
from app.ports.clock import Clock
from app.ports.store import ApprovalStore

if TYPE_CHECKING:
    from agent_tools.runner import ToolRunner

_log = logging.getLogger("kubelite.approvals")
_EFFECT_ORDER = (Effect.READ, Effect.CHANGE, Effect.SPEND, Effect.DESTROY)
CHANGED = (
    "Things have changed since this was asked, so it would not do what the card says; nothing was done. Ask again."
)
INTERRUPTED = "Interrupted; look at the app before asking again."


@dataclass
class Approvals:
    """The life of stored approvals after they were asked for."""

    runner: ToolRunner
    store: ApprovalStore
    clock: Clock
    _running: set[asyncio.Task[tuple[Approval, ToolResult]]] = field(default_factory=set)

    async def decide(
        self,
        approval_id: str,
        *,
        user: str,
        role: Role,
        approve: bool,
        source: str,
        progress: Callable[[str], None],
    ) -> tuple[Approval, ToolResult | None]:
        """See `ToolRunner.decide`. A granted call runs to its end even if whoever clicked goes away."""
        approval = await self.store.get_approval(approval_id)
        if approval.state is not ApprovalState.PENDING:
            raise Conflict(decided_before(approval))
        if self.clock.now() >= approval.expires_at:
            return await self._move(approval, ApprovalState.EXPIRED, user=None), None
        self._check_role(approval, role, approve=approve)
        _log.info("approval %s: %s by %s (%s)", approval_id, "granted" if approve else "rejected", user, source)
        if not approve:
            return await self._move(approval, ApprovalState.REJECTED, user=user), None
        claimed = await self._move(approval, ApprovalState.APPROVED, user=user)
        task = asyncio.create_task(self._carry_out(claimed, progress), name=f"approval-{approval_id}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def pending(self, conversation: str | None = None) -> list[Approval]:
        """Those one can still decide, oldest first; those past their time become expired here."""
        waiting: list[Approval] = []
        for approval in await self.store.list_approvals(conversation=conversation, state=ApprovalState.PENDING):
            if self.clock.now() < approval.expires_at:
                waiting.append(approval)
                continue
            try:
                await self._move(approval, ApprovalState.EXPIRED, user=None)
            except Conflict:
                continue
        return waiting

    async def recover(self) -> list[Approval]:
        """For the start of the process: calls that were granted but whose end was never recorded."""
        lost = await self.store.list_approvals(state=ApprovalState.APPROVED)
        result = ToolResult(ok=False, summary=INTERRUPTED)
        return [await self._end(approval, result) for approval in lost]

    async def aclose(self) -> None:
        """Cuts short what still runs; `recover` tells of it at the next start."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    # -- steps

    def _check_role(self, approval: Approval, role: Role, *, approve: bool) -> None:
        """The gate again, for the person who decides and the mode of now. Rejecting needs the same role."""
        mode = self.runner.control.mode()
        request = Request(tool=approval.tool, effect=self._effect(approval), role=role, mode=mode)
        decision = decide(request)
        if decision.verdict is Verdict.REFUSE and (approve or role is Role.VIEWER):
            raise Refused(f"Not done: {decision.reason}.")

    def _effect(self, approval: Approval) -> Effect:
        names = {name for name, _ in _recorded(approval)}
        effects = [tool.effect for tool in self.runner.every if tool.name in names]
        effects += [Effect.DESTROY] if approval.preview.deleting else []
        return max(effects, key=_EFFECT_ORDER.index, default=Effect.DESTROY)

    async def _move(self, approval: Approval, state: ApprovalState, *, user: str | None) -> Approval:
        moved = approval.model_copy(update={"state": state, "decided_by": user, "decided_at": self.clock.now()})
        moved = moved if state is ApprovalState.APPROVED else _scrubbed(moved)
        try:
            await self.store.move_approval(moved, expected=ApprovalState.PENDING)
        except Conflict:
            raise Conflict(decided_before(await self.store.get_approval(approval.id))) from None
        return moved

    async def _carry_out(self, approval: Approval, progress: Callable[[str], None]) -> tuple[Approval, ToolResult]:
        if private.fingerprint(approval.tool, approval.arguments) != approval.arguments_hash:
            _log.error("approval %s: the stored arguments are not what was asked", approval.id)
            result = ToolResult(
                ok=False, summary="The stored call is not what was asked for; nothing was done. Ask again."
            )
        elif not await self._as_on_card(approval):
            result = ToolResult(ok=False, summary=CHANGED)
        else:
            result = _joined([await self._one(approval, *call, progress) for call in _recorded(approval)])
        return await self._end(approval, result), result

    async def _as_on_card(self, approval: Approval) -> bool:
        """False where a call would not do any more what the person was shown (`Tool.as_previewed`)."""
        fixed = {tool.name for tool in self.runner.every if tool.as_previewed}
        if not any(name in fixed for name, _ in _recorded(approval)):
            return True
        ctx = self.runner.context(approval.caller, lambda _text: None)
        try:
            calls = [read_call(self.runner.every, *call) for call in _recorded(approval)]
            return one_preview([await look(ctx, call) for call in calls]) == approval.preview
        except KubeLiteError:
            return False
        except Exception:
            _log.exception("approval %s: its calls cannot be previewed any more", approval.id)
            return False

    async def _one(
        self, approval: Approval, name: str, arguments: dict[str, Any], progress: Callable[[str], None]
    ) -> ToolResult:
        ctx = self.runner.context(approval.caller, progress)
        try:
            call = read_call(self.runner.every, name, arguments)
            preview = await look(ctx, call)
        except KubeLiteError as error:
            return refusal(error)
        except Exception:
            return broken(name)
        return await self.runner.execute(call, ctx, preview, approval=approval.id)

    async def _end(self, approval: Approval, result: ToolResult) -> Approval:
        state = ApprovalState.DONE if result.ok else ApprovalState.FAILED
        shown = result.model_copy(update={"actions": [private.action(one) for one in result.actions]})
        ended = _scrubbed(approval).model_copy(update={"state": state, "result": shown.model_dump(mode="json")})
        await self.store.move_approval(ended, expected=ApprovalState.APPROVED)
        return ended


def _scrubbed(approval: Approval) -> Approval:
    """Without the secrets in its arguments: once it is decided and run, nobody needs them any more."""
    return approval.model_copy(update={"arguments": private.arguments(approval.arguments)})


def _recorded(approval: Approval) -> list[tuple[str, dict[str, Any]]]:
    if approval.tool != BATCH:
        return [(approval.tool, approval.arguments)]
    return [(call["tool"], call["arguments"]) for call in approval.arguments["calls"]]


def _joined(results: Sequence[ToolResult]) -> ToolResult:
    if len(results) == 1:
        return results[0]
    return ToolResult(
        ok=all(result.ok for result in results),
        summary="\n\n".join(result.summary for result in results),
        next=next((result.next for result in results if result.next), None),
        data={"results": [result.data for result in results]},
        actions=[action for result in results for action in result.actions],
    )


def decided_before(approval: Approval) -> str:
    """Why a second decision cannot count."""
    if approval.state is ApprovalState.EXPIRED:
        return "This approval has expired; ask for it again."
    word = "rejected" if approval.state is ApprovalState.REJECTED else "approved"
    return f"This was already {word} by {approval.decided_by or 'somebody'}."
