"""What was rented, by whom and for how long: in memory, written behind to the store. It outlives apps and restarts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from app.core.spec import AppKey
from app.core.spending import Charge, rate, spent
from app.engine.tasks import TaskSet
from app.engine.writing import WriteBehind
from app.ports.clock import Clock
from app.ports.store import SpendStore

Rent = tuple[str, str]
"""Runtime, and the id it gave the rent."""


class Ledger(WriteBehind[Rent]):
    def __init__(self, store: SpendStore, clock: Clock, tasks: TaskSet) -> None:
        super().__init__(clock, tasks, "charges")
        self._store = store
        self._charges: dict[Rent, Charge] = {}
        self._by_app: defaultdict[AppKey, dict[Rent, None]] = defaultdict(dict)
        self._open: dict[Rent, None] = {}

    async def load(self) -> None:
        """Raises `PortError`."""
        for charge in await self._store.list_charges():
            self._put(charge)

    def take(self, runtime: str, listed: Iterable[Charge], now: float) -> None:
        """All that `runtime` lists now. A rent that it does not know any more, without having said when it ended, ended
        by now: what is not sure counts as spent."""
        found = {(runtime, charge.id): charge for charge in listed}
        for rent, charge in found.items():
            self._note(rent, charge)
        for rent in [rent for rent in self._open if rent[0] == runtime and rent not in found]:
            charge = self._charges[rent]
            self._note(rent, replace(charge, ended_at=max(now, charge.started_at)))

    def _note(self, rent: Rent, charge: Charge) -> None:
        """A rent has the price it began with: who lists it may know today's only."""
        known = self._charges.get(rent)
        if known is not None:
            charge = replace(charge, per_hour=known.per_hour)
        if known != charge:
            self._put(charge)
            self._later(rent)

    def _put(self, charge: Charge) -> None:
        rent = charge.runtime, charge.id
        self._charges[rent] = charge
        self._by_app[charge.app][rent] = None
        if charge.ended_at is None:
            self._open[rent] = None
        else:
            self._open.pop(rent, None)

    async def _write(self, key: Rent) -> None:
        await self._store.put_charges([self._charges[key]])

    # -- reads

    def apps(self) -> Sequence[AppKey]:
        """All that ever cost something."""
        return list(self._by_app)

    def of(self, key: AppKey) -> Sequence[Charge]:
        """In the order they were learnt of."""
        return [self._charges[rent] for rent in self._by_app.get(key, ())]

    def running(self, key: AppKey) -> Iterator[Charge]:
        return (charge for charge in self.of(key) if charge.ended_at is None)

    def spent(self, key: AppKey, now: float, *, since: float = 0.0) -> Decimal:
        return spent(self.of(key), since, now)

    def spent_in_all(self, now: float) -> Decimal:
        return spent(self._charges.values(), 0.0, now)

    def per_hour(self, key: AppKey) -> Decimal:
        """What is rented for it at this moment."""
        return rate(self.running(key))
