"""Scores answers to a failure corpus: causes, remedies, quotes, and how far the confidences can be believed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.analysis.calibration import VERSION, measure

LABEL = "gold_root_cause"
SURE = 0.8
"""A wrong answer must not be surer than this."""
TEXTS = ("logs", "previous_logs", "events", "health_check", "state_reason")


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer beside its label. `cause` and `remedy` are strict: the label itself, no other acceptable one."""

    id: str
    expected: str
    given: str
    confidence: float
    remedy: bool
    quoted: bool
    """Every quote stands in what was seen."""
    hard: bool

    @property
    def right(self) -> bool:
        return self.given == self.expected


def judged(record: Mapping[str, Any], answer: Mapping[str, Any]) -> Judged:
    """`record` has labels."""
    seen = [_folded(field) for field in _fields(record)]
    return Judged(
        id=record["id"],
        expected=record[LABEL],
        given=answer["root_cause"],
        confidence=answer["confidence"],
        remedy=answer["remediation"] == record.get("gold_remediation"),
        quoted=all(any(_folded(quote) in field for field in seen) for quote in answer["evidence"]),
        hard=record.get("difficulty") == "hard",
    )


def _fields(record: Mapping[str, Any]) -> Iterator[str]:
    for name in TEXTS:
        value = record.get(name)
        yield "\n".join(value) if isinstance(value, list) else str(value or "")


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()


def report(scores: Sequence[Judged]) -> Iterator[str]:
    """Lines for a person; none without labels."""
    if not scores:
        return
    yield f"failures: {_share([one.right for one in scores])} causes right, table {VERSION}"
    found = measure([(one.confidence, one.right) for one in scores])
    yield f"Brier score {found.brier}, expected calibration error {found.error}"
    if hard := [one.right for one in scores if one.hard]:
        yield f"hard ones: {_share(hard)}"
    yield f"remedies: {_share([one.remedy for one in scores])} as expected"
    yield f"quotes: {_share([one.quoted for one in scores])} answers quote only what was seen"
    sure = [one for one in scores if not one.right and one.confidence > SURE]
    yield f"wrong with a confidence above {SURE}: {', '.join(one.id for one in sure) or 'none'}"
    for step in found.curve:
        count = f"{step.count:4} answers"
        yield f"  {step.low:.1f}-{step.low + 0.1:.1f} {count}: said {step.said:.2f}, right {step.right:.2f}"
    for one in scores:
        if not one.right:
            yield f"  wrong: {one.id} is {one.expected}, said {one.given} ({one.confidence:.2f})"


def _share(right: Sequence[bool]) -> str:
    return f"{sum(right)} of {len(right)} ({sum(right) / len(right):.1%})"
