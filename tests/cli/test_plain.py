"""Markdown replies as a terminal shows them."""

from __future__ import annotations

import sys

import pytest

from app.cli.plain import plain

TABLE = r"""Say **what** you want.

| tool | does |
| --- | --- |
| **deploy** | Starts an app: runs replicas of a container image. |
| **apply\_manifest** | a \| b |
"""


def test_marks_go_and_columns_line_up() -> None:
    assert plain(TABLE, 100).split("\n") == [
        "Say what you want.",
        "",
        "tool            does",
        "deploy          Starts an app: runs replicas of a container image.",
        "apply_manifest  a | b",
    ]


def test_a_wide_column_is_wrapped_to_the_terminal() -> None:
    lines = plain(TABLE, 40).split("\n")
    assert max(map(len, lines)) <= 40
    assert lines[3:5] == ["deploy          Starts an app: runs", "                replicas of a container"]


def test_a_terminal_that_is_too_narrow_still_shows_all_words() -> None:
    assert set(plain(TABLE, 1).split()) >= {"deploy", "replicas", "container"}


def test_what_is_no_terminal_gets_whole_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    assert "Starts an app: runs replicas of a container image." in plain(TABLE)


def test_a_block_is_shown_as_it_is() -> None:
    block = "````text\n| **x** \\_ |\n```\n````\nend"
    assert plain(block, 80) == "| **x** \\_ |\n```\nend"


@pytest.mark.parametrize("text", ["\x1b]0;title\x07a", "\x1b[2Ja", "\u202ea", "\x9b31ma", "\u200ba"])
def test_nothing_drives_the_terminal(text: str) -> None:
    assert plain(text, 80) in ("a", "31ma")
