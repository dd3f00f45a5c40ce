"""The price list and the account, live: what a market costs, what it has free, what is left to spend."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from app.core.errors import InvalidInput, Permanent, PortError
from app.core.markets import choose, gpus_of
from app.core.replicasets import SetRequest
from app.core.spending import Balance, Market, Markets
from app.ports.clock import Clock
from app.runtimes.nosana.client import ManagerClient
from app.runtimes.nosana.faults import UNAUTHORIZED
from app.runtimes.nosana.pricetable import GIB, built_in

log = logging.getLogger(__name__)

NO_MARKET = "NoSuchMarket"
KEPT_SECONDS = 60.0
IDLE_SECONDS = 5.0

_GIGABYTES = re.compile(r"(\d+(?:\.\d+)?) ?(?:GB|GiB)?", re.IGNORECASE)


class Prices:
    """Keeps the last list for a minute, and the last price of every market for good: what runs in one that is not
    listed any more still costs."""

    def __init__(
        self,
        client: ManagerClient,
        clock: Clock,
        hosts_url: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = client
        self._clock = clock
        self._hosts_url = hosts_url.rstrip("/")
        self._http = httpx.AsyncClient(transport=transport, timeout=IDLE_SECONDS)
        self._known: Markets | None = None
        self._read_at = 0.0
        self._per_hour: dict[str, Decimal] = {market.address: market.per_hour for market in built_in().markets}

    async def markets(self) -> Markets:
        """The list now; the built-in one where the API does not answer."""
        now = self._clock.now()
        if self._known is not None and now - self._read_at < KEPT_SECONDS:
            return self._known
        try:
            replies = await self._client.get("/markets/")
        except Permanent as error:
            if error.reason == UNAUTHORIZED:
                return built_in()
            log.warning("the live price list cannot be read: %s", error)
            return built_in()
        except PortError:
            return self._known if self._known is not None else built_in()
        found = [market for reply in replies or () if (market := market_of(reply)) is not None]
        if not found:
            return built_in()
        self._per_hour |= {market.address: market.per_hour for market in found}
        idle = await self._idle()
        if idle is not None:
            found = [replace(market, idle=idle[market.address]) for market in found]
        self._known = Markets(tuple(found), live=True, as_of=now)
        self._read_at = now
        return self._known

    def per_hour(self, market: str) -> Decimal | None:
        """What a replica there costs by the last list that had it."""
        return self._per_hour.get(market)

    async def fitting(self, request: SetRequest) -> list[str]:
        """Addresses of the markets that have what is asked, the cheapest first. Raises `Permanent` (NoSuchMarket) where
        none has: the manager takes any text for a market and fails only later, without a word."""
        try:
            found = choose(request.placement, gpus_of(request.template), await self.markets())
            return [market.address for market in found]
        except InvalidInput as error:
            raise Permanent(str(error), reason=NO_MARKET) from None

    async def balance(self) -> Balance:
        reply = await self._client.get("/credits/balance")
        told = reply if isinstance(reply, Mapping) else {}
        return Balance(*(money(told.get(name)) for name in ("assignedCredits", "reservedCredits", "settledCredits")))

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _idle(self) -> Counter[str] | None:
        """Free hosts by market, None where the host manager does not say."""
        try:
            response = await self._http.get(f"{self._hosts_url}/nodes/queued-nodes")
            told = response.json() if response.is_success else None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return None
        if not isinstance(told, list):
            return None
        return Counter(str(one.get("marketAddress")) for one in told if isinstance(one, Mapping))


def market_of(reply: Any) -> Market | None:
    """One entry of the list; None for one that has no address or no price."""
    if not isinstance(reply, Mapping) or not reply.get("address"):
        return None
    reward, fee = reply.get("usd_reward_per_hour"), reply.get("network_fee_percentage")
    if reward is None:
        return None
    per_hour = money(reward) * (1 + money(fee) / 100)
    name = str(reply.get("name") or reply.get("slug") or reply["address"])
    gpus = tuple(str(gpu) for gpu in reply.get("gpu_types") or ()) or (name,)
    return Market(
        address=str(reply["address"]),
        slug=str(reply.get("slug") or reply["address"]),
        name=name,
        gpus=gpus,
        gpu_memory_bytes=_memory(reply),
        per_hour=per_hour.quantize(Decimal("0.000001")).normalize() + Decimal(0),
        private=bool(reply.get("client")),
    )


def money(value: Any) -> Decimal:
    """A JSON number as the decimal it is written as; nothing is 0."""
    try:
        amount = Decimal(str(value if value is not None else 0))
    except InvalidOperation:
        return Decimal(0)
    return amount if amount.is_finite() else Decimal(0)


def _memory(reply: Mapping[str, Any]) -> int | None:
    """`lowest_vram` in GB, or the entry `vram` of newer servers ("24 GB"). A card of 24 GB has 24 GiB."""
    told = reply.get("lowest_vram")
    metadata = reply.get("metadata")
    if not told and isinstance(metadata, list):
        told = next(
            (one.get("value") for one in metadata if isinstance(one, Mapping) and one.get("key") == "vram"), None
        )
    found = _GIGABYTES.match(str(told or ""))
    return int(float(found[1]) * GIB) if found else None
