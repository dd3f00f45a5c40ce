"""The seam to the walkthrough: what a tool and the page may ask of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

Post = Callable[[str, str], None]
"""Conversation and Markdown. Called in the event loop; it must not wait."""


class Demo(Protocol):
    async def check(self, only: int | None = None) -> Sequence[str]:
        """The titles of the acts that would be shown. Raises `Conflict` with the reason why it cannot begin now, and
        `InvalidInput` for an act that there is not."""
        ...

    async def begin(self, conversation: str, *, only: int | None = None) -> Sequence[str]:
        """Starts it in the background, told to that conversation. Returns and raises as `check`."""
        ...

    async def stop(self) -> bool:
        """Ends it and removes what it made. False where none goes on."""
        ...

    def listen(self, post: Post) -> None:
        """Where it is told."""
        ...
