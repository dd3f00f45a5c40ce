"""The conversations' checkpoints: one SQLite file, one checkpoint per conversation kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

_OLDER = (
    "DELETE FROM {table} WHERE thread_id = ? AND checkpoint_ns = '' AND checkpoint_id < "
    "(SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = '')"
)


@asynccontextmanager
async def open_checkpoints(path: Path) -> AsyncIterator[AsyncSqliteSaver]:
    """The saver over the file `path`, which is created where needed."""
    async with AsyncSqliteSaver.from_conn_string(str(path)) as saver:
        await saver.setup()
        yield saver


async def keep_latest(saver: BaseCheckpointSaver[Any], conversation: str) -> None:
    """Forgets all but the newest checkpoint: each holds the whole conversation, and we never go back in time."""
    if not isinstance(saver, AsyncSqliteSaver):
        return
    async with saver.lock, saver.conn.cursor() as cursor:
        for table in ("writes", "checkpoints"):
            await cursor.execute(_OLDER.format(table=table), (conversation, conversation))
        await saver.conn.commit()
