"""Puts findings into Markdown. Quoted text is foreign: it stands in a fence that it cannot close."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from app.analysis.evidence import Evidence
from app.analysis.sentences.words import CAUSES, ORDERS
from app.core.diagnosis import Cause, Finding, Quote, RemedyClass, Source
from app.core.quantities import format_memory
from app.core.spec import AppSpec
from app.core.views import AppStatus, AppView

FROM = {
    Source.LOG: "its output",
    Source.PREVIOUS: "the run before",
    Source.EVENT: "event",
    Source.STATE: "state",
    Source.PROBE: "probe",
    Source.CHANGE: "last change",
    Source.NEIGHBOUR: "another app",
    Source.FACT: "fact",
}
SURE, LIKELY = 0.8, 0.55
_CONTROL = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


def explain(app: str, findings: Sequence[Finding], evidence: Evidence, spec: AppSpec) -> str:
    """What, why and what to do, for the first finding; the others in a line each."""
    best = findings[0]
    name = app.removeprefix("default/")
    parts = [_what(name, best), *_why(best, evidence), f"What to do: {orders(name, best, spec)}"]
    if best.settle:
        parts.append(best.settle)
    if others := [f"{CAUSES[one.cause]} ({one.confidence:.0%})" for one in findings[1:]]:
        parts.append(f"Less likely: {'; '.join(others)}.")
    return "\n\n".join(parts)


def nothing_wrong(view: AppView) -> str:
    """Said only of what was observed."""
    name = str(view.key).removeprefix("default/")
    if view.status is AppStatus.STOPPED:
        return f"**{name}** is stopped as wished. Nothing is wrong with it."
    if view.status is AppStatus.COMPLETED:
        return f"**{name}** ran to completion. Nothing is wrong with it."
    if view.status is AppStatus.RUNNING:
        return f"Nothing is wrong with **{name}**: {view.ready} of {view.desired} replicas are ready."
    count = f"{view.ready} of {view.desired} ready"
    return f"**{name}** is on its way ({view.status.value.lower()}): {count}. No failure is seen."


def unseen(view: AppView) -> str:
    name = str(view.key).removeprefix("default/")
    return f"Nothing can be said about **{name}** now: {view.reason}."


def _what(name: str, best: Finding) -> str:
    if best.cause is Cause.UNKNOWN:
        return f"**{name}**: {CAUSES[best.cause]}. {_sentence(best.because)}"
    how = "" if best.confidence >= SURE else "probably " if best.confidence >= LIKELY else "perhaps "
    about = f" ({best.about})" if best.about else ""
    sure = f"(`{best.cause.value}`, {best.confidence:.0%})"
    return f"**{name}**: {how}{CAUSES[best.cause]}{about} {sure}. {_sentence(best.because)}"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def _why(best: Finding, evidence: Evidence) -> Iterator[str]:
    lines = [_quoted(quote, evidence) for quote in best.quotes]
    if lines:
        text = "\n".join(lines)
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
        yield f"Why:\n\n{fence}text\n{text}\n{fence}"


def _quoted(quote: Quote, evidence: Evidence) -> str:
    item = evidence.find(quote.item)
    source = FROM[item.source] if item else "?"
    often = f", {item.times} times" if item and item.times > 1 else ""
    flat = " ".join(quote.text.split())
    return f"[{source}{often}] {''.join(c for c in flat if unicodedata.category(c) not in _CONTROL)}"


def orders(name: str, best: Finding, spec: AppSpec) -> str:
    """What a person would do about it, as sentences; the likeliest remedy first."""
    limit = spec.container.resources.limits.memory_bytes
    values = {
        "app": name,
        "image": spec.container.image.replace("`", "'"),
        "memory": format_memory(2 * limit) if limit else "1Gi",
    }
    found = [ORDERS[remedy].format(**values) for remedy in best.remedies[:2]]
    if best.cause is Cause.UNKNOWN or best.remedies[0] is RemedyClass.NONE_NEEDED:
        found = found[:1]
    return " Or: ".join(found)
