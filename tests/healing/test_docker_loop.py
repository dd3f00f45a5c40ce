"""The closed loop on a real Docker Engine: every scenario an app of its own, all at the same time under one engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from agent_tools import TOOLS, ToolRunner
from agent_tools.door import GateDoor
from agent_tools.remedy import INNER
from app.analysis.examining import Examiner
from app.core.approvals import Mode
from app.core.diagnosis import Cause, RemedyClass
from app.core.incidents import Incident, IncidentState, Outcome
from app.core.spec import Amounts, AppKey, AppSpec, Container, HttpGet, PodTemplate, Port, Probe, Resources
from app.engine.engine import Engine
from app.engine.facade.orchestrator import Orchestrator
from app.healing.casebook import Casebook
from app.healing.healer import Healer
from app.runtimes.clock import SystemClock
from app.runtimes.docker import DockerRuntime
from app.stores.memory import MemoryStore
from tests.docker_engine import TINY, remove_containers

pytestmark = [pytest.mark.docker, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

MIB = 1024 * 1024
HOLD = 3.0
LONG = "exec sleep 100000"
NEEDS_24 = f"head -c 24m /dev/zero | tail -c 24m > /dev/null || exit 137; echo ready; {LONG}"
NEEDS_ALL = "tail /dev/zero || exit 137"


def sh(line: str) -> dict[str, Any]:
    return {"command": ("sh", "-c", line)}


def app(name: str, *, image: str = TINY, replicas: int = 1, **container: Any) -> AppSpec:
    main = Container(name=name, image=image).model_copy(update=container)
    template = PodTemplate(containers=(main,), labels={"app": name}, termination_grace_seconds=1)
    return AppSpec(name=name, runtime="docker", replicas=replicas, template=template)


def limited(mib: int) -> Resources:
    return Resources(limits=Amounts(memory_bytes=mib * MIB))


@dataclass
class Hospital:
    """The engine, the gate and the healer over one Docker Engine; `cases` are the scenarios, running."""

    control: Orchestrator
    store: MemoryStore
    registry: str
    cases: dict[str, asyncio.Task[Incident]] = field(default_factory=dict)

    async def settle(self, name: str) -> None:
        view = await self.control.wait(name, seconds=30, progress=lambda _text: None)
        assert view is not None
        assert view.settled, view.reason

    async def when(self, name: str, true: Callable[[Incident], bool], seconds: float = 75) -> Incident:
        """The newest incident of the app, once that is true of it."""
        key = AppKey("default", name)
        async with asyncio.timeout(seconds):
            while True:
                found = [one for over in (False, True) for one in await self.store.list_incidents(over=over, app=key)]
                newest = max(found, key=lambda one: one.began_at, default=None)
                if newest is not None and true(newest):
                    return newest
                await asyncio.sleep(0.2)

    async def ended(self, name: str) -> Incident:
        return await self.when(name, lambda one: one.state.over or one.state is IncidentState.PERSON)

    @asynccontextmanager
    async def running(self, *loops: asyncio.Task[None]) -> AsyncIterator[None]:
        """All scenarios at the same time; they and `loops` are ended on the way out."""
        scenarios: list[Callable[[], Coroutine[Any, Any, Incident]]] = [
            self.hungry, self.tagged, self.crashing, self.probed, self.dependent, self.hopeless, self.worse,
        ]  # fmt: skip
        self.cases = {one.__name__: asyncio.create_task(one()) for one in scenarios}
        yield
        tasks = [*loops, *self.cases.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- the scenarios

    async def hungry(self) -> Incident:
        await self.control.apply(app("hungry", resources=limited(16), **sh(NEEDS_24)), cause="test")
        return await self.ended("hungry")

    async def tagged(self) -> Incident:
        await self.control.apply(app("tagged"), cause="test")
        await self.settle("tagged")
        await self.control.apply(app("tagged", image=f"{self.registry}/kubelite/tiny:9"), cause="test")
        return await self.ended("tagged")

    async def crashing(self) -> Incident:
        await self.control.apply(app("crashing", replicas=2), cause="test")
        await self.settle("crashing")
        panic = "echo 'panic: runtime error: index out of range [3] with length 2'; exit 2"
        await self.control.apply(app("crashing", replicas=2, **sh(panic)), cause="test")
        return await self.ended("crashing")

    async def probed(self) -> Incident:
        probe = Probe(handler=HttpGet(port=8081), period_seconds=1, failure_threshold=2, initial_delay_seconds=1)
        serve = "echo listening on port 8080; exec httpd -f -p 8080 -h /etc"
        spec = app("probed", ports=(Port(container_port=8080),), **sh(serve))
        healthy = probe.model_copy(update={"handler": HttpGet(port=8081, path="/passwd")})
        container = spec.container.model_copy(update={"liveness": healthy})
        template = spec.template.model_copy(update={"containers": (container,)})
        await self.control.apply(spec.model_copy(update={"template": template}), cause="test")
        return await self.ended("probed")

    async def dependent(self) -> Incident:
        """A database that cannot start, and what needs it; then a person mends the database."""
        await self.control.apply(app("db", **sh("echo 'fatal: cannot open state'; exit 1")), cause="test")
        await self.when("db", lambda one: one.cause is not None)
        needs = f"test -e /etc/db || {{ echo 'Error: connect ECONNREFUSED db:5432'; exit 1; }}; {LONG}"
        await self.control.apply(app("shop", **sh(needs)), cause="test")
        return await self.when("shop", lambda one: one.state is IncidentState.CLOSED)

    async def hopeless(self) -> Incident:
        """Two revisions, both greedy without end: neither more memory nor going back helps."""
        first = app("hopeless", resources=limited(16), **sh(NEEDS_ALL))
        await self.control.apply(first, cause="test")
        await self.control.apply(app("hopeless", resources=limited(20), **sh(NEEDS_ALL)), cause="test")
        return await self.ended("hopeless")

    async def worse(self) -> Incident:
        """It serves, and falls over now and then; what it would go back to does not even start."""
        await self.control.apply(app("worse", command=("/no/such/program",)), cause="test")
        stumbles = "echo up; sleep 7; echo 'panic: assertion failed: queue is empty'; exit 2"
        await self.control.apply(app("worse", **sh(stumbles)), cause="test")
        # The first wish may have had an incident of its own, for a person, before the second came.
        return await self.when("worse", lambda one: any(tried.ended_at is not None for tried in one.attempts))


@asynccontextmanager
async def registry() -> AsyncIterator[str]:
    """A registry on this machine that knows no tag; gives its address."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/v2/":
            return web.json_response({})
        error = {"code": "MANIFEST_UNKNOWN", "message": "manifest unknown", "detail": "unknown tag"}
        return web.json_response({"errors": [error]}, status=404)

    made = web.Application()
    made.router.add_route("*", "/{rest:.*}", answer)
    server = web.AppRunner(made)
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    try:
        yield f"127.0.0.1:{server.addresses[0][1]}"
    finally:
        await server.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hospital(docker_images: str) -> AsyncIterator[Hospital]:
    instance = "thealing"
    remove_containers(docker_images, instance)
    clock, store = SystemClock(), MemoryStore()
    runtime = DockerRuntime(instance, docker_images, clock)
    engine = Engine(store, {"docker": runtime}, clock, check=True)
    control = Orchestrator(engine, default_runtime="docker", mode=Mode.AUTO)
    await engine.start()
    ids = iter(range(10_000))
    healer = Healer(control, Examiner(control), Casebook(store, clock), clock, lambda: f"i{next(ids)}", hold=HOLD)
    runner = ToolRunner(TOOLS, control, store, clock, lambda: f"a{next(ids)}", healing=healer, inner=INNER)
    healer.door = GateDoor(runner)
    loop = asyncio.create_task(healer.run())
    async with registry() as address:
        found = Hospital(control, store, address)
        async with found.running(loop):
            yield found
    await engine.stop()
    remove_containers(docker_images, instance)


