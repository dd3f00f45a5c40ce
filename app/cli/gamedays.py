"""`kubelite gameday`: one game day from its beginning to its report."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from app.cli import show
from app.cli.calls import HOW_TO_APPROVE
from app.cli.plain import plain
from app.cli.sessions import Session, open_session
from app.cli.wiring import Wiring
from app.core.errors import KubeLiteError, Permanent
from app.settings import Settings

LOOK_SECONDS = 2.0


async def gameday(
    wiring: Wiring,
    settings: Settings,
    app: str,
    kinds: tuple[str, ...],
    export: Path | None,
    *,
    yes: bool,
    as_json: bool,
) -> int:
    """Prints the report, or writes it to a file; 1 where it was refused or waits for an approval."""
    async with open_session(settings, wiring) as session:
        given: dict[str, Any] = {"app": app, "kinds": list(kinds)} if kinds else {"app": app}
        begun = await session.tool("run_game_day", given, yes=yes)
        if begun.get("approval"):
            click.echo(plain(begun["summary"]))
            show.card(await session.approval(begun["approval"]))
            click.echo(HOW_TO_APPROVE, err=True)
            return 1
        if not begun["ok"]:
            raise KubeLiteError(begun["summary"])
        report = await _report(session, app, quiet=as_json)
    if export is not None:
        _write(export, report["markdown"])
    if as_json:
        click.echo(json.dumps(report))
    else:
        click.echo(f"Written to {export}." if export is not None else plain(report["markdown"]))
    return 0


async def _report(session: Session, app: str, *, quiet: bool) -> dict[str, Any]:
    """Of the newest game day of the app, once it is over; tells how many faults are done meanwhile."""
    done = -1
    while True:
        shown = await session.tool("game_days", {"app": app}, yes=False)
        if not shown["ok"]:
            raise KubeLiteError(shown["summary"])
        data: dict[str, Any] = shown["data"]
        if data["over"]:
            return data
        if not quiet and data["done"] != done:
            done = data["done"]
            click.echo(f"{done} faults done", err=True)
        await asyncio.sleep(LOOK_SECONDS)


def _write(path: Path, text: str) -> None:
    """Raises `Permanent` where the file cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Permanent(f"the report cannot be written to {path}: {error.strerror}") from error
