"""What becomes of a chat's last words when its file is busy while the server ends: `python -m tests.web.busy DIR`.

A process of its own, since Chainlit is set up at its first import. Prints the stored name of the chat, and before it
whether the layer closed while the file was still busy.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from app.web import environment


async def main(directory: Path) -> None:
    environment.prepare(directory, "a-secret-of-the-tests-0123456789abcdef")
    from app.web import history

    chats = history.layer(directory)
    await chats.create_tables()
    with closing(sqlite3.connect(directory / "chat.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        write = asyncio.create_task(chats.update_thread("t", name="last words"))
        await asyncio.sleep(0)  # it has begun
        end = asyncio.create_task(chats.close())
        early, _ = await asyncio.wait({end}, timeout=0.2)
        other.execute("ROLLBACK")
        await end
        write.cancel()  # as the end of the process does
        names = [name for (name,) in other.execute("SELECT name FROM threads")]
    print("closed early" if early else "waited", *names)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
