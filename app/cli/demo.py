"""`kubelite demo`: the walkthrough, with the whole product inside, in a data directory and a time of its own."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from app.cli.plain import plain
from app.cli.wiring import Wiring
from app.core.approvals import Mode
from app.demo.acts import ACTS
from app.demo.stage import Stage
from app.demo.telling import Kind, Told
from app.demo.walk import Pause, Walk, chosen, no_pause
from app.runtimes.quick import quick_loops
from app.settings import Settings

FACTOR, FAST_FACTOR = 8.0, 200.0
"""By how much waits are shorter."""
READ_SECONDS = 4.0
"""Real ones, before each act."""
INTERRUPTED = 130

_SHAPE: dict[Kind, Callable[[str], str]] = {
    Kind.TITLE: lambda text: f"\n{click.style(text, bold=True)}",
    Kind.STORY: lambda text: f"{text}\n",
    Kind.PERSON: lambda text: click.style(f"> {text}", fg="cyan"),
    Kind.REPLY: lambda text: f"{_indented(plain(text))}\n",
    Kind.SEEN: lambda text: click.style(f"✓ {text}", fg="green"),
    Kind.MISSED: lambda text: click.style(f"✖ {text}", fg="red"),
    Kind.NOTE: lambda text: text,
}


def run(wiring: Wiring, settings: Settings, *, fast: bool, only: int | None) -> int:
    """0 where every act came out as it should, else 1. Raises `InvalidInput` for an act that there is not."""
    chosen(ACTS, only)
    factor = FAST_FACTOR if fast else FACTOR
    with asyncio.Runner(loop_factory=quick_loops(factor)) as runner:
        try:
            return runner.run(_show(wiring, settings, factor, fast=fast, only=only))
        except KeyboardInterrupt:
            click.echo("\nThe demo was stopped; nothing of it is left.")
            return INTERRUPTED


async def _show(wiring: Wiring, settings: Settings, factor: float, *, fast: bool, only: int | None) -> int:
    with tempfile.TemporaryDirectory(prefix="kubelite-demo-", dir=_memory(), ignore_cleanup_errors=True) as home:
        async with wiring.open_backend(_own(settings, Path(home)), quick=True) as backend:
            stage = Stage(backend, _print)
            walk = Walk(stage, only=only, pause=no_pause if fast else _reading(stage, factor))
            click.echo(
                f"KubeLite in {len(walk.acts)} acts: the real product on a simulator of its own, which is gone "
                f"afterwards. While nothing happens, its clock runs {factor:g} times as fast. Ctrl-C stops it."
            )
            try:
                well = await walk.run()
            finally:
                await stage.aclose()
    return 0 if well else 1


def _memory() -> str | None:
    """A place in memory where there is one and none was named: what is gone soon need not reach the disk, and a disk
    that stalls would seem to stall much longer in this time."""
    place = Path("/dev/shm")  # noqa: S108  the directory in it is made by tempfile
    named = any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    return str(place) if not named and os.access(place, os.W_OK | os.X_OK) else None


def _own(settings: Settings, home: Path) -> Settings:
    """Nothing of the person's: no data directory, no accounts, no model, no Docker."""
    nothing = dict.fromkeys(
        ("openai_api_key", "openai_base_url", "docker_host", "nosana_api_key", "budget_per_hour", "budget_total")
    )
    fixed = {"home": home, "database_url": "", "runtime": "simulator", "mode": Mode.ASK, "heal_hold_seconds": 60.0}
    return settings.model_copy(update={**nothing, **fixed})


def _reading(stage: Stage, factor: float) -> Pause:
    return lambda: stage.sleep(READ_SECONDS * factor)


def _print(told: Told) -> None:
    click.echo(_SHAPE[told.kind](told.text))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())
