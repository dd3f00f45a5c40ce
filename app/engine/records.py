"""Slot records in memory, written behind to the store: back-off and attempt numbers survive our own restart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from app.core.history import SlotRecord
from app.core.spec import AppKey
from app.engine.tasks import TaskSet
from app.engine.writing import WriteBehind
from app.ports.clock import Clock
from app.ports.store import AppStore

NONE: Mapping[int, SlotRecord] = {}


class Records(WriteBehind[tuple[AppKey, int]]):
    def __init__(self, store: AppStore, clock: Clock, tasks: TaskSet) -> None:
        super().__init__(clock, tasks, "slot records")
        self._store = store
        self._slots: defaultdict[AppKey, dict[int, SlotRecord]] = defaultdict(dict)

    async def load(self) -> None:
        for key, records in (await self._store.list_slots()).items():
            self._slots[key] = {record.slot: record for record in records}

    def of(self, key: AppKey) -> Mapping[int, SlotRecord]:
        return self._slots.get(key, NONE)

    def get(self, key: AppKey, slot: int) -> SlotRecord:
        return self.of(key).get(slot, SlotRecord(slot))

    def note(self, key: AppKey, record: SlotRecord) -> None:
        """Remembers it; the store follows."""
        known = self.of(key).get(record.slot)
        if known is not record and known != record:
            self._slots[key][record.slot] = record
            self._later((key, record.slot))

    async def reserve(self, key: AppKey, record: SlotRecord) -> None:
        """Remembers it and returns once it is on disk. Raises `PortError`; the store follows then too."""
        self.note(key, record)
        await self._now((key, record.slot))

    def move(self, key: AppKey, *, numbered: bool) -> None:
        """The app goes to another runtime: what it went through is of the old one. `numbered`: we number attempts
        there too, so no number is used twice; else the new runtime counts its own."""
        for slot, record in self.of(key).items():
            self.note(key, record.stopped() if numbered else SlotRecord(slot))

    def forget(self, key: AppKey) -> None:
        """Memory only: the store drops them with the app."""
        self._slots.pop(key, None)

    async def _write(self, key: tuple[AppKey, int]) -> None:
        app, slot = key
        record = self.of(app).get(slot)
        if record is not None:
            await self._store.put_slot(app, record)
