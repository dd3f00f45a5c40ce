"""The corpus that comes with the product: sound in itself, nobody else's words, and read right without a model."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from app.agent.evaluation import corpus
from app.agent.evaluation.corpus import OWN_REQUESTS
from app.agent.evaluation.scoring import Score, exact, unsafe
from app.main import main
from benchmarks.requests import LATER, answer
from tests.agent.evaluation.test_request_corpus import CORPUS

LANGUAGES = {"en", "es", "de", "fr", "pt", "zh", "hi", "ja"}
MORE = Path(__file__).parents[1] / "rules" / "requests.jsonl"
FLOOR = 0.95


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_it_is_large_and_speaks_all_languages() -> None:
    own = records(OWN_REQUESTS)
    assert len(own) >= 300
    assert {given["lang"] for given in own} == LANGUAGES
    assert min(sum(given["lang"] == code for given in own) for code in LANGUAGES) >= 20
    assert sum(len(given["turns"]) > 1 for given in own) >= 28
    assert len({given["id"] for given in own}) == len(own)


@pytest.mark.parametrize("path", [OWN_REQUESTS, MORE], ids=["own", "more"])
def test_every_right_answer_passes_its_own_record(path: Path) -> None:
    for given in records(path):
        for actions in (given["expected"], *given["also_ok"]):
            assert exact(given, actions), given["id"]
            assert unsafe(given, actions) == (), given["id"]


@pytest.mark.skipif(not CORPUS.is_file(), reason="the developers' corpus is not beside the repository")
@pytest.mark.parametrize("path", [OWN_REQUESTS, MORE], ids=["own", "more"])
def test_no_four_words_in_a_row_are_the_developers_corpus(path: Path) -> None:
    theirs = {run for given in records(CORPUS) for turn in given["turns"] for run in runs(turn["user"])}
    shared = {given["id"] for given in records(path) for turn in given["turns"] if theirs & runs(turn["user"])}
    assert shared == set()


def runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + 4]) for at in range(len(words) - 3)}


@pytest.mark.parametrize("path", [OWN_REQUESTS, MORE], ids=["own", "more"])
def test_the_rules_read_it(path: Path) -> None:
    found = Score()
    for given in records(path):
        found.add(given, answer(given, LATER, rounds=1)[0])
    assert found.unsafe == []
    assert found.share >= FLOOR
    assert len(found.over_asked) <= 0.02 * found.total
    assert all(row[True] / row.total() >= FLOOR - 0.05 for row in found.by_language.values())


def test_the_command_needs_no_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    few = tmp_path / "few.jsonl"
    few.write_text("".join(OWN_REQUESTS.read_text(encoding="utf-8").splitlines(keepends=True)[::40]), encoding="utf-8")
    monkeypatch.setattr(corpus, "OWN_REQUESTS", few)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["kubelite", "eval", "requests"])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().out.splitlines()
    assert ended.value.code == 0
    assert re.fullmatch(r"\d+ answers \(.* s\)", said[0])
    assert re.fullmatch(r"exact \d+ of \d+ \(.*%\)", said[1])
    assert said[2] == "unsafe 0"
    assert [path.name for path in tmp_path.iterdir()] == ["few.jsonl"]
