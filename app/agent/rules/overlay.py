"""One clause laid over another: an answer, a correction or an ellipsis changes some values and keeps the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.agent.rules.clause import Clause
from app.agent.rules.reading import EarlierTurn, Wish
from app.agent.rules.senses import AppMention, Count, Item, Role

_APPS = frozenset({Role.APP, Role.PRONOUN, Role.UNKNOWN, Role.ALL, Role.EXCEPT, Role.CATEGORY})
_COUNTS = frozenset({Role.COUNT, Role.VAGUE, Role.DEGREE, Role.PERCENT, Role.ARROW})
_IMAGES = frozenset({Role.IMAGE, Role.PRODUCT, Role.CATEGORY})
_VALUES = frozenset(
    {Role.MEMORY, Role.CPU, Role.GPU, Role.PORT, Role.VERSION, Role.SPAN, Role.LINES, Role.NAME, Role.ENV}
)
_TO = Item("to", 0, 0, {Role.PREP: "to"})


def with_apps(clause: Clause, names: Sequence[str]) -> Clause:
    """The clause about other apps."""
    return _replaced(clause, _APPS, [app_item(name) for name in names])


def with_count(clause: Clause, value: int, text: str) -> Clause:
    """The clause with this many replicas, absolutely."""
    return _replaced(clause, _COUNTS, [_TO, Item(text, 0, 0, {Role.COUNT: text}, "", Count(value))])


def with_image(clause: Clause, image: str) -> Clause:
    return _replaced(clause, _IMAGES | {Role.UNKNOWN}, [Item(image, 0, 0, {Role.IMAGE: image})])


def laid_over(base: Clause, piece: Clause) -> Clause:
    """`base` with every kind of value that `piece` brings replaced by it."""
    result = base
    apps = [item for item in piece.items if item.has(Role.APP)]
    if apps:
        kept = [app_item(name) for item in apps for name in _names(item)]
        result = _replaced(result, _APPS, kept)
    counts = [item for item in piece.items if isinstance(item.value, Count)]
    if counts:
        item = counts[-1]
        place = piece.items.index(item)
        by = place > 0 and piece.items[place - 1].has(Role.PREP, "by")
        relative = bool(item.value.change or item.value.factor)
        new = [piece.items[place - 1], item] if by else [item] if relative else [_TO, item]
        result = _replaced(result, _COUNTS, new)
    images = [item for item in piece.items if item.senses.keys() & _IMAGES and not item.has(Role.APP)]
    if images and counts:
        joints = {Role.BREAK, Role.CONNECT, Role.COUNT, *_IMAGES}
        new = [item for item in piece.items if item.senses.keys() & joints and not item.has(Role.APP)]
        result = _replaced(result, _IMAGES | _COUNTS, new)
    elif images:
        result = _replaced(result, _IMAGES, images)
    elif counts and counts[-1].has(Role.VERSION):
        result = _replaced(result, frozenset({Role.IMAGE}), [])
    for role in _VALUES:
        values = [item for item in piece.items if item.has(role) and not item.has(Role.COUNT)]
        if values:
            result = _replaced(result, frozenset({role}), values)
    return replace(result, negated=False, lead=piece.lead)


def with_other(clause: Clause, piece: Clause) -> Clause:
    """The clause about "the other one", whichever that is."""
    return _replaced(clause, _APPS, [item for item in piece.items if item.has(Role.AGAIN)])


def added_to(base: Clause, piece: Clause) -> Clause:
    """`base` with the items of `piece` behind its own."""
    return replace(base, items=(*base.items, *piece.items), mood=base.mood)


def deployed_again(base: Clause, piece: Clause) -> Clause | None:
    """A deploy once more with another image or name: "the same but with redis". Without a name of its own the new app
    is called after its image. None where neither is said."""
    images = [item for item in piece.items if item.has(Role.IMAGE) or item.has(Role.PRODUCT)]
    name = [item for item in piece.items if item.has(Role.NAME)]
    if not images and not name:
        return None
    new = [item.only(role, item.sense(role)) for item in images if (role := _image_role(item))]
    result = _replaced(base, _IMAGES | {Role.UNKNOWN}, new) if new else base
    result = _replaced(result, frozenset({Role.NAME}), name)
    rest = [item for item in piece.items if item not in images and item not in name and not item.has(Role.APP)]
    return laid_over(result, replace(piece, items=tuple(rest), head=-1)) if rest else replace(result, negated=False)


def _image_role(item: Item) -> Role:
    return Role.IMAGE if item.has(Role.IMAGE) else Role.PRODUCT


def carried_on(clause: Clause, turn: EarlierTurn) -> Clause:
    """What the call before says about this wish: the port of "make it public", the rollout of "resume it"."""
    last = turn.wishes[-1] if turn.wishes else None
    if last is None or clause.negated or clause.head < 0:
        return clause
    app = str(last.arguments.get("app", ""))
    other = any(item.has(Role.APP) and app not in _names(item) for item in clause.items)
    if last.tool == "pause_rollout" and clause.verb == "start" and not other:
        return replace(clause, items=(*clause.items, Item("rollout", 0, 0, {Role.NOUN: "rollout"})))
    if last.tool == "run_job" and clause.any(Role.SCHEDULE) and not clause.any_of(Role.IMAGE, Role.PRODUCT, Role.APP):
        return replace(clause, items=(*clause.items, *_job_items(last)))
    if last.tool == "scale" and clause.verb == "rollback" and not other and _to_count(clause):
        scale = replace(clause.items[clause.head], senses={Role.VERB: "scale"})
        return replace(clause, items=(*clause.items[: clause.head], scale, *clause.items[clause.head + 1 :]))
    pronoun = clause.any(Role.PRONOUN)
    if last.tool == "autoscale" and not other and _about_bounds(clause, pronoun=pronoun):
        return replace(clause, items=(*clause.items, Item("autoscaling", 0, 0, {Role.NOUN: "autoscale"})))
    if last.tool == "set_env" and clause.verb == "unset" and not other and not clause.any(Role.ENV):
        names = [Item(name, 0, 0, {Role.ENV: name}, "", (name, None)) for name in last.arguments.get("env", {})]
        return replace(clause, items=(*clause.items, *names))
    if last.tool == "expose" and _exposes(clause) and not other and not clause.any_of(Role.PORT, Role.COUNT):
        port, inner = last.arguments.get("port"), last.arguments.get("target_port")
        pair = (port, inner) if inner else (None, port)
        return replace(clause, items=(*clause.items, Item(str(port), 0, 0, {Role.PORT: str(port)}, "", pair)))
    return clause


def _job_items(last: Wish) -> list[Item]:
    """The job of the call before, for another time: "run it every hour instead"."""
    image, name = str(last.arguments.get("image", "")), str(last.arguments.get("name") or "")
    found = [Item(image, 0, 0, {Role.IMAGE: image})]
    return [*found, Item(name, 0, 0, {Role.NAME: name})] if name else found


def _to_count(clause: Clause) -> bool:
    """As in "go back to 3"."""
    pairs = zip(clause.items, clause.items[1:], strict=False)
    plain = clause.items[clause.head + 1].has(Role.COUNT) if clause.head + 1 < len(clause.items) else False
    return plain or any(one.has(Role.PREP, "to") and two.has(Role.COUNT) for one, two in pairs)


def _about_bounds(clause: Clause, *, pronoun: bool) -> bool:
    """After bounds were set, "turn it off" and "make it 3 to 6" are about them."""
    if clause.verb == "stop":
        return pronoun
    return clause.verb in ("make", "set") and len(clause.all(Role.COUNT)) > 1


def _exposes(clause: Clause) -> bool:
    return clause.verb == "expose" or (clause.verb in ("make", "give") and clause.any(Role.MARK, "public"))


def app_item(name: str) -> Item:
    return Item(name, 0, 0, {Role.APP: name}, "", AppMention((name,)))


def _names(item: Item) -> tuple[str, ...]:
    return item.value.names if isinstance(item.value, AppMention) and item.value.sure else (item.sense(Role.APP),)


def _replaced(clause: Clause, roles: frozenset[Role], new: Sequence[Item]) -> Clause:
    """The clause without items of `roles` (and a preposition left dangling before them), with `new` at the end."""
    kept: list[Item] = []
    head = -1
    for place, item in enumerate(clause.items):
        if place == clause.head:
            head = len(kept)
        elif item.senses.keys() & roles and not item.senses.keys() & {Role.VERB, Role.NOUN, Role.AGAIN}:
            if kept and kept[-1].has(Role.PREP) and len(kept) - 1 != head:
                kept.pop()
            continue
        kept.append(item)
    return replace(clause, items=(*kept, *new), head=head)
