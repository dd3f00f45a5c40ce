"""Random histories of the pure core: thousands of seeds, each always the same; a failing one says how to replay it.

`tests/core/seeds.txt` holds seeds that failed once; they are played first, for ever.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from app.core.spec import JobSpec
from tests.core.toy import HAPPENINGS, IMAGES, OUTCOMES, STRATEGIES, WAYS, Toy
from tests.seeds import failed_before, remember

HERE = Path(__file__).with_name("seeds.txt")
HISTORIES = 5_000
SOAKED = 100_000
IN_ONE = 500
STEPS = 30


def _seeds() -> list[range | list[int]]:
    if one := os.environ.get("KUBELITE_SEED"):
        return [[int(one)]]
    many = SOAKED if os.environ.get("KUBELITE_SOAK") else HISTORIES
    return [failed_before(HERE), *(range(first, first + IN_ONE) for first in range(0, many, IN_ONE))]


def _wish(toy: Toy, dice: Random) -> None:
    strategy, way = dice.choice(STRATEGIES), dice.choice(WAYS)
    toy.wish(dice.randint(0, 6), dice.choice(IMAGES), strategy, dice.random() < 0.3, way)


def _job(dice: Random) -> JobSpec:
    return JobSpec(
        completions=dice.choice((None, 0, 1, 2, 4)),
        backoff_limit=dice.choice((None, None, 0, 3, 6)),
        active_deadline_seconds=dice.choice((None, None, 100, 400)),
        ttl_seconds_after_finished=None,
        indexed=dice.random() < 0.5,
    )


def _step(toy: Toy, dice: Random) -> None:
    roll = dice.random()
    if roll < 0.35:
        toy.reconcile()
    elif roll < 0.55 and toy.starting:
        toy.finish_start(dice.randrange(9), dice.choice(OUTCOMES))
    elif roll < 0.65 and toy.stopping:
        toy.finish_stop(dice.randrange(9))
    elif roll < 0.82 and toy.pods:
        toy.happens(dice.randrange(9), dice.choice(HAPPENINGS))
    elif roll < 0.88:
        toy.now += dice.choice((1.0, 10.0, 300.0))
    elif roll < 0.93:
        _wish(toy, dice)
    elif roll < 0.95:
        toy.cores = dice.choice((None, 0, 2, 5))
    elif roll < 0.96:
        toy.blocked = dice.choice(("", "CreateContainerConfigError: Secret default/web is missing"))
    elif roll < 0.98:
        toy.our_process_is_killed(dice.random() < 0.5)
    else:
        toy.reachable = not toy.reachable


def play(seed: int) -> None:
    """The history of this seed; raises `AssertionError` with what is wrong."""
    dice = Random(seed)
    toy = Toy(_job(dice) if dice.random() < 0.4 else None)
    _wish(toy, dice)
    for _ in range(STEPS):
        _step(toy, dice)
        toy.check()
    toy.end()


@pytest.mark.parametrize("seeds", _seeds(), ids=str)
def test_every_history_is_sound_and_ends_as_wished(seeds: range | list[int]) -> None:
    for seed in seeds:
        try:
            play(seed)
        except Exception as error:
            remember(HERE, seed)
            again = f"KUBELITE_SEED={seed} python -m pytest tests/core/test_pure_histories.py"
            raise AssertionError(f"{error}\nplay it again:\n  {again}") from error
