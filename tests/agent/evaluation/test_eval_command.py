"""`kubelite eval` as a person calls it, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.main import main
from tests.agent.evaluation.records import OWN, read, write
from tests.core.manifest_texts import deployment

PROGRAM = "from app.main import main; main()"


def kubelite(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run in `folder`, so that no `.env` of the repository is read."""
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_requests(tmp_path: Path) -> None:
    write(tmp_path / "corpus.jsonl", [given for given, _ in OWN])
    ended = kubelite(tmp_path, "eval", "requests", "--corpus", "corpus.jsonl", "--out", "answers.jsonl")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("8 answers in answers.jsonl (")
    assert ended.stderr == "requests: 8 of 8\n"
    lines = read(tmp_path / "answers.jsonl")
    assert [line["id"] for line in lines] == [given["id"] for given, _ in OWN]
    assert lines[1] == {"id": "scale", "actions": OWN[1][1]}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.jsonl", "corpus.jsonl"]


def test_manifests(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(deployment())
    write(tmp_path / "index.jsonl", [{"path": "one.yaml"}])
    ended = kubelite(tmp_path, "eval", "manifests", "--corpus", ".", "--out", "answers.jsonl")
    assert (ended.returncode, ended.stderr.splitlines()[0]) == (0, "manifests: 1 of 1")
    assert read(tmp_path / "answers.jsonl")[0]["outcome"] == "accept"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("requests", "--corpus", "gone.jsonl", "--out", "a.jsonl"), 1, "kubelite: there is no corpus at gone.jsonl"),
        (("requests", "--corpus", ".", "--out", "a.jsonl", "--model", "openai"), 1, "set OPENAI_API_KEY or"),
        (("requests", "--corpus", ".", "--out", "a.jsonl"), 1, "cannot be read: Is a directory"),
        (("weather", "--corpus", ".", "--out", "a.jsonl"), 2, "'weather' is not one of"),
        (("requests", "--corpus", "."), 2, "--out"),
    ],
)
def test_what_cannot_be_done(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["kubelite", "eval", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said
    assert not list(tmp_path.iterdir())
