"""What is on its way out beside the apps: claims until nobody mounts them, namespaces until nothing is left in them.

The mark is in the store, so a removal that a restart cut off goes on. A Service is ended by
`app.engine.background.services`, a CronJob by `app.engine.background.cron`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from app.core.configuring.usedby import users
from app.core.errors import Conflict, PortError
from app.core.events import EventType
from app.core.objects import Namespace, ObjectKey, Stored, VolumeClaim
from app.core.spec import Desired
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.objects import Objects
from app.engine.observing.site import Site
from app.ports.clock import Clock

log = logging.getLogger(__name__)

AGAIN_SECONDS = 0.5
"""While something is on its way out: an app that went makes the way free, and a runtime may answer again."""

OURS = ("PersistentVolumeClaim", "Namespace")
OTHERS = ("Service", "CronJob")


class Removal:
    def __init__(
        self, objects: Objects, desired: DesiredState, sites: Mapping[str, Site], events: EventLog, clock: Clock
    ) -> None:
        self._objects = objects
        self._desired = desired
        self._sites = sites
        self._events = events
        self._clock = clock
        self._news = asyncio.Event()
        self._said: dict[ObjectKey, str] = {}
        objects.subscribe(lambda _key: self._news.set())

    def trouble(self, key: ObjectKey) -> str:
        """What keeps it from being removed, "" where nothing does."""
        return self._said.get(key, "")

    async def begin(self, key: ObjectKey) -> None:
        """Marks it, or forgets it at once where nothing has to be cleared away first."""
        if key.kind in (*OURS, *OTHERS):
            await self._objects.mark_deleting(key)
        else:
            await self._objects.forget(key)
        if key.kind == "Namespace":
            await self._empty(key)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._news.clear()
            leaving = [stored for stored in self._objects.all() if stored.deleting and stored.key.kind in OURS]
            for stored in leaving:
                await self._go_on(stored)
            if leaving:
                await self._clock.sleep(AGAIN_SECONDS)
            else:
                await self._news.wait()

    async def _go_on(self, stored: Stored) -> None:
        try:
            if isinstance(stored.object, VolumeClaim):
                await self._claim(stored.object, stored.key)
            elif isinstance(stored.object, Namespace):
                await self._empty(stored.key)
                if not self._content(stored.key.name):
                    await self._objects.forget(stored.key)
        except (Conflict, PortError) as error:
            self._say(stored.key, str(error))
        except Exception:
            log.exception("removing %s failed", stored.key)

    async def _claim(self, claim: VolumeClaim, key: ObjectKey) -> None:
        if users(claim, (wish.spec for wish in self._desired.all())):
            return
        site = self._sites.get(claim.runtime)
        if site is not None:
            await site.runtime.remove_volume(claim.namespace, claim.name)
        await self._objects.forget(key)
        self._said.pop(key, None)

    async def _empty(self, namespace: ObjectKey) -> None:
        why = f"the namespace {namespace.name} was deleted"
        for wish in self._desired.all():
            if wish.key.namespace == namespace.name and not wish.deleting:
                await self._delete_app(wish, why)
        for stored in self._objects.all():
            if stored.key.namespace == namespace.name and not stored.deleting:
                await self.begin(stored.key)

    async def _delete_app(self, wish: Desired, why: str) -> None:
        if not wish.deleting:
            await self._desired.mark_deleting(wish.key)
            self._events.record(wish.key, EventType.NORMAL, "Deleting", why)

    def _content(self, namespace: str) -> bool:
        return any(wish.key.namespace == namespace for wish in self._desired.all()) or any(
            stored.key.namespace == namespace for stored in self._objects.all()
        )

    def _say(self, key: ObjectKey, sentence: str) -> None:
        if self._said.get(key) != sentence:
            self._said[key] = sentence
            log.warning("%s cannot be removed yet: %s", key, sentence)
