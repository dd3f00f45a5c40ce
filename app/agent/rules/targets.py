"""Which apps a clause speaks of. Never a guess between two: what is unclear stays unclear, with the names to offer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.agent.rules.clause import Clause, Mood
from app.agent.rules.names import AppIndex
from app.agent.rules.senses import AppMention, Item, Role
from app.agent.rules.vocabulary.products import CATEGORIES

_LOOKED_UP = 12
"""Unknown words of one clause that are looked up among the apps."""
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,252}")


_BESIDE_ALL = frozenset(
    {
        Role.ALL,
        Role.VERB,
        Role.FILLER,
        Role.PRONOUN,
        Role.NOT,
        Role.REQUEST,
        Role.SUBJECT,
        Role.COUNT,
        Role.PREP,
        Role.CONNECT,
        Role.BREAK,
        Role.EXCEPT,
        Role.APP,
        Role.AUX,
        Role.NOUN,
        Role.ASK,
        Role.AGAIN,
        Role.ORDINAL,
        Role.ARROW,
        Role.UNIT,
        Role.CORRECTION,
        Role.GREETING,
        Role.PERCENT,
        Role.MEMORY,
        Role.CPU,
        Role.ENV,
        Role.VAGUE,
        Role.DROP,
    }
)
"""What may stand beside "all" without narrowing it down; any other word is a filter that nobody here understands."""


@dataclass(frozen=True, slots=True)
class Target:
    """`names` when it is settled. Otherwise `doubt` says why not: none, unknown, near, part, image, either, filter."""

    names: tuple[str, ...] = ()
    doubt: str = ""
    candidates: tuple[str, ...] = ()
    word: str = ""
    """What the person wrote where no app has that name."""
    everything: bool = False
    by_filter: bool = False
    """Chosen by "all", a pattern or a state: the person did not name them."""
    pronoun: str = ""

    @property
    def settled(self) -> bool:
        return bool(self.names) and not self.doubt


@dataclass(frozen=True, slots=True)
class Focus:
    """What "it", "them" and "the other one" can mean right now."""

    last: tuple[str, ...] = ()
    """The apps of the latest wish, in order."""
    said: tuple[str, ...] = ()
    """All apps this message spoke of so far."""
    implied: bool = False
    """The latest turn was about them, so a sentence that names no app may mean them."""


def target_of(clause: Clause, index: AppIndex, focus: Focus) -> Target:
    """The apps of one clause."""
    named = _named(clause)
    everything = (clause.any(Role.ALL) and not _of_lines(clause)) or _all_but(clause)
    if everything and (not named or clause.any(Role.EXCEPT)):
        return _everything(clause, index, focus)
    if named:
        return _from_mentions(clause, named)
    if clause.any(Role.AGAIN, "other"):
        return _other(index, focus)
    if state := _told_state(clause):
        return _chosen(index.with_health(state))
    pronoun = clause.first(Role.PRONOUN)
    if pronoun and not _object_unknown(clause):
        return _pronoun(pronoun.sense(Role.PRONOUN), index, focus)
    return _described(clause, index) or _unnamed(clause, index, focus)


def _all_but(clause: Clause) -> bool:
    """Whether everything is named by what is spared: "all but web", not "web but not api"."""
    place = next((at for at, item in enumerate(clause.items) if item.has(Role.EXCEPT)), -1)
    return place >= 0 and not any(item.has(Role.APP) for item in clause.items[:place])


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
    kept = [
        mention.names
        for place, mention in named
        if place < model and not (place and items[place - 1].senses.keys() & {Role.NOT, Role.EXCEPT})
    ]
    names = tuple(dict.fromkeys(name for mentioned in kept for name in mentioned))
    if len(names) > 1 and any(item.has(Role.CONNECT, "or") for item in items):
        return Target(doubt="either", candidates=names)
    return Target(names) if names else Target(doubt="none")


def _of_lines(clause: Clause) -> bool:
    """Whether "all" belongs to the lines, not to the apps: "all logs of ..."."""
    items = clause.items
    for place, item in enumerate(items):
        if item.has(Role.ALL):
            after = list(items[place + 1 : place + 3])
            if any(other.has(Role.NOUN, "logs", "events", "env", "secrets", "config", "metrics") for other in after):
                return not any(other.has(Role.NOUN, "apps") for other in items)
    return False


def _everything(clause: Clause, index: AppIndex, focus: Focus) -> Target:
    filtered = _filtered(clause, index)
    if filtered is not None:
        return filtered
    spared = [name for item, mention in _spared(clause) for name in mention.names]
    names = tuple(name for name in index.names if name not in spared)
    unknown = [item.text for item in clause.items if not item.senses.keys() & _BESIDE_ALL]
    unknown += clause.loose
    if unknown or (clause.any(Role.EXCEPT) and not spared):
        return Target(doubt="filter", candidates=index.names, word=" ".join(unknown))
    pronoun = clause.first(Role.PRONOUN)
    if pronoun and pronoun.has(Role.PRONOUN, "them") and len(focus.last) > 1:
        return Target(focus.last)
    return Target(names, everything=not spared, by_filter=True) if names else Target(doubt="empty")


def _spared(clause: Clause) -> list[tuple[Item, AppMention]]:
    """The apps after "except"."""
    place = next((at for at, item in enumerate(clause.items) if item.has(Role.EXCEPT)), len(clause.items))
    return [(item, item.value) for item in clause.items[place:] if isinstance(item.value, AppMention)]


def _filtered(clause: Clause, index: AppIndex) -> Target | None:
    """As in "all whose name starts with w", `web*`, "all stopped ones", "all nginx apps"; None without a filter."""
    for place, item in enumerate(clause.items):
        if item.has(Role.ALL, "glob"):
            return _chosen(index.glob(str(item.value)))
        mark = item.sense(Role.MARK)
        if mark in ("startswith", "endswith", "contains") and place + 1 < len(clause.items):
            text = clause.items[place + 1].text.strip("\"'`*").rstrip("-")
            if mark == "contains" and item.text.lower().startswith("in "):
                text = clause.items[place - 1].text.strip("\"'`*")
            keys = {"startswith": "prefix", "endswith": "suffix", "contains": "part"}
            return _chosen(index.matching(**{keys[mark]: text}))
    state = next((item.sense(Role.STATE) for item in clause.all(Role.STATE) if item.sense(Role.STATE) != "good"), "")
    if state:
        return _chosen(index.with_health(state, *(("unknown",) if state == "bad" else ())))
    product = clause.first(Role.PRODUCT)
    if product and not clause.any(Role.EXCEPT):
        mention = index.by_image(product.sense(Role.PRODUCT))
        return _chosen(mention.names if mention else ())
    return None


def _chosen(names: tuple[str, ...]) -> Target:
    return Target(names, by_filter=True) if names else Target(doubt="nomatch")


def _pronoun(sense: str, index: AppIndex, focus: Focus) -> Target:
    if sense == "them":
        names = focus.last if len(focus.last) > 1 else index.names if len(index.names) == 2 else focus.last
        return Target(names, pronoun="them") if names else Target(doubt="none", candidates=index.names)
    if len(focus.last) == 1:
        return Target(focus.last, pronoun="it")
    if len(index.names) == 1:
        return Target(index.names, pronoun="it")
    return Target(doubt="none", candidates=focus.last or index.names, pronoun="it")


def _other(index: AppIndex, focus: Focus) -> Target:
    rest = tuple(name for name in index.names if name not in (focus.said or focus.last))
    return Target(rest) if focus.last and rest else Target(doubt="none", candidates=rest or index.names)


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
    """A word for an app that nobody has, beside a pronoun: "delete this mongo"."""
    return any(item.has(Role.PRODUCT) and not item.has(Role.APP) for item in clause.items)


def _after_of(clause: Clause, item: Item) -> bool:
    place = clause.items.index(item)
    return place > 0 and clause.items[place - 1].has(Role.PREP, "of", "for", "from", "on", "in")
