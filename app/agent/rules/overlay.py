"""One clause laid over another: an answer, a correction or an ellipsis changes some values and keeps the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.agent.rules.clause import Clause
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
    if images:
        result = _replaced(result, _IMAGES, images)
    for role in _VALUES:
        values = [item for item in piece.items if item.has(role) and not item.has(Role.COUNT)]
        if values:
            result = _replaced(result, frozenset({role}), values)
    return replace(result, negated=False, lead=piece.lead)


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
