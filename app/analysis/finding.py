"""The whole way from symptoms to findings: gather, let every rule speak, rank, calibrate. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.analysis.calibration import confidence
from app.analysis.clues import HINT, Clue, scene_of
from app.analysis.evidence import Evidence, gather
from app.analysis.ranking import ENOUGH, Ranked, rank
from app.analysis.rules import RULES
from app.analysis.settling import settle
from app.core.diagnosis import REMEDIES, Cause, Finding, Quote, RemedyClass, Source, Symptoms

MAX_FINDINGS = 3
MAX_QUOTES = 4
TWO_READINGS = 0.75
"""No more than this for words that have another reading about as often (`Clue.ambiguous`)."""
CONTENDER = 1.2
"""A second cause within this of the first is told too."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Findings, the likeliest first, and the evidence they quote. Never empty: what is not settled is `unknown`."""

    findings: tuple[Finding, ...]
    evidence: Evidence
    strength: float
    """The raw score the first finding's confidence was read from; what the table is fitted on."""


def analyze(symptoms: Symptoms) -> Verdict:
    """The causes that speak from `symptoms`."""
    evidence = gather(symptoms)
    scene = scene_of(symptoms, evidence)
    ranked = rank([clue for rule in RULES for clue in rule(scene)])
    if not ranked or ranked[0].score < ENOUGH:
        ranked = [_unsettled(evidence, ranked), *(one for one in ranked if one.cause is not Cause.UNKNOWN)]
    strength = raw_strength(ranked)
    chance = confidence(strength)
    best = _finding(ranked[0], min(chance, TWO_READINGS) if ranked[0].ambiguous else chance, ranked[1:])
    told = [best]
    rest = max(0.0, 1.0 - best.confidence)
    for other in ranked[1:MAX_FINDINGS]:
        if ranked[0].score - other.score <= CONTENDER and other.cause is not Cause.UNKNOWN:
            rest *= 0.5
            told.append(_finding(other, rest, ()))
    return Verdict(tuple(told), evidence, strength)


def raw_strength(ranked: Sequence[Ranked]) -> float:
    """0 to 6: the first cause's score, less where another cause is near, capped where its words are ambiguous."""
    top = ranked[0]
    others = [one.score for one in ranked[1:] if one.cause is not Cause.UNKNOWN]
    margin = top.score - max(others, default=0.0)
    strength = top.score - max(0.0, 1.2 - margin) * 0.8
    if top.ambiguous:
        strength = min(strength, 2.4)
    return max(0.0, min(6.0, strength))


def _unsettled(evidence: Evidence, ranked: Sequence[Ranked]) -> Ranked:
    shown = next((one for one in ranked if one.cause is Cause.UNKNOWN), None)
    if shown is not None:
        return shown
    spoken = evidence.of(Source.EVENT, Source.PROBE, Source.STATE, Source.LOG, Source.PREVIOUS)
    quotes = tuple(Quote(item.id, item.text.strip()[:300]) for item in spoken[-1:])
    clue = Clue(Cause.UNKNOWN, HINT, quotes, because="nothing that was seen settles a cause")
    return Ranked(Cause.UNKNOWN, HINT, (clue,))


def _finding(one: Ranked, chance: float, others: Sequence[Ranked]) -> Finding:
    quotes: dict[str, Quote] = {}
    for clue in one.clues:
        for quote in clue.quotes:
            quotes.setdefault(quote.item, quote)
    return Finding(
        cause=one.cause,
        confidence=round(chance, 2),
        remedies=_remedies(one),
        quotes=tuple(quotes.values())[:MAX_QUOTES],
        because=one.best.because,
        settle=settle(one.cause, [other.cause for other in others], chance),
    )


def _remedies(one: Ranked) -> tuple[RemedyClass, ...]:
    usual = REMEDIES[one.cause]
    special = next((clue.remedy for clue in one.clues if clue.remedy is not None), None)
    asked = (
        one.best.remedy or (special if one.best.weight - 0.5 <= max(c.weight for c in one.clues if c.remedy) else None)
        if special
        else one.best.remedy
    )
    return tuple(dict.fromkeys((asked, *usual) if asked else usual))
