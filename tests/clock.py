"""A clock for tests in virtual time: looptime moves the loop's time, this turns it into epoch seconds."""

from __future__ import annotations

import asyncio

EPOCH = 1_700_000_000.0


class LoopClock:
    """`now()` is `epoch` plus the running loop's time, so under `@pytest.mark.looptime` hours pass in milliseconds."""

    def __init__(self, epoch: float = EPOCH) -> None:
        self._epoch = epoch

    def now(self) -> float:
        """Seconds since the epoch; needs a running loop."""
        return self._epoch + asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))
