"""No text makes the rules raise: random, cut, mixed-script and very long ones, alone and after earlier turns."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from app.agent.rules import read
from app.agent.rules.canonical import canonical
from app.agent.rules.explaining import explain, lines
from app.agent.rules.reading import EarlierTurn, World
from app.agent.rules.yesno import plain_answer
from benchmarks.robustness import WORLD, inputs

COUNT = 2000


@pytest.mark.parametrize(("count", "longest"), [(COUNT, 800), (40, 20_000)])
def test_nothing_raises(count: int, longest: int) -> None:
    for text in inputs(count, 1, longest):
        canonical(read(text, WORLD))
        plain_answer(text)


def test_nothing_raises_after_another_turn() -> None:
    for first, text in pairwise(inputs(150, 2, 2000)):
        said = read(first, WORLD)
        turn = EarlierTurn(first, said.wishes, said.outcome, said.candidates)
        read(text, replace(WORLD, earlier=(turn,)))


def test_nothing_raises_when_it_is_explained() -> None:
    for text in inputs(60, 3, 2000):
        assert list(lines(explain(text, WORLD)))


@pytest.mark.parametrize(
    "text", ["change the command of ", "hello: give it 1Gi", "set the args for", "it", ":", "\x00"]
)
def test_what_ends_too_soon(text: str) -> None:
    assert read(text, WORLD) is not None
    assert read(text, World((), frozenset())) is not None
