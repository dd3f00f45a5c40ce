"""The board and a question as text: money where there is any, and none where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from app.cli import show

MONEY = {
    "per_hour": 0.64,
    "spent": 1.285,
    "balance": 11.04,
    "reserved": 7.68,
    "budget_per_hour": 2.0,
    "budget_total": None,
}


def app(name: str, cost: float | None) -> dict[str, Any]:
    return {
        "name": name, "namespace": "default", "runtime": "nosana", "image": "ollama/ollama", "status": "Running",
        "reason": "", "replicas": {"desired": 2, "ready": 2, "total": 2}, "restarts": 0, "urls": [], "job": None,
        "conditions": [], "paused": False, "cost_per_hour": cost,
    }  # fmt: skip


def board(money: dict[str, Any] | None, *apps: dict[str, Any]) -> dict[str, Any]:
    return {"runtimes": [], "apps": list(apps), "services": [], "cronjobs": [], "autoscalers": [], "money": money}


def test_costs_have_a_column_and_a_sum(capsys: pytest.CaptureFixture[str]) -> None:
    show.board(board(MONEY, app("brain", 0.64), app("shop", None)))
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "$ $0.64/h now · $1.28 spent · $11.04 left, $7.68 reserved · at most $2.00/h"
    assert "COST" in said[2]
    assert "$0.64/h" in said[3]
    assert said[4].split()[5] == "-"


def test_where_nothing_costs_there_is_no_column(capsys: pytest.CaptureFixture[str]) -> None:
    show.board(board(None, app("shop", None)))
    said = capsys.readouterr().out
    assert "COST" not in said
    assert "$" not in said


def test_an_account_that_does_not_answer_is_not_called_empty(capsys: pytest.CaptureFixture[str]) -> None:
    show.board(board({**MONEY, "balance": None, "reserved": None, "spent": None}))
    assert capsys.readouterr().out.splitlines()[0] == "$ $0.64/h now · at most $2.00/h"


def test_a_question_shows_losses_notes_and_the_price(capsys: pytest.CaptureFixture[str]) -> None:
    show.card(
        {
            "changes": [{"what": "runtime", "before": "docker", "after": "nosana"}],
            "losses": ["the data inside 2 replicas of web on docker"],
            "notes": ["CPU is not limited there\x1b[2J"],
            "price": "$0.64 an hour. It ends tomorrow.",
        }
    )
    assert capsys.readouterr().out.splitlines() == [
        "  runtime: docker -> nosana",
        "  lost: the data inside 2 replicas of web on docker",
        "  note: CPU is not limited there",
        "  price: $0.64 an hour. It ends tomorrow.",
    ]
