"""One demo from its beginning to its end: act after act, each checked, and nothing left behind whatever happens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from agent_tools.text import plural
from app.core.approvals import Mode
from app.core.errors import Conflict, InvalidInput, KubeLiteError
from app.demo.acts import ACTS
from app.demo.stage import Missed, Stage
from app.demo.steps import Act
from app.demo.telling import Kind

log = logging.getLogger(__name__)

Pause = Callable[[], Awaitable[None]]


async def no_pause() -> None:
    """Nobody reads along."""


class Walk:
    """`pause` is taken before each act, for who reads."""

    def __init__(
        self, stage: Stage, *, acts: Sequence[Act] = ACTS, only: int | None = None, pause: Pause = no_pause
    ) -> None:
        """Raises `InvalidInput` for an act that there is not."""
        self._stage = stage
        self._pause = pause
        self.acts = chosen(acts, only)

    async def check(self) -> None:
        """Raises `Conflict` with the reason why it cannot begin."""
        control = self._stage.control
        if control.mode() is Mode.OBSERVE:
            raise Conflict("the mode is observe, so nothing is changed, not even for a demo; set KUBELITE_MODE to ask")
        if not any(one.name == "simulator" and one.reachable is not False for one in control.runtimes()):
            raise Conflict("the demo plays on the simulator, which does not answer")
        if foreign := await self._stage.foreign():
            names = ", ".join(foreign)
            raise Conflict(
                f"the demo would make apps that are there already and are not its own ({names}): rename them"
            )

    async def run(self) -> bool:
        """Whether every act came out as it should, and nothing is left. Raises as `check`."""
        await self.check()
        if self._stage.mine():
            self._stage.tell(Kind.NOTE, "An earlier demo was cut short; what it left is removed first.")
            await self._stage.clear()
        failed: set[int] = set()
        try:
            for act in self.acts:
                await self._pause()
                if not await self._act(act, failed):
                    failed.add(act.number)
        finally:
            clean = await _to_its_end(self._clear())
        self._stage.tell(Kind.NOTE, self._sum(failed, clean))
        return clean and not failed

    async def _act(self, act: Act, failed: set[int]) -> bool:
        stage = self._stage
        stage.tell(Kind.TITLE, f"{act.number}. {act.title}")
        if missing := sorted(failed & set(act.needs)):
            stage.tell(Kind.MISSED, f"not shown: it goes on from act {missing[0]}, which failed")
            return False
        stage.tell(Kind.STORY, act.story)
        try:
            for step in act.steps:
                await step.take(stage)
            stage.tell(Kind.SEEN, await act.check(stage))
        except (Missed, KubeLiteError) as error:
            stage.tell(Kind.MISSED, str(error))
            return False
        except Exception as error:
            log.exception("act %d of the demo failed", act.number)
            stage.tell(Kind.MISSED, f"a bug in KubeLite ({type(error).__name__}: {error})")
            return False
        return True

    async def _clear(self) -> bool:
        """Quick where the last act did it."""
        if not self._stage.mine():
            return True
        clean = await self._stage.clear()
        left = ", ".join(view.name for view in self._stage.mine())
        said = "What the demo made is deleted." if clean else f"Not everything could be deleted: {left}."
        self._stage.tell(Kind.NOTE, said)
        return clean

    def _sum(self, failed: set[int], clean: bool) -> str:
        left = "nothing of it is left" if clean else "something of it is left"
        if failed:
            numbers = ", ".join(map(str, sorted(failed)))
            return f"The demo is over: {len(failed)} of {plural(len(self.acts), 'act')} failed ({numbers}); {left}."
        return f"The demo is over: {plural(len(self.acts), 'act')}, each really carried out and checked; {left}."


async def _to_its_end(work: Coroutine[Any, Any, bool]) -> bool:
    """Also where whoever waits for it is told to stop."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def chosen(acts: Sequence[Act], only: int | None) -> tuple[Act, ...]:
    """All, or one with those that it needs. Raises `InvalidInput`."""
    if only is None:
        return tuple(acts)
    wanted = {only}
    if only not in {act.number for act in acts}:
        raise InvalidInput(f"there is no act {only}; there are 1 to {acts[-1].number}", field="only")
    for act in reversed(acts):
        wanted |= set(act.needs) if act.number in wanted else set()
    return tuple(act for act in acts if act.number in wanted)
