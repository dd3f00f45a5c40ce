"""Predictive scaling: the least count for the load that the days before had at this hour, where it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from random import Random
from typing import Any

import pytest

from app.core.errors import Transient
from app.core.forecasts.needs import PREDICTIVE_ANNOTATION
from app.core.spec import AppKey, AppSpec, Desired
from app.core.usage import UsageSample
from app.engine.background.foresight import HOLD_SECONDS, Foresight
from app.stores.memory import MemoryStore
from tests.engine.test_autoscaler import SCALING, scaled
from tests.engine.world import stage
from tests.tools.fakes import FakeClock
from tests.worlds import WEB

DAY = 86_400.0


def predictive(wish: AppSpec) -> AppSpec:
    return wish.model_copy(update={"annotations": {PREDICTIVE_ANNOTATION: "true"}})


def desired(spec: AppSpec) -> Desired:
    return Desired(spec=spec, generation=1, revision=1, template_hash="h1")


async def four_days(store: MemoryStore, now: float) -> None:
    """Of little to do, and a peak of 1,000m that begins half an hour from now, each day."""
    rng = Random(4)
    samples = []
    for back in range(4 * 288, 0, -1):
        away = (back * 300) % DAY  # seconds from then until this time of the day comes again
        busy = exp(-(((away - DAY + 3600) / 2400) ** 2))
        cpu = (100 + 900 * busy) * exp(rng.gauss(0, 0.03))
        samples.append(UsageSample(WEB, "web-0", now - back * 300, round(cpu), 50 * 2**20, 0, 300.0))
    await store.add_samples(samples)


class Counting(MemoryStore):
    """Counts what is read, and may fail."""

    reads = 0
    broken = False

    async def list_samples(self, key: AppKey, *, since: float) -> Sequence[UsageSample]:
        self.reads += 1
        if self.broken:
            raise Transient("the database is locked")
        return await super().list_samples(key, since=since)


async def test_the_peak_of_the_days_before_is_prepared_for() -> None:
    clock, store = FakeClock(), Counting()
    await four_days(store, clock.now())
    foresight = Foresight(store, clock)
    assert await foresight.least(desired(predictive(scaled())), SCALING, 400) == 5, "1,000m at half of 400m each"
    assert await foresight.least(desired(predictive(scaled())), SCALING, 100) == 8, "never beyond the limit"
    assert await foresight.least(desired(predictive(scaled())), SCALING, None) is None, "a share of nothing"
    assert store.reads == 1, "a forecast is held for a while"
    clock.at += HOLD_SECONDS
    await foresight.least(desired(predictive(scaled())), SCALING, 400)
    assert store.reads == 2


async def test_only_where_it_is_asked_for_and_can_be_known() -> None:
    clock, store = FakeClock(), Counting()
    foresight = Foresight(store, clock)
    assert await foresight.least(desired(scaled()), SCALING, 400) is None
    assert store.reads == 0
    assert await foresight.least(desired(predictive(scaled())), SCALING, 400) is None, "nothing was measured"
    store.broken = True
    clock.at += HOLD_SECONDS
    assert await foresight.least(desired(predictive(scaled())), SCALING, 400) is None


@pytest.mark.looptime
@pytest.mark.parametrize("asked", [True, False])
async def test_the_autoscaler_grows_before_the_load_is_there(asked: bool) -> None:
    store = MemoryStore()
    async with stage(store) as play:
        await four_days(store, play.clock.now())
        wish: Any = predictive(scaled()) if asked else scaled()
        await play.orchestrator.apply(wish, cause="deploy")
        await play.settle()
        await play.clock.sleep(120)
        assert play.orchestrator.app("web").spec.replicas == (5 if asked else 2)
        messages = [one.message for one in await play.orchestrator.events("web") if one.reason == "SuccessfulRescale"]
        why = "New size: 5; reason: the load of the next hour is foreseen to need 5 replicas"
        assert messages == ([why] if asked else [])
