"""What is desired beside the apps, in memory, written through to the store first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from app.core.objects import KubeObject, ObjectKey, ObjectState, Stored, key_of
from app.ports.clock import Clock
from app.ports.store import ObjectStore


class Objects:
    """One owner process, so memory and store agree. Whoever subscribed hears of each change, by key."""

    def __init__(self, store: ObjectStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._stored: dict[ObjectKey, Stored] = {}
        self._heard: list[Callable[[ObjectKey], None]] = []
        self._turn = asyncio.Lock()

    async def load(self) -> None:
        self._stored = {stored.key: stored for stored in await self._store.list_objects()}

    def subscribe(self, changed: Callable[[ObjectKey], None]) -> None:
        self._heard.append(changed)

    def get(self, key: ObjectKey) -> Stored | None:
        return self._stored.get(key)

    def all(self, kind: str | None = None) -> list[Stored]:
        """In order of kind (as it was written first), then namespace and name."""
        found = [stored for stored in self._stored.values() if kind in (None, stored.key.kind)]
        return sorted(found, key=lambda stored: stored.key)

    async def put(self, one: KubeObject) -> tuple[KubeObject | None, bool]:
        """Stores the wish; what stood before, and whether anything changed. Raises `Conflict`, `PortError`."""
        async with self._turn:
            before = self._stored.get(key_of(one))
            if before is not None and before.object == one and not before.deleting:
                return before.object, False
            now = self._clock.now()
            after = Stored(
                object=one,
                generation=before.generation + 1 if before else 1,
                state=before.state if before else ObjectState(),
                created_at=before.created_at if before else now,
                updated_at=now,
            )
            await self._write(after, before)
            return before.object if before else None, True

    async def note(self, key: ObjectKey, state: ObjectState) -> None:
        """Remembers something beside the wish; nothing happens where the object is gone."""
        async with self._turn:
            before = self._stored.get(key)
            if before is not None and before.state != state:
                after = before.model_copy(update={"state": state, "generation": before.generation + 1})
                await self._write(after, before)

    async def mark_deleting(self, key: ObjectKey) -> None:
        async with self._turn:
            before = self._stored.get(key)
            if before is not None and not before.deleting:
                change = {"deleting": True, "generation": before.generation + 1, "updated_at": self._clock.now()}
                await self._write(before.model_copy(update=change), before)

    async def forget(self, key: ObjectKey) -> None:
        async with self._turn:
            await self._store.remove_object(key)
            self._stored.pop(key, None)
        self._tell(key)

    async def _write(self, after: Stored, before: Stored | None) -> None:
        await self._store.put_object(after, expected_generation=before.generation if before else None)
        self._stored[after.key] = after
        self._tell(after.key)

    def _tell(self, key: ObjectKey) -> None:
        for changed in self._heard:
            changed(key)
