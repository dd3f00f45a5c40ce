"""Text helpers: nothing a container prints leaves its fence."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_tools.text import age, cap, cell, clean, code, fenced, last_lines, listed, one_line, plural, size, table


@given(st.text())
def test_clean_leaves_nothing_that_acts(text: str) -> None:
    shown = clean(text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f]", shown)
    assert clean(shown) == shown


@given(st.text(alphabet="`~ab\n"))
def test_a_fence_cannot_be_closed_from_inside(text: str) -> None:
    block = fenced(text)
    fence = block.split("text\n", 1)[0]
    assert fence not in text
    assert block.endswith(f"\n{fence}")


@given(st.text(), st.integers(200, 400))
def test_cap_holds(text: str, limit: int) -> None:
    assert len(cap(text * 50, limit)) <= limit


@given(st.lists(st.text(max_size=50)), st.integers(10, 200))
def test_last_lines_fit_and_are_the_newest(lines: list[str], limit: int) -> None:
    kept, dropped = last_lines(lines, limit)
    assert sum(len(line) + 1 for line in kept) <= limit + 1
    assert dropped + len(kept) == len(lines)
    if sum(len(line) + 1 for line in lines) <= limit:
        assert kept == lines


@pytest.mark.parametrize(
    ("raw", "shown"),
    [("a\r\nb\rc", "a\nb\nc"), ("\x1b[1;31mred\x1b[0m", "red"), ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link")],
)
def test_escapes(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_a_cell_stays_a_cell() -> None:
    row = table(("a",), [(cell("x | y\n# z `<b>` [l](u)"),)]).splitlines()
    assert len(row) == 3
    assert row[2] == r"| x \| y # z \`\<b\>\` \[l\](u) |"


@given(st.text())
def test_inline_code_cannot_be_closed_from_inside(text: str) -> None:
    shown = code(text)
    assert shown.count("`") == 2
    assert "\n" not in shown
    assert shown[0] == shown[-1] == "`"


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0.0 KiB"),
        (512, "0.5 KiB"),
        (1024**2, "1.0 MiB"),
        (45_300_000, "43.2 MiB"),
        (3 * 1024**3 // 2, "1.5 GiB"),
        (2**42, "4.0 TiB"),
    ],
)
def test_sizes_for_people(count: int, words: str) -> None:
    assert size(count) == words


def test_small_words() -> None:
    assert [age(span) for span in (-1, 40, 100, 5999, 6000, 200_000)] == [
        "0 s",
        "40 s",
        "1 min",
        "99 min",
        "1 h",
        "2 d",
    ]
    assert [plural(count, "replica") for count in (0, 1, 2)] == ["0 replicas", "1 replica", "2 replicas"]
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed([str(number) for number in range(30)]).endswith("19 and 10 more")
    assert one_line("a\n\n b", 3) == "a b"
