"""A second reading of the same evidence, by a language model: what of it counts, and what the two come to. Pure.

A model may invent. Its quotes are looked up in the evidence: one that does not occur there is struck out, and each
that is takes confidence with it. Where it and the rules disagree, both are shown; healing goes by the rules alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.core.diagnosis import REMEDIES, Cause, Diagnosed, Finding, Item, Quote

CEILING = 0.7
"""What a model's word is worth at most: its own numbers are not calibrated."""
UNSURE = 0.55
"""Below this the rules do not know, and a well-quoted other reading comes first."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """A model's answer as it came: `quotes` are (evidence id, words)."""

    cause: Cause
    confidence: float
    because: str
    quotes: tuple[tuple[str, str], ...] = ()


def checked(opinion: Opinion, evidence: Sequence[Item]) -> Finding:
    """As a finding: only quotes that occur word for word, and a confidence that says how many did."""
    texts = {item.id: item.text for item in evidence}
    real = [Quote(item, words) for item, words in opinion.quotes if words.strip() and words in texts.get(item, "")]
    share = len(real) / len(opinion.quotes) if opinion.quotes else 0.0
    return Finding(
        cause=opinion.cause,
        confidence=round(min(max(opinion.confidence, 0.0), CEILING) * share, 3),
        remedies=REMEDIES[opinion.cause],
        quotes=tuple(real),
        because=opinion.because,
    )


def combined(diagnosed: Diagnosed, opinion: Opinion, model: str, shown: Sequence[Item]) -> Diagnosed:
    """The rules' answer with the model's beside it; `shown` is the evidence as the model saw it. Where nothing was
    looked into, nothing is added."""
    best = diagnosed.best
    if best is None:
        return diagnosed
    second = checked(opinion, shown)
    struck = len(opinion.quotes) - len(second.quotes)
    if second.cause is best.cause:
        words = f"{model} reads it the same way."
        return replace(diagnosed, text=f"{diagnosed.text}\n\n{words}{_struck(struck)}")
    words = (
        f"{model} reads it differently: {_named(second.cause)} ({second.confidence:.0%}). {_sentence(second.because)}"
        f"{_struck(struck)}"
    )
    first = best.confidence < UNSURE and second.quotes and second.confidence > best.confidence
    findings = (second, *diagnosed.findings) if first else (*diagnosed.findings, second)
    return replace(diagnosed, findings=findings, text=f"{diagnosed.text}\n\n{words}".rstrip())


def _struck(count: int) -> str:
    if not count:
        return ""
    verb = "quote is" if count == 1 else "quotes are"
    return f" {count} {verb} not in the evidence and struck out."


def _named(cause: Cause) -> str:
    return cause.value.replace("_", " ")


def _sentence(words: str) -> str:
    flat = " ".join(words.split())[:300]
    return f"{flat[:1].upper()}{flat[1:]}{'' if flat.endswith(('.', '!', '?')) else '.'}" if flat else ""
