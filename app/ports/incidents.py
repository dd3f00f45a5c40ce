"""Where incidents and lessons live. Errors as of `app.ports.store`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.core.incidents import Incident
from app.core.learning import Lesson
from app.core.spec import AppKey


class IncidentStore(Protocol):
    async def put_incident(self, incident: Incident) -> None:
        """Adds it, or replaces the one of its id."""
        ...

    async def list_incidents(self, *, over: bool, app: AppKey | None = None, limit: int = 100) -> Sequence[Incident]:
        """Newest first (by `began_at`)."""
        ...

    async def prune_incidents(self, *, keep: int) -> None:
        """Drops the oldest that are over, beyond `keep`."""
        ...

    async def put_lesson(self, lesson: Lesson) -> None: ...

    async def list_lessons(self) -> Sequence[Lesson]: ...

    async def remove_lesson(self, lesson: Lesson) -> None:
        """No error when it is gone already."""
        ...
