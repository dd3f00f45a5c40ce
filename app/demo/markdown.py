"""A demo as Markdown: what is told is gathered until it makes a post."""

from __future__ import annotations

from collections.abc import Callable

from app.demo.telling import Kind, Told

_SHAPE: dict[Kind, Callable[[str], str]] = {
    Kind.TITLE: lambda text: f"### {text}",
    Kind.STORY: lambda text: f"*{text}*",
    Kind.PERSON: lambda text: f"> {text}",
    Kind.REPLY: lambda text: text,
    Kind.SEEN: lambda text: f"**✓ checked:** {text}",
    Kind.MISSED: lambda text: f"**✖ not as it should be:** {text}",
    Kind.NOTE: lambda text: text,
}
_ENDS_A_POST = frozenset({Kind.STORY, Kind.SEEN, Kind.MISSED, Kind.NOTE})


def line(told: Told) -> str:
    """One thing that was told."""
    return _SHAPE[told.kind](told.text)


class Pages:
    """`post` gets a post at a time: the title with its story, then what was said with what was seen."""

    def __init__(self, post: Callable[[str], None]) -> None:
        self._post = post
        self._lines: list[str] = []

    def hear(self, told: Told) -> None:
        self._lines.append(line(told))
        if told.kind in _ENDS_A_POST:
            self.end()

    def say(self, text: str) -> None:
        self.hear(Told(Kind.NOTE, text))

    def end(self) -> None:
        """What is left is posted."""
        if self._lines:
            self._post("\n\n".join(self._lines))
            self._lines.clear()
