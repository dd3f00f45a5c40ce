"""The `Control` port in memory: apps become ready the moment one waits for them, unless a test says how they fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from app.agent.evaluation.stillobjects import StillObjects
from app.core.approvals import Caller, Mode, Role
from app.core.errors import Conflict, NotFound
from app.core.events import Event
from app.core.objects import KubeObject, key_of
from app.core.pods import LogLine, PodPhase, PublishedPort
from app.core.revision import template_hash
from app.core.spec import AppKey, AppSpec, Container, EnvVar, PodTemplate, Port, Revision
from app.core.stopping import remembering
from app.core.usage import UsageSample
from app.core.views import AppStatus, AppView, ReplicaView, RuntimeView
from app.ports.control import Applied, AppliedObject, AppLogs

T0 = 1_700_000_000.0


class FakeClock:
    """Time that a test moves."""

    def __init__(self, at: float = T0) -> None:
        self.at = at

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds
        await asyncio.sleep(0)


class LoopClock:
    """The event loop's own time, so that `looptime` moves it."""

    def now(self) -> float:
        return T0 + asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def spec(name: str, image: str = "nginx:1.25", replicas: int = 1, *, namespace: str = "default", **env: str) -> AppSpec:
    container = Container(
        name=name,
        image=image,
        env=tuple(EnvVar(name=key, value=value) for key, value in env.items()),
        ports=(Port(container_port=80),),
    )
    return AppSpec(
        name=name,
        namespace=namespace,
        runtime="simulator",
        replicas=replicas,
        template=PodTemplate(containers=(container,), labels={"app": name}),
    )


def view_of(wish: AppSpec, *, ready: int | None = None, status: AppStatus | None = None, reason: str = "") -> AppView:
    """What one sees of an app; by default all is well, and a Job is done."""
    if wish.job is not None and status is None:
        done = view_of(wish, ready=0, status=AppStatus.COMPLETED)
        return replace(done, total=0, updated=0, replicas=(), succeeded=wish.job.completions or 0)
    well = wish.replicas if ready is None else ready
    word = status or (AppStatus.STOPPED if wish.replicas == 0 else AppStatus.RUNNING)
    return AppView(
        key=wish.key,
        spec=wish,
        status=word,
        reason=reason,
        desired=wish.replicas,
        ready=well,
        total=wish.replicas,
        restarts=0,
        revision=1,
        generation=1,
        replicas=tuple(_replica(wish, slot, slot < well) for slot in range(wish.replicas)),
        updated=wish.replicas,
        seen_at=T0,
    )


def _replica(wish: AppSpec, slot: int, ready: bool) -> ReplicaView:
    ports = tuple(
        PublishedPort(port.container_port, "127.0.0.1", 32768 + slot) for port in wish.container.ports if ready
    )
    return ReplicaView(
        name=f"{wish.name}-{slot}",
        slot=slot,
        phase=PodPhase.RUNNING,
        ready=ready,
        restarts=0,
        started_at=T0 - 60,
        current=True,
        ports=ports,
        image=wish.container.image,
    )


def _measured(view: AppView) -> AppView:
    replicas = tuple(
        replace(one, cpu_millicores=100 * (one.slot + 1), memory_bytes=64 * 1024**2 * (one.slot + 1))
        if one.ready
        else one
        for one in view.replicas
    )
    used = [one for one in replicas if one.ready]
    return replace(
        view,
        replicas=replicas,
        cpu_millicores=sum(one.cpu_millicores or 0 for one in used) if used else None,
        memory_bytes=sum(one.memory_bytes or 0 for one in used) if used else None,
    )


