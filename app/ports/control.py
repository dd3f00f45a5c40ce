"""What tools may ask of the orchestrator. Keeps `agent_tools` off the engine; the engine implements it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.core.approvals import Mode
from app.core.events import Event
from app.core.objects import KubeObject
from app.core.pods import LogLine
from app.core.spec import AppKey, AppSpec, Revision
from app.core.usage import UsageSample
from app.core.views import AppView, ObjectView, RuntimeView


@dataclass(frozen=True, slots=True)
class Applied:
    """Outcome of a write: what stood before (None = new) and what stands now."""

    before: AppSpec | None
    after: AppSpec | None
    changed: bool


@dataclass(frozen=True, slots=True)
class AppLogs:
    """Merged lines of one app, oldest first; `truncated` = older lines exist."""

    app: AppKey
    lines: tuple[LogLine, ...]
    truncated: bool


@dataclass(frozen=True, slots=True)
class AppliedObject:
    """Outcome of a write beside the apps: what stood before (None = new) and what stands now (None = deleted)."""

    before: KubeObject | None
    after: KubeObject | None
    changed: bool


class Control(Protocol):
    """Reads are from memory and cheap; writes return once the wish is stored, not once it is true: see `wait`."""

    # -- reads
    def apps(self) -> Sequence[AppView]:
        """Every app, by need (worst first), then by name."""
        ...

    def app(self, name: str) -> AppView:
        """By `name` or `namespace/name`. Raises `NotFound` with near names."""
        ...

    def runtimes(self) -> Sequence[RuntimeView]: ...

    def default_runtime(self) -> str: ...

    def mode(self) -> Mode: ...

    async def events(self, name: str | None = None, *, limit: int = 50) -> Sequence[Event]:
        """Newest last. An app that was deleted still has events."""
        ...

    async def logs(
        self,
        name: str,
        *,
        tail: int = 100,
        since_seconds: float | None = None,
        previous: bool = False,
        grep: str | None = None,
    ) -> AppLogs:
        """All replicas merged by time; `previous` = the ended attempt before the present one."""
        ...

    async def revisions(self, name: str) -> Sequence[Revision]:
        """Those that are kept, oldest first; the last one is what is wished for now."""
        ...

    async def measure(self, name: str | None = None) -> Sequence[AppView]:
        """One app or all, as `app` and `apps` show them, with the usage of each replica taken now. A replica that
        does not run, or whose runtime does not answer, has none."""
        ...

    def objects(self, kind: str | None = None) -> Sequence[ObjectView]:
        """What is desired beside the apps, of one kind or all, in the order of `app.core.objects.KINDS`, then by
        name."""
        ...

    def object(self, kind: str, name: str) -> ObjectView:
        """By `name` or `namespace/name`. Raises `NotFound` with near names."""
        ...

    async def usage(self, name: str, *, seconds: float) -> Sequence[UsageSample]:
        """What its replicas used over the last `seconds`, oldest first."""
        ...

    # -- writes
    async def put_object(self, one: KubeObject, *, cause: str) -> AppliedObject:
        """Creates or changes it to be as `one`. Raises `Conflict`, `InvalidInput`."""
        ...

    async def delete_object(self, kind: str, name: str, *, cause: str) -> AppliedObject:
        """Deletes it and what it stands for (a balancer, a volume). A Namespace takes everything in it along.
        Raises `NotFound`, `Conflict` (an app uses this claim)."""
        ...

    async def wait_object(self, kind: str, name: str, *, seconds: float, gone: bool = False) -> ObjectView | None:
        """Waits until it is well (or `gone`), or for `seconds`. Returns what is seen then, None = gone."""
        ...

    async def apply(self, spec: AppSpec, *, cause: str) -> Applied:
        """Creates or changes the app to be as `spec`. Raises `Conflict`, `InvalidInput`."""
        ...

    async def scale(self, name: str, replicas: int, *, cause: str) -> Applied: ...

    async def restart(self, name: str, *, cause: str) -> Applied:
        """A rolling replacement of every replica, template unchanged but for the restart mark."""
        ...

    async def delete(self, name: str, *, cause: str) -> Applied: ...

    async def wait(
        self,
        name: str,
        *,
        seconds: float,
        progress: Callable[[str], None],
        gone: bool = False,
    ) -> AppView | None:
        """Waits until the app is settled (or `gone`), or failing in a way that more waiting will not mend, or for
        `seconds`. Calls `progress` with a short sentence at each change. Returns what is seen then, None = gone."""
        ...
