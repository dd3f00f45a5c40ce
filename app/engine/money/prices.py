"""Prices and the balance of one account, kept for a while so that everybody may ask without waiting."""

from __future__ import annotations

import asyncio
import logging

from app.core.errors import PortError
from app.core.spending import Balance, Markets
from app.engine.money.rented import RentedSite
from app.ports.clock import Clock

log = logging.getLogger(__name__)

MARKETS_SECONDS = 60.0
BALANCE_SECONDS = 30.0


class Prices:
    """`known` is what was read last, for who cannot wait."""

    def __init__(self, site: RentedSite, clock: Clock) -> None:
        self._site = site
        self._runtime = site.runtime
        self._clock = clock
        self._turn = asyncio.Lock()
        self._read_at: float | None = None
        self._balance: Balance | None = None
        self._balance_at: float | None = None
        self._balance_of: object = None
        """What was rented when it was read."""
        self.known: Markets | None = None

    async def markets(self) -> Markets:
        """Not older than a minute where somebody answers. Raises `PortError` where nobody ever did."""
        async with self._turn:
            if self.known is None or self._old(self._read_at, MARKETS_SECONDS):
                try:
                    self.known = await self._runtime.markets()
                except PortError as error:
                    if self.known is None:
                        raise
                    log.warning("prices stay those of before: %s", error)
                self._read_at = self._clock.now()
            return self.known

    async def balance(self) -> Balance | None:
        """Not older than half a minute, nor than what is rented; None where the account does not answer."""
        async with self._turn:
            rents = _rents(self._site)
            if rents != self._balance_of or self._old(self._balance_at, BALANCE_SECONDS):
                try:
                    self._balance = await self._runtime.balance()
                except PortError as error:
                    log.info("the balance is not known: %s", error)
                    self._balance = None
                self._balance_at, self._balance_of = self._clock.now(), rents
            return self._balance

    def _old(self, read_at: float | None, seconds: float) -> bool:
        return read_at is None or not 0 <= self._clock.now() - read_at < seconds


def _rents(site: RentedSite) -> object:
    """All that moves money on an account: another value means that something was reserved or given back."""
    return [
        (one.runtime_id, one.phase, one.timeout_minutes, [pod.runtime_id for pod in one.pods if not pod.phase.ended])
        for one in site.sets.all()
    ]
