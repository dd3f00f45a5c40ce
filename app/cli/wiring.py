"""What the command gets from the composition root, so that this layer stays below it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.settings import Settings

if TYPE_CHECKING:  # heavy: the agent brings LangChain along
    from app.agent.backend import Backend


class OpenBackend(Protocol):
    def __call__(
        self, settings: Settings, *, observe_only: bool = False, quick: bool = False
    ) -> AbstractAsyncContextManager[Backend]:
        """The whole product in this process. `observe_only`: look once, change nothing. `quick`: in the time of the
        running loop, see `app.runtimes.quick`."""
        ...


@dataclass(frozen=True, slots=True)
class Wiring:
    open_backend: OpenBackend
    serve: Callable[[Settings, Callable[[str], None]], Awaitable[None]]
    """Serves until a signal; the callable is told each line a person should see (the login link)."""
