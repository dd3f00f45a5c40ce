"""Chats on disk: Chainlit's SQL data layer on a SQLite file, with the tables it does not create itself.

Chainlit keeps elements only with a cloud storage; ours are an id and a few words, so they are kept as rows. The layer
swallows SQL errors (a missing column loses data in silence), so the columns are covered by a test.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from pathlib import Path
from typing import Any

from chainlit.data.sql_alchemy import SQLAlchemyDataLayer
from chainlit.data.utils import queue_until_user_message
from chainlit.utils import utc_now
from sqlalchemy import text

from app.agent.sealing import OWN
from app.core.redact import redact

TABLES = (
    """CREATE TABLE IF NOT EXISTS users (
        "id" TEXT PRIMARY KEY, "identifier" TEXT NOT NULL UNIQUE, "metadata" TEXT NOT NULL, "createdAt" TEXT)""",
    """CREATE TABLE IF NOT EXISTS threads (
        "id" TEXT PRIMARY KEY, "createdAt" TEXT, "name" TEXT, "userId" TEXT, "userIdentifier" TEXT, "tags" TEXT,
        "metadata" TEXT)""",
    """CREATE TABLE IF NOT EXISTS steps (
        "id" TEXT PRIMARY KEY, "name" TEXT, "type" TEXT, "threadId" TEXT, "parentId" TEXT, "streaming" INTEGER,
        "waitForAnswer" INTEGER, "isError" INTEGER, "metadata" TEXT, "tags" TEXT, "input" TEXT, "output" TEXT,
        "createdAt" TEXT, "command" TEXT, "start" TEXT, "end" TEXT, "generation" TEXT, "showInput" TEXT,
        "language" TEXT, "indent" INTEGER, "defaultOpen" INTEGER, "autoCollapse" INTEGER, "modes" TEXT, "icon" TEXT)""",
    """CREATE TABLE IF NOT EXISTS elements (
        "id" TEXT PRIMARY KEY, "threadId" TEXT, "type" TEXT, "url" TEXT, "chainlitKey" TEXT, "name" TEXT,
        "display" TEXT, "objectKey" TEXT, "size" TEXT, "page" INTEGER, "language" TEXT, "forId" TEXT, "mime" TEXT,
        "props" TEXT, "autoPlay" INTEGER, "playerConfig" TEXT)""",
    """CREATE TABLE IF NOT EXISTS feedbacks (
        "id" TEXT PRIMARY KEY, "forId" TEXT, "threadId" TEXT, "value" INTEGER, "comment" TEXT)""",
    'CREATE INDEX IF NOT EXISTS steps_by_thread ON steps ("threadId")',
    'CREATE INDEX IF NOT EXISTS elements_by_thread ON elements ("threadId")',
)

_PUT_ELEMENT = """
    INSERT INTO elements ("id", "threadId", "type", "name", "display", "forId", "mime", "props")
    VALUES (:id, :threadId, :type, :name, :display, :forId, :mime, :props)
    ON CONFLICT ("id") DO UPDATE SET "props" = EXCLUDED."props", "forId" = EXCLUDED."forId"
    WHERE elements."threadId" = EXCLUDED."threadId"
"""
_PUT_REPLY = """
    INSERT INTO steps ("id", "name", "type", "threadId", "output", "createdAt", "start", "end", "metadata")
    SELECT :id, 'KubeLite', 'assistant_message', id, :output, :at, :at, :at, '{}' FROM threads WHERE id = :thread
    ON CONFLICT ("id") DO NOTHING
"""

_TOLD = ("input", "output", "name")
WRITE_SECONDS = 3
"""How long the writes at the end may take: the server has ended 10 s after it was asked to, whatever happens."""

_layers: dict[Path, ChatHistory] = {}


class ChatHistory(SQLAlchemyDataLayer):  # type: ignore[misc]  # Chainlit is untyped
    """Chainlit's layer, plus: custom elements are rows, and their properties come back as values."""

    def __init__(self, conninfo: str) -> None:
        super().__init__(conninfo=conninfo)
        self._running = 0
        self._quiet = asyncio.Event()

    async def execute_sql(self, query: str, parameters: dict[str, Any]) -> Any:
        self._running += 1
        self._quiet.clear()
        try:
            return await super().execute_sql(query, _without_secrets(parameters))
        finally:
            self._running -= 1
            if not self._running:
                self._quiet.set()

    async def close(self) -> None:
        """Chainlit writes in tasks of its own that nobody waits for: waits for them, so that what was shown is kept."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WRITE_SECONDS):
                while self._running:  # the next statement of a write follows at once
                    await self._quiet.wait()
        await super().close()

    async def create_tables(self) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(text("PRAGMA journal_mode=WAL"))
            for statement in TABLES:
                await connection.execute(text(statement))

    @queue_until_user_message()
    async def create_element(self, element: Any) -> None:
        """Uploaded files are not kept: their text is in the message."""
        if element.type != "custom" or not element.for_id:
            return
        row = element.to_dict()
        keys = ("id", "threadId", "type", "name", "display", "forId", "mime")
        await self.execute_sql(_PUT_ELEMENT, {key: row.get(key) for key in keys} | {"props": json.dumps(row["props"])})

    async def get_thread_author(self, thread_id: str) -> str:
        """Empty for a chat that is not there (Chainlit answers 404 then); its own layer raises, which is a 500."""
        try:
            author: str = await super().get_thread_author(thread_id)
        except ValueError:
            return ""
        return author

    async def get_all_user_threads(
        self, user_id: str | None = None, thread_id: str | None = None
    ) -> list[dict[str, Any]] | None:
        threads: list[dict[str, Any]] | None = await super().get_all_user_threads(user_id, thread_id)
        for thread in threads or []:
            for step in thread["steps"]:
                if step.get("showInput") == "true":  # stored as text; as text it would be a code block's language
                    step["showInput"] = True
            for element in thread["elements"]:
                if isinstance(element.get("props"), str):
                    element["props"] = json.loads(element["props"])
        return threads


def _without_secrets(parameters: dict[str, Any]) -> dict[str, Any]:
    """What people typed and read, as it is kept (docs/adr/0014); a chat's name is its first message."""
    told = {key: value for key, value in parameters.items() if key in _TOLD and isinstance(value, str)}
    return {**parameters, **{key: redact(value, but=OWN) for key, value in told.items()}}


def layer(data_directory: Path) -> ChatHistory:
    """The one layer of this data directory."""
    path = data_directory / "chat.db"
    if path not in _layers:
        logging.getLogger("chainlit").addFilter(_without_storage_warning)
        _layers[path] = ChatHistory(conninfo=f"sqlite+aiosqlite:///{path}")
    return _layers[path]


def _without_storage_warning(record: logging.LogRecord) -> bool:
    return "elements will not be persisted" not in record.getMessage()


async def add_reply(thread_id: str, message_id: str, content: str) -> None:
    """Adds a reply to a chat that no page shows right now; no such thread: nothing."""
    from chainlit.data import get_data_layer

    if (chats := get_data_layer()) is not None:
        await chats.execute_sql(_PUT_REPLY, {"id": message_id, "output": content, "at": utc_now(), "thread": thread_id})
