"""What one sees of the objects beside the apps: a line in words, whether all is well, where it is reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from app.core.configuring.usedby import users
from app.core.differences import wording
from app.core.objects import (
    ConfigMap,
    CronJob,
    HorizontalPodAutoscaler,
    ObjectKey,
    Secret,
    Service,
    Stored,
    VolumeClaim,
    key_of,
)
from app.core.spec import AppKey
from app.core.views import ObjectView
from app.engine.engine import Engine

State = tuple[str, bool, tuple[str, ...]]


class ObjectViews:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def view(self, stored: Stored) -> ObjectView:
        line, well, urls = self._state(stored)
        if stored.deleting:
            line = "; ".join(
                part for part in ("being deleted", self._engine.removal.trouble(stored.key) or line) if part
            )
        return ObjectView(
            key=stored.key,
            object=stored.object,
            generation=stored.generation,
            state=line,
            well=well,
            urls=urls,
            deleting=stored.deleting,
        )

    def _state(self, stored: Stored) -> State:
        match stored.object:
            case Service():
                return self._engine.services.state(stored.key)
            case HorizontalPodAutoscaler() as one:
                return self._autoscaler(one)
            case CronJob() as one:
                return self._cron(one)
            case ConfigMap() | Secret() as config:
                count = len(config.values)
                return f"{count} {'key' if count == 1 else 'keys'}, {self._used(stored)}", True, ()
            case VolumeClaim() as claim:
                size = f"{wording.memory(claim.size_bytes)}, " if claim.size_bytes is not None else ""
                return f"{size}{self._used(stored)}", True, ()
            case _:
                return self._content(stored.key), True, ()

    def _used(self, stored: Stored) -> str:
        names = _named(users(stored.object, [wish.spec for wish in self._engine.desired.all()]))
        return f"used by {names}" if names else "not used"

    def _content(self, key: ObjectKey) -> str:
        apps = sum(wish.key.namespace == key.name for wish in self._engine.desired.all())
        others = sum(stored.key.namespace == key.name for stored in self._engine.objects.all())
        return f"{apps} {'app' if apps == 1 else 'apps'}, {others} other {'object' if others == 1 else 'objects'}"

    def _autoscaler(self, one: HorizontalPodAutoscaler) -> State:
        wish = self._engine.desired.get(one.target_key)
        if wish is None:
            return f'there is no app "{one.target}" in the namespace {one.namespace}', False, ()
        line = f"{one.target} has {wish.spec.replicas}, {wording.scaling(one.scaling)}"
        condition = self._engine.autoscaler.condition(one.target_key)
        if condition is None or condition.status:
            return line, True, ()
        return f"{line}; {condition.reason}: {condition.message}", False, ()

    def _cron(self, one: CronJob) -> State:
        jobs = [
            wish
            for wish in self._engine.desired.all()
            if one.name == wish.spec.owner and one.namespace == wish.key.namespace
        ]
        kept = f"; {len(jobs)} {'job' if len(jobs) == 1 else 'jobs'} kept" if jobs else ""
        if one.suspend:
            return f"suspended{kept}", True, ()
        at = self._engine.cron.next_run(key_of(one))
        when = "never runs" if at is None else f"next run {datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
        return f"{one.schedule}: {when}{kept}", at is not None, ()


def _named(keys: Sequence[AppKey]) -> str:
    shown = ", ".join(key.name for key in keys[:5])
    return f"{shown} and {len(keys) - 5} more" if len(keys) > 5 else shown
