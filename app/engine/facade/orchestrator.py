"""The facade of the engine: what tools, page and CLI may ask. Implements `app.ports.control.Control`."""

from __future__ import annotations

from collections.abc import Callable

from app.core.approvals import Mode
from app.core.carrying import carried, check_change
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.events import EventType
from app.core.objects import KubeObject, Service
from app.core.planning.setstate import burning
from app.core.reporting.status import hopeless
from app.core.spec import MAX_REPLICAS, RESTARTED_AT_ANNOTATION, AppSpec
from app.core.views import AppView, ObjectView
from app.engine.background.configuration import with_config_hash
from app.engine.engine import Engine
from app.engine.facade.looking import Looking
from app.engine.facade.objectwrites import ObjectWrites
from app.engine.observing.setsite import SetSite
from app.engine.observing.site import PodSite
from app.ports.control import Applied, AppliedObject

SETTLE_SECONDS = 1.0
"""A new replica counts as observed ready once it has run this long: a process that dies at once was never ready."""

HOPE_SECONDS = 2.0
"""A failure seen earlier than this after the request may be the old one: the new wish gets its chance first."""

LOOK_SECONDS = 0.1
"""Between two looks at an object that is waited for."""


CheckSpending = Callable[[AppSpec | None, AppSpec], AppSpec]


