"""What the engine itself changes of a wish: a rollout that is done, one that is late, a Job whose time is over.

Each happens beside the loop, one at a time for an app, and only while the wish is still the one that was decided on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

from app.core.errors import Conflict, PortError
from app.core.events import EventType
from app.core.placement import CHOOSING, with_placement
from app.core.planning.actions import Expire, RollBack, RolledOut
from app.core.pods import ObservedPod
from app.core.spec import AppKey, Desired, Revision
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.tasks import TaskSet
from app.ports.clock import Clock

log = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
"""After a store that did not take it; the plan asks again."""


class OwnWishes:
    def __init__(
        self,
        desired: DesiredState,
        events: EventLog,
        clock: Clock,
        tasks: TaskSet,
        wake: Callable[[AppKey], None],
    ) -> None:
        self._desired = desired
        self._events = events
        self._clock = clock
        self._tasks = tasks
        self._wake = wake
        self._busy: set[AppKey] = set()
        self._no_way_back: dict[AppKey, int] = {}
        """By app, the revision there is nothing to go back to from."""

    def begin(self, wish: Desired, action: RolledOut | RollBack | Expire, pods: Iterable[ObservedPod]) -> None:
        """Sends it off; nothing happens while one of this app is on its way."""
        if wish.key in self._busy:
            return
        if isinstance(action, RollBack) and self._no_way_back.get(wish.key) == wish.revision:
            return
        self._busy.add(wish.key)
        serving = frozenset(pod.template_hash for pod in pods if pod.ready)
        task = self._tasks.spawn(self._do(wish, action, serving), f"{type(action).__name__} {wish.key}")
        task.add_done_callback(lambda _task: self._busy.discard(wish.key))

    async def _do(self, wish: Desired, action: RolledOut | RollBack | Expire, serving: frozenset[str]) -> None:
        try:
            match action:
                case RolledOut():
                    await self._desired.note_rolled_out(wish)
                case RollBack(why):
                    await self._roll_back(wish, why, serving)
                case Expire(why):
                    await self._expire(wish, why)
        except (Conflict, PortError) as error:
            # That somebody was faster, with a delete for one, is nothing to worry about: the plan looks afresh.
            level = logging.INFO if isinstance(error, Conflict) else logging.WARNING
            log.log(level, "%s: %s is tried again: %s", wish.key, type(action).__name__, error)
            await self._clock.sleep(RETRY_SECONDS)
            self._wake(wish.key)

    async def _roll_back(self, wish: Desired, why: str, serving: frozenset[str]) -> None:
        back = _way_back(wish, await self._desired.revisions(wish.key), serving)
        if self._desired.get(wish.key) is not wish:
            return
        if back is None:
            self._no_way_back[wish.key] = wish.revision
            words = f"{why}, and there is no earlier revision to go back to"
            self._events.record(wish.key, EventType.WARNING, "RollbackRevisionNotFound", words)
            return
        cause = f"automatic rollback of revision {wish.revision} to revision {back.number}: {why}"
        choice = {name: back.template.annotations.get(name) for name in CHOOSING}
        spec = with_placement(wish.spec.model_copy(update={"template": back.template}), choice)
        if await self._desired.wish(spec, cause, rolled_back_from=wish.revision):
            self._events.record(wish.key, EventType.WARNING, "DeploymentRollback", cause)

    async def _expire(self, wish: Desired, why: str) -> None:
        if self._desired.get(wish.key) is wish:
            await self._desired.mark_deleting(wish.key)
            self._events.record(wish.key, EventType.NORMAL, "TTLExpired", f"{wish.key.name} is deleted: {why}")


def _way_back(wish: Desired, revisions: Sequence[Revision], serving: frozenset[str]) -> Revision | None:
    """The newest earlier revision with another template; one whose replicas serve right now is preferred."""
    earlier = [old for old in reversed(revisions) if old.number < wish.revision]
    other = [old for old in earlier if old.template_hash != wish.template_hash]
    return next((old for old in other if old.template_hash in serving), other[0] if other else None)
