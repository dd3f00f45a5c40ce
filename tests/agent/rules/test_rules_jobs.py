"""What runs to its end, and times that come back."""

from __future__ import annotations

import pytest

from agent_tools import TOOLS
from app.agent.rules.cursor import Cursor
from app.agent.rules.lexicon import lexicon
from app.agent.rules.names import AppIndex
from app.agent.rules.schedules import read_schedule
from app.agent.rules.tokens import tokenize
from app.core.schedule import parse_schedule
from tests.agent.rules.scenes import NOW, SHOP, brief, hear

BOUND = frozenset(tool.name for tool in TOOLS)
SAID = [
    ("run the job alpine with the command echo hello", "run_job(image=alpine, command=['echo', 'hello'])"),
    ('run busybox once with the command "echo hi"', "run_job(image=busybox, command=['echo', 'hi'])"),
    ("run acme/migrate:3 to completion", "run_job(image=acme/migrate:3)"),
    ("run a one-off job acme/migrate:3", "run_job(image=acme/migrate:3)"),
    ("create a job from acme/seed:1 with 5 completions", "run_job(image=acme/seed:1, completions=5)"),
    (
        'run a job called migrate with acme/api:2 and the command "rake db:migrate"',
        "run_job(name=migrate, image=acme/api:2, command=['rake', 'db:migrate'])",
    ),
    (
        'launch a batch job with python:3.12 running "python -c 1"',
        "run_job(image=python:3.12, command=['python', '-c', '1'])",
    ),
    ("execute acme/etl:4 as a job", "run_job(image=acme/etl:4)"),
    ("kubectl create job hello --image=busybox", "run_job(image=busybox)"),
    ("run a job", "clarify image"),
    ("run nginx as a job", "deploy(nginx, image=nginx)"),
    ("run acme/backup:1 every night at 3", "run_job(image=acme/backup:1, schedule=0 3 * * *)"),
    ("every night at 3 run acme/backup:1", "run_job(image=acme/backup:1, schedule=0 3 * * *)"),
    ("run acme/backup:1 every night at 11", "run_job(image=acme/backup:1, schedule=0 23 * * *)"),
    ("run acme/backup:1 every 5 minutes", "run_job(image=acme/backup:1, schedule=*/5 * * * *)"),
    ("run acme/backup:1 daily at 2:30", "run_job(image=acme/backup:1, schedule=30 2 * * *)"),
    ("run acme/report:2 every monday at 9", "run_job(image=acme/report:2, schedule=0 9 * * 1)"),
    ("run acme/backup:1 hourly", "run_job(image=acme/backup:1, schedule=0 * * * *)"),
    ("schedule acme/backup:1 every day at midnight", "run_job(image=acme/backup:1, schedule=0 0 * * *)"),
    ("every sunday at noon run acme/report:2", "run_job(image=acme/report:2, schedule=0 12 * * 0)"),
    (
        "run acme/etl:4 at 6pm every day with LOG=debug and 512Mi of memory",
        "run_job(image=acme/etl:4, env={'LOG': 'debug'}, memory=512Mi, schedule=0 18 * * *)",
    ),
    ("make a job that runs acme/etl:4 on weekdays at 18:00", "run_job(image=acme/etl:4, schedule=0 18 * * 1-5)"),
    ("schedule acme/backup:1 with the cron 0 3 * * *", "run_job(image=acme/backup:1, schedule=0 3 * * *)"),
    ('run acme/backup:1 on the schedule "*/10 * * * *"', "run_job(image=acme/backup:1, schedule=*/10 * * * *)"),
    (
        "create a cron job named sweep with acme/backup:1 at 3am every day",
        "run_job(name=sweep, image=acme/backup:1, schedule=0 3 * * *)",
    ),
    ("can you run acme/etl:4 every hour?", "run_job(image=acme/etl:4, schedule=0 * * * *)"),
    ("we need acme/etl:4 to run every hour", "run_job(image=acme/etl:4, schedule=0 * * * *)"),
    ("run busybox every 7 minutes", "clarify value"),
    ("run busybox every morning", "clarify value"),
    ("run the tests every hour", "clarify image"),
    ("restart front every night at 3", "refuse unsupported"),
    ("scale front to 5 every morning", "refuse unsupported"),
    ("run busybox tomorrow", "refuse unsupported"),
    ("don't run acme/backup:1 every night", "answer"),
]
TIMES = [
    ("every minute", "* * * * *"),
    ("every 30 minutes", "*/30 * * * *"),
    ("every 6 hours", "0 */6 * * *"),
    ("every 5 hours", ""),
    ("every 90 minutes", ""),
    ("every 2 days", ""),
    ("every two hours", "0 */2 * * *"),
    ("every day", "0 0 * * *"),
    ("every day at 14:45", "45 14 * * *"),
    ("every day at 12am", "0 0 * * *"),
    ("every day at 12pm", "0 12 * * *"),
    ("every evening at 8", "0 20 * * *"),
    ("every evening", ""),
    ("at 5 in the morning every day", "0 5 * * *"),
    ("every friday at 17:30", "30 17 * * 5"),
    ("on weekends at noon", "0 12 * * 0,6"),
    ("monthly", "0 0 1 * *"),
    ("every week", "0 0 * * 0"),
    ("@daily", "@daily"),
    ('"15 4 * * 1-5"', "15 4 * * 1-5"),
    ("*/5 * * * *", "*/5 * * * *"),
    ("every day at 25:00", "0 0 * * *"),
]
NO_TIMES = ["every app", "every 2 replicas", "every time", "at 3", "5 3 1 2 4", "now"]


def _line(text: str) -> tuple[str, int] | None:
    words = lexicon("en")
    return read_schedule(Cursor(text, tokenize(text, words.contractions), words, AppIndex(())), 0)


@pytest.mark.parametrize(("text", "meant"), SAID)
def test_said(text: str, meant: str) -> None:
    assert brief(hear(text, SHOP, BOUND)) == meant


@pytest.mark.parametrize(("text", "line"), TIMES)
def test_times_that_come_back(text: str, line: str) -> None:
    found = _line(text)
    assert found is not None
    assert found[0] == line
    if line:
        parse_schedule(line, "", field="schedule")


@pytest.mark.parametrize("text", NO_TIMES)
def test_no_times(text: str) -> None:
    assert _line(text) is None


def test_without_the_tool_nothing_is_scheduled_or_bent_into_a_deploy() -> None:
    for text in ("run acme/backup:1 every night at 3", "run acme/migrate:3 to completion"):
        assert brief(hear(text, SHOP, NOW)) == "refuse unsupported"


def test_a_time_is_asked_for_by_name() -> None:
    assert "When exactly" in hear("run busybox every 7 minutes", SHOP, BOUND).say
