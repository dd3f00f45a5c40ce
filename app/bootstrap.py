"""The composition root: settings -> adapters -> engine -> tools -> agent -> faces. The only module that knows all."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from agent_tools import TOOLS, ToolRunner
from agent_tools.door import GateDoor
from agent_tools.remedy import INNER
from app.agent.backend import Backend
from app.agent.models import chat_model
from app.agent.second_opinion import ANSWER_SECONDS, SecondOpinion
from app.analysis.examining import Examiner
from app.chaos.chaos import ChaosRoom
from app.core.errors import KubeLiteError, Permanent
from app.core.runtimenames import HOW_TO_GET_A_KEY
from app.core.spec import Desired
from app.core.spending import Limits
from app.core.views import AppStatus
from app.demo.room import DemoRoom
from app.engine.engine import DRAIN_SECONDS, Engine
from app.engine.facade.orchestrator import Orchestrator
from app.engine.money.keeper import Keeper
from app.engine.money.money import EngineMoney
from app.engine.observing.setsite import SetSite
from app.engine.tasks import TaskSet
from app.healing.casebook import Casebook
from app.healing.healer import Healer
from app.healing.news import News
from app.ports.chaos import Breakable
from app.ports.clock import Clock
from app.ports.diagnosis import Diagnosis
from app.ports.replicas import ReplicaRuntime
from app.ports.runtime import Runtime
from app.runtimes.clock import SystemClock
from app.runtimes.docker import DockerRuntime
from app.runtimes.simulator import Simulator
from app.settings import Settings
from app.stores.home import Home
from app.stores.sql import SqlStore


@asynccontextmanager
async def open_backend(
    settings: Settings, *, observe_only: bool = False, clock: Clock | None = None
) -> AsyncIterator[Backend]:
    """The whole product over the data directory of `settings`, started; stopped again on the way out. `clock` takes
    the place of the machine's own.

    Raises `Conflict` when another process owns the directory, `Permanent` when something asked for cannot work.
    """
    async with AsyncExitStack() as stack:
        home = Home.open(settings.data_directory)
        stack.callback(home.close)
        store = await SqlStore.open(settings.database_url or home.database_url)
        stack.push_async_callback(store.aclose)
        clock = clock or SystemClock()
        runtimes, default = await _runtimes(settings, home, clock, await store.list_apps())
        engine = Engine(store, runtimes, clock, check=settings.check)
        money = await _money(stack, settings, store, engine)
        control = Orchestrator(engine, default_runtime=default, mode=settings.mode, check_spending=money.check)
        _keep_budgets(money, engine, control)
        stack.push_async_callback(engine.stop)
        await engine.start(observe_only=observe_only)
        news = News()
        examiner = Examiner(control)
        casebook = Casebook(store, clock, tell=news.tell)
        hold = settings.heal_hold_seconds
        healer = Healer(control, examiner, casebook, clock, lambda: secrets.token_hex(4), hold=hold)
        await healer.load()
        breakable = {name: one.chaos for name, one in runtimes.items() if isinstance(one, Breakable)}
        chaos = ChaosRoom(control, store, breakable, clock, lambda: secrets.token_hex(4), healing=healer)
        runner = ToolRunner(
            TOOLS,
            control,
            store,
            clock,
            lambda: secrets.token_hex(8),
            policy=settings.policy,
            diagnosis=_diagnosis(settings, examiner, clock),
            healing=None if observe_only else healer,
            inner=INNER,
            money=money,
            chaos=None if observe_only else chaos,
        )
        healer.door = GateDoor(runner)
        if not observe_only:
            await runner.recover()
            await _in_background(stack, healer.run(), "healing")
            await _in_background(stack, chaos.run(), "chaos")
        backend = await Backend.build(stack, settings, home, store, clock, control, runner, engine, news=news)
        if not observe_only:
            runner.demo = demo = DemoRoom(backend)
            stack.push_async_callback(demo.aclose)
        yield backend


def _diagnosis(settings: Settings, examiner: Examiner, clock: Clock) -> Diagnosis:
    """The rules, with a model's reading beside theirs where one is configured."""
    model = chat_model(settings, timeout=ANSWER_SECONDS)
    return SecondOpinion(examiner, model, settings.model_name or "", clock.now) if model is not None else examiner


async def _in_background(stack: AsyncExitStack, work: Coroutine[Any, Any, None], name: str) -> None:
    """Until the way out."""
    task = asyncio.create_task(work, name=name)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)


async def _runtimes(
    settings: Settings, home: Home, clock: Clock, apps: Sequence[Desired]
) -> tuple[dict[str, Runtime], str]:
    """Every runtime that may be needed, and the name of the default one.

    `auto`: Docker where an Engine answers now, else the simulator. Docker stays watched where it may come back or
    where apps live on it. Nosana is there when there is a key.
    """
    lived_on = {place for app in apps for place in (app.spec.runtime, *app.moved_from)}
    runtimes: dict[str, Runtime] = {"simulator": Simulator(clock, state_path=home.simulator_state)}
    if settings.nosana_key:
        runtimes |= {"nosana": _nosana(settings, home, clock)}
    elif settings.runtime == "nosana":
        raise Permanent(f"KUBELITE_RUNTIME is nosana, but NOSANA_API_KEY is not set; {HOW_TO_GET_A_KEY}")
    if settings.runtime == "simulator" and "docker" not in lived_on:
        return runtimes, "simulator"
    docker = DockerRuntime(home.instance, settings.docker_host, clock, balancer_image=settings.balancer_image)
    if settings.runtime in ("simulator", "docker"):
        return {"docker": docker, **runtimes}, settings.runtime
    answers = await _answers(docker)
    if settings.runtime == "auto":
        return {"docker": docker, **runtimes}, "docker" if answers else "simulator"
    if answers or "docker" in lived_on:
        return {"docker": docker, **runtimes}, "nosana"
    await docker.aclose()
    return runtimes, "nosana"


async def _answers(runtime: Runtime) -> bool:
    try:
        await runtime.check()
    except KubeLiteError:
        return False
    return True


def _nosana(settings: Settings, home: Home, clock: Clock) -> ReplicaRuntime:
    from app.runtimes.nosana import NosanaRuntime  # only who has a key pays for loading it

    return NosanaRuntime(home.instance, settings.nosana_key, clock, **settings.nosana_addresses)


async def _money(stack: AsyncExitStack, settings: Settings, store: SqlStore, engine: Engine) -> EngineMoney:
    """Prices, the ledger and the budgets of what is rented."""
    tasks = TaskSet()
    stack.push_async_callback(tasks.drain, DRAIN_SECONDS)

    def rented() -> dict[str, SetSite]:
        return {name: site for name, site in engine.sites.items() if isinstance(site, SetSite)}

    ceiling = Limits(per_hour=settings.budget_per_hour, total=settings.budget_total)
    money = EngineMoney(store, engine.desired, engine.clock, tasks, rented, ceiling)
    await money.load()
    return money


def _keep_budgets(money: EngineMoney, engine: Engine, control: Orchestrator) -> None:
    """By a loop of the engine's own."""

    def done(wish: Desired) -> bool:
        return control.app(str(wish.key)).status is AppStatus.COMPLETED

    keeper = Keeper(money, engine.desired, engine.events, engine.clock, done)
    engine.add_loop("budgets", keeper.run)
    engine.autoscaler.most = money.most_replicas
    engine.set_executor.before_removal = money.settle


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
