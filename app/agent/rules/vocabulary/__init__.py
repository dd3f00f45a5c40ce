"""The languages as data: one module each, all of the same form, so that a new language is a table and no code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.agent.rules.senses import Role

Terms = Mapping[Role, Mapping[str, str]]
"""Role -> sense -> phrases, separated by commas. A `~` in a phrase is a gap of a few words: "shut ~ down"."""


def phrases(text: str) -> tuple[str, ...]:
    """The phrases of a table's cell."""
    return tuple(phrase for part in text.split(",") if (phrase := part.strip()))


def in_order(text: str) -> dict[str, int]:
    """Number words from zero upwards, in order; "-" stands for one that is left out."""
    return {word: value for value, word in enumerate(phrases(text)) if word != "-"}


def inflected_nowhere(_word: str) -> Mapping[str, str]:
    """For languages that list every form they know."""
    return {}


@dataclass(frozen=True)
class Language:
    """`numbers` are words for whole numbers up to the hundreds; `inflect` gives the forms of a verb: word -> form."""

    code: str
    terms: Terms
    numbers: Mapping[str, int]
    contractions: Mapping[str, str] = field(default_factory=dict)
    inflect: Callable[[str], Mapping[str, str]] = inflected_nowhere
    postposed: bool = False
    """Whether its prepositions stand behind: Japanese and Hindi say "5 to" for "to 5"."""
    verb_last: bool = False
    """Whether an order may end with its verb: "gateway neu starten"."""
