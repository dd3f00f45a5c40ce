"""Typed reading of a mapping that collects every error with its path and line, and knows which keys nobody read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Table
from typing import TypeVar

from app.core.errors import InvalidInput
from app.core.manifest.findings import Findings, Unhonoured
from app.core.manifest.hints import as_list, meant
from app.core.manifest.nodes import Broken, Listing, Mapping, Node, Scalar, ScalarKind, join, plain
from app.core.manifest.report import FieldError, FieldWarning, Reason
from app.core.quoting import listed, quoted

T = TypeVar("T")
Check = Callable[[str], object]


class Fields:
    """One mapping of a document. Every read marks its key, `close` reports the others."""

    def __init__(self, node: Mapping, path: str, out: Findings) -> None:
        self.node, self.path, self.out = node, path, out
        self._seen: set[str] = set()
        self._below: dict[str, Fields | None] = {}

    # -- places and findings

    def at(self, *parts: str | int) -> str:
        path = self.path
        for part in parts:
            path = join(path, part)
        return path

    def line(self, key: str | None = None) -> int:
        return self.node.lines.get(key or "", self.node.line)

    def has(self, key: str) -> bool:
        """Present and not null. Does not mark."""
        node = self.node.entries.get(key)
        return node is not None and not (isinstance(node, Scalar) and node.kind is ScalarKind.NULL)

    def value(self, key: str) -> object:
        """What stands there if it is a scalar; checks and marks nothing."""
        node = self.node.entries.get(key)
        return node.value if isinstance(node, Scalar) else None

    def error(self, key: str | None, message: str, hint: str = "", reason: Reason = Reason.INVALID) -> None:
        self.error_at(self.at(key) if key else self.path, self.line(key), message, hint, reason)

    def error_at(self, path: str, line: int, message: str, hint: str = "", reason: Reason = Reason.INVALID) -> None:
        self.out.add_error(FieldError(self.out.document, path, line, message, hint, reason))

    def warn(self, key: str | None, message: str, hint: str = "") -> None:
        path = self.at(key) if key else self.path
        self.out.add_warning(FieldWarning(self.out.document, path, self.line(key), message, hint))

    # -- reads

    def get(self, key: str) -> Node | None:
        """The node, marked as read; None where it is absent, null or reported already."""
        self._seen.add(key)
        node = self.node.entries.get(key)
        return None if not self.has(key) or isinstance(node, Broken) else node

    def text(self, key: str, *, check: Check | None = None, required: bool = False) -> str | None:
        """Text; `check` raises `InvalidInput` for what the text may not be."""
        node = self._required(key, "text") if required else self.get(key)
        return None if node is None else self.text_of(node, key, self.at(key), self.line(key), check)

    def text_of(self, node: Node, name: str, path: str, line: int, check: Check | None = None) -> str | None:
        """Text of a node that is no direct field, such as an item; `name` is what the message calls it."""
        if isinstance(node, Broken):
            return None
        if not isinstance(node, Scalar) or node.kind is not ScalarKind.STRING:
            written = quoted(node.text, 200) if isinstance(node, Scalar) else ""
            self.error_at(path, line, f"{name} must be text, not {shown(node)}", written and f"quote it: {written}")
            return None
        if "\0" in node.text:
            self.error_at(path, line, f"{name} has a NUL character in it, which no process can be given")
            return None
        return node.text if self._checked(check or str, node.text, name, path, line) is not None else None

    def integer(self, key: str, low: int, high: int, *, required: bool = False) -> int | None:
        """A plain whole number within the bounds (both included)."""
        node = self._required(key, "a whole number") if required else self.get(key)
        if node is None:
            return None
        problem = integer_problem(node, low, high)
        if problem is None:
            return int(plain(node))
        self.error(key, f"{key} must be a whole number from {low} to {high}, not {shown(node)}", problem)
        return None

    def port(self, key: str, check_name: Check, *, required: bool = False) -> int | str | None:
        """A port's number, or the name of one."""
        node = self._required(key, "a port's number or name") if required else self.get(key)
        if isinstance(node, Scalar) and node.kind is ScalarKind.STRING:
            number = f"write {node.text} without quotes" if node.text.isascii() and node.text.isdigit() else ""
            if number:
                self.error(key, f"{key} must be a number or a port's name, not the text {quoted(node.text)}", number)
                return None
            return self.text(key, check=check_name)
        return None if node is None else self.integer(key, 1, 65535)

    def mode(self, key: str) -> int | None:
        """File permission bits, 0 to 0777; written in octal as people do, or as the number it stands for."""
        node = self.get(key)
        if node is None:
            return None
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0o777:
            return value
        octal = isinstance(node, Scalar) and node.text.isascii() and node.text.isdigit() and len(node.text) <= 4
        hint = f"write 0{node.text.lstrip('0')} without quotes" if isinstance(node, Scalar) and octal else ""
        self.error(key, f"{key} must be file permissions from 0 to 0777, not {shown(node)}", hint)
        return None

    def boolean(self, key: str) -> bool | None:
        node = self.get(key)
        if node is None or (isinstance(node, Scalar) and isinstance(node.value, bool)):
            return None if node is None else bool(plain(node))
        self.error(key, f"{key} must be true or false, not {shown(node)}")
        return None

    def choice(self, key: str, options: tuple[str, ...]) -> str | None:
        text = self.text(key)
        if text is None or text in options:
            return text
        near = next((each for each in options if each.lower() == text.lower()), None)
        hint = f"write {near}" if near else ""
        self.error(key, f"{key} must be {listed(options)}, not {quoted(text)}", hint)
        return None

    def amount(self, key: str, parse: Callable[[str], T]) -> T | None:
        """A quantity: text or a number, as written."""
        node = self.get(key)
        if node is None:
            return None
        numeric = (ScalarKind.STRING, ScalarKind.INTEGER, ScalarKind.NUMBER)
        if not isinstance(node, Scalar) or node.kind not in numeric:
            self.error(key, f"{key} must be an amount, not {shown(node)}")
            return None
        return self._checked(parse, node.text, key, self.at(key), self.line(key))

    def fields(self, key: str, *, required: bool = False, hint: str = "") -> Fields | None:
        """The mapping below `key`; asked for twice it is the same, and reported once."""
        if key not in self._below:
            self._below[key] = self._fields(key, required, hint)
        return self._below[key]

    def _fields(self, key: str, required: bool, hint: str) -> Fields | None:
        node = self._required(key, "a mapping", hint) if required else self.get(key)
        if node is None or isinstance(node, Mapping):
            return None if node is None else Fields(node, self.at(key), self.out)
        self.error(key, f"{key} must be a mapping (fields below it), not {shown(node)}")
        return None

    def each(self, key: str, *, hint: str = "") -> list[Fields]:
        """The mappings of a list; `hint` says what an item looks like."""
        found = []
        for at, item in enumerate(self.items(key)):
            if isinstance(item, Mapping):
                found.append(Fields(item, self.at(key, at), self.out))
            elif not isinstance(item, Broken):
                message = f"an item of {key} must be a mapping, not {shown(item)}"
                self.error_at(self.at(key, at), item.line, message, hint)
        return found

    def mappings(self, key: str) -> list[Fields]:
        """As `each` gave them, without a word about the others: for a second look."""
        node = self.node.entries.get(key)
        items = enumerate(node.items) if isinstance(node, Listing) else ()
        return [Fields(item, self.at(key, at), self.out) for at, item in items if isinstance(item, Mapping)]

    def items(self, key: str) -> list[Node]:
        node = self.get(key)
        if node is None or isinstance(node, Listing):
            return [] if node is None else node.items
        self.error(
            key, f"{key} must be a list, not {shown(node)}", as_list(node.text) if isinstance(node, Scalar) else ""
        )
        return []

    def texts(self, key: str, check: Check | None = None) -> tuple[str, ...]:
        """A list of texts, such as args."""
        items = enumerate(self.items(key))
        read = [self.text_of(item, f"an item of {key}", self.at(key, at), item.line, check) for at, item in items]
        return tuple(text for text in read if text is not None)

    def text_map(self, key: str, *, check_key: Check, check_value: Check | None = None) -> dict[str, str]:
        """A mapping of texts, such as labels. A value that is null is empty text, as in Kubernetes."""
        inner = self.fields(key)
        if inner is None:
            return {}
        found = {}
        for name, node in inner.node.entries.items():
            place = inner.at(name), inner.line(name)
            inner._checked(check_key, name, f"the key {quoted(name)}", *place)
            if not inner.has(name):
                found[name] = ""
            elif (text := self.text_of(node, f"{key} {quoted(name)}", *place, check_value)) is not None:
                found[name] = text
        return found

    # -- the rest

    def silent(self, *keys: str) -> None:
        """Fields that a server writes: no wish of anybody's, so nothing is lost."""
        self._seen.update(keys)

    def close(self, table: Table[str, Unhonoured], elsewhere: Table[str, str] | None = None) -> None:
        """Reports what was not read: by `table` where Kubernetes has the field, else as unknown. `elsewhere` says
        where a misplaced field belongs."""
        for key in self.node.entries:
            if key in self._seen:
                continue
            if key in table:
                self._unhonoured(key, table[key])
            else:
                known = (*self._seen, *table)
                self.error(
                    key, f"unknown field {quoted(key)}", meant(key, known, elsewhere or {}), Reason.UNKNOWN_FIELD
                )

    def _unhonoured(self, key: str, rule: Unhonoured) -> None:
        value = plain(self.node.entries[key])
        if value is None or value in ([], {}, "") or value in rule.harmless:
            return
        if rule.refuse:
            self.error(key, f"{key} is not supported: {rule.says}", reason=Reason.NOT_SUPPORTED)
        else:
            self.warn(key, f"{key} is ignored: {rule.says}")

    def _required(self, key: str, what: str, hint: str = "") -> Node | None:
        node = self.get(key)
        if node is None and not isinstance(self.node.entries.get(key), Broken):
            absent = "is empty" if key in self.node.entries else "is missing"
            self.error(key, f"{key} {absent}: {what} is required here", hint)
        return node

    def _checked(self, check: Callable[[str], T], text: str, name: str, path: str, line: int) -> T | None:
        try:
            return check(text)
        except InvalidInput as error:
            message = str(error)
            self.error_at(path, line, message if name.lower() in message.lower() else f"{name}: {message}")
            return None


