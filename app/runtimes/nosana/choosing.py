"""Which market a set is made in: the one named, or the cheapest that has what is asked."""

from __future__ import annotations

from app.core.errors import InvalidInput, Permanent
from app.core.markets import choose
from app.core.replicasets import SetRequest
from app.runtimes.nosana.markets import Prices
from app.runtimes.nosana.naming import is_address

NO_MARKET = "NoSuchMarket"


class Chooser:
    def __init__(self, prices: Prices) -> None:
        self._prices = prices

    async def address(self, request: SetRequest) -> str:
        """The market's address. Raises `Permanent` (NoSuchMarket): the manager takes any text for a market and fails
        only later, without a word."""
        listed = await self._prices.markets()
        named = request.placement.market
        if is_address(named) and (self._prices.known(named) or not listed.live):
            return named  # a customer's private market has an address and is not offered
        gpus = sum(container.resources.gpus for container in request.template.containers)
        try:
            return choose(request.placement, gpus, listed.markets)[0].address
        except InvalidInput as error:
            raise Permanent(str(error), reason=NO_MARKET) from None
