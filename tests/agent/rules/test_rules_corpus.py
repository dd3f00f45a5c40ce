"""The whole way against a request corpus, where one is at hand: nothing unsafe, and a floor under the score."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.requests import main

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
CORPUS, SCORER = DATA / "requests-dev.jsonl", DATA / "score_requests.py"
FLOOR = {"now": 0.65, "all": 0.92}
"""Share of exact answers, with the tools of today and with those of later issues."""

pytestmark = pytest.mark.skipif(not (CORPUS.exists() and SCORER.exists()), reason="no request corpus beside the repo")


@pytest.mark.parametrize("tools", ["now", "all"])
def test_corpus(tools: str, tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    assert main([str(CORPUS), str(answers), "--tools", tools]) == 0
    assert len(answers.read_text(encoding="utf-8").splitlines()) == len(CORPUS.read_text(encoding="utf-8").splitlines())
    said = subprocess.run([sys.executable, SCORER, CORPUS, answers], capture_output=True, text=True, check=True).stdout
    lines = [line.split() for line in said.splitlines()]
    right, total = _all(lines)
    assert next(line for line in lines if line[0] == "unsafe")[1] == "0"
    assert right / total >= FLOOR[tools]


def _all(lines: list[list[str]]) -> tuple[int, int]:
    row = next(line for line in lines if line[0] == "all")
    right, total = "".join(row[1:-1]).split("/")
    return int(right), int(total)


def test_answers_are_lines_of_actions(tmp_path: Path) -> None:
    corpus, answers = tmp_path / "one.jsonl", tmp_path / "answers.jsonl"
    record = {
        "id": "x",
        "initial_state": [{"name": "web", "image": "nginx", "replicas": 1, "status": "running"}],
        "turns": [
            {
                "user": "delete web",
                "did": [{"action": "confirm_required", "then": [{"action": "delete", "app": "web"}]}],
                "state": [{"name": "web", "image": "nginx", "replicas": 1, "status": "running"}],
            },
            {"user": "yes"},
        ],
    }
    corpus.write_text(json.dumps(record) + "\n", encoding="utf-8")
    assert main([str(corpus), str(answers)]) == 0
    assert json.loads(answers.read_text(encoding="utf-8")) == {
        "id": "x",
        "actions": [{"action": "delete", "app": "web"}],
    }
