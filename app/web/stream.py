"""Events of the apps as server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from app.core.events import Event
from app.web.context import Backend

EVERY = 1.0
"""Seconds between two looks at the event log."""
LOOK = 200
"""Events read at each look; more than this within a second are told by their newest."""


async def events(backend: Backend, last_id: str | None) -> AsyncIterator[dict[str, Any]]:
    """One message per new event, and again when its count rises. `last_id` = where a reader that returns left off."""
    resume = int(last_id) if last_id and last_id.isdigit() else None
    told: dict[int, int] = {}
    for event in await backend.control.events(limit=LOOK):
        if resume is None or event.id <= resume:
            told[event.id] = event.count
    while True:
        latest = await backend.control.events(limit=LOOK)
        for event in latest:
            if told.get(event.id) != event.count:
                told[event.id] = event.count
                yield {"event": "event", "id": str(event.id), "data": json.dumps(row(event))}
        told = {event.id: event.count for event in latest}
        await backend.clock.sleep(EVERY)


def row(event: Event) -> dict[str, Any]:
    """Times are epoch seconds."""
    return {
        "id": event.id,
        "namespace": event.app.namespace,
        "app": event.app.name,
        "pod": event.pod,
        "type": event.type.value,
        "reason": event.reason,
        "message": event.message,
        "count": event.count,
        "first_at": event.first_at,
        "last_at": event.last_at,
    }
