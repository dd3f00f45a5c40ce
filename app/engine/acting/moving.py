"""Leaves an app's old place once it has arrived at the new one. What is left to do is seen from what is still there, so
an end of ours in the middle is healed by looking again."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from app.core.errors import Conflict, PortError
from app.core.events import EventType
from app.core.spec import AppKey, Desired
from app.engine.acting.executor import Executor
from app.engine.acting.sets import SetExecutor
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.observing.setsite import SetSite
from app.engine.observing.site import PodSite, Site
from app.engine.tasks import TaskSet

log = logging.getLogger(__name__)


class Moving:
    def __init__(
        self,
        desired: DesiredState,
        sites: Mapping[str, Site],
        pods: Executor,
        sets: SetExecutor,
        events: EventLog,
        tasks: TaskSet,
    ) -> None:
        self._desired = desired
        self._sites = sites
        self._pods = pods
        self._sets = sets
        self._events = events
        self._tasks = tasks
        self._noting: set[AppKey] = set()

    def leave(self, wish: Desired, *, arrived: bool) -> bool:
        """Ends what may be ended where the app was; True when it is nowhere else any more. A runtime that is not
        configured here any more cannot be asked, and what is there may cost money: the app is not forgotten before it
        can be."""
        left = [name for name in wish.moved_from if self._is_left(wish, name, arrived=arrived)]
        if left and not wish.deleting and wish.key not in self._noting:
            self._noting.add(wish.key)
            task = self._tasks.spawn(self._note(wish, left), f"note what {wish.key} left")
            task.add_done_callback(lambda _task: self._noting.discard(wish.key))
        return all(name in left for name in wish.moved_from)

    def _is_left(self, wish: Desired, name: str, *, arrived: bool) -> bool:
        site = self._sites.get(name)
        if site is None or not site.cache.reachable or not (arrived or wish.deleting):
            return False
        why = "the app is deleted" if wish.deleting else f"the app moved to {wish.spec.runtime}"
        if isinstance(site, SetSite):
            gone = self._sets.leave(wish, site, why)
        else:
            assert isinstance(site, PodSite)
            gone = self._pods.leave(wish, site, why)
        if gone:
            site.forget(wish.key)
        return gone

    async def _note(self, wish: Desired, left: list[str]) -> None:
        try:
            if await self._desired.note_left(wish, left):
                words = f"{wish.key.name} is on {wish.spec.runtime} now; nothing of it is left on {', '.join(left)}"
                self._events.record(wish.key, EventType.NORMAL, "Moved", words)
        except (Conflict, PortError) as error:
            log.info("%s: that it left %s is noted later: %s", wish.key, ", ".join(left), error)
