"""Answers to a failure corpus: only allowed fields are used, quotes are real, confidences are measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.agent.evaluation.failures import evaluate, labelled, symptoms_of
from app.core.errors import InvalidInput
from tests.agent.evaluation.records import read, write

CASE: dict[str, Any] = {"id": "a", "logs": ["Error: listen EADDRINUSE: address already in use :::80"], "exit_code": 1}
BLIND: dict[str, Any] = {"id": "b", "exit_code": 139}


def test_an_answer_has_what_the_scorer_reads(tmp_path: Path) -> None:
    corpus, out, said = tmp_path / "c.jsonl", tmp_path / "o.jsonl", list[str]()
    write(corpus, [{**CASE, "gold_root_cause": "port_conflict"}, BLIND])
    assert evaluate(corpus, out, said.append) == 2
    first, second = read(out)
    assert (first["root_cause"], first["remediation"]) == ("port_conflict", "change_port")
    assert first["evidence"] == CASE["logs"]
    assert 0.5 < first["confidence"] <= 1.0
    assert (second["root_cause"], second["evidence"]) == ("application_crash", [])
    assert said[0].startswith("failures: 1 of 1 (100.0%) causes right")
    assert "Brier" in said[1]


def test_labels_and_notes_never_reach_the_analyzer() -> None:
    told = {**CASE, "gold_root_cause": "dns_failure", "label_basis": "EAI_AGAIN", "distractor": "out of memory"}
    assert symptoms_of(told) == symptoms_of(CASE)


def test_a_first_miss_counts_as_a_miss() -> None:
    (one,) = labelled([{**CASE, "gold_root_cause": "port_conflict", "first_miss": 3.5}])
    assert (one.strength, one.right) == (3.5, False)


def test_a_field_of_the_wrong_form_is_named() -> None:
    with pytest.raises(InvalidInput, match="exit_code must be a whole number"):
        symptoms_of({"id": "x", "exit_code": "one"})
