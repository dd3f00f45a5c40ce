"""Text for people in a terminal: the board as a table, an answer with its approvals."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import click

from agent_tools.text import listed, one_line
from app.cli.plain import plain
from app.core.errors import NotFound

SHAPES = {
    "Running": "■",
    "Starting": "□",
    "Updating": "◧",
    "Degraded": "▲",
    "Crash-looping": "▲",
    "Failed": "✖",
    "Stopped": "○",
    "Unknown": "?",
}
"""Shape and word before colour, so that every eye and every terminal can tell them apart."""


def only(state: dict[str, Any], app: str | None) -> dict[str, Any]:
    """The state cut down to one app. Raises `NotFound`."""
    if app is None:
        return state
    rows = [row for row in state["apps"] if app in (row["name"], f"{row['namespace']}/{row['name']}")]
    if not rows:
        names = [row["name"] for row in state["apps"]]
        near = get_close_matches(app, names, n=3, cutoff=0.5)
        known = f"near names: {', '.join(near)}" if near else f"known apps: {listed(names) or 'none'}"
        raise NotFound(f"there is no app called {app!r}; {known}")
    return {**state, "apps": rows}


def board(state: dict[str, Any]) -> None:
    for runtime in state["runtimes"]:
        mark = "■" if runtime["reachable"] else "✖"
        default = " (default)" if runtime["default"] else ""
        click.echo(f"{mark} {runtime['name']}{default}  {one_line(runtime['detail'])}")
    if not state["apps"]:
        click.echo('No apps yet. Try: kubelite ask "deploy 3 nginx containers"')
        return
    rows: list[tuple[str, ...]] = [("", "APP", "STATUS", "READY", "RESTARTS", "IMAGE", "URL")]
    rows.extend(_row(app) for app in state["apps"])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    click.echo()
    for row, app in zip(rows, [None, *state["apps"]], strict=True):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if app is not None and app["reason"]:
            click.echo(f"   {one_line(app['reason'], 1000)}")


def _row(app: dict[str, Any]) -> tuple[str, ...]:
    replicas = app["replicas"]
    urls = app["urls"]
    more = f" +{len(urls) - 1}" if len(urls) > 1 else ""
    return (
        SHAPES.get(app["status"], "?"),
        app["name"],
        app["status"],
        f"{replicas['ready']}/{replicas['desired']}",
        str(app["restarts"]),
        app["image"],
        f"{urls[0]}{more}" if urls else "-",
    )


def answer(answer: dict[str, Any]) -> None:
    if answer.get("notice"):
        click.echo(f"({plain(answer['notice'])})", err=True)
    click.echo(plain(answer["reply"]))
    for approval in answer["approvals"]:
        if approval["state"] != "pending":
            continue
        for change in approval["changes"]:
            before, after = change["before"] or "none", change["after"] or "none"
            click.echo("  " + one_line(f"{change['what']}: {before} -> {after}"))
        for loss in approval["losses"]:
            click.echo(f"  lost: {one_line(loss)}")
        click.echo('Answer: kubelite ask "yes"  or  kubelite ask "no"')
