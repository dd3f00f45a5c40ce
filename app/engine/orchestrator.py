"""The facade of the engine: what tools, page and CLI may ask. Implements `app.ports.control.Control`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import get_close_matches

from app.core.approvals import Mode
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.events import Event, EventType
from app.core.slots import Observed
from app.core.spec import MAX_REPLICAS, RESTARTED_AT_ANNOTATION, AppKey, AppSpec, Desired, Revision
from app.core.status import hopeless, view
from app.core.stopping import remembering
from app.core.views import AppStatus, AppView, RuntimeView
from app.engine.applogs import read_logs
from app.engine.engine import Engine
from app.engine.measuring import measured
from app.ports.control import Applied, AppLogs

SETTLE_SECONDS = 1.0
"""A new replica counts as observed ready once it has run this long: a process that dies at once was never ready."""

HOPE_SECONDS = 2.0
"""A failure seen earlier than this after the request may be the old one: the new wish gets its chance first."""

NEED = {status: rank for rank, status in enumerate(AppStatus)}


class Orchestrator:
    def __init__(self, engine: Engine, *, default_runtime: str, mode: Mode) -> None:
        self._engine = engine
        self._default_runtime = default_runtime
        self._mode = mode

    # -- reads

    def apps(self) -> Sequence[AppView]:
        self._engine.usage.asked()
        views = [self._view(wish) for wish in self._engine.desired.all()]
        return sorted(views, key=lambda view: (NEED[view.status], view.key))

    def app(self, name: str) -> AppView:
        return self._view(self._find(name))

    def runtimes(self) -> Sequence[RuntimeView]:
        return [
            RuntimeView(
                name=name,
                reachable=None if site.cache.seen_at is None and not site.cache.synced else site.cache.reachable,
                detail=site.cache.silent or site.cache.detail,
                seen_at=site.cache.seen_at,
                default=name == self._default_runtime,
            )
            for name, site in self._engine.sites.items()
        ]

    def default_runtime(self) -> str:
        return self._default_runtime

    def mode(self) -> Mode:
        return self._mode

    async def events(self, name: str | None = None, *, limit: int = 50) -> Sequence[Event]:
        if name is None:
            return await self._engine.events.list(limit=limit)
        try:
            key = self._find(name).key
        except NotFound:
            gone = await self._engine.events.list(AppKey.parse(name), limit=limit)
            if gone:
                return gone
            raise
        return await self._engine.events.list(key, limit=limit)

    async def logs(
        self,
        name: str,
        *,
        tail: int = 100,
        since_seconds: float | None = None,
        previous: bool = False,
        grep: str | None = None,
    ) -> AppLogs:
        wish = self._find(name)
        site = self._engine.sites[wish.spec.runtime]
        since = None if since_seconds is None else self._engine.clock.now() - since_seconds
        pods = site.cache.pods(wish.key)
        lines, truncated = await read_logs(site.runtime, pods, tail=tail, since=since, previous=previous, grep=grep)
        return AppLogs(wish.key, lines, truncated)

    async def revisions(self, name: str) -> Sequence[Revision]:
        return await self._engine.store.list_revisions(self._find(name).key)

    async def measure(self, name: str | None = None) -> Sequence[AppView]:
        views = self.apps() if name is None else [self.app(name)]
        return await measured(views, self._engine.sites, self._engine.clock)

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
        if before is not None and before.spec.runtime != spec.runtime:
            raise Conflict(f"{spec.name} runs on {before.spec.runtime}; delete it there first, or name that runtime")
        spec = remembering(_keep_restart_mark(spec, before), before.spec if before else None)
        changed = await self._engine.desired.wish(spec, cause)
        if changed:
            self._engine.sites[spec.runtime].images.forget(spec.container.image)
            verb = "Created" if before is None else "Changed"
            self._engine.events.record(spec.key, EventType.NORMAL, verb, f"{cause}")
        self._engine.queue.add(spec.key)
        return Applied(before.spec if before else None, spec, changed)

    async def scale(self, name: str, replicas: int, *, cause: str) -> Applied:
        if not 0 <= replicas <= MAX_REPLICAS:
            raise InvalidInput(f"replicas must be between 0 and {MAX_REPLICAS}, not {replicas}", field="replicas")
        spec = self._find(name).spec
        return await self.apply(spec.model_copy(update={"replicas": replicas}), cause=cause)

    async def restart(self, name: str, *, cause: str) -> Applied:
        spec = self._find(name).spec
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

    # -- inside

    def _find(self, name: str) -> Desired:
        """By `ns/name`, by name in the default namespace, or by name where only one namespace has it."""
        exact = self._engine.desired.get(AppKey.parse(name))
        if exact is not None:
            return exact
        wishes = self._engine.desired.all()
        same = [wish for wish in wishes if wish.key.name == name]
        if len(same) == 1:
            return same[0]
        if same:
            options = ", ".join(str(wish.key) for wish in same)
            raise NotFound(f"{name} is in several namespaces: {options}", suggestions=[str(w.key) for w in same])
        names = sorted({wish.key.name for wish in wishes})
        near = get_close_matches(name, names, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; no apps are deployed" if not names else ""
        raise NotFound(f"there is no app called {name!r}{hint}", suggestions=near or names[:3])

    def _view(self, wish: Desired) -> AppView:
        now = self._engine.clock.now()
        site = self._engine.sites.get(wish.spec.runtime)
        if site is None:
            return _homeless(wish, now)
        observed, history = site.observe(wish), self._engine.records.of(wish.key)
        silent = "" if site.cache.reachable else f"{wish.spec.runtime} does not answer: {site.cache.silent}"
        picture = view(wish, observed, history, now, seen_at=site.cache.seen_at or 0.0, silent=silent)
        cpu, memory = self._engine.usage.total(observed.pods)
        return replace(picture, cpu_millicores=cpu, memory_bytes=memory)


def _verdict_at(seen: AppView, begun: float) -> float:
    """From when on this picture may be reported, if nothing changes; infinity while it is on its way."""
    if seen.settled:
        starts = [replica.started_at or 0.0 for replica in seen.replicas]
        youngest = max((start for start in starts if start >= begun - SETTLE_SECONDS), default=float("-inf"))
        return youngest + SETTLE_SECONDS
    return begun + HOPE_SECONDS if hopeless(seen) else float("inf")


def _keep_restart_mark(spec: AppSpec, before: Desired | None) -> AppSpec:
    """A manifest without the restart mark must not undo a restart by rolling everything once more."""
    if before is None or RESTARTED_AT_ANNOTATION in spec.template.annotations:
        return spec
    mark = before.spec.template.annotations.get(RESTARTED_AT_ANNOTATION)
    if mark is None:
        return spec
    annotations = {**spec.template.annotations, RESTARTED_AT_ANNOTATION: mark}
    return spec.model_copy(update={"template": spec.template.model_copy(update={"annotations": annotations})})


def _homeless(wish: Desired, now: float) -> AppView:
    silent = f"the runtime {wish.spec.runtime!r} is not configured in this process"
    return view(wish, Observed(reachable=False), {}, now, seen_at=0.0, silent=silent)
