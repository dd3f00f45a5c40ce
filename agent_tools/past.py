"""The changes of one conversation, read from its audit rows: which of them an undo takes back, and to what.

Rows are walked from the newest. At each one the app must be as that row left it, so that an undo never throws away
what somebody else did since; then the walk goes on from how it was before the row. An undo's own row is a change like
any other, and the rows it took back are not taken back twice: saying "undo" again goes further back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from agent_tools import private
from agent_tools.text import listed, plural
from agent_tools.wishes import Wish
from app.core.approvals import AuditRow
from app.core.errors import Conflict

RESTART = "restart"
"""A restart leaves nothing to take back, but it counts: "undo" right after it must not undo what was before it."""


class State(NamedTuple):
    """An app at one moment, by content: the spec without its template and without secrets, and the template's hash.
    Of an object beside the apps: all of it without secrets, and the hash of all of it."""

    spec: Mapping[str, Any]
    template: str


@dataclass(slots=True)
class Back:
    """`rows` are taken back, newest first; `states` says for each app what it is to be again (None = not there)."""

    rows: list[AuditRow] = field(default_factory=list)
    states: dict[str, State | None] = field(default_factory=dict)


def state_of(wish: Wish | None) -> State | None:
    if wish is None:
        return None
    return State(_without_template(private.dump(wish)), private.content(wish))


def before(row: AuditRow, app: str) -> State | None:
    return _recorded(row.before, row.templates_before, app)


def after(row: AuditRow, app: str) -> State | None:
    return _recorded(row.after, row.templates_after, app)


def _recorded(specs: Mapping[str, Any], templates: Mapping[str, str], app: str) -> State | None:
    return State(_without_template(specs[app]), templates.get(app, "")) if app in specs else None


def _without_template(dumped: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in dumped.items() if key != "template"}


def changed(row: AuditRow) -> list[str]:
    """The apps that are otherwise after the row than before it."""
    apps = dict.fromkeys((*row.before, *row.after))
    return [app for app in apps if before(row, app) != after(row, app)]


def back(rows: Sequence[AuditRow], now: Callable[[str], State | None], steps: int) -> Back:
    """What taking back the last `steps` changes means. `rows` are newest first, `now` tells how an app is.

    Raises `Conflict` where there are not as many, or where an app is not as this conversation left it.
    """
    found = Back()
    expected: dict[str, State | None] = {}
    undone: set[int] = set()
    for row in rows:
        apps = changed(row)
        for app in apps:
            _check(row, app, expected[app] if app in expected else now(app))
            expected[app] = before(row, app)
        undone.update(row.undid)
        if row.undid or row.id in undone or not (apps or (row.tool == RESTART and row.ok)):
            continue
        found.rows.append(row)
        found.states.update({app: before(row, app) for app in apps})
        if len(found.rows) == steps:
            break
    return _enough(found, steps)


def _check(row: AuditRow, app: str, seen: State | None) -> None:
    if any(app in specs and app not in hashes for specs, hashes in _sides(row)):
        raise Conflict(f"{described(row).capitalize()} was recorded by an older version and cannot be undone.")
    if seen != after(row, app):
        raise Conflict(
            f"{app} was changed by somebody else since {described(row)}, so undoing that would undo their change too. "
            "Nothing was done."
        )


def _sides(row: AuditRow) -> tuple[tuple[Mapping[str, Any], Mapping[str, str]], ...]:
    return (row.before, row.templates_before), (row.after, row.templates_after)


def _enough(found: Back, steps: int) -> Back:
    if not found.rows:
        raise Conflict("There is nothing to undo: no change was made in this conversation that is not undone already.")
    if len(found.rows) < steps:
        raise Conflict(
            f"Only {plural(len(found.rows), 'change')} of this conversation can be undone, not {steps}. "
            "Nothing was done."
        )
    if not found.states:
        apps = listed(list(dict.fromkeys(app for row in found.rows for app in row.before)))
        raise Conflict(
            f"The last change was a restart of {apps}, which leaves nothing to take back. "
            f'To take back the change before it say "undo the last {steps + 1} changes".'
        )
    return found


def described(row: AuditRow) -> str:
    """`the scale of web`, `the apply_manifest of shop and api`: which change a sentence is about."""
    apps = changed(row) or list(row.before)
    return f"the {row.tool} of {listed(apps)}"
