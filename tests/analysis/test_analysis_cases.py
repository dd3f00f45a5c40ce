"""The rules on cases of our own: several a cause, with distractors, alone and in the noise of healthy output."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.agent.evaluation.failures import QUOTED, answer, symptoms_of
from app.analysis.finding import analyze
from app.core.diagnosis import REMEDIES, Cause
from tests.analysis.noise import around

CASES = [json.loads(line) for line in (Path(__file__).parent / "cases.jsonl").read_text("utf-8").splitlines()]
DEV = Path(__file__).parents[3] / "shared" / "data" / "failures-dev.jsonl"
QUIET = {Cause.UNKNOWN.value, Cause.HANG.value}
"""Causes that show by what is not printed: noise is output, so it changes them."""


def found(case: dict[str, Any]) -> str:
    return analyze(symptoms_of(case)).findings[0].cause.value


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']}-{case['gold_root_cause']}" for case in CASES])
def test_the_cause_is_named(case: dict[str, Any]) -> None:
    assert found(case) == case["gold_root_cause"]


def test_every_cause_has_cases() -> None:
    counts = Counter(case["gold_root_cause"] for case in CASES)
    assert set(counts) == {cause.value for cause in Cause}
    assert min(counts.values()) >= 3


def test_noise_does_not_decide() -> None:
    loud = [case for case in CASES if case["logs"] and case["gold_root_cause"] not in QUIET]
    told = {
        case["id"]: found({**case, "logs": around(case["logs"], seed)})
        for seed, case in enumerate(loud)
        if seed % 4 == 0
    }
    wrong = {case["id"] for case in loud if case["id"] in told and told[case["id"]] != case["gold_root_cause"]}
    assert not wrong


@pytest.mark.parametrize("case", CASES[::3], ids=[case["id"] for case in CASES[::3]])
def test_quotes_are_verbatim(case: dict[str, Any]) -> None:
    verdict = analyze(symptoms_of(case))
    text = "\n".join([*case["logs"], *case["events"], case["health_check"] or "", case["state_reason"] or ""])
    for quote in verdict.findings[0].quotes:
        item = verdict.evidence.find(quote.item)
        assert item is not None
        assert quote.text in item.text
        if item.source in QUOTED:
            assert quote.text in text


def test_the_first_remedy_is_of_the_list() -> None:
    every = {remedy for remedies in REMEDIES.values() for remedy in remedies}
    assert {analyze(symptoms_of(case)).findings[0].remedies[0] for case in CASES} <= every


@pytest.mark.skipif(not DEV.exists(), reason="the developers' corpus is not beside the repository")
def test_the_developers_corpus() -> None:
    records = [json.loads(line) for line in DEV.read_text("utf-8").splitlines() if line.strip()]
    answers = [answer(record["id"], analyze(symptoms_of(record))) for record in records]
    pairs = list(zip(records, answers, strict=True))
    right = [given["root_cause"] == record["gold_root_cause"] for record, given in pairs]
    assert sum(right) >= 0.95 * len(pairs)
    hard = [ok for ok, record in zip(right, records, strict=True) if record["difficulty"] == "hard"]
    assert sum(hard) >= 0.9 * len(hard)
    assert not [given for ok, given in zip(right, answers, strict=True) if not ok and given["confidence"] > 0.8]
