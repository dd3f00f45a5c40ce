"""Strict YAML to nodes, from the parser's events alone: no constructor exists here, so no tag can make anything run.

Refused, each with its line: duplicate keys, tags beyond YAML's own scalars, aliases that contain or multiply
themselves, more depth or more values than a manifest ever has. All limits are checked while the events arrive.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from app.core.manifest.nodes import Broken, Listing, Mapping, Node, Scalar, ScalarKind, join, resolve
from app.core.manifest.report import FieldError, Reason
from app.core.manifest.syntax import TEMPLATE_HINT, looks_like_template, syntax_error
from app.core.quoting import quoted

MAX_DEPTH = 64
"""Kubernetes' own kinds nest about 20 deep."""
MAX_VALUES = 150_000
MAX_DOCUMENTS = 1000
MAX_ERRORS = 100
MAX_ALIASED_VALUES = 20_000
"""How many values aliases may stand for, over the whole text."""

_LOADER: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_SCALAR_TAGS = frozenset(_TAG + name for name in ("str", "int", "float", "bool", "null"))
_LIST_TAGS = frozenset({"!", _TAG + "seq"})
_MAP_TAGS = frozenset({"!", _TAG + "map"})


@dataclass(frozen=True, slots=True)
class Document:
    """One document that is not empty."""

    index: int
    line: int
    root: Node


@dataclass(frozen=True, slots=True)
class Loaded:
    """Every document up to the first thing that cannot be read past, and all errors so far."""

    documents: tuple[Document, ...]
    errors: tuple[FieldError, ...]


class _Stop(Exception):
    """Nothing after this can be read."""

    def __init__(self, error: FieldError) -> None:
        super().__init__(error.message)
        self.error = error


def load(text: str) -> Loaded:
    """The documents of `text` (already decoded and bounded in size); never raises for what stands in it."""
    composer = _Composer(text)
    try:
        composer.run()
    except _Stop as stop:
        composer.errors.append(stop.error)
    except yaml.YAMLError as error:
        composer.errors.append(syntax_error(error, text, len(composer.documents)))
    return Loaded(tuple(composer.documents), tuple(composer.errors))


