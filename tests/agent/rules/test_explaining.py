"""How a reading came about, for a person: every stage, the candidates, and the very reading that would be acted on."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from app.agent.rules import read
from app.agent.rules.explaining import explain, lines
from app.main import main
from benchmarks.robustness import WORLD


def test_all_stages_are_shown() -> None:
    found = explain("if web is down, restart it, then show its logs", WORLD)
    assert (found.language, found.tokens[0]) == ("en", ("if", "word"))
    assert ("web", "app web = AppMention(names=('web',), how='exact')") in found.entities
    assert [clause.verb for clause in found.clauses] == ["restart", "show"]
    assert found.clauses[0].condition == "web is down"


def test_the_winner_is_first_and_its_score_is_told() -> None:
    found = explain("give web 2 gigs of memory", WORLD)
    won, *others = found.clauses[0].candidates
    assert (won.intent, won.won) == ("set_resources", True)
    assert 0 < won.score <= 1
    assert others
    assert not any(one.won for one in others)


@pytest.mark.parametrize(
    "text", ["web to 4 replicas", "delete everything", "wie geht es web?", "", "```\nkind: Pod\n```", "x" * 30_000]
)
def test_it_explains_the_reading_that_counts(text: str) -> None:
    found = explain(text, WORLD)
    assert found.reading == read(text, WORLD)
    said = list(lines(found))
    assert said[0].startswith("language")
    assert any(line.startswith("rule ") for line in said)
    assert json.dumps(found.as_json())


def test_the_command_needs_no_server_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KUBELITE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KUBELITE_RUNTIME", "simulator")
    monkeypatch.chdir(tmp_path)
    said = []
    for arguments in (["ask", "deploy 3 nginx", "--explain"], ["ask", "deploy 3 nginx", "--explain", "--json"]):
        monkeypatch.setattr(sys, "argv", ["kubelite", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0
        said.append(capsys.readouterr().out)
    assert "deploy (by" in said[0]
    assert json.loads(said[1])["actions"][0]["image"] == "nginx"
    monkeypatch.setattr(sys, "argv", ["kubelite", "status", "--json"])
    with pytest.raises(SystemExit):
        main()
    assert json.loads(capsys.readouterr().out)["apps"] == []
