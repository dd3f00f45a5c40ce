"""Which apps "all" means: every one, all but some, or those that a pattern, a state or an image picks out.

An "all" with words beside it that nobody here understands is no "all": it is asked about.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.agent.rules.clause import Clause
from app.agent.rules.names import AppIndex
from app.agent.rules.senses import AppMention, Count, Item, Role

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
        Role.NAMESPACE,
    }
)
"""What may stand beside "all" without narrowing it down; any other word is a filter that nobody here understands."""


PATTERNS = {"startswith": "prefix", "endswith": "suffix", "contains": "part"}
"""Marks of a pattern, and what of a name it is about."""


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
    changed: tuple[str, ...] = ()
    """Apps that this message changes before this clause: how they are then, nobody knows."""
    implied: bool = False
    """The latest turn was about them, so a sentence that names no app may mean them."""


def all_but(clause: Clause) -> bool:
    """Whether everything is named by what is spared: "all but web", not "web but not api"."""
    place = next((at for at, item in enumerate(clause.items) if item.has(Role.EXCEPT)), -1)
    return place >= 0 and not any(item.has(Role.APP) for item in clause.items[:place])


def all_but_some(clause: Clause) -> bool:
    """Whether some replicas of one app are spared, and no app: "all but 2 replicas of web"."""
    counted = any(isinstance(item.value, Count) and item.value.of_replicas for item in clause.items)
    return counted and all_but(clause)


def of_lines(clause: Clause) -> bool:
    """Whether "all" belongs to the lines, not to the apps: "all logs of ..."."""
    items = clause.items
    for place, item in enumerate(items):
        if item.has(Role.ALL):
            after = list(items[place + 1 : place + 3])
            if any(other.has(Role.NOUN, "logs", "events", "env", "secrets", "config", "metrics") for other in after):
                return not any(other.has(Role.NOUN, "apps") for other in items)
    return False


def everything_of(clause: Clause, index: AppIndex, focus: Focus) -> Target:
    filtered = _filtered(clause, index)
    if filtered is not None:
        return filtered
    spared = [name for item, mention in _spared(clause) for name in mention.names]
    names = tuple(name for name in index.names if name not in spared)
    said = clause.first(Role.NAMESPACE)
    if said is not None and said.sense(Role.NAMESPACE) not in index.namespaces:
        return Target(doubt="filter", candidates=index.names, word=said.text)
    beside = _BESIDE_ALL | {Role.PORT, Role.MARK} if clause.verb == "expose" else _BESIDE_ALL
    unknown = [item.text for item in clause.items if not item.senses.keys() & beside]
    unknown += clause.loose
    if unknown or (clause.any(Role.EXCEPT) and not spared):
        return Target(doubt="filter", candidates=index.names, word=" ".join(unknown) or "that")
    pronoun = clause.first(Role.PRONOUN)
    if pronoun and pronoun.has(Role.PRONOUN, "them") and len(focus.last) > 1:
        return Target(focus.last)
    return Target(names, everything=not spared, by_filter=True) if names else Target(doubt="empty")


def _spared(clause: Clause) -> list[tuple[Item, AppMention]]:
    """The apps after "except"."""
    place = next((at for at, item in enumerate(clause.items) if item.has(Role.EXCEPT)), len(clause.items))
    return [(item, item.value) for item in clause.items[place:] if isinstance(item.value, AppMention)]


def _filtered(clause: Clause, index: AppIndex) -> Target | None:
    """As in "all whose name begins with db", `web*`, "all stopped ones", "all nginx apps"; None without a filter."""
    for place, item in enumerate(clause.items):
        if item.has(Role.ALL, "glob"):
            return chosen(index.glob(str(item.value)))
        mark = item.sense(Role.MARK)
        if mark in PATTERNS:
            before = mark == "contains" and item.text.lower().startswith("in ")
            text = item.value if item.value is not None else _text_at(clause, place - 1 if before else place + 1)
            return chosen(index.matching(**{PATTERNS[mark]: text})) if text else Target(doubt="nomatch")
    state = next((item.sense(Role.STATE) for item in clause.all(Role.STATE) if not item.has(Role.FILLER)), "")
    if state:
        return chosen(index.with_health(state))
    product = clause.first(Role.PRODUCT)
    if product and not clause.any(Role.EXCEPT):
        mention = index.by_image(product.sense(Role.PRODUCT))
        return chosen(mention.names if mention else ())
    return None


def _text_at(clause: Clause, place: int) -> str:
    if not 0 <= place < len(clause.items):
        return ""
    item = clause.items[place]
    return (item.sense(Role.QUOTE) or item.text).strip("\"'`*").rstrip("-")


def chosen(names: tuple[str, ...]) -> Target:
    return Target(names, by_filter=True) if names else Target(doubt="nomatch")
