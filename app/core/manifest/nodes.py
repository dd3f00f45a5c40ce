"""A YAML document as a tree that remembers lines. Built by `loader`; nothing in it is ever constructed or called."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from app.core.quoting import quoted


class ScalarKind(StrEnum):
    """What a scalar reads as, in the words of a message."""

    STRING = "text"
    INTEGER = "a whole number"
    NUMBER = "a decimal number"
    BOOLEAN = "a boolean"
    NULL = "nothing"


@dataclass(slots=True)
class Scalar:
    """One value. `text` is as written; `value` is str, int, bool or None (a decimal number keeps its text)."""

    line: int
    text: str
    kind: ScalarKind
    value: str | int | bool | None
    size: int = 1
    height: int = 0


@dataclass(slots=True)
class Listing:
    """A sequence. `size` counts all values below as if aliases were written out; `height` is how deep it goes."""

    line: int
    items: list[Node] = field(default_factory=list)
    size: int = 1
    height: int = 1


@dataclass(slots=True)
class Mapping:
    """A mapping with text keys; `lines` has the line of each key."""

    line: int
    entries: dict[str, Node] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    size: int = 1
    height: int = 1


@dataclass(slots=True)
class Broken:
    """Stands where an error was reported already, so that readers keep silent about it."""

    line: int
    size: int = 1
    height: int = 0


Node: TypeAlias = Scalar | Listing | Mapping | Broken

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})
_FALSE = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})
_INTEGER = re.compile(r"[-+]?(?:0b[01][01_]*|0o?[0-7][0-7_]*|0x[0-9a-fA-F][0-9a-fA-F_]*|0|[1-9][0-9_]*)", re.ASCII)
_NUMBER = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_LONGEST_INTEGER = 40
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_$-]{1,60}")


def resolve(text: str, line: int) -> Scalar:
    """A plain (unquoted) scalar, as kubectl's YAML reads it: 1.1 booleans and octals, but no base 60 and no dates."""
    if text in _NULLS:
        return Scalar(line, text, ScalarKind.NULL, None)
    if text in _TRUE or text in _FALSE:
        return Scalar(line, text, ScalarKind.BOOLEAN, text in _TRUE)
    if len(text) <= _LONGEST_INTEGER and _INTEGER.fullmatch(text):
        return Scalar(line, text, ScalarKind.INTEGER, _whole(text))
    if _NUMBER.fullmatch(text):
        return Scalar(line, text, ScalarKind.NUMBER, text)
    return Scalar(line, text, ScalarKind.STRING, text)


def _whole(text: str) -> int:
    digits = text.lstrip("+-").replace("_", "")
    octal = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
    value = int(digits, 8) if octal else int(digits, 0)
    return -value if text.startswith("-") else value


def join(path: str, part: str | int) -> str:
    """The dotted path of a key or index below `path`; keys with dots go in brackets, as Kubernetes writes them."""
    if isinstance(part, int):
        return f"{path}[{part}]"
    if not _PLAIN_KEY.fullmatch(part):
        return f"{path}[{quoted(part)[1:-1]}]"
    return f"{path}.{part}" if path else part


def plain(node: Node | None) -> Any:
    """The tree as dicts, lists and scalars. Only for trees whose `size` the loader has bounded."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.entries.items()}
    if isinstance(node, Listing):
        return [plain(item) for item in node.items]
    return node.value if isinstance(node, Scalar) else None
