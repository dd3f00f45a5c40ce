"""Bounded evidence with ids, made from symptoms: head and tail of the output, errors first, repeated lines folded.

Everything later (rules, sentences, a model) sees only these items, so a quote can always be checked against one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.analysis.tone import Tone, tone_of
from app.core.diagnosis import Item, Source, Symptoms

MAX_LINES = 400
"""Of one stream of output; of longer ones the head, the tail and what looks like an error are kept."""
HEAD = 60
TAIL = 200
LINE_CHARS = 2000
"""A longer line is cut at its end: what it still says is verbatim."""

_NUMBERS = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{8,}\b|\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Items in the order they happened within their source; `tones` by item id."""

    items: tuple[Item, ...]
    tones: dict[str, Tone]

    def of(self, *sources: Source) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.source in sources)

    def find(self, ident: str) -> Item | None:
        return next((item for item in self.items if item.id == ident), None)


def gather(symptoms: Symptoms) -> Evidence:
    """The evidence of `symptoms`, in a size that is bounded whatever the program printed."""
    items = [
        *_output(Source.LOG, symptoms.logs),
        *_output(Source.PREVIOUS, symptoms.previous_logs),
        *_output(Source.EVENT, symptoms.events),
        *_output(Source.PROBE, symptoms.health_check),
        *_output(Source.CHANGE, symptoms.recent_changes),
        *_facts(symptoms),
    ]
    return Evidence(tuple(items), {item.id: tone_of(item.text) for item in items})


def _output(source: Source, lines: Sequence[str]) -> Iterator[Item]:
    """One item a line, equal ones (but for numbers) folded into the first of them."""
    first: dict[str, int] = {}
    kept: list[tuple[int, str]] = []
    times: dict[int, int] = {}
    for number, line in enumerate(lines):
        text = line.strip("\r\n")[:LINE_CHARS]
        if not text.strip():
            continue
        key = _NUMBERS.sub("#", text)
        if key in first:
            times[first[key]] += 1
            continue
        first[key] = number
        times[number] = 1
        kept.append((number, text))
    for number, text in _bounded(kept):
        yield Item(f"{source.value}-{number}", source, text, times[number])


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
