"""The reads of the facade: pictures of apps and objects, their events, logs, revisions and usage over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from app.core.approvals import Mode
from app.core.errors import NotFound
from app.core.events import Event
from app.core.lookup import find_object, kind_of
from app.core.objects import KINDS, Stored
from app.core.planning.slots import Observed
from app.core.reporting.moving import with_move
from app.core.reporting.setstatus import set_view
from app.core.reporting.status import view
from app.core.spec import AppKey, Desired, Revision
from app.core.usage import UsageSample
from app.core.views import AppStatus, AppView, ObjectView, RuntimeView
from app.engine.engine import Engine
from app.engine.facade.applogs import read_logs
from app.engine.facade.measuring import measured
from app.engine.facade.objectviews import ObjectViews
from app.engine.facade.oldplaces import old_places
from app.engine.observing.setsite import SetSite
from app.engine.observing.site import PodSite, Site
from app.ports.control import AppLogs

NEED = {status: rank for rank, status in enumerate(AppStatus)}


class Looking:
    """Everything from memory, but for what says `async`."""

    def __init__(self, engine: Engine, *, default_runtime: str, mode: Mode) -> None:
        self._engine = engine
        self._default_runtime = default_runtime
        self._mode = mode
        self._objects = ObjectViews(engine)

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
                detail=site.cache.silent or _with_strangers(site.cache.detail, self._strangers(site)),
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

    async def usage(self, name: str, *, seconds: float) -> Sequence[UsageSample]:
        key = self._find(name).key
        return await self._engine.store.list_samples(key, since=self._engine.clock.now() - seconds)

    def objects(self, kind: str | None = None) -> Sequence[ObjectView]:
        wanted = KINDS if kind is None else (kind_of(kind),)
        return [self._objects.view(stored) for one in wanted for stored in self._engine.objects.all(one)]

    def object(self, kind: str, name: str) -> ObjectView:
        return self._objects.view(self._stored(kind, name))

    # -- inside

    def _strangers(self, site: Site) -> list[str]:
        """Apps that have something there and were never wished for here: they are left alone."""
        if not isinstance(site, SetSite):
            return []
        desired = self._engine.desired
        return sorted(str(key) for key in site.sets.apps() if desired.get(key) is None and not desired.was_deleted(key))

    def _stored(self, kind: str, name: str) -> Stored:
        key = find_object(kind, name, (stored.key for stored in self._engine.objects.all()))
        found = self._engine.objects.get(key)
        if found is None:
            raise NotFound(f"the {key} is gone")
        return found

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
        history, seen_at = self._engine.records.of(wish.key), site.cache.seen_at or 0.0
        silent = "" if site.cache.reachable else f"{wish.spec.runtime} does not answer: {site.cache.silent}"
        if isinstance(site, SetSite):
            picture = set_view(wish, site.observe(wish, history), now, seen_at=seen_at, silent=silent)
        else:
            assert isinstance(site, PodSite)
            picture = view(wish, site.observe(wish), history, now, seen_at=seen_at, silent=silent)
        cpu, memory = self._engine.usage.total(site.cache.pods(wish.key))
        if wish.moved_from:
            picture = with_move(picture, wish, old_places(wish, self._engine.sites))
        scaled = self._engine.autoscaler.condition(wish.key)
        return replace(
            picture,
            cpu_millicores=cpu,
            memory_bytes=memory,
            conditions=picture.conditions if scaled is None else (*picture.conditions, scaled),
            services=self._engine.services.addresses(wish.key),
        )


def _with_strangers(detail: str, strangers: Sequence[str]) -> str:
    if not strangers:
        return detail
    more = f" and {len(strangers) - 3} more" if len(strangers) > 3 else ""
    words = f"left alone, as nobody wished for it here: {', '.join(strangers[:3])}{more}"
    return f"{detail}; {words}" if detail else words


def _homeless(wish: Desired, now: float) -> AppView:
    silent = f"the runtime {wish.spec.runtime!r} is not configured in this process"
    return view(wish, Observed(reachable=False), {}, now, seen_at=0.0, silent=silent)
