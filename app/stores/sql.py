"""The store on a SQL database: SQLite in the data directory, or PostgreSQL behind a URL, with the same statements.

Each method is one transaction. Where two callers may race, the check is in the UPDATE's own WHERE, so the database
decides who was first and the row count tells us.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.approvals import Approval, ApprovalState, AuditRow
from app.core.errors import Conflict, NotFound
from app.core.events import Event
from app.core.history import SlotRecord
from app.core.spec import AppKey, Desired, Revision
from app.stores.database import Database, upsert
from app.stores.schema import (
    APPROVAL,
    APPROVALS,
    APPS,
    AUDIT,
    AUDIT_ROW,
    CONVERSATIONS,
    DESIRED,
    EVENT,
    EVENTS,
    META,
    REVISION,
    REVISIONS,
    SAMPLES,
    SLOT,
    SLOTS,
    revisions_kept,
)
from app.stores.sqlexperiments import SqlExperiments
from app.stores.sqlincidents import SqlIncidents
from app.stores.sqlobjects import SqlObjects
from app.stores.sqlsamples import SqlSamples
from app.stores.sqlspending import SqlSpending


class SqlStore(SqlObjects, SqlSamples, SqlSpending, SqlIncidents, SqlExperiments):
    """Implements `app.ports.store.Store`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    async def open(cls, url: str) -> SqlStore:
        """Opens and, where new, creates the database of a SQLAlchemy URL. Raises `Permanent`, `Transient`."""
        return cls(await Database.open(url))

    async def ping(self) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(select(1))

    async def aclose(self) -> None:
        await self._database.aclose()

    # -- apps

    async def list_apps(self) -> Sequence[Desired]:
        """By namespace, then name."""
        query = select(APPS.c.body).order_by(APPS.c.namespace, APPS.c.name)
        return [DESIRED.load(row.body) for row in await self._rows(query)]

    async def put_app(
        self, desired: Desired, *, expected_generation: int | None, revision: Revision | None = None
    ) -> None:
        async with self._database.transaction() as connection:
            if expected_generation is None:
                await _insert_app(connection, desired)
            else:
                await _update_app(connection, desired, expected_generation)
            if revision is not None:
                await _put_revision(connection, desired.key, revision)
            await _forget_revisions(connection, desired.key, revisions_kept(desired.spec.strategy))

    async def remove_app(self, key: AppKey) -> None:
        async with self._database.transaction() as connection:
            for table in (REVISIONS, SLOTS, SAMPLES, APPS):
                await connection.execute(delete(table).where(_of(table, key)))

    async def list_revisions(self, key: AppKey) -> Sequence[Revision]:
        query = select(REVISIONS.c.body).where(_of(REVISIONS, key)).order_by(REVISIONS.c.number)
        return [REVISION.load(row.body) for row in await self._rows(query)]

    async def list_slots(self) -> Mapping[AppKey, Sequence[SlotRecord]]:
        """By slot; an app without a record is left out."""
        found: dict[AppKey, list[SlotRecord]] = defaultdict(list)
        query = select(SLOTS.c.namespace, SLOTS.c.name, SLOTS.c.body).order_by(SLOTS.c.slot)
        for namespace, name, body in await self._rows(query):
            found[AppKey(namespace, name)].append(SLOT.load(body))
        return dict(found)

    async def put_slot(self, key: AppKey, record: SlotRecord) -> None:
        """Does nothing when the app is gone: a record of no app would greet the next one of its name."""
        keys = {"namespace": key.namespace, "name": key.name, "slot": record.slot}
        async with self._database.transaction() as connection:
            if (await connection.execute(select(APPS.c.generation).where(_of(APPS, key)))).first() is not None:
                await upsert(connection, SLOTS, keys, {"body": SLOT.dump(record)})

    async def drop_slots(self, key: AppKey, slots: Sequence[int]) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(delete(SLOTS).where(_of(SLOTS, key), SLOTS.c.slot.in_(slots)))

    # -- events

    async def put_event(self, event: Event) -> Event:
        body = EVENT.dump(event)
        row = {"namespace": event.app.namespace, "name": event.app.name, "last_at": event.last_at, "body": body}
        async with self._database.transaction() as connection:
            if event.id:
                await upsert(connection, EVENTS, {"id": event.id}, row)
                return event
            return replace(event, id=await _add(connection, EVENTS, row))

    async def list_events(self, key: AppKey | None = None, *, limit: int = 100) -> Sequence[Event]:
        query = select(EVENTS.c.id, EVENTS.c.body).order_by(EVENTS.c.last_at.desc(), EVENTS.c.id.desc()).limit(limit)
        rows = await self._rows(query if key is None else query.where(_of(EVENTS, key)))
        return [replace(EVENT.load(body), id=number) for number, body in reversed(rows)]

    async def prune_events(self, *, keep_per_app: int) -> None:
        newest_first = func.row_number().over(
            partition_by=(EVENTS.c.namespace, EVENTS.c.name), order_by=(EVENTS.c.last_at.desc(), EVENTS.c.id.desc())
        )
        ranked = select(EVENTS.c.id, newest_first.label("rank")).subquery()
        surplus = select(ranked.c.id).where(ranked.c.rank > keep_per_app)
        async with self._database.transaction() as connection:
            await connection.execute(delete(EVENTS).where(EVENTS.c.id.in_(surplus)))

    # -- approvals

    async def put_approval(self, approval: Approval) -> None:
        """Raises `Conflict` when the id is taken: a used approval never comes back to life."""
        async with self._database.transaction() as connection:
            try:
                await connection.execute(insert(APPROVALS).values(id=approval.id, **_approval_row(approval)))
            except IntegrityError as error:
                raise Conflict(f"the approval {approval.id} exists already") from error

    async def get_approval(self, approval_id: str) -> Approval:
        rows = await self._rows(select(APPROVALS.c.body).where(APPROVALS.c.id == approval_id))
        if not rows:
            raise NotFound(f"there is no approval {approval_id}")
        return APPROVAL.load(rows[0].body)

    async def list_approvals(
        self, *, conversation: str | None = None, state: ApprovalState | None = None
    ) -> Sequence[Approval]:
        query = select(APPROVALS.c.body).order_by(APPROVALS.c.created_at, APPROVALS.c.id)
        if conversation is not None:
            query = query.where(APPROVALS.c.conversation == conversation)
        if state is not None:
            query = query.where(APPROVALS.c.state == state.value)
        return [APPROVAL.load(row.body) for row in await self._rows(query)]

    async def move_approval(self, approval: Approval, *, expected: ApprovalState) -> None:
        held = and_(APPROVALS.c.id == approval.id, APPROVALS.c.state == expected.value)
        async with self._database.transaction() as connection:
            moved = await connection.execute(update(APPROVALS).where(held).values(**_approval_row(approval)))
            if moved.rowcount == 0:
                raise Conflict(f"the approval {approval.id} is not {expected.value} any more")

    # -- audit, conversations, meta

    async def add_audit(self, row: AuditRow) -> AuditRow:
        async with self._database.transaction() as connection:
            values = {"conversation": row.conversation, "body": AUDIT_ROW.dump(row)}
            return row.model_copy(update={"id": await _add(connection, AUDIT, values)})

    async def list_audit(self, *, conversation: str | None = None, limit: int = 100) -> Sequence[AuditRow]:
        query = select(AUDIT.c.id, AUDIT.c.body).order_by(AUDIT.c.id.desc()).limit(limit)
        if conversation is not None:
            query = query.where(AUDIT.c.conversation == conversation)
        rows = await self._rows(query)
        return [AUDIT_ROW.load(body).model_copy(update={"id": number}) for number, body in reversed(rows)]

    async def get_conversation(self, conversation: str) -> dict[str, Any]:
        rows = await self._rows(select(CONVERSATIONS.c.body).where(CONVERSATIONS.c.id == conversation))
        return dict(rows[0].body) if rows else {}

    async def put_conversation(self, conversation: str, state: Mapping[str, Any]) -> None:
        async with self._database.transaction() as connection:
            await upsert(connection, CONVERSATIONS, {"id": conversation}, {"body": dict(state)})

    async def get_meta(self, key: str) -> str | None:
        rows = await self._rows(select(META.c.value).where(META.c.key == key))
        return str(rows[0].value) if rows else None

    async def put_meta(self, key: str, value: str) -> None:
        async with self._database.transaction() as connection:
            await upsert(connection, META, {"key": key}, {"value": value})

    async def _rows(self, query: Select[Any]) -> Sequence[Any]:
        async with self._database.transaction() as connection:
            rows: Sequence[Any] = (await connection.execute(query)).all()
        return rows


