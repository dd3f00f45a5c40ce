"""Everything at once: wishes, engine, runtime and the network's manager, in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from tests.nosana.stage import server, stage
from tests.nosana.records import State, Strategy, Status

pytestmark = pytest.mark.looptime


async def test_twelve_hours_with_a_lost_host_each() -> None:
    async with stage() as play:
        await play.deploy(server(2))
        lost = []
        for _ in range(12):
            await asyncio.sleep(3500)
            victim = play.live()[0]
            lost.append(victim.id)
            play.world.lose_host(victim.id)
            await play.until(lambda: victim.id not in {job.id for job in play.live()}, 600)
            await play.settle()
        assert len(set(lost)) == 12
