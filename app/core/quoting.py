"""How a user's value is put into a message: short, on one line, with nothing in it that could act on a terminal."""

from __future__ import annotations

QUOTE_CHARS = 60


def quoted(value: object, limit: int = QUOTE_CHARS) -> str:
    """`value` in double quotes, cut to `limit` characters, control and bidi characters as escapes."""
    text = str(value)
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return '"' + "".join(_visible(char) for char in cut) + '"'


def listed(words: list[str] | tuple[str, ...], joint: str = "or") -> str:
    """`["a", "b", "c"]` as `a, b or c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def _visible(char: str) -> str:
    if char == '"':
        return '\\"'
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
