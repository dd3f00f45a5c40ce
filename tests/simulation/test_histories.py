"""Whole-system histories in virtual time: random wishes, faults, lost replies and ends of our own process.

The default run plays a fixed set of seeds, and first those of `seeds.txt`, which failed once. `make soak` plays more;
`KUBELITE_SEED` plays one.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.engine.observing import watcher
from tests.seeds import failed_before, remember
from tests.simulation.steps import history
from tests.simulation.theatre import perform

HERE = Path(__file__).with_name("seeds.txt")
SEEDS = 1_000


def _seeds() -> list[int]:
    if one := os.environ.get("KUBELITE_SEED"):
        return [int(one)]
    many = int(os.environ.get("KUBELITE_SOAK") or SEEDS)
    return [*(seed for seed in failed_before(HERE) if seed >= many), *range(many)]


@pytest.mark.looptime(noop_cycles=0)  # nothing here does I/O, so no turn of the loop is spent on waiting for it
@pytest.mark.parametrize("seed", _seeds())
async def test_every_history_ends_as_wished(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    play = history(seed)
    if play.true_news:
        monkeypatch.setattr(watcher, "RESYNC_SECONDS", 3600.0)
    try:
        await perform(play)
    except AssertionError as error:
        remember(HERE, seed)
        story = "\n  ".join(map(str, play.steps))
        again = f"KUBELITE_SEED={seed} python -m pytest tests/simulation"
        raise AssertionError(f"{error}\nthe story ({play.mood}):\n  {story}\nplay it again:\n  {again}") from error
