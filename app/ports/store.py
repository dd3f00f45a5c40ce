"""Where desired state and its history live. One owner process; every method is atomic and durable when it returns.

Errors: `Conflict` where somebody was faster, `NotFound`, `Transient`/`Permanent` when the database fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from app.core.approvals import Approval, ApprovalState, AuditRow
from app.core.events import Event
from app.core.history import SlotRecord
from app.core.objects import ObjectKey, Stored
from app.core.spec import AppKey, Desired, Revision
from app.core.spending import Charge
from app.core.usage import UsageSample
from app.ports.experiments import ExperimentStore
from app.ports.incidents import IncidentStore


class AppStore(Protocol):
    """Desired state with versions, and what each slot went through."""

    async def list_apps(self) -> Sequence[Desired]: ...

    async def put_app(
        self, desired: Desired, *, expected_generation: int | None, revision: Revision | None = None
    ) -> None:
        """Writes the wish if the stored generation is still `expected_generation` (None = must not exist).
        Adds `revision` to the history in the same transaction. Raises `Conflict`."""
        ...

    async def remove_app(self, key: AppKey) -> None:
        """Forgets the app, its revisions, slots and samples; its events stay. No error when it is gone already."""
        ...

    async def list_revisions(self, key: AppKey) -> Sequence[Revision]:
        """Oldest first."""
        ...

    async def list_slots(self) -> Mapping[AppKey, Sequence[SlotRecord]]: ...

    async def put_slot(self, key: AppKey, record: SlotRecord) -> None: ...

    async def drop_slots(self, key: AppKey, slots: Sequence[int]) -> None: ...


class EventStore(Protocol):
    async def put_event(self, event: Event) -> Event:
        """Adds it (id 0) or replaces the one of this id; returns it with its id."""
        ...

    async def list_events(self, key: AppKey | None = None, *, limit: int = 100) -> Sequence[Event]:
        """Newest last, by `last_at`."""
        ...

    async def prune_events(self, *, keep_per_app: int) -> None: ...


class ApprovalStore(Protocol):
    async def put_approval(self, approval: Approval) -> None: ...

    async def get_approval(self, approval_id: str) -> Approval:
        """Raises `NotFound`."""
        ...

    async def list_approvals(
        self, *, conversation: str | None = None, state: ApprovalState | None = None
    ) -> Sequence[Approval]:
        """Oldest first."""
        ...

    async def move_approval(self, approval: Approval, *, expected: ApprovalState) -> None:
        """Writes it if the stored state is still `expected`, else raises `Conflict`: so it is used once."""
        ...


class AuditStore(Protocol):
    async def add_audit(self, row: AuditRow) -> AuditRow:
        """Returns it with its id."""
        ...

    async def list_audit(self, *, conversation: str | None = None, limit: int = 100) -> Sequence[AuditRow]:
        """Newest last."""
        ...


class ConversationStore(Protocol):
    """Small state of a conversation that must outlive a restart (the messages are the agent's and the page's)."""

    async def get_conversation(self, conversation: str) -> dict[str, Any]:
        """Empty when unknown."""
        ...

    async def put_conversation(self, conversation: str, state: Mapping[str, Any]) -> None: ...


class MetaStore(Protocol):
    async def get_meta(self, key: str) -> str | None: ...

    async def put_meta(self, key: str, value: str) -> None: ...


class ObjectStore(Protocol):
    """What is desired beside the apps (`app.core.objects`)."""

    async def list_objects(self) -> Sequence[Stored]: ...

    async def put_object(self, stored: Stored, *, expected_generation: int | None) -> None:
        """Writes it if the stored generation is still `expected_generation` (None = must not exist). Raises
        `Conflict`."""
        ...

    async def remove_object(self, key: ObjectKey) -> None:
        """No error when it is gone already."""
        ...


class SampleStore(Protocol):
    """Usage over time: every sample for an hour, five-minute means for seven days (`app.core.usage`)."""

    async def add_samples(self, samples: Sequence[UsageSample]) -> None: ...

    async def list_samples(self, key: AppKey, *, since: float) -> Sequence[UsageSample]:
        """Oldest first; fine ones where they are still kept, means before."""
        ...

    async def thin_samples(self, *, now: float) -> None:
        """Folds what is older than an hour into means, drops what is older than seven days or beyond the cap."""
        ...


class SpendStore(Protocol):
    """What was rented (`app.core.spending.Charge`). It outlives the app and whatever was rented."""

    async def put_charges(self, charges: Sequence[Charge]) -> None:
        """Adds each, or replaces the one of its runtime and id."""
        ...

    async def list_charges(self) -> Sequence[Charge]:
        """Oldest first, by `started_at`, then by id."""
        ...


class Store(
    ObjectStore,
    SampleStore,
    SpendStore,
    IncidentStore,
    ExperimentStore,
    AppStore,
    EventStore,
    ApprovalStore,
    AuditStore,
    ConversationStore,
    MetaStore,
    Protocol,
):
    """All of it, one database."""

    async def ping(self) -> None:
        """Raises `Transient` when the database does not answer."""
        ...

    async def aclose(self) -> None: ...
