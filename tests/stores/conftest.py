"""Every store in turn. PostgreSQL takes part when KUBELITE_TEST_POSTGRES_URL names an empty database."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.ports.store import Store
from app.stores.memory import MemoryStore
from app.stores.schema import METADATA
from app.stores.sql import SqlStore

POSTGRES_URL = os.environ.get("KUBELITE_TEST_POSTGRES_URL", "")


@pytest.fixture(params=["memory", "sqlite", *(["postgresql"] if POSTGRES_URL else [])])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened: Store
    if request.param == "memory":
        opened = MemoryStore()
    elif request.param == "sqlite":
        opened = await SqlStore.open(f"sqlite:///{tmp_path}/kubelite.db")
    else:
        opened = await _postgres()
    yield opened
    await opened.aclose()


async def _postgres() -> SqlStore:
    opened = await SqlStore.open(POSTGRES_URL)
    async with opened._database.transaction() as connection:
        for table in reversed(METADATA.sorted_tables):
            if table.name != "meta":
                await connection.execute(table.delete())
    return opened
