"""Answers to a manifest corpus: the words, the lines, and that a crash is counted and not raised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.agent.evaluation import manifests
from app.agent.evaluation.manifests import answer, evaluate, outcome
from tests.agent.evaluation.records import read, write
from tests.core.manifest_texts import application, deployment, parse

POLICY = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web}\nspec: {podSelector: {}}\n"
DEV = Path(__file__).parents[4] / "shared" / "data" / "manifests-dev"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (deployment(), "accept"),
        (application(), "accept"),
        (deployment(pod="tolerations: [{operator: Exists}]"), "accept_with_warning"),
        (deployment(spec="replicas: -1"), "reject"),
        (POLICY, "unsupported_kind"),
        (POLICY + "---\n" + deployment(), "unsupported_kind"),
        (POLICY + "---\n" + deployment(spec="replicas: -1"), "reject"),
        ("", "reject"),
    ],
)
def test_the_words(text: str, word: str) -> None:
    assert outcome(parse(text)) == word


def test_an_answer_of_an_accepted_file() -> None:
    line = answer("a.yaml", deployment(spec="replicas: 2").encode(), print)
    assert line["path"] == "a.yaml"
    assert line["outcome"] == "accept"
    assert line["kinds"] == ["Deployment"]
    assert line["errors"] == line["warnings"] == []
    assert not line["crashed"]
    assert line["documents"][0]["facts"]["replicas"] == 2
    assert json.loads(json.dumps(line)) == line


def test_an_answer_of_a_rejected_file() -> None:
    line = answer("a.yaml", deployment(spec="replicas: -1").encode(), print)
    (error,) = line["errors"]
    assert (error["doc"], error["path"], error["line"]) == (0, "spec.replicas", 6)
    assert "replicas" in error["message"]
    assert line["documents"] == []


def test_a_crash_is_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("boom")

    monkeypatch.setattr(manifests, "parse_manifests", broken)
    said: list[str] = []
    line = answer("a.yaml", b"", said.append)
    assert line["crashed"]
    assert line["outcome"] == "reject"
    assert said == ["a.yaml: crashed: ValueError: boom"]


@pytest.mark.parametrize("given", ["folder", "index"])
def test_a_whole_corpus(tmp_path: Path, given: str) -> None:
    (tmp_path / "one.yaml").write_text(deployment())
    (tmp_path / "gen_large.py").write_text("import sys\nopen(sys.argv[2], 'w').write('[' * 20000 + sys.argv[1])\n")
    index = write(tmp_path / "index.jsonl", [{"path": "one.yaml"}, {"path": "two.yaml", "generate": "deep"}])
    said: list[str] = []
    out = tmp_path / "answers.jsonl"
    assert evaluate(tmp_path if given == "folder" else index, out, said.append) == 2
    lines = read(out)
    assert [(line["path"], line["outcome"]) for line in lines] == [("one.yaml", "accept"), ("two.yaml", "reject")]
    assert "nested too deep" in lines[1]["errors"][0]["message"]
    assert said[0] == "manifests: 2 of 2"


def test_what_is_not_there_is_an_error_line(tmp_path: Path) -> None:
    records = [{"path": "gone.yaml"}, {"path": "big.yaml", "generate": "big"}]
    index = write(tmp_path / "index.jsonl", records)
    said: list[str] = []
    evaluate(index, tmp_path / "a.jsonl", said.append)
    gone, big = read(tmp_path / "a.jsonl")
    assert gone["outcome"] == big["outcome"] == "reject"
    assert "gone.yaml cannot be read: No such file" in gone["errors"][0]["message"]
    assert "gen_large.py is not there, so big cannot be made" in big["errors"][0]["message"]
    assert not gone["crashed"]
    assert len(said) == 4


def test_a_generator_that_fails_is_an_error_line(tmp_path: Path) -> None:
    (tmp_path / "gen_large.py").write_text("raise SystemExit('no such name')\n")
    index = write(tmp_path / "index.jsonl", [{"path": "big.yaml", "generate": "big"}])
    evaluate(index, tmp_path / "a.jsonl", list[str]().append)
    (line,) = read(tmp_path / "a.jsonl")
    assert "could not make big: CalledProcessError" in line["errors"][0]["message"]


@pytest.mark.skipif(not DEV.is_dir(), reason="the developers' corpus is not beside the repository")
def test_the_developers_corpus(tmp_path: Path) -> None:
    evaluate(DEV, tmp_path / "a.jsonl", list[str]().append)
    lines = read(tmp_path / "a.jsonl")
    assert [line["path"] for line in lines] == [record["path"] for record in read(DEV / "index.jsonl")]
    assert not [line["path"] for line in lines if line["crashed"]]
