"""Event values: what happened to an app, in Kubernetes' form (type, reason, message, count)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.spec import AppKey


class EventType(StrEnum):
    NORMAL = "Normal"
    WARNING = "Warning"


@dataclass(frozen=True, slots=True)
class Event:
    """`count` equal events between `first_at` and `last_at` (epoch seconds) folded into one.

    Two events are equal when app, pod, type, reason and message are.
    """

    app: AppKey
    type: EventType
    reason: str
    message: str
    first_at: float
    last_at: float
    pod: str | None = None
    count: int = 1
    id: int = 0
    """Given by the store, rising; 0 = not stored yet."""
