"""The product's own failures: really made on Docker, shipped, and told by the rules. No confident wrong answer."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.agent.evaluation import corpus
from app.agent.evaluation.corpus import OWN_FAILURES, read_records
from app.agent.evaluation.failures import answer, evaluate, labelled, symptoms_of
from app.agent.evaluation.failurescores import SURE, Judged, judged, report
from app.analysis.calibration import confidence, measure
from app.analysis.finding import analyze
from app.cli.evaluate import command
from app.core.diagnosis import Cause, RemedyClass
from app.core.errors import InvalidInput
from app.settings import Settings
from benchmarks.recording.experiments import EXPERIMENTS

CASES = Path(__file__).with_name("cases.jsonl")
RECORDS = read_records(OWN_FAILURES, "id")


@pytest.fixture(scope="module")
def scores() -> list[Judged]:
    return [judged(record, answer(record["id"], analyze(symptoms_of(record)))) for record in RECORDS]


def lines(record: dict[str, Any]) -> int:
    return len(record["logs"]) + len(record["previous_logs"])


def test_the_causes_are_told(scores: list[Judged]) -> None:
    right, hard = [one.right for one in scores], [one.right for one in scores if one.hard]
    assert sum(right) >= 0.9 * len(right)
    assert sum(hard) >= 0.9 * len(hard) > 20


def test_every_quote_was_seen(scores: list[Judged]) -> None:
    assert not [one.id for one in scores if not one.quoted]


def test_no_wrong_answer_is_sure(scores: list[Judged]) -> None:
    assert not [one.id for one in scores if not one.right and one.confidence > SURE]


def test_no_confidence_promises_more_than_is_kept(scores: list[Judged]) -> None:
    for step in measure([(one.confidence, one.right) for one in scores]).curve:
        assert step.said <= step.right + 0.02


def test_at_first_sight_the_confidences_hold() -> None:
    """On what the rules were not built on: the cases and the later recordings, each as it was first answered."""
    seen = labelled([*read_records(CASES, "id"), *RECORDS])
    assert len([one for one in RECORDS if one["split"] == "first_sight"]) >= 20
    assert measure([(confidence(one.strength), one.right) for one in seen]).error <= 0.05


def test_the_set_is_what_it_says() -> None:
    assert OWN_FAILURES.stat().st_size < 3_000_000
    loud = [record for record in RECORDS if 100 <= lines(record) <= 2000]
    assert len(loud) >= 60
    assert len({record["gold_root_cause"] for record in loud}) >= 20
    assert max(Counter(record["gold_root_cause"] for record in RECORDS).values()) < len(RECORDS) / 8


def test_every_record_is_of_an_experiment_and_has_its_label() -> None:
    known = {one.id: one for one in EXPERIMENTS}
    assert len(known) == len(EXPERIMENTS)
    assert {record["id"] for record in RECORDS} <= set(known)
    for record in RECORDS:
        assert Cause(record["gold_root_cause"]) is known[record["id"]].cause
        assert RemedyClass(record["gold_remediation"]) is known[record["id"]].accepted[0]


def test_nothing_of_the_machine_it_was_recorded_on_is_in_it() -> None:
    text = gzip.decompress(OWN_FAILURES.read_bytes()).decode()
    assert "klrec-" not in text
    assert not re.search(r"/(?:home|root)/\w|/moby/|/overlay2/", text)


def test_the_command_runs_it_without_a_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = tmp_path / "few.jsonl.gz"
    few.write_bytes(gzip.compress("".join(json.dumps(one) + "\n" for one in RECORDS[::20]).encode()))
    monkeypatch.setattr(corpus, "OWN_FAILURES", few)
    ran = CliRunner().invoke(command(Settings), ["failures"])
    assert ran.exit_code == 0
    assert f"of {len(RECORDS[::20])} (" in ran.output
    assert "expected calibration error" in ran.output


def test_a_report_names_what_is_wrong_and_sure() -> None:
    sure = Judged("a", "disk_full", "unknown", 0.9, remedy=False, quoted=True, hard=True)
    said = list(report([sure]))
    assert said[0].startswith("failures: 0 of 1 (0.0%)")
    assert "wrong with a confidence above 0.8: a" in said
    assert said[-1] == "  wrong: a is disk_full, said unknown (0.90)"
    assert list(report([])) == []


def test_a_quote_that_was_not_seen_is_noticed() -> None:
    record = {"id": "a", "logs": ["one  line"], "gold_root_cause": "unknown", "gold_remediation": "needs_human"}
    given = {"root_cause": "unknown", "remediation": "needs_human", "confidence": 0.1}
    assert judged(record, {**given, "evidence": ["ONE line"]}).quoted
    assert not judged(record, {**given, "evidence": ["one line", "another"]}).quoted


def test_a_damaged_set_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "set.jsonl.gz").write_bytes(OWN_FAILURES.read_bytes()[:4000])
    with pytest.raises(InvalidInput, match="cannot be read"):
        evaluate(tmp_path / "set.jsonl.gz", tmp_path / "out.jsonl", print)
