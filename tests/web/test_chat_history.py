"""Chats on disk."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
from pathlib import Path

from app.web.history import ChatHistory
from tests.web.conftest import ROOT


def test_the_last_words_of_a_chat_are_stored_when_the_server_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.web.busy", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.strip() == "waited last words"


async def test_secrets_are_not_kept_with_a_chat(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    chats = ChatHistory(f"sqlite+aiosqlite:///{path}")
    await chats.create_tables()
    said = "set API_TOKEN=hunter22 on web for ann@example.com\nkind: Secret\nstringData:\n  a: s3cr3t-one\n"
    await chats.update_thread("t1", name=said[:40])
    store = inspect.unwrap(ChatHistory.create_step)  # without waiting for a session's first message
    await store(chats, {"id": "s1", "threadId": "t1", "type": "user_message", "name": "ann", "output": said})
    rows = await chats.execute_sql("SELECT output FROM steps UNION SELECT name FROM threads", {})
    await chats.close()
    assert sorted(row["output"] for row in rows) == [
        "set API_TOKEN=(hidden) on web for ann@ex",
        "set API_TOKEN=(hidden) on web for ann@example.com\nkind: Secret\nstringData:\n  a: (hidden)\n",
    ]
    stored = await asyncio.to_thread(lambda: b"".join(file.read_bytes() for file in tmp_path.iterdir()))
    assert b"hunter22" not in stored
    assert b"s3cr3t-one" not in stored
