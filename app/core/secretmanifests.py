"""Where the values of `kind: Secret` stand in pasted text. Nothing is parsed: broken YAML has secrets, too.

Everything under `data` and `stringData` counts, in every document that says it is a Secret, or holds one in a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_KIND = re.compile(r"\bkind[\"']?[ \t]{0,8}:[ \t]{0,8}[\"']?Secret(?![\w-])")
_PART = re.compile(r"^(?:---|```|~~~).*$", re.MULTILINE)
_BLOCK = re.compile(r"^(?P<indent>[ \t]*(?:- +)?)[\"']?(?:stringData|data)[\"']?[ \t]*:(?P<rest>.*)$", re.MULTILINE)
_FLOW = re.compile(r"[\"']?\b(?:stringData|data)[\"']?\s{0,8}:\s{0,80}\{")
_LINE = re.compile(r"[^\n]*(?:\n|\Z)")
_ENTRY = re.compile(r"[ \t]*(?:\"[^\"\n]{1,253}\"|'[^'\n]{1,253}'|[\w.-]{1,253})[ \t]*:(?=[ \t]|$)[ \t]*", re.MULTILINE)
_SIGN = re.compile(r"(?<![^\s,:{\[])(?:\"(?:[^\"\\]|\\.)*\"?|'[^']*'?)|[{}]", re.DOTALL)


def secret_values(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every value of a Secret in `text`, in order within a document; linear in its length."""
    if _KIND.search(text) is None:
        return
    starts = [0, *(found.end() for found in _PART.finditer(text))]
    ends = [*(found.start() for found in _PART.finditer(text)), len(text)]
    for start, end in zip(starts, ends, strict=True):
        if _KIND.search(text, start, end):
            yield from _flows(text, start, end)
            yield from _blocks(text, start, end)


def _flows(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """`data: {a: b}`, JSON: all between the braces."""
    at = start
    while (found := _FLOW.search(text, at, end)) is not None:
        at = _closing(text, found.end(), end)
        if text[found.end() : at].strip():
            yield found.end(), at


def _closing(text: str, at: int, end: int) -> int:
    depth = 1
    for sign in _SIGN.finditer(text, at, end):
        depth += {"{": 1, "}": -1}.get(sign[0], 0)
        if not depth:
            return sign.start()
    return end


def _blocks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    while (found := _BLOCK.search(text, at, end)) is not None:
        at = found.end()
        rest = found["rest"].split(" #")[0].strip()
        if rest.startswith("{"):
            continue
        region = _deeper(text, found.end() + 1, end, len(found["indent"]))
        if rest and not rest.startswith("#"):  # an anchor, a tag: whatever comes, all of it
            lead = len(found["rest"]) - len(found["rest"].lstrip())
            yield found.start("rest") + lead, max(region, found.end())
        else:
            yield from _entries(text, found.end() + 1, region)
        at = max(at, region - 1)


def _deeper(text: str, at: int, end: int, indent: int) -> int:
    """The end of the lines from `at` that stand deeper than `indent`, blank ones and comments included."""
    last = at
    for line in _LINE.finditer(text, at, end):
        told = line[0].strip()
        if told and not told.startswith("#") and len(line[0]) - len(line[0].lstrip(" \t")) <= indent:
            break
        if told:
            last = line.start() + len(line[0].rstrip())
        if not line[0]:
            break
    return last


def _entries(text: str, at: int, end: int) -> Iterator[tuple[int, int]]:
    """The values of `key: value` lines of one depth, each with the lines that go on with it."""
    depth: int | None = None
    value: int | None = None
    last = at
    for line in _LINE.finditer(text, at, end):
        if not line[0].strip():
            if not line[0]:
                break
            continue
        indent = len(line[0]) - len(line[0].lstrip(" \t"))
        depth = indent if depth is None else depth
        key = _ENTRY.match(text, line.start(), end) if indent <= depth else None
        if key is not None:
            if value is not None and value < last:
                yield value, last
            value = key.end()
        elif value is None:
            value = line.start() + indent
        last = line.start() + len(line[0].rstrip())
    if value is not None and value < last:
        yield value, last
