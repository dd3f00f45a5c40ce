"""Text for people in a terminal: the board as a table, an answer with its approvals."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

import click

from agent_tools.text import listed, one_line
from app.cli.plain import plain
from app.core.errors import NotFound
from app.core.spending import dollars

SHAPES = {
    "Running": "■",
    "Starting": "□",
    "Updating": "◧",
    "Degraded": "▲",
    "Crash-looping": "▲",
    "Failed": "✖",
    "Stopped": "○",
    "Completed": "✔",
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
    keys = {(row["namespace"], row["name"]) for row in rows}
    fronts = {(row["namespace"], one["name"]) for row in rows for one in row["services"]}
    owners = {(row["namespace"], row["job"]["owner"]) for row in rows if row["job"]}
    return {
        **state,
        "apps": rows,
        "services": [one for one in state["services"] if (one["namespace"], one["name"]) in fronts],
        "cronjobs": [one for one in state["cronjobs"] if (one["namespace"], one["name"]) in owners],
        "autoscalers": [one for one in state["autoscalers"] if (one["namespace"], one["target"]) in keys],
    }


def board(state: dict[str, Any]) -> None:
    for runtime in state["runtimes"]:
        mark = "■" if runtime["reachable"] else "✖"
        default = " (default)" if runtime["default"] else ""
        click.echo(f"{mark} {runtime['name']}{default}  {one_line(runtime['detail'])}")
    if state.get("money"):
        click.echo(f"$ {money_line(state['money'])}")
    if not state["apps"]:
        click.echo('No apps yet. Try: kubelite ask "deploy 3 nginx containers"')
    else:
        click.echo()
        _table(
            ("", "APP", "STATUS", "READY", "RESTARTS", *(("COST",) if _priced(state) else ()), "IMAGE", "URL"),
            (_row(app, priced=_priced(state)) for app in state["apps"]),
            map(_notes, state["apps"]),
        )
    for title, rows, row in (
        ("SERVICE", state["services"], _service),
        ("CRON JOB", state["cronjobs"], _cron),
        ("AUTOSCALER", state["autoscalers"], _autoscaler),
    ):
        if rows:
            click.echo()
            _table(("", title, *_HEADS[title]), map(row, rows))


_HEADS = {"SERVICE": ("TYPE", "PORTS", "URL", "STATE"), "CRON JOB": ("IMAGE", "STATE"), "AUTOSCALER": ("APP", "STATE")}


def _table(head: tuple[str, ...], body: Iterable[tuple[str, ...]], notes: Iterable[list[str]] | None = None) -> None:
    """Columns as wide as they must be; the last one may be long. Notes stand below their row."""
    rows = [head, *body]
    below = [[], *(notes if notes is not None else ([] for _ in rows[1:]))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head) - 1)]
    for row, lines in zip(rows, below, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        click.echo("  ".join([*cells, row[-1]]).rstrip())
        for line in lines:
            click.echo(f"   {line}")


def _notes(app: dict[str, Any]) -> list[str]:
    """The reason; then of a rollout or an autoscaler what keeps it."""
    reason = [one_line(app["reason"], 1000)] if app["reason"] else []
    trouble = [
        one_line(f"{one['type']}: {one['reason']}: {one['message']}", 1000)
        for one in app["conditions"]
        if not one["status"] and one["type"] in _TOLD and one["message"] and one["message"] not in app["reason"]
    ]
    return [*reason, *trouble, *(["the rollout is paused"] if app["paused"] and not trouble else [])]


_TOLD = ("Progressing", "ScalingActive", "AbleToScale")


def _name(row: dict[str, Any]) -> str:
    return row["name"] if row["namespace"] == "default" else f"{row['namespace']}/{row['name']}"


def _mark(row: dict[str, Any]) -> str:
    return "■" if row["well"] else "▲"


def _service(row: dict[str, Any]) -> tuple[str, ...]:
    urls = row["urls"]
    return (
        _mark(row),
        _name(row),
        row["type"],
        ", ".join(row["ports"]),
        urls[0] if urls else "-",
        one_line(row["state"]),
    )


def _cron(row: dict[str, Any]) -> tuple[str, ...]:
    return _mark(row), _name(row), row["image"], one_line(row["state"])


def _autoscaler(row: dict[str, Any]) -> tuple[str, ...]:
    return _mark(row), _name(row), row["target"], one_line(row["state"])


def _priced(state: dict[str, Any]) -> bool:
    return any(app["cost_per_hour"] is not None for app in state["apps"])


def money_line(money: dict[str, Any]) -> str:
    """What all priced apps cost now, what was spent, what is left and what may be spent."""
    parts = [f"{_dollars(money['per_hour'])}/h now"]
    if money["spent"] is not None:
        parts.append(f"{_dollars(money['spent'])} spent")
    if money["balance"] is not None:
        parts.append(f"{_dollars(money['balance'])} left, {_dollars(money['reserved'])} reserved")
    if money["budget_per_hour"] is not None:
        parts.append(f"at most {_dollars(money['budget_per_hour'])}/h")
    if money["budget_total"] is not None:
        parts.append(f"at most {_dollars(money['budget_total'])} in all")
    return " · ".join(parts)


def _dollars(amount: float) -> str:
    return dollars(Decimal(str(amount)))


def _cost(app: dict[str, Any]) -> str:
    return "-" if app["cost_per_hour"] is None else f"{_dollars(app['cost_per_hour'])}/h"


def _row(app: dict[str, Any], *, priced: bool) -> tuple[str, ...]:
    urls = app["urls"]
    more = f" +{len(urls) - 1}" if len(urls) > 1 else ""
    return (
        SHAPES.get(app["status"], "?"),
        _name(app),
        app["status"],
        _ready(app),
        str(app["restarts"]),
        *((_cost(app),) if priced else ()),
        app["image"],
        f"{urls[0]}{more}" if urls else "-",
    )


def _ready(app: dict[str, Any]) -> str:
    job, replicas = app["job"], app["replicas"]
    if job is None:
        return f"{replicas['ready']}/{replicas['desired']}"
    return f"{job['succeeded']}/{job['completions'] or 1} done"


def answer(answer: dict[str, Any]) -> None:
    if answer.get("notice"):
        click.echo(f"({plain(answer['notice'])})", err=True)
    click.echo(plain(answer["reply"]))
    for approval in answer["approvals"]:
        if approval["state"] != "pending":
            continue
        card(approval)
        click.echo('Answer: kubelite ask "yes"  or  kubelite ask "no"')


def card(approval: dict[str, Any]) -> None:
    """What a person is asked, without the question itself: what changes, what is lost, what it costs."""
    for change in approval["changes"]:
        before, after = change["before"] or "none", change["after"] or "none"
        click.echo("  " + one_line(f"{change['what']}: {before} -> {after}"))
    for loss in approval["losses"]:
        click.echo(f"  lost: {one_line(loss)}")
    for note in approval["notes"]:
        click.echo(f"  note: {one_line(note, 400)}")
    if approval["price"]:
        click.echo(f"  price: {one_line(approval['price'], 2000)}")
