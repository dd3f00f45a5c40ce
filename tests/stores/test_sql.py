"""What only the SQL store has: a file that lasts, settings of SQLite, schema versions, errors in our words."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from app.core.errors import Permanent, PortError, Transient
from app.core.history import SlotRecord
from app.core.objects import Namespace, Stored
from app.core.usage import UsageSample
from app.stores.schema import SCHEMA_VERSION
from app.stores.sql import SqlStore
from tests.stores.values import WEB, approval, audit, charge, event, revision, wish


def url(directory: Path) -> str:
    return f"sqlite:///{directory}/kubelite.db"


async def test_everything_is_there_after_opening_again(tmp_path: Path) -> None:
    first = await SqlStore.open(url(tmp_path))
    await first.put_app(wish(), expected_generation=None, revision=revision(1))
    kept = await first.put_event(event())
    await first.put_approval(approval())
    row = await first.add_audit(audit())
    await first.put_conversation("c1", {"x": 1})
    await first.put_meta("mode", "ask")
    await first.put_charges([charge()])
    await first.aclose()
    second = await SqlStore.open(url(tmp_path))
    assert await second.list_apps() == [wish()]
    assert await second.list_revisions(WEB) == [revision(1)]
    assert await second.list_events() == [kept]
    assert await second.list_approvals() == [approval()]
    assert await second.list_audit() == [row]
    assert await second.get_conversation("c1") == {"x": 1}
    assert await second.get_meta("mode") == "ask"
    assert await second.list_charges() == [charge()]
    await second.aclose()


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("busy_timeout", 5000), ("foreign_keys", 1)]
)
async def test_sqlite_is_set_to_be_durable(tmp_path: Path, pragma: str, value: object) -> None:
    store = await SqlStore.open(url(tmp_path))
    async with store._database.transaction() as connection:
        assert (await connection.execute(text(f"PRAGMA {pragma}"))).scalar_one() == value
    await store.aclose()


@pytest.mark.parametrize("version", [str(SCHEMA_VERSION + 1), "2027.1"])
async def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path, version: str) -> None:
    await (await SqlStore.open(url(tmp_path))).aclose()
    with sqlite3.connect(tmp_path / "kubelite.db") as connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (version,))
        connection.execute("DROP TABLE conversations")
    connection.close()
    with pytest.raises(
        Permanent, match=f"has schema version {version}, this KubeLite knows {SCHEMA_VERSION}"
    ) as caught:
        await SqlStore.open(url(tmp_path))
    assert caught.value.reason == "StoreTooNew"
    with sqlite3.connect(tmp_path / "kubelite.db") as connection:
        assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'conversations'").fetchall()
    connection.close()


async def test_a_database_whose_creation_was_cut_off_is_completed(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "kubelite.db") as connection:
        connection.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
    connection.close()
    store = await SqlStore.open(url(tmp_path))
    await store.put_app(wish(), expected_generation=None)
    assert await store.get_meta("schema_version") == str(SCHEMA_VERSION)
    await store.aclose()


async def test_a_database_of_version_1_is_upgraded_and_keeps_what_it_has(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "kubelite.db") as connection:
        connection.executescript((Path(__file__).parent / "version1.sql").read_text())
    connection.close()
    for generation in (None, 1):
        store = await SqlStore.open(url(tmp_path))
        assert await store.get_meta("schema_version") == str(SCHEMA_VERSION)
        assert await store.list_apps() == [wish()]
        assert await store.list_revisions(WEB) == [revision(1)]
        assert await store.list_slots() == {WEB: [SlotRecord(0, attempt=2)]}
        assert await store.list_approvals() == [approval()]
        assert [row.summary for row in await store.list_audit()] == ["deleted web"]
        stored = Stored(object=Namespace(name="prod"), generation=(generation or 0) + 1)
        await store.put_object(stored, expected_generation=generation)
        await store.add_samples([UsageSample(WEB, "web-0", 1.0, 5, 6)])
        await store.aclose()
    assert len(await _reopened(tmp_path)) == 2


async def test_a_database_of_version_2_is_upgraded_and_keeps_what_it_has(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "kubelite.db") as connection:
        connection.executescript((Path(__file__).parent / "version2.sql").read_text())
    connection.close()
    for _ in range(2):
        store = await SqlStore.open(url(tmp_path))
        assert await store.get_meta("schema_version") == str(SCHEMA_VERSION)
        assert await store.list_apps() == [wish()]
        assert await store.list_slots() == {WEB: [SlotRecord(0, attempt=2)]}
        assert await store.list_objects() == [Stored(object=Namespace(name="prod"), generation=1)]
        assert await store.list_samples(WEB, since=0.0) == [UsageSample(WEB, "web-0", 1.0, 5, 6)]
        await store.put_charges([charge()])
        await store.aclose()
    store = await SqlStore.open(url(tmp_path))
    assert await store.list_charges() == [charge()]
    await store.aclose()


async def _reopened(directory: Path) -> list[UsageSample]:
    store = await SqlStore.open(url(directory))
    samples = await store.list_samples(WEB, since=0.0)
    await store.aclose()
    return list(samples)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("no url at all", "set KUBELITE_DATABASE_URL"),
        ("nosuchdatabase://host/x", "set KUBELITE_DATABASE_URL"),
        ("sqlite+nosuchdriver:///x", "set KUBELITE_DATABASE_URL"),
        ("sqlite:////nonexistent/dir/x.db", "unable to open database file"),
        ("sqlite:////dev/null/x.db", "unable to open database file"),
    ],
)
async def test_a_database_that_cannot_be_is_permanent(bad: str, says: str) -> None:
    with pytest.raises(Permanent, match=says):
        await SqlStore.open(bad)


async def test_a_missing_driver_is_named_and_the_password_is_not() -> None:
    with pytest.raises(PortError) as caught:
        await SqlStore.open("postgresql://ann:hunter22@127.0.0.1:1/x")
    assert "hunter22" not in str(caught.value)
    assert "asyncpg" in str(caught.value) or "does not answer" in str(caught.value)


async def test_a_file_that_is_no_database_is_permanent(tmp_path: Path) -> None:
    (tmp_path / "kubelite.db").write_bytes(b"this is not a database, it only looks at you" * 100)
    with pytest.raises(Permanent, match="file is not a database"):
        await SqlStore.open(url(tmp_path))


async def test_a_lock_held_by_somebody_else_is_transient(tmp_path: Path) -> None:
    store = await SqlStore.open(url(tmp_path))
    async with store._database.transaction() as connection:
        await connection.execute(text("PRAGMA busy_timeout=1"))
    intruder = sqlite3.connect(tmp_path / "kubelite.db", isolation_level=None)
    intruder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Transient, match="database is locked"):
        await store.put_meta("mode", "ask")
    intruder.execute("ROLLBACK")
    intruder.close()
    await store.put_meta("mode", "ask")
    assert await store.get_meta("mode") == "ask"
    await store.aclose()


async def test_a_stored_value_that_does_not_fit_is_permanent_and_not_shown(tmp_path: Path) -> None:
    store = await SqlStore.open(url(tmp_path))
    await store.put_app(wish(), expected_generation=None)
    async with store._database.transaction() as connection:
        await connection.execute(text("""UPDATE apps SET body = '{"secret": "hunter22"}'"""))
    with pytest.raises(Permanent, match="a stored Desired cannot be read") as caught:
        await store.list_apps()
    assert "hunter22" not in str(caught.value)
    await store.aclose()


async def test_the_databases_words_never_carry_the_values(tmp_path: Path) -> None:
    store = await SqlStore.open(url(tmp_path))
    async with store._database.transaction() as connection:
        await connection.execute(text("DROP TABLE conversations"))
    with pytest.raises(PortError) as caught:
        await store.put_conversation("c1", {"password": "hunter22"})
    assert "no such table" in str(caught.value)
    chain: BaseException | None = caught.value
    while chain is not None:
        assert "hunter22" not in str(chain)
        chain = chain.__cause__ or chain.__context__
    await store.aclose()


async def test_a_cancelled_write_leaves_the_store_usable(tmp_path: Path) -> None:
    store = await SqlStore.open(url(tmp_path))
    for steps in range(12):
        writing = asyncio.create_task(
            store.put_app(wish(generation=steps), expected_generation=None, revision=revision(1))
        )
        for _ in range(steps):
            await asyncio.sleep(0)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        assert len(await store.list_revisions(WEB)) == len(await store.list_apps())
        await store.remove_app(WEB)
    await store.aclose()
