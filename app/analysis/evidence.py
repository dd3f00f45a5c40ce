"""Bounded evidence with ids, made from symptoms: head and tail of the output, errors first, repeated lines folded.

Everything later (rules, sentences, a model) sees only these items, so a quote can always be checked against one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.analysis.tone import Tone, tone_of
from app.core.diagnosis import Item, Source, Symptoms

MAX_LINES = 400
"""Of one stream of output; of longer ones the head, the tail and what looks like an error are kept."""
HEAD = 60
TAIL = 200
LINE_CHARS = 2000
"""A longer line is cut at its end: what it still says is verbatim."""

_PYTHON_FRAME = re.compile(r'\s+File "[^"]*", line \d+')
_FRAME = re.compile(r'\s+File "[^"]*", line \d+, in |\s+at .{1,200}[:(]\S*:\d+(?::\d+)?\)?$')
_MARKS = re.compile(r"\s*[\^~]+[\^~ ]*$")
_NODE_PLACE = re.compile(r"(?:(?:file://)?/|node:)\S+:\d+$")
_NUMBERS = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{8,}\b|\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Items in the order they happened within their source; `tones` by item id."""

    items: tuple[Item, ...]
    tones: dict[str, Tone]
    behind: dict[str, int] = field(default_factory=dict)
    """Of what was printed: how many other lines followed the last time it was said."""
    code: frozenset[str] = frozenset()
    """Printed lines that are frames of a stack trace or the source code such frames show: no messages."""

    def of(self, *sources: Source) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.source in sources)

    def find(self, ident: str) -> Item | None:
        return next((item for item in self.items if item.id == ident), None)


def gather(symptoms: Symptoms) -> Evidence:
    """The evidence of `symptoms`, in a size that is bounded whatever the program printed."""
    printed = [
        *_output(Source.LOG, symptoms.logs),
        *_output(Source.PREVIOUS, symptoms.previous_logs),
    ]
    items = [
        *(line.item for line in printed),
        *_lines(Source.EVENT, symptoms.events),
        *_lines(Source.PROBE, symptoms.health_check),
        *_lines(Source.CHANGE, symptoms.recent_changes),
        *_facts(symptoms),
    ]
    tones = {item.id: tone_of(item.text) for item in items}
    tones |= {line.item.id: Tone.HARMLESS for line in printed if line.code}
    behind = {line.item.id: line.behind for line in printed}
    return Evidence(tuple(items), tones, behind, frozenset(line.item.id for line in printed if line.code))


@dataclass(frozen=True, slots=True)
class _Line:
    item: Item
    behind: int
    code: bool
    """A line of the program's own source, which a stack trace shows: it is no message."""


def _output(source: Source, lines: Sequence[str]) -> Iterator[_Line]:
    """One a line, equal ones (but for numbers) folded into the first of them."""
    first: dict[str, int] = {}
    kept: list[tuple[int, str]] = []
    times: dict[int, int] = {}
    last: dict[int, int] = {}
    code = set[int]()
    spoken: list[int] = []
    texts = [line.strip("\r\n")[:LINE_CHARS] for line in lines]
    for number, text in enumerate(texts):
        if not text.strip():
            continue
        if is_source(texts, number):
            code.add(number)
        else:
            spoken.append(number)
        key = _NUMBERS.sub("#", text)
        if key not in first:
            first[key] = number
            times[number] = 0
            kept.append((number, text))
        times[first[key]] += 1
        last[first[key]] = number
    for number, text in _bounded(kept):
        item = Item(f"{source.value}-{number}", source, text, times[number])
        yield _Line(item, len(spoken) - bisect_right(spoken, last[number]), number in code)


def _lines(source: Source, lines: Sequence[str]) -> Iterator[Item]:
    return (line.item for line in _output(source, lines))


def is_source(lines: Sequence[str], at: int) -> bool:
    """A frame of a stack trace, or the line of source code that one shows."""
    if _FRAME.match(lines[at]) or _MARKS.match(lines[at]):
        return True
    before = lines[at - 1] if at else ""
    return bool(_PYTHON_FRAME.match(before) and lines[at].startswith("    ")) or bool(_NODE_PLACE.match(before))


def _bounded(kept: Sequence[tuple[int, str]]) -> Iterable[tuple[int, str]]:
    if len(kept) <= MAX_LINES:
        return kept
    middle = [one for one in kept[HEAD:-TAIL] if tone_of(one[1]) >= Tone.ERROR][: MAX_LINES - HEAD - TAIL]
    return [*kept[:HEAD], *middle, *kept[-TAIL:]]


def _facts(symptoms: Symptoms) -> Iterator[Item]:
    if symptoms.state_reason:
        yield Item("state", Source.STATE, symptoms.state_reason)
    for name in ("exit_code", "oom_killed", "restart_count", "image", "command", "memory_limit", "memory_used"):
        value = getattr(symptoms, name)
        if value not in (None, ""):
            yield Item(name, Source.FACT, f"{name.replace('_', ' ')}: {value}")
    for number, port in enumerate(symptoms.ports):
        yield Item(f"port-{number}", Source.FACT, f"port: {port}")
    if symptoms.env_names:
        yield Item("env", Source.FACT, f"environment names: {', '.join(symptoms.env_names)}")
    for number, one in enumerate(symptoms.neighbours):
        yield Item(f"neighbour-{number}", Source.NEIGHBOUR, f"{one.name}: {one.state}")
