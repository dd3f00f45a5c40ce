"""The corpus runner: its words, its lines, and that a crash is counted and not raised."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import score_manifests
from benchmarks.score_manifests import answer, main, outcome
from tests.core.manifest_texts import application, deployment, parse

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (deployment(), "accept"),
        (application(), "accept"),
        (deployment(pod="tolerations: [{operator: Exists}]"), "accept_with_warning"),
        (deployment(spec="replicas: -1"), "reject"),
        (SERVICE, "unsupported_kind"),
        (SERVICE + "---\n" + deployment(), "unsupported_kind"),
        (SERVICE + "---\n" + deployment(spec="replicas: -1"), "reject"),
        ("", "reject"),
    ],
)
def test_the_words(text: str, word: str) -> None:
    assert outcome(parse(text)) == word


def test_an_answer_of_an_accepted_file() -> None:
    line = answer("a.yaml", deployment(spec="replicas: 2").encode())
    assert line["path"] == "a.yaml"
    assert line["outcome"] == "accept"
    assert line["kinds"] == ["Deployment"]
    assert line["errors"] == line["warnings"] == []
    assert not line["crashed"]
    assert line["documents"][0]["facts"]["replicas"] == 2
    assert json.loads(json.dumps(line)) == line


def test_an_answer_of_a_rejected_file() -> None:
    line = answer("a.yaml", deployment(spec="replicas: -1").encode())
    (error,) = line["errors"]
    assert (error["doc"], error["path"], error["line"]) == (0, "spec.replicas", 6)
    assert "replicas" in error["message"]
    assert line["documents"] == []


def test_a_crash_is_a_result(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("boom")

    monkeypatch.setattr(score_manifests, "parse_manifests", broken)
    line = answer("a.yaml", b"")
    assert line["crashed"]
    assert line["outcome"] == "reject"
    assert "boom" in capsys.readouterr().err


def test_a_whole_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.yaml").write_text(deployment())
    (tmp_path / "gen_large.py").write_text("import sys\nopen(sys.argv[2], 'w').write('[' * 20000 + sys.argv[1])\n")
    records = [{"path": "one.yaml"}, {"path": "two.yaml", "generate": "deep"}]
    (tmp_path / "index.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    out = tmp_path / "answers.jsonl"
    monkeypatch.setattr(sys, "argv", ["score_manifests.py", str(tmp_path), str(out)])
    assert main() == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(line["path"], line["outcome"]) for line in lines] == [("one.yaml", "accept"), ("two.yaml", "reject")]
    assert "nested too deep" in lines[1]["errors"][0]["message"]
    assert "2 files, slowest" in capsys.readouterr().out
