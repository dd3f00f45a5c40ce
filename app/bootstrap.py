"""The composition root: settings -> adapters -> engine -> tools -> agent -> faces. The only module that knows all."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from agent_tools import TOOLS, ToolRunner
from app.agent.backend import Backend
from app.analysis.examining import Examiner
from app.core.errors import KubeLiteError
from app.core.spec import Desired
from app.engine.engine import Engine
from app.engine.facade.orchestrator import Orchestrator
from app.ports.runtime import PodRuntime
from app.runtimes.clock import SystemClock
from app.runtimes.docker import DockerRuntime
from app.runtimes.simulator import Simulator
from app.settings import Settings
from app.stores.home import Home
from app.stores.sql import SqlStore


@asynccontextmanager
async def open_backend(settings: Settings, *, observe_only: bool = False) -> AsyncIterator[Backend]:
    """The whole product over the data directory of `settings`, started; stopped again on the way out.

    Raises `Conflict` when another process owns the directory, `Permanent` when something asked for cannot work.
    """
    async with AsyncExitStack() as stack:
        home = Home.open(settings.data_directory)
        stack.callback(home.close)
        store = await SqlStore.open(settings.database_url or home.database_url)
        stack.push_async_callback(store.aclose)
        clock = SystemClock()
        runtimes, default = await _runtimes(settings, home, clock, await store.list_apps())
        engine = Engine(store, runtimes, clock, check=settings.check)
        stack.push_async_callback(engine.stop)
        await engine.start(observe_only=observe_only)
        control = Orchestrator(engine, default_runtime=default, mode=settings.mode)
        runner = ToolRunner(
            TOOLS,
            control,
            store,
            clock,
            lambda: secrets.token_hex(8),
            policy=settings.policy,
            diagnosis=Examiner(control),
        )
        if not observe_only:
            await runner.recover()
        yield await Backend.build(stack, settings, home, store, clock, control, runner, engine)


async def _runtimes(
    settings: Settings, home: Home, clock: SystemClock, apps: Sequence[Desired]
) -> tuple[dict[str, PodRuntime], str]:
    """Every runtime that may be needed, and the name of the default one.

    `auto`: Docker where an Engine answers now, else the simulator. Docker stays watched where it may come back or
    where apps live on it.
    """
    runtimes: dict[str, PodRuntime] = {"simulator": Simulator(clock, state_path=home.simulator_state)}
    if settings.runtime == "simulator" and not any(app.spec.runtime == "docker" for app in apps):
        return runtimes, "simulator"
    docker = DockerRuntime(home.instance, settings.docker_host, clock, balancer_image=settings.balancer_image)
    runtimes = {"docker": docker, **runtimes}
    if settings.runtime != "auto":
        return runtimes, settings.runtime
    try:
        await docker.check()
    except KubeLiteError:
        return runtimes, "simulator"
    return runtimes, "docker"


async def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """The page, the API and the engine in one process and one loop, until a signal."""
    from app.web import serving
    from app.web.login import login_link
    from app.web.server import create_app

    listener = serving.bind(settings.host, settings.port)
    port = listener.getsockname()[1]
    try:
        async with open_backend(settings) as backend:

            def started() -> None:
                link = login_link(settings, port, backend.home.token)
                backend.home.announce(link.split("/enter", 1)[0])
                for line in _welcome(backend, link):
                    say(line)

            await serving.run(create_app(backend), listener, started)
            say("Stopped. What runs keeps running; the next start takes it over again.")
    finally:
        listener.close()


def _welcome(backend: Backend, link: str) -> list[str]:
    lines = ["", "  KubeLite is ready. Open this link, it logs you in:", "", f"    {link}", ""]
    for view in backend.control.runtimes():
        mark = "■" if view.reachable else "✖"
        lines.append(f"  {mark} {view.name}{' (default)' if view.default else ''}: {view.detail}")
    default = backend.control.default_runtime()
    if default == "simulator" and backend.settings.runtime == "auto":
        lines.append(
            "  No Docker Engine answers, so apps run on the simulator: a pretended world, for trying things out."
        )
    return [*lines, f"  Data: {backend.home.path}   Stop: Ctrl-C", ""]