class _Composer:
    def __init__(self, text: str) -> None:
        self.documents: list[Document] = []
        self.errors: list[FieldError] = []
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)
        self._template = looks_like_template(text)
        self._anchors: dict[str, Node | None] = {}
        self._path: list[str | int] = []
        self._values = 0
        self._aliased = 0

    def run(self) -> None:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors.clear()
                self._path.clear()
                first = next(self._events)
                root = self._node(first, 1)
                if len(self.documents) >= MAX_DOCUMENTS:
                    hint = "split it into several files"
                    self._stop(root.line, f"more than {MAX_DOCUMENTS:,} documents: the limit for one file", hint)
                if not (isinstance(root, Scalar) and root.kind is ScalarKind.NULL):
                    self.documents.append(Document(len(self.documents), root.line, root))

    def _node(self, event: yaml.Event, depth: int) -> Node:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(str(event.anchor), line, depth)
        self._values += 1
        if self._values > MAX_VALUES:
            self._stop(line, f"more than {MAX_VALUES:,} values: the limit for one file", "split it into several files")
        if depth > MAX_DEPTH and not isinstance(event, yaml.ScalarEvent):
            self._stop(line, f"nested too deep: more than {MAX_DEPTH} levels", "no manifest needs that many")
        anchor = getattr(event, "anchor", None)
        if anchor:
            self._anchors[anchor] = None
        node = self._fresh(event, line, depth)
        if anchor:
            self._anchors[anchor] = node
        return node

    def _fresh(self, event: yaml.Event, line: int, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, line)
        if isinstance(event, yaml.SequenceStartEvent):
            listing = self._listing(line, depth)
            return listing if self._tag_allowed(event.tag, _LIST_TAGS, line) else Broken(line)
        mapping = self._mapping(line, depth)
        return mapping if self._tag_allowed(getattr(event, "tag", None), _MAP_TAGS, line) else Broken(line)

    def _alias(self, anchor: str, line: int, depth: int) -> Node:
        if anchor not in self._anchors:
            self._error(line, f"the alias *{anchor} has no anchor &{anchor} before it")
            return Broken(line)
        target = self._anchors[anchor]
        if target is None:
            self._error(line, f"the alias *{anchor} stands inside its own anchor &{anchor}")
            return Broken(line)
        self._aliased += target.size
        if self._aliased > MAX_ALIASED_VALUES:
            self._stop(
                line, f"aliases expand to more than {MAX_ALIASED_VALUES:,} values: the limit", "write the values out"
            )
        if depth + target.height > MAX_DEPTH:
            self._stop(line, f"nested too deep through the alias *{anchor}: more than {MAX_DEPTH} levels", "")
        return target

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> Node:
        if event.tag is None or event.tag == "!":
            if event.implicit[0] and event.tag is None:
                return resolve(event.value, line)
            return Scalar(line, event.value, ScalarKind.STRING, event.value)
        if not self._tag_allowed(event.tag, _SCALAR_TAGS, line):
            return Broken(line)
        if event.tag == _TAG + "str":
            return Scalar(line, event.value, ScalarKind.STRING, event.value)
        return resolve(event.value, line)

    def _listing(self, line: int, depth: int) -> Listing:
        listing = Listing(line)
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            self._path.append(len(listing.items))
            item = self._node(event, depth + 1)
            self._path.pop()
            listing.items.append(item)
            listing.size += item.size
            listing.height = max(listing.height, item.height + 1)
        return listing

    def _mapping(self, line: int, depth: int) -> Node:
        mapping, merged, broken = Mapping(line), list[Node](), False
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key_line = _line(event)
            plain_key = isinstance(event, yaml.ScalarEvent) and event.implicit[0]
            key = self._key(self._node(event, depth + 1), key_line)
            self._path.append(key or "?")
            value = self._node(next(self._events), depth + 1)
            if key is None:
                broken = True
            elif key == "<<" and plain_key:
                merged.append(value)
            else:
                self._put(mapping, key, value, key_line)
            self._path.pop()
            mapping.size += value.size
            mapping.height = max(mapping.height, value.height + 1)
        for value in merged:
            self._merge(mapping, value)
        return Broken(line) if broken else mapping

    def _key(self, node: Node, line: int) -> str | None:
        """The key as text; None (and an error) where it is none."""
        if isinstance(node, Scalar):
            if node.kind not in (ScalarKind.BOOLEAN, ScalarKind.NULL):
                return node.text
            self._error(line, f"the key {node.text or 'null'} reads as {node.kind}", f'quote it: "{node.text}"')
        elif not isinstance(node, Broken):
            hint = TEMPLATE_HINT if self._template else ""
            self._error(line, "a mapping's key must be text, not a mapping or a list", hint)
        return None

    def _put(self, mapping: Mapping, key: str, value: Node, line: int) -> None:
        if key not in mapping.entries:
            mapping.entries[key] = value
            mapping.lines[key] = line
            return
        first = mapping.lines[key]
        self._error(
            line, f"duplicate key {quoted(key)}: it is on line {first} and again on line {line}", "keep one of them"
        )

    def _merge(self, mapping: Mapping, value: Node) -> None:
        """`<<: *base`: keys of the base that the mapping does not have itself."""
        for base in value.items if isinstance(value, Listing) else [value]:
            if isinstance(base, Mapping):
                for key, node in base.entries.items():
                    if mapping.entries.setdefault(key, node) is node:
                        mapping.lines.setdefault(key, base.lines[key])
            elif not isinstance(base, Broken):
                self._error(value.line, "<< merges a mapping or a list of mappings only")

    def _tag_allowed(self, tag: str | None, allowed: frozenset[str], line: int) -> bool:
        if tag is None or tag in allowed:
            return True
        shown = f"!!{tag.removeprefix(_TAG)}" if tag.startswith(_TAG) else tag
        self._error(line, f"the tag {quoted(shown)} is not allowed", "a manifest is plain data: remove the tag")
        return False

    def _error(self, line: int, message: str, hint: str = "") -> None:
        if len(self.errors) >= MAX_ERRORS:
            self._stop(line, f"more than {MAX_ERRORS} errors: reading ends here", "")
        self.errors.append(FieldError(len(self.documents), self._where(), line, message, hint, Reason.SYNTAX))

    def _stop(self, line: int, message: str, hint: str) -> None:
        raise _Stop(FieldError(len(self.documents), "", line, message, hint, Reason.LIMIT))

    def _where(self) -> str:
        return functools.reduce(join, self._path, "")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
