"""What the page needs of the process, as one value that every module of the page can reach.

Chainlit runs its target file under a module name of its own, so state that lives there exists twice. It lives here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

from agent_tools import ToolRunner
from app.agent.boards import Purse
from app.agent.turns import Person, TurnEvent
from app.core.approvals import Approval
from app.healing.news import News
from app.ports.clock import Clock
from app.ports.control import Control
from app.ports.demo import Demo
from app.ports.healing import Healing
from app.ports.store import Store
from app.settings import Settings


class Home(Protocol):
    """The secrets of the data directory."""

    @property
    def token(self) -> str:
        """What a person or a shell shows to be the local admin."""
        ...

    @property
    def auth_secret(self) -> str:
        """Signs the login cookies."""
        ...


class Assistant(Protocol):
    """The agent, as the page sees it."""

    def turn(
        self, conversation: str, person: Person, text: str, *, source: str = "chat"
    ) -> AsyncIterator[TurnEvent]: ...

    def decide(self, approval_id: str, person: Person, *, approve: bool, source: str) -> AsyncIterator[TurnEvent]: ...

    async def pending(self, conversation: str) -> Sequence[Approval]: ...


class Backend(Protocol):
    """Everything behind the page."""

    @property
    def settings(self) -> Settings: ...

    @property
    def control(self) -> Control: ...

    @property
    def assistant(self) -> Assistant: ...

    @property
    def runner(self) -> ToolRunner: ...

    @property
    def store(self) -> Store: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def home(self) -> Home: ...

    @property
    def purse(self) -> Purse: ...

    @property
    def healing(self) -> Healing | None: ...

    @property
    def news(self) -> News | None: ...

    @property
    def demo(self) -> Demo | None: ...

    def ready(self) -> Any:
        """A dict (or an awaitable of one) when store, loop and runtime work; raises with the reason when not."""
        ...


_backend: Backend | None = None


def use(backend: Backend) -> None:
    """Called once, by `create_app`."""
    global _backend  # noqa: PLW0603
    _backend = backend


def backend() -> Backend:
    if _backend is None:
        raise RuntimeError("the page has no backend yet: create_app was not called")
    return _backend
