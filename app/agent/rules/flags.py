"""Values in the notation of a command line: `KEY=value`, `--replicas=3`, `-p 8080:80`, `web=5`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from app.agent.rules.cursor import Cursor, whole
from app.agent.rules.senses import Count, Item, Role
from app.agent.rules.tokens import Shape, fold, shape_of

Marked = tuple[list[Item], int]
"""Items, and how many tokens they take."""

_PAIRS = {
    "replicas": Role.COUNT,
    "image": Role.IMAGE,
    "name": Role.NAME,
    "memory": Role.MEMORY,
    "mem": Role.MEMORY,
    "cpu": Role.CPU,
    "cpus": Role.CPU,
    "gpu": Role.GPU,
    "gpus": Role.GPU,
    "port": Role.PORT,
    "namespace": Role.NAMESPACE,
    "runtime": Role.RUNTIME,
    "tail": Role.LINES,
    "since": Role.SPAN,
    "min": Role.OPTION,
    "max": Role.OPTION,
}
_FLAGS = {
    **_PAIRS,
    "n": Role.NAMESPACE,
    "p": Role.PORT,
    "publish": Role.PORT,
    "e": Role.ENV,
    "env": Role.ENV,
    "m": Role.MEMORY,
    "v": Role.VOLUME,
    "volume": Role.VOLUME,
    "mount": Role.VOLUME,
    "l": Role.LABEL,
    "label": Role.LABEL,
    "grep": Role.OPTION,
    "cpu-percent": Role.OPTION,
    "to-revision": Role.REVISION,
    "target-port": Role.PORT,
    "schedule": Role.SCHEDULE,
    "type": Role.MARK,
}
_MOST_LIMITS = 4
_PORT = re.compile(r"(?:[\d.]{7,15}:)?(?:\d{1,5}:)?\d{1,5}(?:/\w{1,4})?")
PortPair = tuple[int | None, int]
"""Host port, if one was asked for, and container port; -1 for what is no port."""


def pair(cursor: Cursor, at: int, before: Sequence[Item]) -> Marked:
    """`KEY=value`: an environment variable, unless the key is one of ours or an app."""
    key, _, value = cursor.tokens[at].text.partition("=")
    value = unquoted(value)
    if before and _labelled(before):
        return [cursor.item(at, at + 1, Role.LABEL, cursor.tokens[at].text)], 1
    if counted := _counted_app(cursor, at, key, value):
        return counted, 1
    if shape_of(value) is Shape.REFERENCE and (own := cursor.apps.word(fold(key), key)) and own.how == "exact":
        return [cursor.item(at, at + 1, Role.IMAGE, value)], 1
    named = cursor.apps.word(fold(value), value) if key == "app" else None
    if named is not None:
        return [cursor.item(at, at + 1, Role.APP, named.names[0], named)], 1
    if key in _PAIRS:
        return [cursor.item(at, at + 1, *_valued(_PAIRS[key], key, value))], 1
    return [cursor.item(at, at + 1, Role.ENV, key, (key, value))], 1


def _labelled(before: Sequence[Item]) -> bool:
    """After "label", or after a label with "and" or a comma between."""
    listed = len(before) > 1 and (before[-1].has(Role.BREAK) or before[-1].has(Role.CONNECT, "and"))
    last = before[-2] if listed else before[-1]
    return last.has(Role.LABEL) or (last.has(Role.MARK, "label") and not listed)


def flag(cursor: Cursor, at: int) -> Marked:
    """`--name=value`, `--name value`, `-x`."""
    name, equals, value = cursor.tokens[at].text.lstrip("-").partition("=")
    if name in ("limits", "requests") and value:
        return [_limit(cursor, at, part) for part in value.split(",")[:_MOST_LIMITS]], 1
    if name == "all":
        return [cursor.item(at, at + 1, Role.ALL, "all")], 1
    length = 1
    if not equals and name in _FLAGS and cursor.inside(at + 1) and cursor.shape(at + 1) is not Shape.FLAG:
        value, length = cursor.tokens[at + 1].text, 2
    if name == "n" and value.isdecimal():
        return [cursor.item(at, at + length, Role.LINES, value)], length
    role, sense, made = _valued(_FLAGS.get(name, Role.OPTION), name, unquoted(value))
    marked = {Role.MARK: "target"} if name == "target-port" else {}
    return [cursor.meaning(at, at + length, {role: sense, **marked}, value=made)], length


def _limit(cursor: Cursor, at: int, part: str) -> Item:
    """One of `--limits=cpu=200m,memory=512Mi`."""
    key, _, value = part.partition("=")
    return cursor.item(at, at + 1, *_valued(_PAIRS.get(key, Role.OPTION), key, value))


def port_pair(text: str) -> PortPair:
    """`8080:80` as (8080, 80), `80/tcp` and `:80` as (None, 80)."""
    if not _PORT.fullmatch(text.removeprefix(":")):
        return None, -1
    host, _, port = text.partition("/")[0].removeprefix(":").rpartition(":")
    outer = whole(host.rpartition(":")[2]) if host else None
    return outer, whole(port) or 0


def unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _counted_app(cursor: Cursor, at: int, key: str, value: str) -> list[Item]:
    """`web=5`: an app and its count."""
    mention = cursor.apps.word(fold(key), key)
    count = whole(value)
    if mention is None or mention.how != "exact" or count is None:
        return []
    to = cursor.item(at, at + 1, Role.PREP, "to")
    return [
        cursor.item(at, at + 1, Role.APP, mention.names[0], mention),
        to,
        cursor.item(at, at + 1, Role.COUNT, value, Count(count)),
    ]


def _valued(role: Role, key: str, value: str) -> tuple[Role, str, Any]:
    if role is Role.COUNT:
        number = whole(value)
        return role, value, Count(problem="odd") if number is None else Count(number, of_replicas=True)
    if role is Role.PORT:
        return role, value, port_pair(value)
    if role is Role.ENV:
        name, equals, text = value.partition("=")
        return role, name, (name, unquoted(text) if equals else None)
    if role is Role.OPTION:
        return role, key, value
    if role is Role.MARK:
        return role, "public" if value.lower() in ("nodeport", "loadbalancer") else key, value
    return role, value, whole(value) if role is Role.REVISION else value
