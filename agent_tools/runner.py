"""The one way in: every tool call of the agent, the API and MCP goes validate, preview, gate, then run or park.

The agent's model, the page and container output can only *ask* here. What runs is a validated call whose effect the
tool declared; what needs a person is parked as a stored approval and later run as recorded (`agent_tools.deciding`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent_tools import private
from agent_tools.audit import audit_row
from agent_tools.calls import BATCH, MAX_SAME, Announced, Call, TurnState, judge, look, one_preview, read_call
from agent_tools.deciding import Approvals
from agent_tools.results import broken, refusal, waiting
from agent_tools.spec import Tool, ToolContext, ToolResult
from agent_tools.text import cap, one_line
from agent_tools.wishes import Wish, standing
from app.core.approvals import APPROVAL_SECONDS, Approval, Caller, Preview, Role
from app.core.errors import KubeLiteError, Refused
from app.core.gate import Decision, Effect, Verdict
from app.core.manifest.policy import NOTHING, Policy
from app.ports.chaos import Chaos
from app.ports.clock import Clock
from app.ports.control import Control
from app.ports.demo import Demo
from app.ports.diagnosis import Diagnosis
from app.ports.healing import Healing
from app.ports.money import Money
from app.ports.store import Store

RUN_SECONDS = 60.0
"""How much longer than its waiting time a tool may take before it is given up."""

UNASKED = "incident"
"""The `source` of calls that nobody asked for."""
PAST_ROWS = 200
"""How many changes of its conversation a tool may look back at."""

_log = logging.getLogger("kubelite.tools")


def _quiet(_text: str) -> None:
    """Progress nobody listens to."""


class ToolRunner:
    """Runs calls behind the gate. One per process; a `TurnState` per turn carries what a turn must remember."""

    def __init__(
        self,
        tools: Sequence[Tool[Any]],
        control: Control,
        store: Store,
        clock: Clock,
        new_id: Callable[[], str],
        *,
        wait_seconds: float = 60.0,
        policy: Policy = NOTHING,
        diagnosis: Diagnosis | None = None,
        healing: Healing | None = None,
        inner: Sequence[Tool[Any]] = (),
        money: Money | None = None,
        chaos: Chaos | None = None,
    ) -> None:
        self.tools = tuple(tools)
        self.every = (*self.tools, *inner)
        """With those that are not offered to anybody: an approval may have recorded one."""
        self.control = control
        self.money = money
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._wait_seconds = wait_seconds
        self._policy = policy
        self._diagnosis = diagnosis
        self.healing = healing
        self.chaos = chaos
        self.demo: Demo | None = None
        """Set by whoever shows one, as it acts through this very runner."""
        self._approvals = Approvals(self, store, clock)

    async def announce(self, calls: Sequence[Announced], caller: Caller, *, turn: TurnState) -> None:
        """Tells what one model message is going to call, before the first of it runs: so the first of three stops
        already counts as three, and calls that need a person share one approval. Problems are left to `call`."""
        ctx = self.context(caller, _quiet)
        seen: list[tuple[Announced, Call, Preview]] = []
        for one in calls:
            try:
                call = read_call(self.every, one.name, one.arguments)
                seen.append((one, call, await look(ctx, call)))
            except KubeLiteError:
                continue
        for one, call, preview in seen:  # counts what stops, so that the first is judged with all
            self._judge(one, call, preview, caller, turn)
        asking = [
            (one, call)
            for one, call, preview in seen
            if self._judge(one, call, preview, caller, turn).verdict is Verdict.ASK
        ]
        turn.together = {call.key: call for _, call in asking} if len(asking) > 1 else {}
        turn.together_asked = all(one.asked_by_person for one, _ in asking)
        turn.parked = None

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        caller: Caller,
        *,
        turn: TurnState,
        progress: Callable[[str], None] = _quiet,
        asked_by_person: bool = False,
        by_filter: bool = False,
        disagreement: bool = False,
    ) -> ToolResult:
        """Never raises but for cancellation: what went wrong is in the result, as a sentence.

        `asked_by_person`: the person's own last sentence means this very call (then a typed yes may approve it).
        `by_filter`: that sentence said "all" or a pattern, it did not name the apps.
        `disagreement`: a confident reading of that sentence does not mean it.
        """
        said = Announced(name, arguments, asked_by_person, by_filter, disagreement)
        try:
            call = read_call(self.every, name, arguments)
            _check_repeats(call, turn)
            async with turn.in_turn(call):
                return await self._gated(said, call, caller, turn, progress)
        except KubeLiteError as error:
            return refusal(error)

    async def _gated(
        self, said: Announced, call: Call, caller: Caller, turn: TurnState, progress: Callable[[str], None]
    ) -> ToolResult:
        ctx = self.context(caller, progress)
        try:
            preview = await look(ctx, call)
        except KubeLiteError:
            raise
        except Exception:
            return broken(call.tool.name)
        decision = self._judge(said, call, preview, caller, turn)
        if decision.verdict is Verdict.REFUSE:
            raise Refused(f"Not done: {decision.reason}.")
        if decision.verdict is Verdict.ASK:
            return await self._park(call, preview, caller, turn, said.asked_by_person)
        return await self.execute(call, ctx, preview)

    def _judge(self, said: Announced, call: Call, preview: Preview, caller: Caller, turn: TurnState) -> Decision:
        return judge(
            call,
            preview,
            turn,
            role=caller.role,
            mode=self.control.mode(),
            by_filter=said.by_filter,
            disagreement=said.disagreement,
            unasked=caller.source == UNASKED,
        )

    # -- approvals

    async def decide(
        self,
        approval_id: str,
        user: str,
        role: Role,
        *,
        approve: bool,
        source: str = "chat",
        progress: Callable[[str], None] = _quiet,
    ) -> tuple[Approval, ToolResult | None]:
        """Grants (and runs) or rejects a parked call; the result is None for a rejected or an expired one.

        Raises `NotFound`, `Refused` (role or mode; it stays pending) and `Conflict` (decided before).
        """
        return await self._approvals.decide(
            approval_id, user=user, role=role, approve=approve, source=source, progress=progress
        )

    async def approval(self, approval_id: str) -> Approval:
        """The stored record. Raises `NotFound`."""
        return await self._store.get_approval(approval_id)

    async def pending(self, conversation: str | None = None) -> list[Approval]:
        """Approvals one can still decide, oldest first."""
        return await self._approvals.pending(conversation)

    async def recover(self) -> list[Approval]:
        """At the start of the process: granted calls whose end was never recorded become failed. Returns them."""
        return await self._approvals.recover()

    async def aclose(self) -> None:
        """Cuts short granted calls that still run."""
        await self._approvals.aclose()

    # -- parking

    async def _park(
        self, call: Call, preview: Preview, caller: Caller, turn: TurnState, asked_by_person: bool
    ) -> ToolResult:
        if call.key not in turn.together:
            approval = await self._ask(call.tool.name, call.arguments, preview, caller, turn, asked_by_person)
            return waiting(approval)
        async with turn.parking:
            if turn.parked is not None:
                return waiting(turn.parked, first=False)
            turn.parked = await self._ask_together(caller, turn)
            return waiting(turn.parked)

    async def _ask_together(self, caller: Caller, turn: TurnState) -> Approval:
        calls = list(turn.together.values())
        ctx = self.context(caller, _quiet)
        preview = one_preview([await look(ctx, call) for call in calls])
        recorded = [{"tool": call.tool.name, "arguments": call.arguments} for call in calls]
        return await self._ask(BATCH, {"calls": recorded}, preview, caller, turn, turn.together_asked)

    async def _ask(
        self,
        tool: str,
        arguments: dict[str, Any],
        preview: Preview,
        caller: Caller,
        turn: TurnState,
        asked_by_person: bool,
    ) -> Approval:
        now = self._clock.now()
        approval = Approval(
            id=self._new_id(),
            conversation=caller.conversation,
            tool=tool,
            arguments=arguments,
            arguments_hash=private.fingerprint(tool, arguments),
            preview=preview,
            caller=caller,
            asked_by_person=asked_by_person,
            created_at=now,
            expires_at=now + APPROVAL_SECONDS,
        )
        await self._store.put_approval(approval)
        turn.approvals.append(approval)
        return approval

    # -- running

    def context(self, caller: Caller, progress: Callable[[str], None]) -> ToolContext:
        return ToolContext(
            control=self.control,
            caller=caller,
            progress=lambda text: progress(one_line(text)),
            wait_seconds=self._wait_seconds,
            now=self._clock.now,
            policy=self._policy,
            diagnosis=self._diagnosis,
            healing=self.healing,
            money=self.money,
            chaos=self.chaos,
            demo=self.demo,
            past=lambda: self._store.list_audit(conversation=caller.conversation, limit=PAST_ROWS),
        )

    async def execute(
        self, call: Call, ctx: ToolContext, preview: Preview, *, approval: str | None = None
    ) -> ToolResult:
        """Runs a call that may run, and writes its audit row if it changes anything. Never raises but for
        cancellation, and then the row says that it was cut short."""
        if call.effect is Effect.READ:
            return await self._run(call, ctx)
        before = standing(self.control, (*preview.apps, *preview.objects))
        try:
            result = await self._run(call, ctx)
        except asyncio.CancelledError:
            cut = ToolResult(ok=False, summary="Cut short while it ran; look at the app before asking again.")
            await asyncio.shield(self._audit(call, ctx.caller, preview, before, cut, approval))
            raise
        await self._audit(call, ctx.caller, preview, before, result, approval)
        return result

    async def _run(self, call: Call, ctx: ToolContext) -> ToolResult:
        try:
            async with asyncio.timeout(self._wait_seconds + RUN_SECONDS):
                result: ToolResult = await call.tool.run(ctx, call.args)
                return result.model_copy(update={"summary": cap(result.summary)})
        except KubeLiteError as error:
            return refusal(error)
        except TimeoutError:
            return ToolResult(
                ok=False,
                summary=f"{call.tool.name} did not end in time; what it began may still be going on.",
                next="Look at the status before asking again.",
            )
        except Exception:
            return broken(call.tool.name)

    async def _audit(
        self,
        call: Call,
        caller: Caller,
        preview: Preview,
        before: Mapping[str, Wish],
        result: ToolResult,
        approval: str | None,
    ) -> None:
        after = standing(self.control, (*preview.apps, *preview.objects))
        row = audit_row(call, caller, before, after, result, at=self._clock.now(), approval=approval)
        try:
            await self._store.add_audit(row)
        except KubeLiteError:
            _log.exception("the audit row of %s could not be written", call.tool.name)


def _check_repeats(call: Call, turn: TurnState) -> None:
    turn.calls[call.key] += 1
    if turn.calls[call.key] > MAX_SAME:
        raise Refused(
            f"{call.tool.name} was called {MAX_SAME} times with these arguments in this turn; use those results."
        )