async def test_out_of_memory_is_given_more_and_that_is_verified(hospital: Hospital) -> None:
    incident = await hospital.cases["hungry"]
    assert (incident.state, incident.cause) == (IncidentState.RESOLVED, Cause.OUT_OF_MEMORY), incident.says
    [attempt] = incident.attempts
    assert (attempt.proposal.remedy, attempt.outcome) == (RemedyClass.INCREASE_MEMORY, Outcome.KEPT)
    assert attempt.well_since is not None
    assert attempt.ended_at is not None
    assert attempt.ended_at - attempt.well_since >= HOLD
    assert hospital.control.app("hungry").spec.container.resources.limits.memory_bytes == 32 * MIB


async def test_a_bad_tag_is_rolled_back(hospital: Hospital) -> None:
    incident = await hospital.cases["tagged"]
    assert incident.state is IncidentState.RESOLVED, incident.says
    assert hospital.control.app("tagged").spec.container.image == TINY


async def test_a_new_version_that_crashes_is_rolled_back(hospital: Hospital) -> None:
    incident = await hospital.cases["crashing"]
    assert (incident.state, incident.cause) == (IncidentState.RESOLVED, Cause.APPLICATION_CRASH), incident.says
    assert incident.attempts[-1].proposal.remedy is RemedyClass.ROLLBACK
    assert hospital.control.app("crashing").spec.container.command == ()


async def test_a_probe_of_the_wrong_port_is_corrected(hospital: Hospital) -> None:
    incident = await hospital.cases["probed"]
    assert (incident.state, incident.cause) == (IncidentState.RESOLVED, Cause.PROBE), incident.says
    liveness = hospital.control.app("probed").spec.container.liveness
    assert liveness is not None
    assert liveness.handler == HttpGet(port=8080, path="/passwd")


async def test_what_needs_another_app_waits_for_it_and_says_why(hospital: Hospital) -> None:
    incident = await hospital.cases["dependent"]
    assert (incident.cause, incident.about, incident.attempts) == (Cause.DEPENDENCY, "db", ())
    assert "because of db" in incident.says
    root = await hospital.when("db", lambda one: True)
    assert AppKey("default", "shop") in root.apps


async def test_what_nothing_helps_is_left_to_a_person(hospital: Hospital) -> None:
    incident = await hospital.cases["hopeless"]
    assert incident.state is IncidentState.PERSON
    kinds = [one.proposal.remedy for one in incident.attempts]
    assert kinds == [RemedyClass.INCREASE_MEMORY, RemedyClass.ROLLBACK]
    assert {one.outcome for one in incident.attempts} == {Outcome.UNDONE}
    assert "did not help" in incident.says
    assert "set the memory of hopeless to" in incident.says
    assert hospital.control.app("hopeless").spec.container.resources == limited(20)


async def test_a_remedy_that_makes_it_worse_is_taken_back(hospital: Hospital) -> None:
    incident = await hospital.cases["worse"]
    assert incident.attempts[0].outcome is Outcome.UNDONE, incident.says
    assert hospital.control.app("worse").spec.container.command[:2] == ("sh", "-c")
