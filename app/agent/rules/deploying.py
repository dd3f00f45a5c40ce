"""A wish to deploy: image, name and everything that can be said along with them.

What the tool does not take (volumes, health checks, ...) is named and nothing is deployed: half a deployment that
looks whole is worse than a question. An app that exists is never overwritten with another image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.agent.rules.clauses import Clause
from app.agent.rules.names import AppIndex
from app.agent.rules.replies import cited, msg, plain
from app.agent.rules.senses import AppMention, Count, Item, Role
from app.agent.rules.slots import count_problem, environment, ports, replica_goal, resources
from app.agent.rules.steps import Problem, Step, ask, do, refuse, stopped_by, wish
from app.agent.rules.vocabulary.products import CATEGORIES
from app.core.errors import InvalidInput
from app.core.images import app_name_from_image, parse_image, same_image
from app.core.names import check_app_name, check_env_name, suggest_name

_BEFORE_IMAGE = ("using", "with", "from", "on", "of", "in")
_KNOWN_OPTIONS = frozenset({"replicas", "d", "detach", "rm", "it", "i", "t", "f", "force"})


@dataclass(frozen=True, slots=True)
class Order:
    """One app to deploy: the image as written, its name if given, and the items said of it."""

    image: str
    name: str
    clause: Clause


def deploy(clause: Clause, index: AppIndex) -> list[Step]:
    """The steps of one clause: usually one, one for each image where several are named."""
    if missing := _not_taken(clause):
        images = _orders(clause, index)
        return [_cannot(missing, images[0].image if images else "nginx")]
    orders = _orders(clause, index)
    if not orders:
        return [_no_image(clause, index)]
    steps = [place(order.image, order.name, _arguments(order), index) for order in orders]
    names = [step.apps for step in steps if step.wishes]
    if len(set(names)) < len(names):
        return [ask("deploy.same-name", "image", msg("one_at_a_time"))]
    return steps


def place(image: str, name: str, arguments: dict[str, Any] | Problem, index: AppIndex) -> Step:
    """The checked call for one app."""
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
    return do("deploy", wish("deploy", {**named, "image": image, **arguments}), apps=(wanted,))


def _arguments(order: Order) -> dict[str, Any] | Problem:
    found: dict[str, Any] = {}
    clause = order.clause
    replicas = _replicas(clause)
    if isinstance(replicas, Problem):
        return replicas
    if replicas is not None:
        found["replicas"] = replicas
    opened, limits = ports(clause), resources(clause)
    for part in (opened, limits):
        if isinstance(part, Problem):
            return part
    if isinstance(opened, list) and opened:
        found["ports"] = list(dict.fromkeys(port for _, port in opened))
    if isinstance(limits, dict):
        found |= limits
    if "gpu" not in found and clause.any(Role.NOUN, "gpu"):
        found["gpu"] = 1
    variables = _variables(clause)
    if isinstance(variables, Problem):
        return variables
    found["env"] = variables
    for item in clause.all(Role.ARGUMENTS):
        found[item.sense(Role.ARGUMENTS)] = list(item.value)
    for role, key in ((Role.NAMESPACE, "namespace"), (Role.RUNTIME, "runtime")):
        if item_found := clause.first(role):
            found[key] = item_found.sense(role)
    return found


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


def _replicas(clause: Clause) -> int | None | Problem:
    counts = [item for item in clause.all(Role.COUNT) if isinstance(item.value, Count) and not item.has(Role.VERSION)]
    if not counts:
        wrong = [item for item in clause.all(Role.COUNT) if isinstance(item.value, Count) and item.value.of_replicas]
        if wrong:
            return count_problem(wrong[0].value, wrong[0].text)
        if clause.any(Role.VAGUE):
            vague = clause.all(Role.VAGUE)[0]
            return count_problem(Count(problem="vague"), vague.text)
        return None
    if len(counts) > 1 and any(item.value.of_replicas for item in counts):
        counts = [item for item in counts if item.value.of_replicas]
    times = counts[0].value.factor
    if times is not None:
        return int(times) if times.denominator == 1 and counts[0].text.strip("xX×").isdigit() else Problem(
            msg("how_many"), about="replicas"
        )
    return replica_goal(replace(clause, items=(counts[0],), head=-1), 0)


def _not_taken(clause: Clause) -> list[str]:
    """Parts of the wish that the tool has no argument for, in plain words."""
    parts = []
    if clause.any(Role.VOLUME) or clause.any(Role.NOUN, "volume") or clause.any(Role.MARK, "volume"):
        parts.append("volumes")
    if clause.any(Role.PATH, "health") or clause.any(Role.NOUN, "health") or clause.any(Role.MARK, "health"):
        parts.append("health checks")
    if clause.any(Role.NOUN, "autoscale") or clause.any(Role.MARK, "autoscale") or (clause.any(Role.MARK, "min") and clause.any(Role.MARK, "max")):
        parts.append("autoscaling")
    if clause.any(Role.LABEL) or clause.any(Role.NOUN, "labels"):
        parts.append("labels")
    parts += [sense for item in clause.all(Role.FOREIGN) if (sense := item.sense(Role.FOREIGN)) not in _IMPLIED]
    parts += [f"the option {item.text}" for item in clause.all(Role.OPTION) if item.sense(Role.OPTION) not in _KNOWN_OPTIONS]
    return list(dict.fromkeys(parts))


_IMPLIED = frozenset({"namespaces as objects", "disks"})
"""Foreign words that are covered otherwise: a namespace is an argument, disks are said as volumes."""


def _cannot(parts: Sequence[str], image: str) -> Step:
    return refuse("deploy.unsupported", "unsupported", msg("cannot_deploy_with", parts=tuple(parts), image=image))


def _no_image(clause: Clause, index: AppIndex) -> Step:
    for item in clause.all(Role.APP):
        there = index.apps.get(item.sense(Role.APP))
        if there is not None and isinstance(item.value, AppMention) and item.value.sure and not clause.any(Role.CATEGORY):
            say = msg("app_exists", name=there.name, image=there.image)
            return ask("deploy.exists", "intent", say, candidates=(f"restart {there.name}",), apps=(there.name,))
    category = clause.first(Role.CATEGORY)
    images = CATEGORIES[category.sense(Role.CATEGORY) if category else "something"]
    return ask("deploy.image", "image", msg("which_image", images=images), candidates=images)


def _orders(clause: Clause, index: AppIndex) -> list[Order]:
    """Which words are images and which are names."""
    items = _with_tags(clause.items)
    clause = replace(clause, items=tuple(items))
    images = [place for place, item in enumerate(items) if place != clause.head and _is_image(item)]
    name = next((item.sense(Role.NAME) for item in clause.all(Role.NAME)), "")
    if not images:
        return _from_plain_words(clause, name)
    exact = [place for place in images if items[place].has(Role.IMAGE)]
    if exact and (len(exact) == 1 or len(images) == 1):
        word = _name_before(items, clause.head, exact[0])
        if word is not None and not _several(items, images):
            return [Order(_image_text(items[exact[0]]), name or _as_name(items[word]), clause)]
        if len(images) == 1 or not _several(items, images):
            return [Order(_image_text(items[exact[0]]), name, clause)]
    if len(images) == 1 or not _several(items, images):
        return [Order(_image_text(items[images[0]]), name or _quoted_name(clause), clause)]
    return _split(clause)


def _is_image(item: Item) -> bool:
    return item.has(Role.IMAGE) or item.has(Role.PRODUCT)


def _image_text(item: Item) -> str:
    return item.sense(Role.IMAGE) or item.sense(Role.PRODUCT)


def _with_tags(items: Sequence[Item]) -> list[Item]:
    """`nginx 1.25`, `redis version 7`, `postgres 16`: a product with its tag becomes one image."""
    found: list[Item] = []
    for item in items:
        before = found[-1] if found else None
        bare = before is not None and before.has(Role.PRODUCT) and not before.has(Role.IMAGE)
        version = item.has(Role.VERSION) and not (isinstance(item.value, Count) and item.value.of_replicas)
        number = isinstance(item.value, Count) and item.value == Count(item.value.value) and item.value.value is not None
        if before is not None and bare and (version or (number and not _counted(items, item))):
            tag = item.sense(Role.VERSION) or item.text
            found[-1] = replace(before, senses={Role.IMAGE: f"{before.sense(Role.PRODUCT)}:{tag}"}, text=f"{before.text} {tag}")
            continue
        found.append(item)
    return found


def _counted(items: Sequence[Item], item: Item) -> bool:
    """A plain number after a product is its version unless it is the only number that can count replicas."""
    return isinstance(item.value, Count) and item.value.of_replicas


def _name_before(items: Sequence[Item], head: int, image: int) -> int | None:
    """The word that names the app in "create web with nginx:1.27"; it stands between the verb and the image."""
    joined = image and items[image - 1].has(Role.PREP, *_BEFORE_IMAGE) or items[image].text.lower().startswith(
        ("image", "using", "with", "from", "container image", "docker image", "--image")
    )
    for place in range(max(head + 1, 0), image):
        item = items[place]
        nameable = item.senses.keys() & {Role.APP, Role.UNKNOWN, Role.PRODUCT, Role.QUOTE}
        if nameable and not item.has(Role.IMAGE) and (joined or item.has(Role.QUOTE)):
            return place
    return None


def _as_name(item: Item) -> str:
    if isinstance(item.value, AppMention) and item.value.sure:
        return item.value.names[0]
    text = item.sense(Role.QUOTE) or item.text
    return text if item.has(Role.QUOTE) or not item.has(Role.PRODUCT) else suggest_name(text)


def _quoted_name(clause: Clause) -> str:
    return next((item.sense(Role.QUOTE) for item in clause.all(Role.QUOTE)), "")


def _several(items: Sequence[Item], images: Sequence[int]) -> bool:
    """More than one image that is not just said twice."""
    return len({_image_text(items[place]).partition(":")[0] for place in images}) > 1 and any(
        item.has(Role.CONNECT, "and") or item.has(Role.BREAK) or item.has(Role.COUNT) for item in items
    ) or len({_image_text(items[place]) for place in images}) > 1


def _from_plain_words(clause: Clause, name: str) -> list[Order]:
    """An image nobody knows by name: the first free word after the verb, as it was written."""
    if clause.any(Role.CATEGORY) and not clause.any(Role.UNKNOWN):
        return []
    unknown = [
        item
        for place, item in enumerate(clause.items)
        if item.has(Role.UNKNOWN) and place > clause.head and not item.has(Role.APP)
        and not (place and clause.items[place - 1].has(Role.PREP, "for", "in", "about", "like"))
    ]
    if len(unknown) != 1 or (clause.any(Role.CATEGORY) and name):
        quoted = [item.sense(Role.QUOTE) for item in clause.all(Role.QUOTE) if not item.has(Role.APP)]
        return [Order(quoted[0], name, clause)] if quoted and not unknown else []
    return [Order(unknown[0].text, name, clause)]


def _split(clause: Clause) -> list[Order]:
    """Several images: each with what is said in its part of the list; a later part that names one goes to that one."""
    parts: dict[str, list[Item]] = {}
    owner = ""
    for piece in _pieces(clause):
        images = [_image_text(item) for item in piece if _is_image(item)]
        owner = images[0] if images else owner
        parts.setdefault(owner, []).extend(piece)
        parts.update({image: [] for image in images[1:] if image not in parts})
    before = parts.pop("", [])
    return [
        Order(
            image,
            next((item.sense(Role.NAME) for item in part if item.has(Role.NAME)), ""),
            replace(clause, items=(*before, *part), head=-1),
        )
        for image, part in parts.items()
    ]


def _pieces(clause: Clause) -> list[list[Item]]:
    pieces: list[list[Item]] = [[]]
    for place, item in enumerate(clause.items):
        if item.has(Role.BREAK) or item.has(Role.CONNECT, "and"):
            pieces.append([])
        elif place != clause.head:
            pieces[-1].append(item)
    return [piece for piece in pieces if piece]


def shell_refusal(text: str) -> Step:
    """For text that a shell would act on: refused as the image it is not, or as nothing that is run here."""
    try:
        parse_image(text)
    except InvalidInput as error:
        return refuse("deploy.invalid", "invalid_value", plain(f"{error}. Nothing was done"))
    return refuse("shell", "unsafe", msg("shell", text=cited(text)))