def shown(node: Node) -> str:
    """A node's value in a message."""
    if isinstance(node, Listing):
        return "a list"
    if not isinstance(node, Scalar):
        return "a mapping"
    if node.kind is ScalarKind.STRING:
        return f"the text {quoted(node.text)}"
    return node.kind if node.kind is ScalarKind.NULL else f"{node.kind} ({quoted(node.text)[1:-1]})"


def integer_problem(node: Node, low: int, high: int) -> str | None:
    """None for a whole number within the bounds, else a hint (maybe empty)."""
    if not isinstance(node, Scalar) or not isinstance(node.value, int) or isinstance(node.value, bool):
        digits = isinstance(node, Scalar) and node.text.isascii() and node.text.isdigit() and len(node.text) < 10
        return f"write {int(node.text)} without quotes" if isinstance(node, Scalar) and digits else ""
    if not low <= node.value <= high:
        return ""
    simple = str(node.value)
    return None if node.text.removeprefix("+") == simple else f"{node.text} reads as {simple}: write {simple}"


def pairs(nodes: list[Fields], key: str) -> Iterator[tuple[Fields, str]]:
    """Items with their text `key`, where they have one; for finding duplicates."""
    for each in nodes:
        node = each.node.entries.get(key)
        if isinstance(node, Scalar) and node.kind is ScalarKind.STRING:
            yield each, node.text
