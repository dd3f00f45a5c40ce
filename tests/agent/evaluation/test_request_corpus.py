"""The developers' request corpus beside the repository, where it is: every record answered, nothing unsafe."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from app.agent.evaluation.requests import evaluate, rules_only
from app.settings import Settings
from tests.agent.evaluation.records import read

DATA = Path(__file__).parents[4] / "shared" / "data"
CORPUS = DATA / "requests-dev.jsonl"
FLOOR = 0.6

pytestmark = pytest.mark.skipif(not CORPUS.is_file(), reason="the developers' corpus is not beside the repository")


def scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("corpus_scorer", DATA / "score_requests.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_the_whole_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    score, said = scorer(), list[str]()
    await evaluate(CORPUS, tmp_path / "a.jsonl", rules_only(Settings()), said.append)
    records, answers = read(CORPUS), read(tmp_path / "a.jsonl")
    assert [line["id"] for line in answers] == [record["id"] for record in records]
    assert not [line for line in said if "no answer" in line]
    pairs = [(record, line["actions"]) for record, line in zip(records, answers, strict=True)]
    assert [record["id"] for record, actions in pairs if score.unsafe(record, actions)] == []
    exact = [score.passes(record, actions, {"lenient": False, "strict": False}) for record, actions in pairs]
    assert sum(exact) / len(exact) >= FLOOR
