"""One tool call of the shell's own: its result, and where it waits for a person what that person is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from app.cli import show
from app.cli.plain import plain
from app.cli.sessions import open_session
from app.cli.wiring import Wiring
from app.settings import Settings

HOW_TO_APPROVE = "Nothing was changed yet. Approve it on the page, or give the command again with --yes."


async def call(
    wiring: Wiring, settings: Settings, tool: str, arguments: Mapping[str, Any], *, yes: bool, as_json: bool
) -> int:
    """Prints what came of it; 1 where it was refused, failed, or waits."""
    async with open_session(settings, wiring) as session:
        result = await session.tool(tool, arguments, yes=yes)
        asked = await session.approval(result["approval"]) if result.get("approval") else None
    if as_json:
        click.echo(json.dumps(result | ({"asked": asked} if asked is not None else {})))
    elif asked is not None:
        click.echo(plain(result["summary"]))
        show.card(asked)
        click.echo(HOW_TO_APPROVE, err=True)
    else:
        said = "\n\n".join(part for part in (result["summary"], result.get("next")) if part)
        click.echo(plain(said), err=not result["ok"])
    return 0 if result["ok"] else 1
