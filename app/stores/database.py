"""One database behind SQLAlchemy's asyncio engine: opening it, one transaction at a time, and errors in our words."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy import Connection, Table, and_, insert, inspect, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.core.errors import Permanent, PortError, Transient, Unreachable
from app.stores.schema import META, METADATA, SCHEMA_KEY, SCHEMA_VERSION
from app.stores.sqlite import PERMANENT_CODES, Workers

MESSAGE_LIMIT = 256

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


class Database:
    """An open database of ours. Every transaction is durable when it ends, or did not happen."""

    def __init__(self, url: str) -> None:
        """Connects to nothing yet. Raises `Permanent` when the URL cannot be used."""
        self._workers: Workers | None = None
        with _url_explained():
            parsed = make_url(url)
            parsed = parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))
            options = {"json_serializer": _to_json, "hide_parameters": True}
            if parsed.drivername == _DRIVERS["sqlite"]:
                self._workers = Workers(parsed)
                self._engine = self._workers.engine(**options)
            else:
                self._engine = create_async_engine(parsed, pool_pre_ping=True, **options)

    @classmethod
    async def open(cls, url: str) -> Database:
        """Connects, creates what is missing and checks the schema version. Raises `Permanent`, `Transient`."""
        database = cls(url)
        try:
            async with database.transaction() as connection:
                await connection.run_sync(_prepare)
        except BaseException:
            await database.aclose()
            raise
        return database

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Commits at the end, rolls back on any error; the database's own errors leave as ours, chained."""
        try:
            async with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise translate(error) from error
        except OSError as error:
            raise Unreachable(f"the database does not answer: {_brief(error)}", reason="StoreUnreachable") from error

    async def aclose(self) -> None:
        await self._engine.dispose()
        if self._workers is not None:
            await self._workers.join()


@contextmanager
def _url_explained() -> Iterator[None]:
    """The URL itself is in no message: it may hold a password."""
    try:
        yield
    except (ArgumentError, NoSuchModuleError) as error:
        raise Permanent(
            "the database URL cannot be used: set KUBELITE_DATABASE_URL to something like "
            "sqlite:////var/lib/kubelite/kubelite.db or postgresql://user:password@host/kubelite",
            reason="InvalidConfig",
        ) from error
    except ModuleNotFoundError as error:
        raise Permanent(
            f"the database URL needs the Python package {error.name}: pip install {error.name}",
            reason="InvalidConfig",
        ) from error


def _to_json(value: Any) -> str:
    """Half a surrogate pair cannot be stored as UTF-8; it becomes a question mark."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()


def _prepare(connection: Connection) -> None:
    """Refuses a database of a newer release before touching it, then creates what is missing: all of it in a new
    one, the tables that came later in one of an earlier release."""
    stored = None
    if inspect(connection).has_table(META.name):
        stored = connection.execute(select(META.c.value).where(META.c.key == SCHEMA_KEY)).scalar()
        if stored is not None and (not stored.isdecimal() or int(stored) > SCHEMA_VERSION):
            raise Permanent(
                f"the database has schema version {stored}, this KubeLite knows {SCHEMA_VERSION}: "
                "run the newer KubeLite that wrote it, or set KUBELITE_HOME to another directory",
                reason="StoreTooNew",
            )
        if stored == str(SCHEMA_VERSION):
            return
    METADATA.create_all(connection)
    if stored is None:
        connection.execute(insert(META).values(key=SCHEMA_KEY, value=str(SCHEMA_VERSION)))
    else:
        connection.execute(update(META).where(META.c.key == SCHEMA_KEY).values(value=str(SCHEMA_VERSION)))


async def upsert(connection: AsyncConnection, table: Table, keys: dict[str, Any], values: dict[str, Any]) -> None:
    """The two databases spell "insert or update" differently; two plain statements are the same in both."""
    held = and_(*(table.c[name] == value for name, value in keys.items()))
    if (await connection.execute(update(table).where(held).values(**values))).rowcount == 0:
        await connection.execute(insert(table).values(**keys, **values))


def translate(error: SQLAlchemyError) -> PortError:
    """Our error for one of SQLAlchemy's. Its text has the statement and the values in it, so only the driver's
    own words are passed on."""
    if isinstance(error, PoolTimeout):
        return Transient("the database is busy: no connection became free", reason="StoreBusy")
    if not isinstance(error, DBAPIError):
        return Permanent(f"the database refused a request of ours: {type(error).__name__}", reason="StoreError")
    words = _brief(error.orig)
    code = getattr(error.orig, "sqlite_errorname", None)
    kind: type[Transient] | type[Permanent]
    if code is not None:
        kind = Permanent if code.startswith(PERMANENT_CODES) else Transient
        return kind(f"the database cannot do this: {words}", reason="StoreError")
    if error.connection_invalidated:
        return Unreachable(f"the database does not answer: {words}", reason="StoreUnreachable")
    kind = Transient if isinstance(error, OperationalError | InterfaceError) else Permanent
    return kind(f"the database cannot do this: {words}", reason="StoreError")


def _brief(error: BaseException | None) -> str:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return first[:MESSAGE_LIMIT]