@dataclass
class FakeControl(StillObjects):
    """Implements `app.ports.control.Control`. `writes` is every write in order; `fails` maps an app to how it looks
    after a change; `delay` is how long a wait takes in loop time."""

    views: dict[AppKey, AppView] = field(default_factory=dict)
    writes: list[tuple[str, ...]] = field(default_factory=list)
    fails: dict[str, tuple[AppStatus, str]] = field(default_factory=dict)
    lines: dict[str, list[LogLine]] = field(default_factory=dict)
    history: list[Event] = field(default_factory=list)
    now_mode: Mode = Mode.ASK
    strip: tuple[RuntimeView, ...] = (
        RuntimeView("simulator", True, "ready", T0, True),
        RuntimeView("docker", True, "ready", T0, False),
    )
    retry_at: float | None = None
    """When what fails pulls its image again."""
    delay: float = 0.0
    broken: Exception | None = None
    kept: dict[AppKey, list[Revision]] = field(default_factory=dict)
    """Revisions by app; one that was there from the start gets its first at the first look."""
    clock: Callable[[], float] = field(default=lambda: T0)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when somebody waits."""
    samples: list[UsageSample] = field(default_factory=list)
    refuses: str = ""
    """The name of an app or object whose write fails."""

    def __post_init__(self) -> None:
        super().__init__()

    @classmethod
    def of(cls, *specs: AppSpec) -> FakeControl:
        return cls({wish.key: view_of(wish) for wish in specs})

    # -- reads

    def apps(self) -> Sequence[AppView]:
        order = list(AppStatus)
        views = map(self._with_services, self.views.values())
        return sorted(views, key=lambda view: (order.index(view.status), view.key))

    def app(self, name: str) -> AppView:
        key = AppKey.parse(name)
        if key in self.views:
            return self._with_services(self.views[key])
        near = get_close_matches(key.name, [known.name for known in self.views])
        raise NotFound(f'There is no app "{name}".', suggestions=near)

    def runtimes(self) -> Sequence[RuntimeView]:
        return self.strip

    def default_runtime(self) -> str:
        return "simulator"

    def mode(self) -> Mode:
        return self.now_mode

    async def events(self, name: str | None = None, *, limit: int = 50) -> Sequence[Event]:
        key = AppKey.parse(name) if name else None
        return [event for event in self.history if key in (None, event.app)][-limit:]

    async def logs(
        self,
        name: str,
        *,
        tail: int = 100,
        since_seconds: float | None = None,
        previous: bool = False,
        grep: str | None = None,
    ) -> AppLogs:
        if self.broken:
            raise self.broken
        lines = [line for line in self.lines.get(name, []) if grep is None or grep in line.text]
        return AppLogs(AppKey.parse(name), tuple(lines[-tail:]), len(lines) > tail)

    async def revisions(self, name: str) -> Sequence[Revision]:
        return list(self._revisions(self.app(name).spec))

    async def measure(self, name: str | None = None) -> Sequence[AppView]:
        """Each ready replica uses 100m and 64 MiB per slot number plus one."""
        return [_measured(view) for view in (self.apps() if name is None else [self.app(name)])]

    async def usage(self, name: str, *, seconds: float) -> Sequence[UsageSample]:
        key, since = self.app(name).key, self.clock() - seconds
        return [sample for sample in self.samples if sample.app == key and sample.at >= since]

    def _specs(self) -> Iterable[AppSpec]:
        return [view.spec for view in self.views.values() if not view.deleting]

    def _leave(self, key: AppKey) -> None:
        self.views.pop(key, None)

    def _revisions(self, spec: AppSpec) -> list[Revision]:
        first = Revision(
            number=1, template_hash=template_hash(spec.template), template=spec.template, cause="first", created_at=T0
        )
        return self.kept.setdefault(spec.key, [first])

    # -- writes

    async def put_object(self, one: KubeObject, *, cause: str) -> AppliedObject:
        if one.name == self.refuses:
            raise Conflict(f"{one.name} cannot be written")
        self.writes.append(("put", str(key_of(one)), cause))
        return await super().put_object(one, cause=cause)

    async def delete_object(self, kind: str, name: str, *, cause: str) -> AppliedObject:
        self.writes.append(("delete", f"{kind} {name}", cause))
        return await super().delete_object(kind, name, cause=cause)

    async def apply(self, spec: AppSpec, *, cause: str) -> Applied:
        before = self.views.get(spec.key)
        self.writes.append(("apply", str(spec.key), spec.container.image, str(spec.replicas), cause))
        return self._put(before.spec if before else None, spec, cause)

    async def scale(self, name: str, replicas: int, *, cause: str) -> Applied:
        before = self.app(name).spec
        self.writes.append(("scale", name, str(replicas), cause))
        return self._put(before, before.model_copy(update={"replicas": replicas}), cause)

    async def restart(self, name: str, *, cause: str) -> Applied:
        before = self.app(name).spec
        self.writes.append(("restart", name, cause))
        return Applied(before, before, True)

    async def delete(self, name: str, *, cause: str) -> Applied:
        view = self.app(name)
        self.writes.append(("delete", name, cause))
        self.views[view.key] = replace(view, deleting=True, desired=0)
        return Applied(view.spec, None, True)

    def _put(self, before: AppSpec | None, after: AppSpec, cause: str) -> Applied:
        if self.broken:
            raise self.broken
        if after.name == self.refuses:
            raise Conflict(f"{after.name} cannot be written")
        after = remembering(after, before)
        revisions = self._revisions(before or after)
        if before and before.template != after.template:
            digest = template_hash(after.template)
            number = revisions[-1].number + 1
            revisions.append(
                Revision(
                    number=number,
                    template_hash=digest,
                    template=after.template,
                    cause=cause,
                    created_at=self.clock(),
                )
            )
        status, reason = self.fails.get(after.name, (None, ""))
        seen = view_of(after, ready=0 if status else None, status=status, reason=reason)
        retry_at = self.retry_at if status else None
        self.views[after.key] = replace(seen, revision=revisions[-1].number, retry_at=retry_at)
        return Applied(before, after, before != after)

    async def wait(
        self, name: str, *, seconds: float, progress: Callable[[str], None], gone: bool = False
    ) -> AppView | None:
        progress(f"waiting for {name}")
        self.entered.set()
        await asyncio.sleep(min(self.delay, seconds))
        progress(f"{name} looked at")
        key = AppKey.parse(name)
        if gone and key in self.views and self.views[key].deleting and name not in self.fails:
            del self.views[key]
            self.kept.pop(key, None)
        return self._with_services(self.views[key]) if key in self.views else None


def caller(role: Role = Role.OPERATOR, *, user: str = "ann", sentence: str = "", conversation: str = "c1") -> Caller:
    return Caller(user=user, role=role, conversation=conversation, sentence=sentence)


@dataclass
class Ids:
    """Numbered ids, so that tests can name them."""

    last: int = 0

    def __call__(self) -> str:
        self.last += 1
        return f"a{self.last}"
