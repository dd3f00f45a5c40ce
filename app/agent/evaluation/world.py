"""An orchestrator that holds still: what is wished for is there at once, and nothing else ever happens.

The agent of an evaluation works on it, so that a corpus of hundreds of requests needs no engine, clock or waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

from app.agent.evaluation.states import EPOCH, RUNTIME, Row, StillApp, running, still_app
from app.agent.evaluation.stillobjects import StillObjects
from app.core.approvals import Mode
from app.core.errors import InvalidInput, NotFound
from app.core.events import Event
from app.core.spec import MAX_REPLICAS, AppKey, AppSpec, Revision
from app.core.stopping import remembering
from app.core.views import AppStatus, AppView, RuntimeView
from app.ports.control import Applied, AppLogs

_NEED = {status: rank for rank, status in enumerate(AppStatus)}


class StillClock:
    """It is always the same moment."""

    def now(self) -> float:
        return EPOCH

    async def sleep(self, seconds: float) -> None:
        """Nothing is waited for."""


class StillWorld(StillObjects):
    """Implements `app.ports.control.Control` in memory."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        super().__init__()
        self._apps: dict[AppKey, StillApp] = {}
        self.set_mode(Mode.ASK)
        self.reset(rows)

    def reset(self, rows: Iterable[Row]) -> None:
        """From now on the world is as recorded. Raises `InvalidInput` for a row that is no app."""
        there = {app.spec.name: app for app in self._apps.values()}
        apps = [there[row["name"]].recorded(row) if row.get("name") in there else still_app(row) for row in rows]
        self._apps = {app.spec.key: app for app in apps}
        self._objects.clear()

    def set_mode(self, mode: Mode) -> None:
        self._mode = mode

    # -- reads

    def apps(self) -> Sequence[AppView]:
        views = [self._with_services(app.view) for app in self._apps.values()]
        return sorted(views, key=lambda view: (_NEED[view.status], view.key))

    def app(self, name: str) -> AppView:
        return self._with_services(self._find(name).view)

    def runtimes(self) -> Sequence[RuntimeView]:
        return [RuntimeView(RUNTIME, True, "ready", EPOCH, True)]

    def default_runtime(self) -> str:
        return RUNTIME

    def mode(self) -> Mode:
        return self._mode

    async def events(self, name: str | None = None, *, limit: int = 50) -> Sequence[Event]:
        apps = self._apps.values() if name is None else [self._find(name)]
        return [event for app in apps for event in app.events][-limit:]

    async def logs(
        self,
        name: str,
        *,
        tail: int = 100,
        since_seconds: float | None = None,  # noqa: ARG002  recorded lines have no time
        previous: bool = False,  # noqa: ARG002  nor is it recorded of which run they are
        grep: str | None = None,
    ) -> AppLogs:
        app = self._find(name)
        lines = [line for line in app.lines if grep is None or grep.lower() in line.text.lower()]
        return AppLogs(app.spec.key, tuple(lines[-tail:]), truncated=len(lines) > tail)

    async def revisions(self, name: str) -> Sequence[Revision]:
        return self._find(name).revisions

    async def measure(self, name: str | None = None) -> Sequence[AppView]:
        """Nothing is used where nothing happens."""
        return self.apps() if name is None else [self.app(name)]

    # -- writes

    async def apply(self, spec: AppSpec, *, cause: str) -> Applied:  # noqa: ARG002  nobody reads the history here
        before = self._apps.get(spec.key)
        spec = remembering(spec, before.spec if before else None)
        self._apps[spec.key] = before.wished(spec) if before else running(spec)
        return Applied(before.spec if before else None, spec, before is None or before.spec != spec)

    async def scale(self, name: str, replicas: int, *, cause: str) -> Applied:
        if not 0 <= replicas <= MAX_REPLICAS:
            raise InvalidInput(f"replicas must be between 0 and {MAX_REPLICAS}, not {replicas}", field="replicas")
        return await self.apply(self._find(name).spec.model_copy(update={"replicas": replicas}), cause=cause)

    async def restart(self, name: str, *, cause: str) -> Applied:  # noqa: ARG002
        spec = self._find(name).spec
        return Applied(spec, spec, changed=True)

    async def delete(self, name: str, *, cause: str) -> Applied:  # noqa: ARG002
        spec = self._find(name).spec
        del self._apps[spec.key]
        return Applied(spec, None, changed=True)

    async def wait(
        self,
        name: str,
        *,
        seconds: float,  # noqa: ARG002  all is done already
        progress: Callable[[str], None],  # noqa: ARG002
        gone: bool = False,  # noqa: ARG002
    ) -> AppView | None:
        found = self._apps.get(AppKey.parse(name))
        return self._with_services(found.view) if found else None

    def _specs(self) -> Iterable[AppSpec]:
        return [app.spec for app in self._apps.values()]

    def _leave(self, key: AppKey) -> None:
        self._apps.pop(key, None)

    def _find(self, name: str) -> StillApp:
        """By `ns/name`, by name in the default namespace, or by name where only one namespace has it."""
        if exact := self._apps.get(AppKey.parse(name)):
            return exact
        same = [app for key, app in self._apps.items() if key.name == name]
        if len(same) == 1:
            return same[0]
        near = get_close_matches(name, sorted({key.name for key in self._apps}), n=3, cutoff=0.5)
        raise NotFound(f"there is no app called {name!r}", suggestions=near)
