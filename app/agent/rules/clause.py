"""A clause: one wish-to-be, with its mood, its verb and its condition. What stands in it is asked by role."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.agent.rules.senses import Item, Role


class Mood(StrEnum):
    ORDER = "order"
    HOWTO = "howto"
    HYPOTHESIS = "hypothesis"
    WHY = "why"
    HAPPENED = "happened"
    QUESTION = "question"
    STATEMENT = "statement"
    PIECE = "piece"
    """No verb of its own: an ellipsis, or a sentence of nouns ("api logs")."""


@dataclass(frozen=True, slots=True)
class Clause:
    """`items` are without fillers; `head` is the place of the verb in them, -1 without one."""

    items: tuple[Item, ...]
    mood: Mood
    head: int = -1
    ask: str = ""
    """The sense of the question word."""
    negated: bool = False
    lead: str = ""
    """What stood before it: end, break, and, then, but, semicolon, shell, correction, or nothing at the beginning."""
    loose: tuple[str, ...] = ()
    """Common words that were left out: they name nothing, but they may narrow down an "all"."""
    condition: tuple[Item, ...] = ()
    condition_kind: str = ""

    @property
    def verb(self) -> str:
        return self.items[self.head].sense(Role.VERB) if self.head >= 0 else ""

    def any(self, role: Role, *senses: str) -> bool:
        """Whether anything but the verb has this role (in one of these senses)."""
        return any(item.has(role, *senses) for place, item in enumerate(self.items) if place != self.head)

    def any_of(self, *roles: Role) -> bool:
        return any(item.senses.keys() & set(roles) for place, item in enumerate(self.items) if place != self.head)

    def all(self, role: Role, *senses: str) -> list[Item]:
        return [item for place, item in enumerate(self.items) if place != self.head and item.has(role, *senses)]

    def first(self, role: Role, *senses: str) -> Item | None:
        return next(iter(self.all(role, *senses)), None)

    @property
    def listed(self) -> bool:
        """Has a comma or an "and" inside."""
        return any(item.has(Role.BREAK) or item.has(Role.CONNECT, "and") for item in self.items)
