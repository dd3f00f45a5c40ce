"""What is told of a demo, as values: the terminal and the chat put them into their own shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    TITLE = "title"
    STORY = "story"
    """What is about to happen, and why."""
    PERSON = "person"
    """What the demo's person says or decides."""
    REPLY = "reply"
    """KubeLite's answer, as it was given."""
    SEEN = "seen"
    """What was checked, and holds."""
    MISSED = "missed"
    """What was checked, and does not hold."""
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Told:
    kind: Kind
    text: str


Hear = Callable[[Told], None]
