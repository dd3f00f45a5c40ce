"""Whole-system histories in virtual time: random wishes, faults, lost replies and ends of our own process.

The default run plays a fixed set of seeds. `make soak` plays more; `KUBELITE_SEED` plays one.
"""

from __future__ import annotations

import os

import pytest

from app.engine import watcher
from tests.simulation.steps import history
from tests.simulation.theatre import perform

SEEDS = 400


def _seeds() -> list[int]:
    if one := os.environ.get("KUBELITE_SEED"):
        return [int(one)]
    return list(range(int(os.environ.get("KUBELITE_SOAK") or SEEDS)))


@pytest.mark.looptime(noop_cycles=0)  # nothing here does I/O, so no turn of the loop is spent on waiting for it
@pytest.mark.parametrize("seed", _seeds())
async def test_every_history_ends_as_wished(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    play = history(seed)
    if play.true_news:
        monkeypatch.setattr(watcher, "RESYNC_SECONDS", 3600.0)
    try:
        await perform(play)
    except AssertionError as error:
        story = "\n  ".join(map(str, play.steps))
        again = f"KUBELITE_SEED={seed} python -m pytest tests/simulation"
        raise AssertionError(f"{error}\nthe story ({play.mood}):\n  {story}\nplay it again:\n  {again}") from error
