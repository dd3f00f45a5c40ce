"""What the child processes of the durability tests do: `python -m tests.stores.children VERB DIRECTORY`.

Each says on stdout how far it is, one word a line; the parent reads that and kills, so nobody waits by the clock.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from app.stores.home import Home
from app.stores.sql import SqlStore
from tests.stores.values import WEB, audit, event, revision, wish


def say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def write(directory: Path) -> None:
    """Changes one app for ever, with a revision, an event and an audit row each time; says each finished number."""
    store = await SqlStore.open(f"sqlite:///{directory}/kubelite.db")
    await store.put_app(wish(WEB, 1), expected_generation=None, revision=revision(1))
    for number in range(2, 1_000_000):
        changed = wish(WEB, number, updated_at=float(number))
        await store.put_app(changed, expected_generation=number - 1, revision=revision(number))
        await store.put_event(event(at=float(number)))
        await store.add_audit(audit(summary=str(number)))
        say(number)


def own(directory: Path) -> None:
    """Owns the directory and serves it, until it reads a line."""
    home = Home.open(directory)
    home.announce("http://127.0.0.1:8123")
    say("open")
    sys.stdin.readline()
    home.close()
    say("closed")
    sys.stdin.readline()


if __name__ == "__main__":
    if sys.argv[1] == "write":
        asyncio.run(write(Path(sys.argv[2])))
    else:
        own(Path(sys.argv[2]))