async def _insert_app(connection: AsyncConnection, desired: Desired) -> None:
    key = desired.key
    row = {"namespace": key.namespace, "name": key.name, "generation": desired.generation}
    try:
        await connection.execute(insert(APPS).values(**row, body=DESIRED.dump(desired)))
    except IntegrityError as error:
        raise Conflict(f"the app {key} exists already") from error


async def _update_app(connection: AsyncConnection, desired: Desired, expected_generation: int) -> None:
    held = and_(_of(APPS, desired.key), APPS.c.generation == expected_generation)
    row = {"generation": desired.generation, "body": DESIRED.dump(desired)}
    if (await connection.execute(update(APPS).where(held).values(**row))).rowcount == 0:
        raise Conflict(f"the app {desired.key} was changed or removed by somebody else in the meantime")


async def _put_revision(connection: AsyncConnection, key: AppKey, revision: Revision) -> None:
    keys = {"namespace": key.namespace, "name": key.name, "number": revision.number}
    await upsert(connection, REVISIONS, keys, {"body": REVISION.dump(revision)})


async def _forget_revisions(connection: AsyncConnection, key: AppKey, kept: int) -> None:
    """The oldest go, so that so many are left."""
    numbers = select(REVISIONS.c.number).where(_of(REVISIONS, key)).order_by(REVISIONS.c.number.desc())
    surplus = (await connection.execute(numbers.offset(kept))).scalars().all()
    if surplus:
        await connection.execute(delete(REVISIONS).where(_of(REVISIONS, key), REVISIONS.c.number.in_(surplus)))


async def _add(connection: AsyncConnection, table: Table, values: dict[str, Any]) -> int:
    """Inserts with the next id and returns it."""
    return int((await connection.execute(insert(table).values(**values).returning(table.c.id))).scalar_one())


def _of(table: Table, key: AppKey) -> ColumnElement[bool]:
    return and_(table.c.namespace == key.namespace, table.c.name == key.name)


def _approval_row(approval: Approval) -> dict[str, Any]:
    return {
        "conversation": approval.conversation,
        "state": approval.state.value,
        "created_at": approval.created_at,
        "body": APPROVAL.dump(approval),
    }
