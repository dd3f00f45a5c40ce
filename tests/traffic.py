"""Requests by the thousand, each on a connection of its own, and a count of every one that went wrong."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field

import aiohttp


@dataclass
class Traffic:
    """`served` by the body that came back, `failed` in words."""

    served: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.served.total() + len(self.failed)


async def get(url: str) -> tuple[int, str]:
    """Status and body; status 0 where no answer came."""
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status, (await answer.text()).strip()
    except aiohttp.ClientError as error:
        return 0, str(error)


async def during(work: Awaitable[None], url: str, *, least: int, clients: int = 8) -> Traffic:
    """Asks again and again until the work is done and at least so many requests were made."""
    traffic, busy = Traffic(), asyncio.ensure_future(work)
    # A connector of its own that keeps nothing: aiohttp asks again by itself on a connection that was used before.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20)) as session:

        async def client() -> None:
            while not busy.done() or traffic.total < least:
                try:
                    async with session.get(url) as answer:
                        body = (await answer.text()).strip()
                        if answer.status == 200:
                            traffic.served[body] += 1
                        else:
                            traffic.failed.append(f"{answer.status} {body}")
                except (aiohttp.ClientError, TimeoutError) as error:
                    traffic.failed.append(f"{type(error).__name__} {error}")

        await asyncio.gather(*(client() for _ in range(clients)))
    await busy
    return traffic
