"""An approval being decided, as the same events a turn has: the page shows the recorded call at work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from agent_tools import ToolResult, ToolRunner, private
from app.agent import foreign
from app.agent.sealing import Vaults
from app.agent.turns import Person, ToolFinished, ToolProgress, ToolStarted, TurnEvent
from app.core.approvals import Approval


class Decision:
    """One decision. After `events` is exhausted, `outcome` is the approval as it stands and the call's result."""

    def __init__(
        self, runner: ToolRunner, vaults: Vaults, approval_id: str, person: Person, *, approve: bool, source: str
    ) -> None:
        self._runner = runner
        self._vaults = vaults
        self._id = approval_id
        self._person = person
        self._approve = approve
        self._source = source
        self._said: asyncio.Queue[str | None] = asyncio.Queue()
        self._outcome: tuple[Approval, ToolResult | None] | None = None

    @property
    def outcome(self) -> tuple[Approval, ToolResult | None]:
        if self._outcome is None:
            raise RuntimeError("the decision has not ended")
        return self._outcome

    async def events(self) -> AsyncIterator[TurnEvent]:
        """Raises the runner's `UserError` before the first event. The call itself outlives an iterator closed early."""
        task = asyncio.create_task(self._decide())
        task.add_done_callback(lambda _task: self._said.put_nowait(None))
        started = False
        try:
            while (text := await self._said.get()) is not None:
                if not started:
                    started = True
                    yield await self._start()
                yield ToolProgress(self._id, text)
            approval, result = await task
            if result is not None:
                result = foreign.shown(result, self._vaults.of(approval.conversation))
            self._outcome = approval, result
        finally:
            task.cancel()
        if result is not None:
            if not started:
                yield await self._start()
            yield ToolFinished(self._id, approval.tool, result)

    async def _decide(self) -> tuple[Approval, ToolResult | None]:
        return await self._runner.decide(
            self._id,
            self._person.user,
            self._person.role,
            approve=self._approve,
            source=self._source,
            progress=self._said.put_nowait,
        )

    async def _start(self) -> ToolStarted:
        approval = await self._runner.approval(self._id)
        return ToolStarted(self._id, approval.tool, private.arguments(approval.arguments))
