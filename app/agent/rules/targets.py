"""Which apps a clause speaks of. Never a guess between two: what is unclear stays unclear, with the names to offer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from app.agent.rules.clause import Clause, Mood
from app.agent.rules.filters import PATTERNS, Focus, Target, all_but, all_but_some, chosen, everything_of, of_lines
from app.agent.rules.names import AppIndex
from app.agent.rules.senses import AppMention, Item, Role
from app.agent.rules.vocabulary.products import CATEGORIES

_SPECIFIC = frozenset({"database", "cache", "queue", "blog", "monitoring"})
"""Kinds of product that an app without that image is not; "the web app" may be any app."""
_LOOKED_UP = 12
"""Unknown words of one clause that are looked up among the apps."""
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,252}")


def target_of(clause: Clause, index: AppIndex, focus: Focus) -> Target:
    """The apps of one clause. Where apps live in several namespaces, a namespace that is said counts."""
    found = _target(clause, index, focus)
    said = clause.first(Role.NAMESPACE)
    if said is None or len(index.namespaces) < 2 or found.doubt == "filter":
        return found
    namespace = said.sense(Role.NAMESPACE)
    names = tuple(name for name in found.names or found.candidates if index.apps[name].namespace == namespace)
    if found.settled or found.doubt == "several":
        there = Target(names, by_filter=found.by_filter, everything=False, pronoun=found.pronoun)
        return there if names else Target(doubt="unknown", word=f"{namespace}/...", candidates=found.names)
    return found


def _target(clause: Clause, index: AppIndex, focus: Focus) -> Target:
    named = _named(clause)
    pattern = clause.any(Role.MARK, *PATTERNS)
    everything = (clause.any(Role.ALL) and not of_lines(clause)) or all_but(clause)
    if pattern or (everything and (not named or (clause.any(Role.EXCEPT) and not all_but_some(clause)))):
        return everything_of(clause, index, focus)
    if named:
        return _from_mentions(clause, named)
    if clause.any(Role.AGAIN, "other", "others"):
        return _other(index, focus, one=not clause.any(Role.AGAIN, "others"))
    if state := _told_state(clause):
        return chosen(index.with_health(state))
    pronoun = clause.first(Role.PRONOUN)
    if pronoun and not _object_unknown(clause):
        return _pronoun(pronoun.sense(Role.PRONOUN), index, focus)
    return _described(clause, index) or _unnamed(clause, index, focus)


def _named(clause: Clause) -> list[tuple[int, AppMention]]:
    """Apps that are named without doubt, with their places: `named X` counts where X exists."""
    return [
        (place, item.value)
        for place, item in enumerate(clause.items)
        if isinstance(item.value, AppMention)
        and item.has(Role.APP)
        and place != clause.head
        and (item.value.sure or item.value.how == "list")
    ]


def _from_mentions(clause: Clause, named: Sequence[tuple[int, AppMention]]) -> Target:
    items = clause.items
    model = next((place for place, item in enumerate(items) if item.has(Role.DEGREE, "asmany")), len(items))
    ordered = clause.mood in (Mood.ORDER, Mood.PIECE) and not all_but_some(clause)
    denied = next((at for at, item in enumerate(items) if at > clause.head and ordered and _excludes(item)), len(items))
    kept = [
        mention.names
        for place, mention in named
        if place < min(model, denied) and not (ordered and place and _excludes(items[place - 1]))
    ]
    names = tuple(dict.fromkeys(name for mentioned in kept for name in mentioned))
    if len(names) > 1 and any(item.has(Role.CONNECT, "or") for item in items):
        return Target(doubt="either", candidates=names)
    return Target(names) if names else Target(doubt="none")


def _excludes(item: Item) -> bool:
    """What follows is not meant: "restart api, but not web or redis", "instead of web"."""
    return (item.has(Role.EXCEPT) and not item.has(Role.ALL)) or item.has(Role.NOT)


def _pronoun(sense: str, index: AppIndex, focus: Focus) -> Target:
    if sense == "them":
        if len(focus.last) < 2 and len(index.names) == 2:
            return Target(index.names, pronoun="them", by_filter=True)
        found = Target(focus.last, pronoun="them")
        return found if focus.last else Target(doubt="none", candidates=index.names)
    if len(focus.last) == 1:
        return Target(focus.last, pronoun="it")
    if len(index.names) == 1:
        return Target(index.names, pronoun="it")
    return Target(doubt="none", candidates=focus.last or index.names, pronoun="it")


def _other(index: AppIndex, focus: Focus, *, one: bool) -> Target:
    """What was not spoken of; "the other one" of several is a question."""
    rest = tuple(name for name in index.names if name not in (focus.said or focus.last))
    return (
        Target(rest, by_filter=len(rest) > 1)
        if focus.last and rest and not (one and len(rest) > 1)
        else Target(doubt="none", candidates=rest or index.names)
    )


def _described(clause: Clause, index: AppIndex) -> Target | None:
    """An app by a near spelling, a part of its name, what it runs, or how it is."""
    for item in clause.items:
        if isinstance(item.value, AppMention) and item.has(Role.APP) and not item.value.sure:
            return _doubted(item.value, item.text)
    for item in _candidates(clause)[:_LOOKED_UP]:
        mention = index.part(item.text) or index.by_image(item.sense(Role.PRODUCT) or item.text.lower())
        if mention:
            return _doubted(mention, item.text)
    for item in clause.all(Role.CATEGORY):
        mention = index.part(item.text.split()[0]) or _by_category(item.sense(Role.CATEGORY), index)
        if mention and mention.names == index.names:
            return Target(index.names)
        if mention and item.sense(Role.CATEGORY) != "something":
            return _doubted(mention, item.text)
    return None


def _told_state(clause: Clause) -> str:
    """The apps by how they are, only in an order: "the crashing app", "stopped containers"."""
    if clause.mood not in (Mood.ORDER, Mood.PIECE):
        return ""
    for place, item in enumerate(clause.items):
        after = clause.items[place + 1 : place + 3]
        if item.has(Role.STATE, "bad", "stopped") and any(
            other.has(Role.NOUN, "app", "apps") or other.has(Role.PRONOUN, "it") for other in after
        ):
            return item.sense(Role.STATE)
    return ""


def _doubted(mention: AppMention, word: str) -> Target:
    return Target(doubt=mention.how, candidates=mention.names, word=word)


def _by_category(category: str, index: AppIndex) -> AppMention | None:
    names = [name for image in CATEGORIES.get(category, ()) if (found := index.by_image(image)) for name in found.names]
    return AppMention(tuple(dict.fromkeys(names)), "image") if names else None


def _unnamed(clause: Clause, index: AppIndex, focus: Focus) -> Target:
    unknown = _candidates(clause)
    if unknown and len(unknown) <= 3:
        word = unknown[-1] if _after_of(clause, unknown[-1]) else unknown[0]
        return Target(doubt="unknown", word=word.text, candidates=index.nearest(word.text))
    kind = clause.first(Role.CATEGORY)
    if kind is not None and kind.sense(Role.CATEGORY) in _SPECIFIC:
        return Target(doubt="unknown", word=kind.text, candidates=())
    if len(index.names) == 1:
        return Target(index.names)
    if focus.implied and focus.last:
        return Target(focus.last, pronoun="implied")
    return Target(doubt="none", candidates=index.names)


def _candidates(clause: Clause) -> list[Item]:
    """Words that can be meant as an app's name."""
    return [
        item
        for place, item in enumerate(clause.items)
        if place != clause.head
        and (item.has(Role.UNKNOWN) or item.has(Role.PRODUCT) or item.has(Role.NAME) or item.has(Role.QUOTE))
        and not (item.text.lower().endswith("ing") and place and clause.items[place - 1].has(Role.PREP, "for"))
        and _PLAIN_NAME.fullmatch(item.sense(Role.NAME) or item.text.strip("\"'`"))
    ]


def _object_unknown(clause: Clause) -> bool:
    """A word for an app that nobody has, beside a pronoun: "delete this mongo", "delete the service shop"."""
    named = any(
        one.has(Role.PRONOUN) and " " in one.text and two.has(Role.UNKNOWN) for one, two in pairwise(clause.items)
    )
    return named or any(item.has(Role.PRODUCT) and not item.has(Role.APP) for item in clause.items)


def _after_of(clause: Clause, item: Item) -> bool:
    place = clause.items.index(item)
    return place > 0 and clause.items[place - 1].has(Role.PREP, "of", "for", "from", "on", "in")
