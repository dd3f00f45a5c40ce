"""The event log: aggregates equal events, keeps them bounded, and tells listeners. Written behind to the store."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from app.core.errors import PortError
from app.core.events import Event, EventType
from app.core.spec import AppKey
from app.engine.tasks import TaskSet
from app.engine.writing import WriteBehind
from app.ports.clock import Clock
from app.ports.store import EventStore

log = logging.getLogger(__name__)

FOLD_SECONDS = 600.0
"""Equal events within this time of the last one become one with a count (client-go folds over 10 minutes too)."""
REMEMBERED = 1000
KEEP_PER_APP = 500
PRUNE_EVERY = 500
LISTENER_BACKLOG = 1000
"""A listener that is this far behind loses the oldest: it can read the log."""

Same = tuple[AppKey, str | None, EventType, str, str]


class EventLog(WriteBehind[Same]):
    """`record` never fails and never waits: an event is told of what happened, it must not change what happens."""

    def __init__(self, store: EventStore, clock: Clock, tasks: TaskSet) -> None:
        super().__init__(clock, tasks, "events")
        self._store = store
        self._recent: OrderedDict[Same, Event] = OrderedDict()
        self._listeners: set[asyncio.Queue[Event]] = set()
        self._written = 0

    def record(self, app: AppKey, type_: EventType, reason: str, message: str, *, pod: str | None = None) -> None:
        """Notes one event; equal ones are folded."""
        now = self._clock.now()
        same = (app, pod, type_, reason, message)
        last = self._recent.pop(same, None)
        if last is not None and now - last.last_at <= FOLD_SECONDS:
            event = replace(last, last_at=now, count=last.count + 1)
        else:
            event = Event(app, type_, reason, message, first_at=now, last_at=now, pod=pod)
        self._recent[same] = event
        if len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)
        self._later(same)

    async def list(self, app: AppKey | None = None, *, limit: int) -> Sequence[Event]:
        """Newest last, those that are still to be written too."""
        await self.flush()
        return await self._store.list_events(app, limit=limit)

    async def subscribe(self) -> AsyncIterator[Event]:
        """New events as they are stored, from the moment iteration starts."""
        listener: asyncio.Queue[Event] = asyncio.Queue(LISTENER_BACKLOG)
        self._listeners.add(listener)
        try:
            while True:
                yield await listener.get()
        finally:
            self._listeners.discard(listener)

    async def _write(self, key: Same) -> None:
        event = self._recent.get(key)
        if event is None:
            return
        stored = await self._store.put_event(event)
        present = self._recent.get(key)
        if present is not None and present.first_at == event.first_at:
            self._recent[key] = replace(present, id=stored.id)
        self._tell(stored)
        await self._prune()

    async def _prune(self) -> None:
        """At the first write too: a process that is restarted often must not let the log grow."""
        self._written += 1
        if self._written % PRUNE_EVERY == 1:
            try:
                await self._store.prune_events(keep_per_app=KEEP_PER_APP)
            except PortError as error:
                log.warning("the event log is pruned later: %s", error)

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            if listener.full():
                listener.get_nowait()
            listener.put_nowait(event)
