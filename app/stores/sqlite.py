"""What SQLite needs beyond the common code: durable settings, and an end to each connection's thread.

aiosqlite works in one thread per connection, and a connection that failed or was cancelled leaves its thread to end by
itself; when the event loop is gone before, that thread prints a traceback. So closing the database waits for them.
"""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import Any

import aiosqlite
from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_MS = 5000
CLOSE_SECONDS = 5.0

PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)

PERMANENT_CODES = (
    "SQLITE_READONLY",
    "SQLITE_CORRUPT",
    "SQLITE_NOTADB",
    "SQLITE_CANTOPEN",
    "SQLITE_PERM",
    "SQLITE_CONSTRAINT",
)
"""Primary result codes that no repeat mends; busy, full and I/O errors may pass."""


class Workers:
    """Opens connections and remembers their threads."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._threads: list[Thread] = []

    def engine(self, **options: Any) -> AsyncEngine:
        """An engine with one connection: turns are cheaper than lock waits while one process owns the file."""
        engine = create_async_engine(self._url, async_creator=self._connect, pool_size=1, max_overflow=0, **options)
        event.listen(engine.sync_engine, "connect", _set_pragmas)
        self._arguments = engine.dialect.create_connect_args(self._url)
        return engine

    async def _connect(self) -> aiosqlite.Connection:
        positional, named = self._arguments
        connection = aiosqlite.connect(*positional, **named)
        thread = connection._thread
        thread.daemon = True  # a stuck disk must not keep the process from ending
        self._threads = [each for each in self._threads if each.is_alive()] + [thread]
        return await connection

    async def join(self) -> None:
        """Waits until the threads of all closed connections have ended, at most `CLOSE_SECONDS` each."""
        for thread in self._threads:
            if thread.is_alive():
                await asyncio.to_thread(thread.join, CLOSE_SECONDS)
        self._threads.clear()


def _set_pragmas(connection: Any, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    try:
        for pragma in PRAGMAS:
            cursor.execute(pragma)
    finally:
        cursor.close()
