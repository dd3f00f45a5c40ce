"""The machine's own time behind the `Clock` port: the one place where the wall clock is read."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """Wall clock and event loop of this process."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()  # noqa: TID251  everything else takes `now` or this port

    async def sleep(self, seconds: float) -> None:
        """Waits `seconds`; zero or less only gives way to other tasks."""
        await asyncio.sleep(max(0.0, seconds))
