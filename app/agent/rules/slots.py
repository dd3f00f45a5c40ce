"""Values out of a clause: how many replicas, which lines of a log, how much memory. Nothing is rounded or clamped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Any

from app.agent.rules.clause import Clause
from app.agent.rules.replies import msg, plain
from app.agent.rules.senses import Count, Item, Role
from app.agent.rules.steps import Problem
from app.core.errors import InvalidInput
from app.core.quantities import format_cpu, format_memory, parse_user_cpu, parse_user_memory
from app.core.quoting import quoted
from app.core.spec import MAX_REPLICAS

_UP = frozenset({"raise", "add", "create", "bump", "deploy", "run", "start", "need", "give"})
_DOWN = frozenset({"lower", "drop", "delete", "takedown", "kill"})
_ALWAYS_BY = frozenset({"add", "delete", "lose", "shed", "cut", "trim", "create", "drop", "kill"})
"""Verbs whose plain number is a difference: "add 2 replicas", "api can lose one"."""
MAX_TAIL = 2000
MAX_PATTERN = 200
"""Characters of a search in logs; as the tool takes it."""
_SPAN = re.compile(r"\d{1,6}[smhd]")


def replica_goal(clause: Clause, current: int) -> int | Problem:
    """The absolute count a clause asks for, given the present one."""
    found = _deciding(clause)
    if found is None:
        return _no_count(clause, current)
    item, how = found
    if _either(clause.items):
        return count_problem(Count(problem="range"), _said(clause.items))
    if how == "by" and clause.verb == "multiply" and item.value.value is not None:
        return _multiplied(clause, current, Fraction(item.value.value), "to")
    count: Count = item.value
    if how == "by" and count.problem == "negative" and count.value is not None:
        return _checked(current + count.value, item.text)
    if count.problem:
        return count_problem(count, item.text)
    if count.factor is not None:
        return _multiplied(clause, current, count.factor, how)
    value = count.value or 0
    if how == "to":
        return _checked(value, item.text)
    if count.change:
        return _checked(current + count.change * value, item.text)
    return _plain(clause, current, value, item, how)


def _either(items: Sequence[Item]) -> bool:
    """ "3 or 4" is not one number."""
    triples = zip(items, items[1:], items[2:], strict=False)
    return any(
        one.has(Role.COUNT) and joint.has(Role.CONNECT, "or") and two.has(Role.COUNT) for one, joint, two in triples
    )


def _said(items: Sequence[Item]) -> str:
    """The numbers of a choice, as they were written."""
    return " or ".join(item.text for item in items if item.has(Role.COUNT))


def count_problem(count: Count, text: str) -> Problem:
    """Why a number is not a count of replicas."""
    shown = quoted(text)
    if count.problem in ("vague", "range"):
        return Problem(msg("not_one_number", text=shown), about="replicas")
    right = text.upper().replace("O", "0").replace("L", "1").replace("I", "1")
    if count.problem == "odd" and right.isdigit() and right != text:
        number = str(int(right))
        return Problem(msg("did_you_mean_number", text=shown, number=number), about="value", candidates=(number,))
    why = "below zero" if count.problem == "negative" else "not a whole number"
    return Problem(msg("bad_number", text=shown, why=why, limit=MAX_REPLICAS), reason="invalid_value")


def _deciding(clause: Clause) -> tuple[Item, str] | None:
    """The number that says how many, and how it is joined: to, by or plain."""
    items = clause.items
    counts = [(place, item) for place, item in enumerate(items) if isinstance(item.value, Count)]
    if not counts:
        return None
    joined = [(item, _joint(items, place)) for place, item in counts]
    for how in ("to", "by"):
        chosen = [pair for pair in joined if pair[1] == how]
        if chosen:
            return chosen[-1]
    plain = [pair for pair in joined if pair[1] != "from"]
    marked = [pair for pair in plain if pair[0].value.of_replicas or pair[0].value.change or pair[0].value.factor]
    chosen = marked or plain
    return chosen[-1] if chosen else None


def _joint(items: Sequence[Item], place: int) -> str:
    before = items[place - 1] if place else None
    if before is None:
        return "plain"
    if before.has(Role.ARROW) or before.has(Role.PREP, "to", "at") or before.has(Role.OPTION, "replicas"):
        return "to"
    if before.has(Role.NOT, "instead"):
        return "from"
    if before.has(Role.PREP, "by", "from"):
        return before.sense(Role.PREP)
    if not before.has(Role.PREP, "on", "in"):
        return "plain"
    return "by" if any(item.has(Role.VERB, "raise", "lower") for item in items[:place]) else "plain"


def _no_count(clause: Clause, current: int) -> int | Problem:
    percent = clause.first(Role.PERCENT)
    if percent and isinstance(percent.value, int):
        place = clause.items.index(percent)
        by = place and clause.items[place - 1].has(Role.PREP, "by")
        share = Fraction(percent.value, 100)
        up = clause.verb not in _DOWN
        return _multiplied(clause, current, (1 + share if up else 1 - share) if by else share, "to")
    say = msg("how_many_now", current=current) if current else msg("how_many")
    return Problem(say, about="replicas", candidates=_neighbours(clause, current))


def _neighbours(clause: Clause, current: int) -> tuple[str, ...]:
    down = clause.verb in _DOWN or clause.any(Role.DEGREE, "-")
    return tuple(
        str(count) for count in ((current - 1, 1) if down else (current + 1, current * 2)) if 0 < count != current
    )


def _multiplied(clause: Clause, current: int, by: Fraction, how: str) -> int | Problem:
    if how == "by" and by < 1 and clause.verb in _UP:
        by = 1 + by
    exact = current * by
    if current == 0:
        return Problem(msg("none_to_multiply"), about="replicas")
    if exact.denominator != 1:
        choices = tuple(str(choice) for choice in (floor(exact), ceil(exact)))
        say = msg("not_whole", current=current, factor=f"{float(by):g}", low=choices[0], high=choices[1])
        return Problem(say, about="value", candidates=choices)
    return _checked(int(exact), str(exact))


def _plain(clause: Clause, current: int, value: int, item: Item, how: str) -> int | Problem:
    verb = clause.items[clause.head].text.lower() if clause.head >= 0 else ""
    if value == 0 and not item.value.of_replicas and clause.verb != "scale":
        return Problem(msg("how_many_now", current=current), about="replicas", candidates=("0",))
    sense = clause.verb
    if clause.any(Role.EXCEPT) or verb.endswith("many"):
        return _checked(value, item.text)
    relative = how == "by" or sense in _ALWAYS_BY or verb in _ALWAYS_BY
    if relative and sense in _DOWN | _UP:
        sign = -1 if sense in _DOWN else 1
        return _checked(current + sign * value, item.text)
    if how == "by" or (sense in ("raise", "lower") and " " in verb):
        choices = tuple(str(choice) for choice in (value, current + value) if choice <= MAX_REPLICAS)
        say = msg("how_many_all_or_more", value=value, current=current)
        return Problem(say, about="replicas", candidates=choices)
    if clause.any(Role.MARK, "max") and not clause.any(Role.PREP, "to") and value >= current:
        return Problem(msg("within_limit", current=current, value=value), about="replicas")
    return _checked(value, item.text)


def _checked(value: int, text: str) -> int | Problem:
    if 0 <= value <= MAX_REPLICAS:
        return value
    if value < 0:
        return Problem(msg("below_zero"), reason="invalid_value")
    shown = text if len(text) < 20 else f"{text[:17]}..."
    return Problem(msg("too_many", text=quoted(shown), limit=MAX_REPLICAS), reason="invalid_value")


def log_arguments(clause: Clause) -> dict[str, Any] | Problem:
    """`tail`, `since`, `previous` and `grep` of a request for logs."""
    found: dict[str, Any] = {}
    lines = clause.first(Role.LINES)
    span = clause.first(Role.SPAN) or _unit_span(clause)
    if lines is None and span is None:
        counts = (item for item in clause.all(Role.COUNT) if isinstance(item.value, Count))
        lines = next((item for item in counts if not item.value.of_replicas), None)
    if lines is not None:
        number = lines.value.value if isinstance(lines.value, Count) else _int(lines.sense(Role.LINES))
        if number is None or not 0 < number <= MAX_TAIL:
            return Problem(msg("bad_lines", text=quoted(lines.text), limit=MAX_TAIL), reason="invalid_value")
        found["tail"] = number
    if span is not None:
        since = span if isinstance(span, str) else span.sense(Role.SPAN)
        if not _SPAN.fullmatch(since):
            return Problem(msg("bad_span", text=quoted(since)), about="value")
        found["since"] = since
    if clause.any(Role.MARK, "previous") or clause.any(Role.OPTION, "previous"):
        found["previous"] = True
    if pattern := _grep(clause):
        if len(pattern) > MAX_PATTERN:
            return Problem(msg("long_pattern", limit=MAX_PATTERN), about="value")
        found["grep"] = pattern
    return found


def _unit_span(clause: Clause) -> str | None:
    """A span without a number: "the last hour", "since yesterday"."""
    for place, item in enumerate(clause.items):
        before = clause.items[place - 1] if place else None
        if item.sense(Role.UNIT) in ("s", "m", "h", "d") and before and before.senses.keys() & {Role.MARK, Role.PREP}:
            return f"1{item.sense(Role.UNIT)}"
        if item.sense(Role.UNIT) == "w" and before and before.has(Role.MARK):
            return "7d"
        if item.text.lower() in ("yesterday", "gestern", "ayer", "hier", "ontem"):
            return "24h"
    return None


def _grep(clause: Clause) -> str:
    for place, item in enumerate(clause.items):
        if item.has(Role.QUOTE) and not item.has(Role.APP):
            return item.sense(Role.QUOTE)
        if item.has(Role.OPTION, "grep"):
            return str(item.value)
        after = clause.items[place + 1 :]
        if item.has(Role.MARK, "grep") and after and not after[0].has(Role.QUOTE):
            return after[0].text
        if item.has(Role.PREP, "with", "about", "for") and after and after[0].has(Role.PROBLEM):
            return after[0].text
    problem = clause.first(Role.PROBLEM)
    if problem and not clause.any(Role.STATE):
        return _singular(problem.text)
    if clause.verb == "find":
        return next((item.text for item in clause.all(Role.UNKNOWN) if not item.has(Role.APP)), "")
    return ""


def _singular(text: str) -> str:
    return text.removesuffix("s") if text.lower().endswith("s") else text


def memory_of(text: str) -> str | Problem:
    """`512MB`, `2 gigs`: the canonical amount."""
    try:
        return format_memory(parse_user_memory(text))
    except InvalidInput as error:
        return Problem(plain(str(error)), about="value")


def cpu_of(text: str) -> str | Problem:
    try:
        return format_cpu(parse_user_cpu(text))
    except InvalidInput as error:
        return Problem(plain(str(error)), about="value")


def resources(clause: Clause) -> dict[str, Any] | Problem:
    """`memory`, `cpu` and `gpu` of a clause; of a request and a limit the larger counts."""
    found: dict[str, Any] = {}
    for place, item in enumerate(clause.items):
        if item.has(Role.MEMORY) and clause.items[place + 1 : place + 2] and clause.items[place + 1].has(Role.VOLUME):
            continue  # the size of that volume
        if text := item.sense(Role.MEMORY):
            value = memory_of(text)
        elif text := item.sense(Role.CPU):
            value = cpu_of(text)
        elif item.has(Role.GPU):
            number = _int(item.sense(Role.GPU)) if item.sense(Role.GPU) != "all" else 1
            if number is None or number > 64:
                return Problem(msg("bad_gpus", text=quoted(item.text)), reason="invalid_value")
            found["gpu"] = number
            continue
        else:
            continue
        if isinstance(value, Problem):
            return value
        key = "memory" if item.has(Role.MEMORY) else "cpu"
        found[key] = _larger(key, found.get(key), value)
    return found


def _larger(key: str, old: str | None, new: str) -> str:
    if old is None:
        return new
    read = parse_user_memory if key == "memory" else parse_user_cpu
    return max(old, new, key=read)


def environment(clause: Clause) -> dict[str, str | None]:
    return {item.value[0]: item.value[1] for item in clause.items if item.has(Role.ENV)}


def ports(clause: Clause) -> list[tuple[int | None, int]] | Problem:
    """(host, container) pairs in order."""
    found: list[tuple[int | None, int]] = []
    for item in clause.items:
        if not item.has(Role.PORT):
            continue
        host, port = item.value
        if not 1 <= port <= 65535 or (host is not None and not 1 <= host <= 65535):
            return Problem(msg("bad_port", text=quoted(item.text)), reason="invalid_value")
        if (host, port) not in found:
            found.append((host, port))
    return found


def _int(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
