"""Single replicas over real sockets: logs by WebSocket, probes at their own address, usage from their hosts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.server import ServerConnection, serve

from app.core.errors import PortError, Transient, Unreachable
from app.core.pods import LogLine, PodId, PodPhase, ProbeOutcome
from app.core.replicasets import ObservedSet, SetRequest
from app.core.spec import JobSpec
from app.core.template import Exec, HttpGet, Probe, TcpSocket
from app.runtimes.clock import SystemClock
from app.runtimes.nosana import NosanaRuntime, nodelogs
from app.runtimes.nosana.client import ManagerClient
from app.runtimes.nosana.nodelogs import NodeLogs
from app.runtimes.nosana.nodes import NodeClient, states_of
from app.runtimes.nosana.readiness import answers
from app.runtimes.nosana.usage import sample_of
from tests.nosana.behaviours import Behaviour
from tests.nosana.clock import ScaledClock
from tests.nosana.server import running
from tests.nosana.timings import Timings
from tests.nosana.world import KEY, NosanaWorld
from tests.runtimes.nosana_kit import container, request, runtime_over, template, worker

SPEED = 40.0
"""Seconds of the stand-in in one of ours."""
ASK = Probe(handler=HttpGet(port=80), timeout_seconds=5)


class Place:
    """A stand-in on a port, and a runtime that speaks to it."""

    def __init__(self, world: NosanaWorld, runtime: NosanaRuntime, root: str) -> None:
        self.world = world
        self.runtime = runtime
        self.root = root

    async def until(self, what: Callable[[ObservedSet], Any]) -> ObservedSet:
        async with asyncio.timeout(20):
            while True:
                sets = await self.runtime.list_sets()
                if sets and what(sets[0]):
                    return sets[0]
                await asyncio.sleep(0.05)

    async def up(self, wish: SetRequest | None = None) -> PodId:
        await self.runtime.create_set(wish or request(replicas=1))
        one = await self.until(lambda one: one.pods and all(pod.ready for pod in one.pods))
        return one.pods[0].id


@asynccontextmanager
async def _place() -> AsyncIterator[Place]:
    clock = ScaledClock(SPEED)
    world = NosanaWorld(clock.now, timings=Timings.quick(), speed=SPEED)
    async with running(world) as root:
        runtime = runtime_over(world, _Fast(clock), root=root, through=httpx.AsyncHTTPTransport())
        try:
            yield Place(world, runtime, root)
            assert world.wrongs() == []
        finally:
            await runtime.aclose()


class _Fast:
    """The stand-in's clock as the port has it."""

    def __init__(self, clock: ScaledClock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with _place() as found:
        yield found


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts on this machine send their history without pauses."""
    monkeypatch.setattr(nodelogs, "QUIET_SECONDS", 0.15)


# -- logs


async def test_logs_of_a_running_replica_come_from_its_host(place: Place) -> None:
    pod = await place.up()
    job = place.world.jobs()[0].id
    place.world.say(job, "one")
    place.world.say(job, "two", kind="stderr")
    lines = await place.runtime.logs(pod)
    said = [line for line in lines if line.text in ("one", "two")]
    assert [(line.pod, line.stream, line.text) for line in said] == [
        ("web-0", "stdout", "one"),
        ("web-0", "stdout", "two"),  # the socket does not tell the two streams apart
    ]
    assert all(line.at is not None for line in lines)
    assert len(await place.runtime.logs(pod, tail=1)) == 1
    assert list(await place.runtime.logs(pod, tail=0)) == []
    late = place.world.now() + 3600
    assert list(await place.runtime.logs(pod, since=late)) == []


async def test_followed_logs_go_on_and_end_with_the_job(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodelogs, "ASK_SECONDS", 0.5)
    pod = await place.up()
    job = place.world.jobs()[0].id
    place.world.say(job, "before")
    heard: list[str] = []
    async with asyncio.timeout(20), aclosing(place.runtime.follow_logs(pod, tail=100)) as lines:
        async for line in lines:
            if line.text in ("before", "after"):
                heard.append(line.text)
            if line.text == "before":
                place.world.say(job, "after")
            if line.text == "after":
                await place.runtime.replace_pod(pod)
    assert heard == ["before", "after"]


async def test_logs_of_several_containers_say_which(place: Place) -> None:
    place.world.behaviours["side"] = Behaviour()
    pod = await place.up(request(template(container(), worker("side", image="acme/side:1")), replicas=1))
    place.world.say(place.world.jobs()[0].id, "from the side", op="side")
    lines = await place.runtime.logs(pod)
    assert ("web-0/side", "from the side") in [(line.pod, line.text) for line in lines]


async def test_logs_of_an_ended_job_are_those_its_host_handed_in(place: Place) -> None:
    wish = request(template(worker(image="acme/fails:1"), restart_policy="Never"), replicas=1, job=JobSpec())
    await place.runtime.create_set(wish)
    one = await place.until(lambda one: one.pods and one.pods[0].phase is PodPhase.FAILED)
    assert [line.text for line in await place.runtime.logs(one.pods[0].id)] == ["row 7 is broken"]
    async with aclosing(place.runtime.follow_logs(one.pods[0].id, tail=5)) as lines:
        assert [line.text async for line in lines] == ["row 7 is broken"]


async def test_a_host_that_is_gone_is_said_in_a_sentence(place: Place) -> None:
    pod = await place.up()
    place.world.lose_host(place.world.jobs()[0].id)
    with pytest.raises(Transient, match="does not answer") as gone:
        await place.runtime.logs(pod)
    assert gone.value.reason == "HostGone"
    assert await place.runtime.stats([pod]) == {}


async def test_what_is_not_there_has_no_logs(place: Place) -> None:
    assert list(await place.runtime.logs(PodId(request().id.app, 7, 0))) == []
    assert [line async for line in place.runtime.follow_logs(PodId(request().id.app, 7, 0))] == []


# -- hosts that differ


@asynccontextmanager
async def host(answer: Callable[[ServerConnection, dict[str, Any]], Any]) -> AsyncIterator[tuple[NodeLogs, list[str]]]:
    """A host of another version: `answer` gets the first message of each socket."""
    paths: list[str] = []

    async def handle(socket: ServerConnection) -> None:
        first = json.loads(await socket.recv())
        paths.append(first["path"])
        await answer(socket, first)

    async with serve(handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]

        def manager(_: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json={"header": f"signed:{len(paths)}"})

        clock = SystemClock()
        client = ManagerClient("http://manager.test", KEY, clock, httpx.MockTransport(manager))
        nodes = NodeClient(client, clock, f"http://127.0.0.1:{port}/{{node}}")
        try:
            yield NodeLogs(nodes), paths
        finally:
            await nodes.aclose()
            await client.aclose()


async def lines_from(logs: NodeLogs) -> list[LogLine]:
    return await logs.read("d", "n", "j", "web-0", several=False, tail=None)


async def test_an_older_host_knows_another_path_and_sends_plain_entries() -> None:
    async def answer(socket: ServerConnection, first: dict[str, Any]) -> None:
        assert first["body"] == {"jobAddress": "j", "address": "n"}
        assert first["header"] == first["headers"]["Authorization"]
        if first["path"] == "/flog":
            await socket.close(3003, "Invalid Path")
            return
        await socket.send(json.dumps({"type": "stdout", "log": "a\nb\n", "timestamp": 1_700_000_000_000}))
        await socket.send("bare words")
        await socket.send(json.dumps({"path": "log", "data": "no entry"}))

    async with host(answer) as (logs, paths):
        lines = await lines_from(logs)
    assert paths == ["/flog", "/log"]
    assert [(line.text, line.at) for line in lines] == [
        ("a", 1_700_000_000.0),
        ("b", 1_700_000_000.0),
        ("bare words", None),
        ("no entry", None),
    ]


async def test_what_a_host_says_is_plain_and_what_it_complains_of_is_an_error() -> None:
    async def answer(socket: ServerConnection, _: dict[str, Any]) -> None:
        for kind, message in (("info", "Operation Started"), ("container", "hello"), ("error", "no space left")):
            entry = {"opId": "web", "group": "web", "type": kind, "timestamp": 1_700_000_000_000, "message": message}
            await socket.send(json.dumps({"path": "flog", "data": json.dumps(entry)}))
        progress = {"opId": "web", "group": "web", "type": "info", "timestamp": 1, "message": {"payload": {}}}
        await socket.send(json.dumps({"path": "flog", "data": json.dumps(progress)}))

    async with host(answer) as (logs, _):
        lines = await lines_from(logs)
    assert [(line.stream, line.text) for line in lines] == [
        ("stdout", "Operation Started"),
        ("stdout", "hello"),
        ("stderr", "no space left"),
    ]


async def test_a_header_that_is_too_old_is_signed_again_once() -> None:
    async def answer(socket: ServerConnection, first: dict[str, Any]) -> None:
        if first["header"] == "signed:0":
            await socket.close(3000, "Unauthorized Request")
        else:
            await socket.send(json.dumps({"path": "flog", "data": json.dumps({"log": "in", "type": "stdout"})}))

    async with host(answer) as (logs, paths):
        assert [line.text for line in await lines_from(logs)] == ["in"]
    assert len(paths) == 2


@pytest.mark.parametrize("code", [1007, 1008, 1011, 3000])
async def test_a_host_that_refuses_is_no_empty_log(code: int) -> None:
    async def answer(socket: ServerConnection, _: dict[str, Any]) -> None:
        await socket.close(code, "no")

    async with host(answer) as (logs, _):
        with pytest.raises(Transient) as refused:
            await lines_from(logs)
    assert refused.value.reason == "HostRefused"


# -- probes


async def test_a_probe_goes_to_the_replicas_own_address(place: Place) -> None:
    pod = await place.up()
    assert await place.runtime.probe(pod, "web", ASK) == ProbeOutcome(True, "HTTP 200")
    place.world.lose_host(place.world.jobs()[0].id)
    outcome = await place.runtime.probe(pod, "web", ASK)
    assert not outcome.ok
    assert "HTTP 502" in outcome.message


@pytest.mark.parametrize(
    ("probe", "words"),
    [
        (Probe(handler=Exec(command=("true",))), "no command"),
        (Probe(handler=TcpSocket(port=80)), "HTTPS only"),
        (Probe(handler=HttpGet(port=81)), "port 81"),
    ],
)
async def test_what_cannot_be_asked_is_answered_in_a_sentence(place: Place, probe: Probe, words: str) -> None:
    pod = await place.up()
    outcome = await place.runtime.probe(pod, "web", probe)
    assert (outcome.ok, words in outcome.message) == (False, True)


async def test_a_line_that_is_down_is_not_the_replicas_fault(place: Place) -> None:
    pod = await place.up()
    place.world.faults.drop_before("GET /endpoint/*", times=None)
    outcome = await place.runtime.probe(pod, "web", ASK)
    assert (outcome.ok, outcome.message) == (False, "the connection failed")
    place.world.faults.drop_before("GET /api/*", times=None)
    with pytest.raises(Unreachable):
        await place.runtime.probe(pod, "web", ASK)


@pytest.mark.parametrize(
    ("status", "page", "said"),
    [
        (200, "hello", True),
        (404, "not here", True),
        (500, "oops", True),
        (0, "the connection failed", False),
        (502, "Bad Gateway", False),
        (503, "", False),
        (504, "", False),
        (200, "<title>Service Initializing</title>", False),
        (404, "<p>The page you requested was not found.</p> Faithfully yours, frp.", False),
    ],
)
def test_whether_it_was_the_app_that_answered(status: int, page: str, said: bool) -> None:
    assert answers(status, page) is said


# -- usage


async def test_usage_of_those_that_run(place: Place) -> None:
    pod = await place.up()
    stats = await place.runtime.stats([pod, PodId(pod.app, 9, 0)])
    assert list(stats) == [pod]
    assert stats[pod].memory_bytes > 2**28
    assert 0 < stats[pod].cpu_millicores <= 1000
    assert stats[pod].at <= place.world.now()


def test_the_newest_sample_of_each_container_is_added_up() -> None:
    def entry(op: str, at: int, cpu: float, memory: int) -> dict[str, Any]:
        return {"opId": op, "timestamp": at, "cpu": {"cpu_percent": cpu}, "memory": {"memory_usage": memory}}

    entries = [entry("a", 1000, 90, 1), entry("a", 2000, 50, 10), entry("b", 1500, 25.5, 5)]
    for reply in (entries, {"stats": entries}, {"data": entries}):
        stats = sample_of(reply)
        assert stats is not None
        assert (stats.cpu_millicores, stats.memory_bytes, stats.at) == (755, 15, 2.0)


@pytest.mark.parametrize("nothing", [[], {}, None, "no", [1], {"stats": []}])
def test_no_sample(nothing: Any) -> None:
    assert sample_of(nothing) is None


@pytest.mark.parametrize(
    "reply",
    [
        {"web": "running"},
        {"web": {"status": "Running"}},
        [{"operationId": "web", "status": "running"}],
        [{"opId": "web", "status": "running"}],
        {"opStates": [{"operationId": "web", "status": "running"}]},
    ],
)
def test_containers_states_in_every_form(reply: Any) -> None:
    assert states_of(reply) == {"web": "running"}


async def test_no_request_of_all_this_was_malformed(place: Place) -> None:
    pod = await place.up()
    await place.runtime.logs(pod)
    await place.runtime.stats([pod])
    assert (place.world.refused, place.world.ignored) == ([], [])


# -- news


async def heard(place: Place, act: Callable[[], Any]) -> set[PodId]:
    """What the first news after `act` tell of."""
    news = place.runtime.watch()
    try:
        first = asyncio.ensure_future(anext(news))
        await asyncio.sleep(0.3)
        assert not first.done()
        act()
        async with asyncio.timeout(10):
            return {await first}
    finally:
        await news.aclose()


@pytest.mark.parametrize("streams", [True, False])
async def test_a_host_that_takes_a_job_is_news_with_streams_and_without(place: Place, streams: bool) -> None:
    if not streams:
        place.world.faults.no_stream()
    pod = await place.up()
    job = place.world.jobs()[0]
    assert await heard(place, lambda: place.world.chain.stop(job)) == {pod}
    asked = [record.status for record in place.world.recorded if record.path.endswith("/stream")]
    assert (200 in asked) is streams


@pytest.mark.parametrize("status", [404, 503])
async def test_where_streams_do_not_open_it_is_polled_and_not_hammered(place: Place, status: int) -> None:
    place.world.faults.fail("GET */stream", status, {"error": "no"}, times=None)
    pod = await place.up()
    job = place.world.jobs()[0]
    begun = place.world.now()
    assert await heard(place, lambda: place.world.chain.stop(job)) == {pod}
    tries = [record for record in place.world.recorded if record.path.endswith("/stream") and record.at >= begun]
    assert len(tries) == 1


async def test_a_stream_that_breaks_is_opened_again(place: Place) -> None:
    pod = await place.up()
    job = place.world.jobs()[0]

    def stop() -> None:
        place.world.chain.stop(job)

    def breaks() -> None:
        place.world.feed.close(str(job.deployment))
        place.world.agenda.after(20.0, stop)

    assert await heard(place, breaks) == {pod}


async def test_news_end_in_unreachable_when_the_manager_goes(place: Place) -> None:
    await place.up()
    news = place.runtime.watch()
    first = asyncio.ensure_future(anext(news))
    await asyncio.sleep(0.3)
    place.world.faults.drop_before("* /api/*", times=None)
    with pytest.raises(PortError) as lost:
        async with asyncio.timeout(20):
            await first
    assert isinstance(lost.value, Unreachable)
    await news.aclose()


async def test_news_of_a_revoked_key(place: Place) -> None:
    await place.up()
    news = place.runtime.watch()
    first = asyncio.ensure_future(anext(news))
    await asyncio.sleep(0.3)
    place.world.revoke()
    with pytest.raises(Unreachable) as lost:
        async with asyncio.timeout(20):
            await first
    assert lost.value.reason == "Unauthorized"
    await news.aclose()
