"""The SQL store's part for what is desired beside the apps: one row an object, the whole value as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.core.errors import Conflict
from app.core.objects import ObjectKey, Stored
from app.stores.database import Database
from app.stores.schema import OBJECTS, STORED


class SqlObjects:
    """Implements `app.ports.store.ObjectStore` for whoever has the database."""

    _database: Database

    async def list_objects(self) -> Sequence[Stored]:
        """By kind, namespace and name."""
        query = select(OBJECTS.c.body).order_by(OBJECTS.c.kind, OBJECTS.c.namespace, OBJECTS.c.name)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(query)).scalars().all()
        return [STORED.load(body) for body in rows]

    async def put_object(self, stored: Stored, *, expected_generation: int | None) -> None:
        key = stored.key
        row = {"generation": stored.generation, "body": STORED.dump(stored)}
        async with self._database.transaction() as connection:
            if expected_generation is None:
                try:
                    await connection.execute(insert(OBJECTS).values(**key._asdict(), **row))
                except IntegrityError as error:
                    raise Conflict(f"the {key} exists already") from error
                return
            held = and_(_of(key), OBJECTS.c.generation == expected_generation)
            if (await connection.execute(update(OBJECTS).where(held).values(**row))).rowcount == 0:
                raise Conflict(f"the {key} was changed or removed by somebody else in the meantime")

    async def remove_object(self, key: ObjectKey) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(delete(OBJECTS).where(_of(key)))


def _of(key: ObjectKey) -> ColumnElement[bool]:
    return and_(*(OBJECTS.c[name] == value for name, value in key._asdict().items()))
