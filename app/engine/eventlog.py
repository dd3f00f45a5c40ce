"""The event log: aggregates equal events, keeps them bounded, and tells listeners. Durable through the store."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import replace

from app.core.events import Event, EventType
from app.core.spec import AppKey
from app.ports.clock import Clock
from app.ports.store import EventStore

FOLD_SECONDS = 600.0
"""Equal events within this time of the last one become one with a count (client-go folds over 10 minutes too)."""
REMEMBERED = 1000
KEEP_PER_APP = 500
PRUNE_EVERY = 500
LISTENER_BACKLOG = 1000
"""A listener that is this far behind loses the oldest: it can read the log."""


class EventLog:
    def __init__(self, store: EventStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._recent: OrderedDict[tuple[AppKey, str | None, EventType, str, str], Event] = OrderedDict()
        self._listeners: set[asyncio.Queue[Event]] = set()
        self._written = 0
        self._lock = asyncio.Lock()

    async def record(
        self, app: AppKey, type_: EventType, reason: str, message: str, *, pod: str | None = None
    ) -> Event:
        """Writes one event; equal ones are folded. Returns it as stored."""
        async with self._lock:
            now = self._clock.now()
            same = (app, pod, type_, reason, message)
            last = self._recent.pop(same, None)
            if last is not None and now - last.last_at <= FOLD_SECONDS:
                event = replace(last, last_at=now, count=last.count + 1)
            else:
                event = Event(app, type_, reason, message, first_at=now, last_at=now, pod=pod)
            event = await self._store.put_event(event)
            self._recent[same] = event
            if len(self._recent) > REMEMBERED:
                self._recent.popitem(last=False)
            await self._prune()
        self._tell(event)
        return event

    async def _prune(self) -> None:
        self._written += 1
        if self._written % PRUNE_EVERY == 0:
            await self._store.prune_events(keep_per_app=KEEP_PER_APP)

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            if listener.full():
                listener.get_nowait()
            listener.put_nowait(event)

    async def subscribe(self) -> AsyncIterator[Event]:
        """New events as they come, from the moment iteration starts."""
        listener: asyncio.Queue[Event] = asyncio.Queue(LISTENER_BACKLOG)
        self._listeners.add(listener)
        try:
            while True:
                yield await listener.get()
        finally:
            self._listeners.discard(listener)
