"""Memory, CPU and GPUs that an app is to have: amounts as such, changes to what it has now, and no limit at all.

Nothing is guessed: a change of what is not known, or one that contradicts its own verb, is a question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.agent.rules.clause import Clause
from app.agent.rules.reading import KnownApp
from app.agent.rules.replies import msg, plain
from app.agent.rules.senses import Count, Item, Role
from app.agent.rules.slots import resources
from app.agent.rules.steps import Problem
from app.core.quantities import format_cpu, format_memory, parse_cpu, parse_memory, parse_user_cpu, parse_user_memory

NO_LIMIT = "none"
"""What the tool takes for "without a limit"."""
_ROLES: Mapping[str, Role] = {"memory": Role.MEMORY, "cpu": Role.CPU, "gpu": Role.GPU}
_SAID = {"memory": "memory", "cpu": "CPU", "gpu": "GPUs"}
_MOST: Mapping[str, int] = {"memory": 16 * 2**40, "cpu": 1024 * 1000}
"""Bytes and millicores beyond which a number is a slip: no machine has them for one replica."""
_LIMITS = {"memory": "16Ti", "cpu": "1024 cores"}
_LOWERING = frozenset({"lower", "drop", "delete", "takedown"})
_RAISING = frozenset({"raise", "add", "bump"})
_ONE_WAY = _LOWERING | _RAISING


@dataclass(frozen=True, slots=True)
class Goal:
    """What is asked of one resource, in bytes, millicores or devices: `amount` itself where `sign` is 0, that much
    more (+1) or less (-1) than now, or `factor` times what it is now."""

    text: str = ""
    """The amount as the tool takes it."""
    amount: int = 0
    sign: int = 0
    factor: Fraction | None = None
    firm: bool = True
    """Said with "to", or with a verb that fits any amount."""


def goals(clause: Clause) -> dict[str, Goal] | Problem:
    """By resource; empty where the clause says no amount."""
    if clause.verb == "delete" and clause.any(Role.NOUN, "limits"):
        return {kind: Goal(NO_LIMIT) for kind in _meant(clause) or ("memory", "cpu")}
    absolute = resources(clause)
    if isinstance(absolute, Problem):
        return absolute
    found = {kind: Goal(str(text), _amount(kind, text)) for kind, text in absolute.items()}
    for kind, goal in found.items():
        if goal.amount > _MOST.get(kind, goal.amount):
            say = plain(
                f'"{goal.text}" of {_SAID[kind]} is more than one replica can have: give at most {_LIMITS[kind]}'
            )
            return Problem(say, reason="invalid_value")
    limits = clause.any(Role.NOUN, "limits")
    for place, item in enumerate(clause.items):
        kind = next((kind for kind, role in _ROLES.items() if item.has(role)), "")
        if kind in found:
            sign = _sign(clause, place, limits=limits)
            firm = bool(place) and clause.items[place - 1].has(Role.PREP, "to", "at")
            found[kind] = Goal(found[kind].text, found[kind].amount, sign, firm=firm or clause.verb not in _ONE_WAY)
    return found or {kind: Goal(factor=factor) for factor in _factor(clause) for kind in _meant(clause)}


def reached(goal: Goal, kind: str, clause: Clause, app: KnownApp) -> Any | Problem:
    """The amount that `app` is to have, as the tool takes it."""
    now = _present(kind, app)
    if goal.text == NO_LIMIT:
        return NO_LIMIT
    if goal.sign or goal.factor is not None:
        return _counted(goal, kind, app, now)
    if not goal.firm and now is not None and _against(clause.verb, goal.amount, now):
        return _ask(app, kind, now)
    return goal.amount if kind == "gpu" else goal.text


def _counted(goal: Goal, kind: str, app: KnownApp, now: int | None) -> Any | Problem:
    """More, less or a multiple of what there is now."""
    if now is None:
        return Problem(msg("no_limit_now", name=app.name, what=_SAID[kind]), about="value")
    aim = now * goal.factor if goal.factor is not None else Fraction(now + goal.sign * goal.amount)
    if aim <= 0 and not (kind == "gpu" and aim == 0):
        say = msg("nothing_left", name=app.name, what=_SAID[kind], now=_shown(kind, now))
        return Problem(say, reason="invalid_value")
    if aim.denominator != 1:
        return _ask(app, kind, now)
    return int(aim) if kind == "gpu" else _shown(kind, int(aim))


def _ask(app: KnownApp, kind: str, now: int) -> Problem:
    return Problem(msg("which_resource_now", name=app.name, what=_SAID[kind], now=_shown(kind, now)), about="value")


def _sign(clause: Clause, place: int, *, limits: bool) -> int:
    """+1 for more, -1 for less, 0 for the amount itself; `limits`: the clause speaks of limits."""
    item, before, after = clause.items[place], _at(clause, place - 1), _at(clause, place + 1)
    if isinstance(item.value, int) and item.value:
        return 1 if item.value > 0 else -1
    for beside in (before, after):
        if beside.has(Role.DEGREE, "+", "-"):
            return 1 if beside.has(Role.DEGREE, "+") else -1
    if before.has(Role.PREP, "by"):
        return -1 if clause.verb in _LOWERING else 1
    if limits or before.has(Role.PREP, "to", "of", "at"):
        return 0
    if clause.verb == "add":
        return 1
    return -1 if clause.verb in _LOWERING and after.has(Role.PREP, "from", "off") else 0


def _factor(clause: Clause) -> Iterator[Fraction]:
    """From "double", "half", "by 50 %", "to 150 %"; at most one."""
    for place, item in enumerate(clause.items):
        if isinstance(item.value, Count) and item.value.factor is not None:
            yield item.value.factor
            return
        if item.has(Role.PERCENT) and isinstance(item.value, int):
            share = Fraction(item.value, 100)
            by = not _at(clause, place - 1).has(Role.PREP, "to", "at")
            yield 1 + (-share if clause.verb in _LOWERING else share) if by else share
            return


def _meant(clause: Clause) -> tuple[str, ...]:
    """The resources that are named without an amount."""
    return tuple(kind for kind in _ROLES if clause.any(Role.NOUN, kind) or clause.any(Role.MARK, kind))


def _at(clause: Clause, place: int) -> Item:
    return clause.items[place] if 0 <= place < len(clause.items) else Item("", 0, 0, {})


def _against(verb: str, amount: int, now: int) -> bool:
    return (verb in _RAISING and amount < now) or (verb in _LOWERING and amount > now)


def _present(kind: str, app: KnownApp) -> int | None:
    if kind == "gpu":
        return app.gpus
    text = app.memory if kind == "memory" else app.cpu
    if not text:
        return None
    return parse_memory(text) if kind == "memory" else parse_cpu(text)


def _amount(kind: str, text: Any) -> int:
    if kind == "gpu":
        return int(text)
    return parse_user_memory(text) if kind == "memory" else parse_user_cpu(text)


def _shown(kind: str, amount: int) -> str:
    if kind == "gpu":
        return str(amount)
    return format_memory(amount) if kind == "memory" else format_cpu(amount)