class Orchestrator(Looking):
    """`check_spending` (the wish before and the new one) is asked about each wish for a runtime where replicas are
    rented, before it is stored: it returns what is stored instead, or raises `UserError`."""

    def __init__(
        self, engine: Engine, *, default_runtime: str, mode: Mode, check_spending: CheckSpending | None = None
    ) -> None:
        super().__init__(engine, default_runtime=default_runtime, mode=mode)
        self._writes = ObjectWrites(engine)
        self._check_spending = check_spending

    # -- writes

    async def apply(self, spec: AppSpec, *, cause: str) -> Applied:
        before = self._engine.desired.get(spec.key)
        if spec.runtime not in self._engine.sites:
            known = ", ".join(self._engine.sites)
            raise InvalidInput(
                f"the runtime {spec.runtime!r} is not configured; choose one of: {known}", field="runtime"
            )
        if before is not None and before.deleting:
            raise Conflict(f"{spec.name} is still being deleted; try again in a moment")
        self._writes.check_namespace(spec.namespace)
        check_change(before.spec if before else None, spec)
        spec = with_config_hash(carried(spec, before.spec if before else None), self._engine.objects)
        site = self._engine.sites[spec.runtime]
        if isinstance(site, SetSite):
            spec = self._rented(before.spec if before else None, spec, site)
        moved = before is not None and before.spec.runtime != spec.runtime
        if moved:
            self._engine.records.move(spec.key, numbered=not isinstance(site, SetSite))
        changed = await self._engine.desired.wish(spec, cause)
        if not changed and isinstance(site, SetSite):
            await self._try_again(spec, site)
        if moved and before is not None:
            words = f"from {before.spec.runtime} to {spec.runtime}: it is started there first"
            self._engine.events.record(spec.key, EventType.NORMAL, "Moving", words)
        if changed:
            if isinstance(site, PodSite):
                for image in spec.template.images:
                    site.images.forget(image)
            verb = "Created" if before is None else "Changed"
            self._engine.events.record(spec.key, EventType.NORMAL, verb, f"{cause}")
        self._engine.queue.add(spec.key)
        return Applied(before.spec if before else None, spec, changed)

    def _rented(self, before: AppSpec | None, spec: AppSpec, site: SetSite) -> AppSpec:
        """What may be stored of a wish for rented machines. Raises `InvalidInput` with everything that cannot be done
        there, and what the hook raises."""
        fit = site.runtime.fit(spec)
        if not fit.ok:
            raise InvalidInput(f"{spec.name} cannot run on {spec.runtime}: {'; '.join(fit.refusals)}")
        return spec if self._check_spending is None else self._check_spending(before, spec)

    async def _try_again(self, spec: AppSpec, site: SetSite) -> None:
        """The same wish once more means: try again, where it was given up for the money it burnt."""
        wish = self._engine.desired.get(spec.key)
        history, now = self._engine.records.of(spec.key), self._engine.clock.now()
        if wish is None or all(burning(wish, one, history, now) is None for one in site.sets.of(spec.key)):
            return
        await self._engine.desired.renew(spec.key)
        self._engine.events.record(spec.key, EventType.NORMAL, "TriedAgain", f"{spec.name} is started once more")

    async def scale(self, name: str, replicas: int, *, cause: str) -> Applied:
        if not 0 <= replicas <= MAX_REPLICAS:
            raise InvalidInput(f"replicas must be between 0 and {MAX_REPLICAS}, not {replicas}", field="replicas")
        spec = self._find(name).spec
        job = spec.job and spec.job.model_copy(update={"parallelism": replicas})
        return await self.apply(spec.model_copy(update={"replicas": replicas, "job": job}), cause=cause)

    async def restart(self, name: str, *, cause: str) -> Applied:
        spec = self._find(name).spec
        if spec.job is not None:
            raise Conflict(f"{spec.name} runs to completion, so it is not restarted; delete it and apply it again")
        mark = {RESTARTED_AT_ANNOTATION: f"{self._engine.clock.now():.3f}"}
        template = spec.template.model_copy(update={"annotations": {**spec.template.annotations, **mark}})
        return await self.apply(spec.model_copy(update={"template": template}), cause=cause)

    async def delete(self, name: str, *, cause: str) -> Applied:
        wish = self._find(name)
        if not wish.deleting:
            await self._engine.desired.mark_deleting(wish.key)
            self._engine.events.record(wish.key, EventType.NORMAL, "Deleting", cause)
        self._engine.queue.add(wish.key)
        return Applied(wish.spec, None, changed=not wish.deleting)

    async def wait(
        self, name: str, *, seconds: float, progress: Callable[[str], None], gone: bool = False
    ) -> AppView | None:
        try:
            key = self._find(name).key
        except NotFound:
            if gone:
                return None
            raise
        clock, changes = self._engine.clock, self._engine.changes
        begun = clock.now()
        said = ""
        while True:
            count = changes.count(key)
            wish = self._engine.desired.get(key)
            if wish is None:
                return None
            seen, now = self._view(wish), clock.now()
            look_at = begun + seconds if gone else min(_verdict_at(seen, begun), begun + seconds)
            if now >= look_at:
                return seen
            sentence = f"{seen.name}: {seen.ready} of {seen.desired} ready" + (
                f", {seen.reason}" if seen.reason else ""
            )
            if sentence != said:
                progress(sentence)
                said = sentence
            await changes.wait(key, count, look_at - now)

    async def put_object(self, one: KubeObject, *, cause: str) -> AppliedObject:  # noqa: ARG002  the audit row has it
        return await self._writes.put(one)

    async def delete_object(self, kind: str, name: str, *, cause: str) -> AppliedObject:  # noqa: ARG002
        return await self._writes.delete(kind, name)

    async def wait_object(self, kind: str, name: str, *, seconds: float, gone: bool = False) -> ObjectView | None:
        clock = self._engine.clock
        try:
            key = self._stored(kind, name).key
        except NotFound:
            if gone:
                return None
            raise
        until = clock.now() + seconds
        while (stored := self._engine.objects.get(key)) is not None:
            seen = self._objects.view(stored)
            if clock.now() >= until or (not gone and _is_there(seen)):
                return seen
            await clock.sleep(LOOK_SECONDS)
        return None


def _is_there(seen: ObjectView) -> bool:
    """All is well; a Service that people reach has its address too."""
    published = isinstance(seen.object, Service) and seen.object.published
    return seen.well and not seen.deleting and (bool(seen.urls) or not published)


def _verdict_at(seen: AppView, begun: float) -> float:
    """From when on this picture may be reported, if nothing changes; infinity while it is on its way."""
    if seen.settled and seen.spec.job is not None:
        return begun
    if seen.settled:
        starts = [replica.started_at or 0.0 for replica in seen.replicas]
        youngest = max((start for start in starts if start >= begun - SETTLE_SECONDS), default=float("-inf"))
        return youngest + SETTLE_SECONDS
    return begun + HOPE_SECONDS if hopeless(seen) else float("inf")
