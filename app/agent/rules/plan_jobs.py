"""The intent to run something to its end, once or by a schedule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from app.agent.rules.clause import Clause
from app.agent.rules.deploying import settings_of
from app.agent.rules.orders import is_image, orders
from app.agent.rules.replies import msg, plain
from app.agent.rules.scene import Scene
from app.agent.rules.senses import Count, Role
from app.agent.rules.steps import Problem, Step, ask, do, refuse, stopped_by, wish
from app.core.errors import InvalidInput
from app.core.images import app_name_from_image, parse_image
from app.core.names import check_app_name
from app.core.spec import MAX_REPLICAS

_TAKEN = ("env", "memory", "cpu", "command", "args", "namespace")
_EXAMPLES = ("busybox", "python:3.12")


def _run_job(scene: Scene) -> Step:
    clause = _without_counts(scene.clause)
    wanted = orders(clause) if any(map(is_image, clause.items)) else []
    if not wanted:
        return ask("run_job.image", "image", msg("which_image", images=_EXAMPLES), candidates=_EXAMPLES)
    if len(wanted) > 1:
        return ask("run_job.several", "image", msg("one_at_a_time"))
    order = wanted[0]
    try:
        parse_image(order.image)
        name = check_app_name(order.name, field="name") if order.name else app_name_from_image(order.image)
    except InvalidInput as error:
        return refuse("run_job.invalid", "invalid_value", plain(str(error)))
    found = _arguments(scene.clause, order.clause)
    if isinstance(found, Problem):
        return stopped_by("run_job.value", found)
    named = {"name": name} if order.name else {}
    return do("run_job", wish("run_job", {**named, "image": order.image, **found}), apps=(name,))


def _arguments(clause: Clause, about: Clause) -> dict[str, Any] | Problem:
    settings = settings_of(about)
    runs = _runs(clause)
    if isinstance(settings, Problem) or isinstance(runs, Problem):
        return settings if isinstance(settings, Problem) else runs
    if missing := [name for name in settings if name not in (*_TAKEN, "ports")]:
        return Problem(msg("job_cannot_have", parts=tuple(missing)), reason="unsupported")
    found = {name: settings[name] for name in _TAKEN if name in settings} | runs
    scheduled = next(iter(reversed(clause.all(Role.SCHEDULE))), None)
    if scheduled is not None and not scheduled.sense(Role.SCHEDULE):
        return Problem(msg("needs_schedule"), about="value")
    if scheduled is not None:
        found["schedule"] = scheduled.sense(Role.SCHEDULE)
    elif clause.any(Role.JOB, "cron"):
        return Problem(msg("needs_schedule"), about="value")
    return found


def _runs(clause: Clause) -> dict[str, int] | Problem:
    """How often it has to succeed, how many at a time, and how many failures are borne."""
    found: dict[str, int] = {}
    for place, item in enumerate(clause.items):
        if not isinstance(item.value, Count):
            continue
        factor = item.value.factor
        number = item.value.value if factor is None else int(factor) if factor.denominator == 1 else None
        if number is None or not 0 < number <= MAX_REPLICAS:
            return Problem(msg("bad_bound", text=f'"{item.text}"', limit=MAX_REPLICAS), reason="invalid_value")
        after = clause.items[place + 1] if place + 1 < len(clause.items) else None
        retried = after is not None and after.has(Role.MARK, "retries")
        found["retries" if retried else "completions"] = number
    if clause.any(Role.MARK, "parallel") and "completions" in found:
        found["parallelism"] = found["completions"]
    return {name: number for name, number in found.items() if number > 1 or name == "retries"}


def _without_counts(clause: Clause) -> Clause:
    """Numbers of a job are never tags: "run 5 times busybox"."""
    kept = [at for at, item in enumerate(clause.items) if not isinstance(item.value, Count) or item.has(Role.VERSION)]
    head = kept.index(clause.head) if clause.head in kept else -1
    return replace(clause, items=tuple(clause.items[at] for at in kept), head=head)


HANDLERS: Mapping[str, Callable[[Scene], Step]] = {"run_job": _run_job}
