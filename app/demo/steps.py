"""What an act consists of: sentences, calls, waiting, and looks that must hold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.demo.stage import Stage
from app.demo.telling import Kind

Look = Callable[[Stage], Awaitable[str]]
"""Says what is seen; raises `Missed` where it is not what should be seen."""


class Step(Protocol):
    async def take(self, stage: Stage) -> None:
        """Raises `Missed`, or what the product raises."""
        ...


@dataclass(frozen=True, slots=True)
class Say:
    """To the agent, as a person would."""

    sentence: str

    async def take(self, stage: Stage) -> None:
        await stage.say(self.sentence)


@dataclass(frozen=True, slots=True)
class DeleteAll:
    """What the demo has made and is there still, in one sentence."""

    async def take(self, stage: Stage) -> None:
        if names := [view.name for view in stage.mine()]:
            await stage.say(f"delete {', '.join(names[:-1])} and {names[-1]}" if names[1:] else f"delete {names[0]}")


@dataclass(frozen=True, slots=True)
class Call:
    """A tool with these very arguments, and the sentence that asks for it."""

    sentence: str
    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    async def take(self, stage: Stage) -> None:
        await stage.call(self.tool, self.arguments, self.sentence)


@dataclass(frozen=True, slots=True)
class Until:
    """Waits until it is so. `what` ends the sentence "it was not so that ..."."""

    what: str
    true: Callable[[Stage], Any]
    seconds: float
    says: str = ""
    """Told before the wait, where it may be long."""
    every: float = 1.0
    """Seconds between two looks."""
    patient: bool = False
    """Only where there is time for it."""

    async def take(self, stage: Stage) -> None:
        if self.patient and not stage.patient:
            return
        if self.says:
            stage.tell(Kind.NOTE, self.says)
        await stage.until(lambda: self.true(stage), self.what, self.seconds, every=self.every)


@dataclass(frozen=True, slots=True)
class See:
    """What must hold on the way."""

    look: Look

    async def take(self, stage: Stage) -> None:
        stage.tell(Kind.SEEN, await self.look(stage))


@dataclass(frozen=True, slots=True)
class Act:
    """`check` is its outcome: on what is observed, not on what was answered. `needs`: the acts that it goes on from."""

    number: int
    title: str
    story: str
    steps: tuple[Step, ...]
    check: Look
    needs: tuple[int, ...] = ()
