"""A wish to deploy as a checked call.

What the tool does not take is named and nothing is deployed: half a deployment that looks whole is worse than a
question. An app that exists is never overwritten with another image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.agent.rules.clause import Clause
from app.agent.rules.names import AppIndex
from app.agent.rules.orders import Order, orders
from app.agent.rules.plan_scaling import bounds_begin, bounds_in, checked_bounds
from app.agent.rules.replies import cited, msg, plain
from app.agent.rules.senses import AppMention, Count, Item, Role
from app.agent.rules.setup import setup_of
from app.agent.rules.slots import count_problem, environment, ports, replica_goal, resources
from app.agent.rules.steps import Problem, Step, ask, do, refuse, stopped_by, wish
from app.agent.rules.vocabulary.products import CATEGORIES
from app.core.errors import InvalidInput
from app.core.images import app_name_from_image, parse_image, same_image
from app.core.names import check_app_name, check_env_name

_KNOWN_OPTIONS = frozenset({"replicas", "d", "detach", "rm", "it", "i", "t", "f", "force", "min", "max", "cpu-percent"})
_IMPLIED = frozenset({"namespaces as objects", "disks"})
"""Foreign words that are covered otherwise: a namespace is an argument, disks are said as volumes."""


def deploy(clause: Clause, index: AppIndex) -> list[Step]:
    """The steps of one clause: usually one, one for each image where several are named."""
    wanted = orders(clause)
    if missing := _not_taken(clause):
        image = wanted[0].image if wanted else "nginx"
        return [refuse("deploy.unsupported", "unsupported", msg("cannot_deploy_with", parts=missing, image=image))]
    if not wanted:
        return [_no_image(clause, index)]
    steps = [place(order.image, order.name, _arguments(order), index, _unused(order)) for order in wanted]
    names = [step.apps for step in steps if step.wishes]
    if len(set(names)) < len(names):
        return [ask("deploy.same-name", "image", msg("one_at_a_time"))]
    return steps


def place(
    image: str, name: str, arguments: Mapping[str, Any] | Problem, index: AppIndex, unused: Sequence[str] = ()
) -> Step:
    """The checked call for one app; `unused` are words that said something nobody understood."""
    try:
        ref = parse_image(image)
        wanted = check_app_name(name, field="name") if name else app_name_from_image(image)
    except InvalidInput as error:
        return refuse("deploy.invalid", "invalid_value", plain(str(error)))
    if isinstance(arguments, Problem):
        return stopped_by("deploy.value", arguments)
    there = index.apps.get(wanted)
    if there is not None and not same_image(there.image, image):
        say = msg("app_exists_other_image", name=wanted, image=there.image, wanted=ref.familiar)
        candidates = (f"deploy {image} as {wanted}-2", f"delete {wanted}")
        return ask("deploy.exists", "intent", say, candidates=candidates, apps=(wanted,))
    named = {"name": wanted} if name else {}
    note = msg("not_used", text=cited(" ".join(unused))) if unused else None
    return do("deploy", wish("deploy", {**named, "image": image, **arguments}), apps=(wanted,), note=note)


def shell_refusal(text: str) -> Step:
    """For text that a shell would act on: refused as the image it is not, or as nothing that is run here."""
    try:
        parse_image(text)
    except InvalidInput as error:
        return refuse("deploy.invalid", "invalid_value", plain(f"{error}. Nothing was done"))
    return refuse("shell", "unsafe", msg("shell", text=cited(text)))


def _unused(order: Order) -> list[str]:
    """Words of the wish that nothing was made of; they are named, so that nobody believes they took effect."""
    return [
        item.text
        for item in order.clause.all(Role.UNKNOWN)
        if not item.has(Role.APP) and item.text not in (order.image, order.name)
    ]


def _arguments(order: Order) -> dict[str, Any] | Problem:
    begin = bounds_begin(order.clause)
    items = order.clause.items
    scaled = _autoscale(items[begin:]) if begin < len(items) else {}
    head = order.clause.head if order.clause.head < begin else -1
    replicas = _replicas(replace(order.clause, items=items[:begin], head=head))
    found = settings_of(order.clause)
    for part in (scaled, replicas, found):
        if isinstance(part, Problem):
            return part
    return {"replicas": replicas, **({"autoscale": scaled} if scaled else {}), **dict(found)}  # type: ignore[arg-type]


def _autoscale(items: Sequence[Item]) -> dict[str, int] | Problem:
    bounds = bounds_in(items)
    return bounds if isinstance(bounds, Problem) else checked_bounds(bounds, "it")


def settings_of(clause: Clause) -> dict[str, Any] | Problem:
    """How the app is set up, by the tools' own argument names; counts are left out."""
    opened, limits, variables, setup = ports(clause), resources(clause), _variables(clause), setup_of(clause)
    for part in (opened, limits, variables, setup):
        if isinstance(part, Problem):
            return part
    found: dict[str, Any] = {"env": variables}
    if isinstance(opened, list):
        found["ports"] = list(dict.fromkeys(port for _, port in opened))
    for part in (limits, setup):
        found |= part if isinstance(part, dict) else {}
    if "gpu" not in found and clause.any(Role.NOUN, "gpu"):
        found["gpu"] = 1
    for role in (Role.NAMESPACE, Role.RUNTIME):
        if said := clause.first(role):
            found[role.value] = said.sense(role)
    return {name: value for name, value in found.items() if value not in ("", [], {})}


def _variables(clause: Clause) -> dict[str, str] | Problem:
    found: dict[str, str] = {}
    for name, value in environment(clause).items():
        if value is None:
            return Problem(msg("needs_value"), about="value")
        try:
            found[check_env_name(name, field="env")] = value
        except InvalidInput as error:
            return Problem(plain(str(error)), reason="invalid_value")
    return found


def _replicas(clause: Clause) -> int | Problem | None:
    counts = [item for item in clause.all(Role.COUNT) if isinstance(item.value, Count)]
    of_replicas = [item for item in counts if item.value.of_replicas]
    counts = of_replicas or [item for item in counts if not item.has(Role.VERSION)]
    if not counts:
        vague = clause.first(Role.VAGUE)
        return count_problem(Count(problem="vague"), vague.text) if vague else None
    first = counts[0]
    times = first.value.factor
    if times is not None:
        written = first.text.strip("xX×").isdecimal() and times.denominator == 1
        return int(times) if written else Problem(msg("how_many"), about="replicas")
    return replica_goal(replace(clause, items=(first,), head=-1), 0)


def _not_taken(clause: Clause) -> tuple[str, ...]:
    """Parts of the wish that the tool has no argument for, in plain words."""
    parts = [sense for item in clause.all(Role.FOREIGN) if (sense := item.sense(Role.FOREIGN)) not in _IMPLIED]
    options = [item for item in clause.all(Role.OPTION) if item.sense(Role.OPTION) not in _KNOWN_OPTIONS]
    parts += [f"the option {item.text}" for item in options]
    return tuple(dict.fromkeys(parts))


def _no_image(clause: Clause, index: AppIndex) -> Step:
    category = clause.first(Role.CATEGORY)
    known = [item for item in clause.all(Role.APP) if isinstance(item.value, AppMention) and item.value.sure]
    if known and category is None:
        there = index.apps[known[0].sense(Role.APP)]
        say = msg("app_exists", name=there.name, image=there.image)
        return ask("deploy.exists", "intent", say, candidates=(f"restart {there.name}",), apps=(there.name,))
    images = CATEGORIES[category.sense(Role.CATEGORY) if category else "something"]
    return ask("deploy.image", "image", msg("which_image", images=images), candidates=images)
