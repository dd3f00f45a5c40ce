"""Intents that let the count of an app follow its load, and end that. Bounds are never sorted, clamped or made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.agent.rules.clause import Clause
from app.agent.rules.plan_changes import each
from app.agent.rules.replies import msg
from app.agent.rules.scene import Scene
from app.agent.rules.senses import Count, Item, Role
from app.agent.rules.slots import count_problem
from app.agent.rules.steps import Problem, Step
from app.core.quoting import quoted
from app.core.spec import MAX_REPLICAS

_BESIDE = 3
"""Pieces on either side of a share that say what it is a share of."""
_LEAST = 1


def bounds_in(items: Sequence[Item]) -> dict[str, int] | Problem:
    """`min`, `max`, `cpu_percent` and `memory_percent` as far as they are said; not checked against each other."""
    found: dict[str, int] = {}
    plain: list[int] = []
    for place, item in enumerate(items):
        if item.has(Role.PERCENT) and isinstance(item.value, int):
            found[f"{_share_of(items, place)}_percent"] = item.value
        elif item.has(Role.OPTION, "min", "max", "cpu-percent") and str(item.value).isdigit():
            found[item.sense(Role.OPTION).replace("-", "_")] = int(item.value)
        elif isinstance(item.value, Count) and item.value.factor is None:
            counts = _counts(item)
            if isinstance(counts, Problem):
                return counts
            mark = _mark(items, place)
            if mark and len(counts) == 1:
                found[mark] = counts[0]
            else:
                plain.extend(counts)
    return _with_plain(found, plain)


def _with_plain(found: dict[str, int], plain: Sequence[int]) -> dict[str, int]:
    """Two numbers without a mark are the bounds in order, one is the missing upper one."""
    if len(plain) >= 2:
        found.setdefault("min", plain[0])
        found.setdefault("max", plain[1])
    elif plain:
        found.setdefault("max" if "max" not in found else "min", plain[0])
    return found


def _counts(item: Item) -> list[int] | Problem:
    count: Count = item.value
    if count.problem == "range":
        low, _, high = item.text.replace("...", "-").replace("..", "-").partition("-")
        values = [int(part) for part in (low, high) if part.isdigit()]
    elif count.problem or count.value is None:
        return count_problem(count, item.text)
    else:
        values = [count.value]
    if all(_LEAST <= value <= MAX_REPLICAS for value in values):
        return values
    return Problem(msg("bad_bound", text=quoted(item.text), limit=MAX_REPLICAS), reason="invalid_value")


def _mark(items: Sequence[Item], place: int) -> str:
    """`min` or `max` beside a number: "at least 2", "a maximum of 8", "8 at most"."""
    if _marked_behind(items):
        after = items[place + 1].sense(Role.MARK) if place + 1 < len(items) else ""
        return after if after in ("min", "max") else ""
    for back in (place - 1, place - 2):
        if back < 0 or isinstance(items[back].value, Count):
            break
        if items[back].sense(Role.MARK) in ("min", "max"):
            return items[back].sense(Role.MARK)
        if not items[back].has(Role.PREP):
            break
    after = items[place + 1].sense(Role.MARK) if place + 1 < len(items) else ""
    counted = place + 2 < len(items) and isinstance(items[place + 2].value, Count)
    return after if after in ("min", "max") and not counted else ""


def _marked_behind(items: Sequence[Item]) -> bool:
    """ "2 min 8 max": each number is marked by the word behind it."""
    numbers = [at for at, item in enumerate(items) if isinstance(item.value, Count)]
    marks = [at for at, item in enumerate(items) if item.has(Role.MARK, "min", "max")]
    return len(marks) > 1 and bool(numbers) and numbers[0] < marks[0] and marks[-1] > numbers[-1]


def _share_of(items: Sequence[Item], place: int) -> str:
    """Of which resource a share is: the nearest word for one, CPU where none is said."""
    for far in range(1, _BESIDE + 1):
        for beside in (place + far, place - far):
            if 0 <= beside < len(items):
                for kind in ("memory", "cpu"):
                    if items[beside].has(Role.NOUN, kind) or items[beside].has(Role.MARK, kind):
                        return kind
    return "cpu"


def checked_bounds(bounds: Mapping[str, int], name: str) -> dict[str, int] | Problem:
    """Complete and in order, or the question for what is not."""
    if "max" not in bounds:
        return Problem(msg("needs_bounds", name=name), about="value")
    if bounds.get("min", _LEAST) > bounds["max"]:
        return Problem(msg("bounds_order", low=bounds["min"], high=bounds["max"]), about="value")
    return {"min": _LEAST, **bounds}


def bounds_begin(clause: Clause) -> int:
    """Where a wish to deploy begins to speak of autoscaling; past the end where it does not."""
    for place, item in enumerate(clause.items):
        if item.has(Role.NOUN, "autoscale") or item.has(Role.MARK, "autoscale") or item.has(Role.VERB, "autoscale"):
            return place
    marks = [at for at, item in enumerate(clause.items) if item.has(Role.MARK, "min", "max")]
    spread = [at for at, item in enumerate(clause.items) if item.has(Role.PREP, "between")]
    both = clause.any(Role.MARK, "min") and clause.any(Role.MARK, "max")
    return min([*(marks if both else []), *spread], default=len(clause.items))


def _autoscale(scene: Scene) -> Step:
    bounds = bounds_in((*scene.clause.items, *scene.clause.condition))

    def wanted(name: str) -> dict[str, Any] | Problem:
        return bounds if isinstance(bounds, Problem) else checked_bounds(bounds, name)

    return each(scene, wanted, "autoscale")


def _autoscale_off(scene: Scene) -> Step:
    return each(scene, lambda _name: {"enabled": False}, "autoscale")


HANDLERS: Mapping[str, Callable[[Scene], Step]] = {"autoscale": _autoscale, "autoscale_off": _autoscale_off}
