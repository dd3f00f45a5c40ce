"""Slot records in memory, written through to the store: back-off and attempt numbers survive our own restart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from app.core.history import SlotRecord
from app.core.spec import AppKey
from app.ports.store import AppStore


class Records:
    def __init__(self, store: AppStore) -> None:
        self._store = store
        self._slots: defaultdict[AppKey, dict[int, SlotRecord]] = defaultdict(dict)

    async def load(self) -> None:
        for key, records in (await self._store.list_slots()).items():
            self._slots[key] = {record.slot: record for record in records}

    def of(self, key: AppKey) -> Mapping[int, SlotRecord]:
        return self._slots[key]

    def get(self, key: AppKey, slot: int) -> SlotRecord:
        return self._slots[key].get(slot, SlotRecord(slot))

    async def put(self, key: AppKey, record: SlotRecord) -> None:
        """Remembers it; writes only what changed."""
        if self._slots[key].get(record.slot) == record:
            return
        self._slots[key][record.slot] = record
        await self._store.put_slot(key, record)

    def forget(self, key: AppKey) -> None:
        """Memory only: the store drops them with the app."""
        self._slots.pop(key, None)
