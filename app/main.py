"""The front door: the `kubelite` command. Knows the composition root and the faces, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from app.cli.main import run
from app.cli.wiring import Wiring
from app.settings import Settings

if TYPE_CHECKING:  # heavy: the agent brings LangChain along
    from app.agent.backend import Backend


def main() -> None:
    """Entry point of the console script."""
    run(Wiring(open_backend=_open_backend, serve=_serve))


def _open_backend(
    settings: Settings, *, observe_only: bool = False, quick: bool = False
) -> AbstractAsyncContextManager[Backend]:
    from app.bootstrap import open_backend  # heavy: only where a command needs the product
    from app.runtimes.quick import QuickClock

    return open_backend(settings, observe_only=observe_only, clock=QuickClock() if quick else None)


async def _serve(settings: Settings, say: Callable[[str], None]) -> None:
    from app.bootstrap import serve  # heavier still: the page

    await serve(settings, say)
