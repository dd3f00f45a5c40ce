"""The SQL store's part for what was rented: one row a rent, the whole value as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.core.spending import Charge
from app.stores.database import Database, upsert
from app.stores.schema import CHARGE, CHARGES


class SqlSpending:
    """Implements `app.ports.store.SpendStore` for whoever has the database."""

    _database: Database

    async def put_charges(self, charges: Sequence[Charge]) -> None:
        if not charges:
            return
        async with self._database.transaction() as connection:
            for one in charges:
                keys = {"runtime": one.runtime, "id": one.id}
                await upsert(connection, CHARGES, keys, {"started_at": one.started_at, "body": CHARGE.dump(one)})

    async def list_charges(self) -> Sequence[Charge]:
        query = select(CHARGES.c.body).order_by(CHARGES.c.started_at, CHARGES.c.id, CHARGES.c.runtime)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(query)).scalars().all()
        return [CHARGE.load(body) for body in rows]
