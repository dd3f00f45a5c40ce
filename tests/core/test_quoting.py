"""Values in messages: short, on one line, harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.quoting import QUOTE_CHARS, listed, quoted


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("web", '"web"'),
        ("", '""'),
        (8080, '"8080"'),
        (True, '"True"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("two\nlines", '"two\\nlines"'),
        ("\x1b[31mred", '"\\x1b[31mred"'),
        ("\0", '"\\x00"'),
        ("a\u202eb", '"a\\u202eb"'),
        ("naïve 日本", '"naïve 日本"'),
    ],
)
def test_a_value_in_quotes(value: object, text: str) -> None:
    assert quoted(value) == text


def test_a_long_value_is_cut() -> None:
    assert quoted("a" * 100) == '"' + "a" * (QUOTE_CHARS - 1) + '…"'
    assert quoted("a" * QUOTE_CHARS) == '"' + "a" * QUOTE_CHARS + '"'


def test_the_limit_can_be_chosen() -> None:
    assert quoted("abcdef", 4) == '"abc…"'


@given(st.text())
def test_nothing_in_it_can_act(text: str) -> None:
    shown = quoted(text)
    assert shown.isprintable()
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("words", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (("a", "b", "c"), "a, b or c")],
)
def test_a_list_in_words(words: list[str], text: str) -> None:
    assert listed(words) == text


def test_the_last_joint_can_be_chosen() -> None:
    assert listed(["a", "b"], "and") == "a and b"
