"""`ask --explain`: how the rules read a sentence, against the apps of now. Nothing is done, and no model is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from app.cli.sessions import open_session
from app.cli.wiring import Wiring
from app.settings import Settings


async def run(text: str, settings: Settings, wiring: Wiring, *, as_json: bool) -> int:
    """Prints tokens, entities, what each clause can mean, the rule that won and its score."""
    from agent_tools import TOOLS  # heavy, as the agent is
    from app.agent.rules.explaining import explain, lines
    from app.agent.rules.reading import World

    async with open_session(settings, wiring, observe_only=True) as session:
        state = await session.state()
    world = World(tuple(map(_known, state["apps"])), frozenset(tool.name for tool in TOOLS))
    found = explain(text, world)
    if as_json:
        click.echo(json.dumps(found.as_json()))
    else:
        for line in lines(found):
            click.echo(line)
    return 0


def _known(row: Mapping[str, Any]) -> Any:
    """An app of the board as the rules know it; its limits and variables are not on the board."""
    from app.agent.rules.reading import KnownApp

    return KnownApp(
        name=str(row["name"]),
        image=str(row["image"]),
        replicas=int(row["replicas"]["desired"]),
        namespace=str(row["namespace"]),
        status=str(row["status"]),
    )
