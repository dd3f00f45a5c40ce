"""Answers a failure corpus with the product's rules, and measures their confidences where the corpus has labels.

The analyzer gets only what a runtime would show; labels are read afterwards, by the measure alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.agent.evaluation.corpus import Record, answers_file, read_records
from app.agent.evaluation.failurescores import LABEL, judged, report
from app.analysis.calibration import Labelled
from app.analysis.finding import Verdict, analyze
from app.core.diagnosis import Neighbour, Source, Symptoms
from app.core.errors import InvalidInput

QUOTED = frozenset({Source.LOG, Source.PREVIOUS, Source.EVENT, Source.PROBE, Source.STATE})
"""What an answer may quote; facts such as the image are given apart."""
FIRST_MISS = "first_miss"
Say = Callable[[str], None]


def evaluate(corpus: Path, out: Path, say: Say) -> int:
    """Writes one line a record, in the corpus's order; returns how many. Raises `InvalidInput`."""
    records = read_records(corpus, "id")
    scores = []
    with answers_file(out, corpus) as write:
        for record in records:
            given = answer(record["id"], analyze(symptoms_of(record)))
            write(given)
            if LABEL in record:
                scores.append(judged(record, given))
    for line in report(scores):
        say(line)
    return len(records)


def labelled(records: Sequence[Record]) -> list[Labelled]:
    """What a calibration is fitted on: each record's raw strength, and whether the cause was right.

    A record with `first_miss` was answered wrongly when the rules first saw it, with that strength: it counts so. One
    of the split `tuning` does not count: the rules were rebuilt on it, so it says nothing of what they never saw."""
    return [_labelled(record) for record in records if LABEL in record and record.get("split") != "tuning"]


def _labelled(record: Record) -> Labelled:
    if isinstance(missed := record.get(FIRST_MISS), int | float):
        return Labelled(float(missed), False)
    verdict = analyze(symptoms_of(record))
    return Labelled(verdict.strength, verdict.findings[0].cause == record[LABEL])


def symptoms_of(record: Record) -> Symptoms:
    """Of the fields that may be used. Raises `InvalidInput` with the record's id where one has the wrong form."""
    code, restarts = record.get("exit_code"), record.get("restart_count")
    for name, value in (("exit_code", code), ("restart_count", restarts)):
        if value is not None and not isinstance(value, int):
            raise InvalidInput(f"{record['id']}: {name} must be a whole number or null, not {value!r}", field=name)
    return Symptoms(
        image=_word(record, "image"),
        command=" ".join(_lines(record, "command")),
        env_names=_lines(record, "env_names"),
        ports=_lines(record, "ports"),
        exit_code=code,
        state_reason=_word(record, "state_reason"),
        oom_killed=record.get("oom_killed"),
        restart_count=restarts,
        logs=_lines(record, "logs"),
        events=_lines(record, "events"),
        health_check=_lines(record, "health_check"),
        recent_changes=_lines(record, "recent_changes"),
        previous_logs=_lines(record, "previous_logs"),
        memory_limit=record.get("memory_limit"),
        memory_used=record.get("memory_used"),
        neighbours=tuple(Neighbour(**one) for one in record.get("neighbours") or ()),
    )


def _word(record: Record, name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _lines(record: Record, name: str) -> tuple[str, ...]:
    value: Any = record.get(name)
    if value is None or value == "":
        return ()
    if isinstance(value, list):
        return tuple(str(line) for line in value)
    return tuple(str(value).split("\n"))


def answer(ident: str, verdict: Verdict) -> dict[str, Any]:
    """One line of answers. Every quote stands word for word in one of the fields that may be quoted."""
    best = verdict.findings[0]
    sources = {item.id: item.source for item in verdict.evidence.items}
    return {
        "id": ident,
        "root_cause": best.cause.value,
        "remediation": best.remedies[0].value,
        "confidence": best.confidence,
        "evidence": [quote.text for quote in best.quotes if sources[quote.item] in QUOTED] or _something(verdict),
    }


def _something(verdict: Verdict) -> list[str]:
    """The last thing that was said, where the cause rests on facts alone."""
    said = [item.text.strip()[:300] for item in verdict.evidence.items if item.source in QUOTED]
    return said[-1:]
