"""The store in memory: for tests in virtual time, where a database's threads would be outside that time.

Same rules as `app.stores.sql`, one suite tests both. Values are frozen, so they are kept as they are; the open
dictionaries of a conversation go through JSON, so that what SQL would refuse is refused here too.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.core import usage
from app.core.approvals import Approval, ApprovalState, AuditRow
from app.core.diagnosis import Cause
from app.core.errors import Conflict, NotFound
from app.core.events import Event
from app.core.experiments import Experiment
from app.core.gamedays import GameDay
from app.core.history import SlotRecord
from app.core.incidents import Incident
from app.core.learning import Lesson
from app.core.objects import ObjectKey, Stored
from app.core.spec import AppKey, Desired, Revision
from app.core.spending import Charge
from app.core.usage import COARSE_SECONDS, KEPT_SECONDS, UsageSample
from app.stores.schema import revisions_kept
from app.stores.thinning import fold_before, folded


class MemoryStore:
    """Implements `app.ports.store.Store`; no method awaits, so each is atomic."""

    def __init__(self) -> None:
        self._apps: dict[AppKey, Desired] = {}
        self._revisions: dict[AppKey, dict[int, Revision]] = defaultdict(dict)
        self._slots: dict[AppKey, dict[int, SlotRecord]] = defaultdict(dict)
        self._events: dict[int, Event] = {}
        self._last_event = 0
        self._approvals: dict[str, Approval] = {}
        self._audit: list[AuditRow] = []
        self._conversations: dict[str, str] = {}
        self._meta: dict[str, str] = {}
        self._objects: dict[ObjectKey, Stored] = {}
        self._samples: list[tuple[UsageSample, bool]] = []
        """Each with whether it is a mean already."""
        self._charges: dict[tuple[str, str], Charge] = {}
        self._incidents: dict[str, Incident] = {}
        self._lessons: dict[tuple[Cause, str, str], Lesson] = {}
        self._experiments: dict[str, Experiment] = {}
        self._game_days: dict[str, GameDay] = {}

    async def ping(self) -> None:
        """Always answers."""

    async def aclose(self) -> None:
        """Keeps everything, so that a test can open the next engine on it."""

    # -- apps

    async def list_apps(self) -> Sequence[Desired]:
        return [self._apps[key] for key in sorted(self._apps)]

    async def put_app(
        self, desired: Desired, *, expected_generation: int | None, revision: Revision | None = None
    ) -> None:
        key, stored = desired.key, self._apps.get(desired.key)
        if expected_generation is None and stored is not None:
            raise Conflict(f"the app {key} exists already")
        if expected_generation is not None and (stored is None or stored.generation != expected_generation):
            raise Conflict(f"the app {key} was changed or removed by somebody else in the meantime")
        self._apps[key] = desired
        if revision is not None:
            self._revisions[key][revision.number] = revision
        for number in sorted(self._revisions[key])[: -revisions_kept(desired.spec.strategy)]:
            del self._revisions[key][number]

    async def remove_app(self, key: AppKey) -> None:
        for table in (self._apps, self._revisions, self._slots):
            table.pop(key, None)
        self._samples = [(sample, mean) for sample, mean in self._samples if sample.app != key]

    async def list_revisions(self, key: AppKey) -> Sequence[Revision]:
        return [revision for _, revision in sorted(self._revisions.get(key, {}).items())]

    async def list_slots(self) -> Mapping[AppKey, Sequence[SlotRecord]]:
        return {key: [record for _, record in sorted(slots.items())] for key, slots in self._slots.items() if slots}

    async def put_slot(self, key: AppKey, record: SlotRecord) -> None:
        """Does nothing when the app is gone: a record of no app would greet the next one of its name."""
        if key in self._apps:
            self._slots[key][record.slot] = record

    async def drop_slots(self, key: AppKey, slots: Sequence[int]) -> None:
        for slot in slots:
            self._slots[key].pop(slot, None)

    # -- events

    async def put_event(self, event: Event) -> Event:
        if not event.id:
            self._last_event += 1
            event = replace(event, id=self._last_event)
        self._events[event.id] = event
        return event

    async def list_events(self, key: AppKey | None = None, *, limit: int = 100) -> Sequence[Event]:
        found = (event for event in self._events.values() if key is None or event.app == key)
        return sorted(found, key=_when)[-limit:] if limit > 0 else []

    async def prune_events(self, *, keep_per_app: int) -> None:
        by_app: dict[AppKey, list[Event]] = defaultdict(list)
        for event in sorted(self._events.values(), key=_when, reverse=True):
            by_app[event.app].append(event)
        for events in by_app.values():
            for event in events[keep_per_app:]:
                del self._events[event.id]

    # -- approvals

    async def put_approval(self, approval: Approval) -> None:
        """Raises `Conflict` when the id is taken: a used approval never comes back to life."""
        if approval.id in self._approvals:
            raise Conflict(f"the approval {approval.id} exists already")
        self._approvals[approval.id] = approval

    async def get_approval(self, approval_id: str) -> Approval:
        if approval_id not in self._approvals:
            raise NotFound(f"there is no approval {approval_id}")
        return self._approvals[approval_id]

    async def list_approvals(
        self, *, conversation: str | None = None, state: ApprovalState | None = None
    ) -> Sequence[Approval]:
        found = (
            approval
            for approval in self._approvals.values()
            if conversation in (None, approval.conversation) and state in (None, approval.state)
        )
        return sorted(found, key=lambda approval: (approval.created_at, approval.id))

    async def move_approval(self, approval: Approval, *, expected: ApprovalState) -> None:
        stored = self._approvals.get(approval.id)
        if stored is None or stored.state is not expected:
            raise Conflict(f"the approval {approval.id} is not {expected.value} any more")
        self._approvals[approval.id] = approval

    # -- audit, conversations, meta

    async def add_audit(self, row: AuditRow) -> AuditRow:
        added = row.model_copy(update={"id": len(self._audit) + 1})
        self._audit.append(added)
        return added

    async def list_audit(self, *, conversation: str | None = None, limit: int = 100) -> Sequence[AuditRow]:
        found = [row for row in self._audit if conversation in (None, row.conversation)]
        return found[-limit:] if limit > 0 else []

    async def get_conversation(self, conversation: str) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._conversations.get(conversation, "{}"))
        return state

    async def put_conversation(self, conversation: str, state: Mapping[str, Any]) -> None:
        self._conversations[conversation] = json.dumps(dict(state))

    async def get_meta(self, key: str) -> str | None:
        return self._meta.get(key)

    async def put_meta(self, key: str, value: str) -> None:
        self._meta[key] = value

    # -- objects

    async def list_objects(self) -> Sequence[Stored]:
        return [self._objects[key] for key in sorted(self._objects)]

    async def put_object(self, stored: Stored, *, expected_generation: int | None) -> None:
        key, before = stored.key, self._objects.get(stored.key)
        if expected_generation is None and before is not None:
            raise Conflict(f"the {key} exists already")
        if expected_generation is not None and (before is None or before.generation != expected_generation):
            raise Conflict(f"the {key} was changed or removed by somebody else in the meantime")
        self._objects[key] = stored

    async def remove_object(self, key: ObjectKey) -> None:
        self._objects.pop(key, None)

    # -- samples

    async def add_samples(self, samples: Sequence[UsageSample]) -> None:
        self._samples.extend((sample, sample.seconds >= COARSE_SECONDS) for sample in samples)

    async def list_samples(self, key: AppKey, *, since: float) -> Sequence[UsageSample]:
        found = (sample for sample, _ in self._samples if sample.app == key and sample.at >= since)
        return sorted(found, key=lambda sample: (sample.at, sample.pod))

    async def thin_samples(self, *, now: float) -> None:
        before = fold_before(now)
        old = [sample for sample, mean in self._samples if not mean and sample.at < before]
        kept = [(sample, mean) for sample, mean in self._samples if mean or sample.at >= before]
        kept += [(sample, True) for sample in folded(old)]
        kept = [(sample, mean) for sample, mean in kept if sample.at >= now - KEPT_SECONDS]
        kept.sort(key=lambda one: one[0].at)
        self._samples = kept[max(0, len(kept) - usage.MAX_SAMPLES) :]

    # -- spending

    async def put_charges(self, charges: Sequence[Charge]) -> None:
        self._charges.update({(one.runtime, one.id): one for one in charges})

    async def list_charges(self) -> Sequence[Charge]:
        return sorted(self._charges.values(), key=lambda one: (one.started_at, one.id, one.runtime))

    # -- incidents

    async def put_incident(self, incident: Incident) -> None:
        self._incidents[incident.id] = incident

    async def list_incidents(self, *, over: bool, app: AppKey | None = None, limit: int = 100) -> Sequence[Incident]:
        found = [one for one in self._incidents.values() if one.state.over is over and app in (None, one.app)]
        return sorted(found, key=lambda one: (-one.began_at, one.id))[:limit]

    async def prune_incidents(self, *, keep: int) -> None:
        for one in (await self.list_incidents(over=True, limit=len(self._incidents)))[keep:]:
            del self._incidents[one.id]

    async def put_lesson(self, lesson: Lesson) -> None:
        self._lessons[lesson.key] = lesson

    async def list_lessons(self) -> Sequence[Lesson]:
        return [self._lessons[key] for key in sorted(self._lessons)]

    async def remove_lesson(self, lesson: Lesson) -> None:
        self._lessons.pop(lesson.key, None)

    # -- experiments

    async def put_experiment(self, experiment: Experiment) -> None:
        self._experiments[experiment.id] = experiment

    async def list_experiments(
        self, *, over: bool, app: AppKey | None = None, limit: int = 100
    ) -> Sequence[Experiment]:
        found = [one for one in self._experiments.values() if one.over is over and app in (None, one.app)]
        return sorted(found, key=lambda one: (-one.asked_at, one.id))[:limit]

    async def put_game_day(self, game_day: GameDay) -> None:
        self._game_days[game_day.id] = game_day

    async def list_game_days(self, *, app: AppKey | None = None, limit: int = 100) -> Sequence[GameDay]:
        found = [one for one in self._game_days.values() if app in (None, one.app)]
        return sorted(found, key=lambda one: (-one.began_at, one.id))[:limit]

    async def prune_experiments(self, *, keep: int) -> None:
        for one in (await self.list_experiments(over=True, limit=len(self._experiments)))[keep:]:
            del self._experiments[one.id]
        for day in (await self.list_game_days(limit=len(self._game_days)))[keep:]:
            del self._game_days[day.id]


def _when(event: Event) -> tuple[float, int]:
    return event.last_at, event.id
