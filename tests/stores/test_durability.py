"""A writer killed in the middle of its work leaves a database in which every finished write is whole."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.stores.sql import SqlStore
from tests.stores.values import WEB

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("finished", [1, 25, 60])
async def test_a_killed_writer_leaves_whole_writes(tmp_path: Path, finished: int) -> None:
    last = _write_and_kill(tmp_path, finished)
    with sqlite3.connect(tmp_path / "kubelite.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    store = await SqlStore.open(f"sqlite:///{tmp_path}/kubelite.db")
    (app,) = await store.list_apps()
    assert last <= app.generation <= last + 1, "a finished write is lost, or one appeared that was never made"
    assert app.updated_at == float(app.generation)
    numbers = [found.number for found in await store.list_revisions(WEB)]
    assert numbers == list(range(max(1, app.generation - 10), app.generation + 1)), "app and revision differ"
    audited = [int(row.summary) for row in await store.list_audit(limit=10_000)]
    assert audited == list(range(2, 2 + len(audited)))
    assert audited[-1] in (last, last + 1)
    assert len(await store.list_events(WEB, limit=10_000)) in (len(audited), len(audited) + 1)
    await store.put_app(app.model_copy(update={"deleting": True}), expected_generation=app.generation)
    await store.aclose()


def _write_and_kill(directory: Path, finished: int) -> int:
    """Kills the child after so many finished rounds and returns the last number it said."""
    command = [sys.executable, "-m", "tests.stores.children", "write", str(directory)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            said = [child.stdout.readline() for _ in range(finished)]
        finally:
            child.kill()
        said += child.stdout.read().splitlines(keepends=True)
    whole = [int(line) for line in said if line.endswith("\n")]
    assert len(whole) >= finished, "the child ended by itself"
    return whole[-1]
