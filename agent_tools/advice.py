"""What a person may say next, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

MAX_SHOWN = 8


class Urgency(IntEnum):
    """The order of advice."""

    NOW = 0
    """It fails."""
    ASKED = 1
    """A person's answer is waited for."""
    BLIND = 2
    """It cannot be seen."""
    SOON = 3
    """It will fail within the hour, or is about to."""
    LATER = 4
    BETTER = 5
    """Nothing is wrong; it could be safer."""


@dataclass(frozen=True, slots=True)
class Advice:
    """About one app (or runtime): `text` says why, `say` is a sentence to type that does it, `other` another one.
    `say` is empty where no sentence helps, and `text` says what does."""

    urgency: Urgency
    about: str
    text: str
    say: str = ""
    other: str = ""


def ordered(given: Iterable[Advice]) -> list[Advice]:
    """By urgency, then by name; the same sentence is advised once."""
    found: dict[tuple[str, str], Advice] = {}
    for one in sorted(given, key=lambda one: (one.urgency, one.about)):
        found.setdefault((one.about, one.say or one.text), one)
    return list(found.values())


def lines(given: Iterable[Advice]) -> str:
    """A numbered list."""
    every = list(given)
    shown = [f"{number}. {_line(one)}" for number, one in enumerate(every[:MAX_SHOWN], start=1)]
    more = [f"… and {len(every) - MAX_SHOWN} more."] if len(every) > MAX_SHOWN else []
    return "\n".join([*shown, *more])


def _line(one: Advice) -> str:
    say = f' Say "{one.say}"' if one.say else ""
    other = f', or "{one.other}"' if one.other else ""
    return f"**{one.about}**: {one.text}.{say}{other}{'.' if say else ''}"


def row(one: Advice) -> dict[str, str]:
    """For the page and for machines."""
    return {"urgency": one.urgency.name.lower(), "about": one.about, "text": one.text, "say": one.say}
