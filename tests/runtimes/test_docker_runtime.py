"""The Docker runtime against a fake Engine: what a real one does too rarely to wait for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web

from app.core.errors import Permanent, PortError, Transient, Unreachable
from app.core.pods import Capacity, PodPhase
from app.core.spec import Container
from app.runtimes.docker import DockerRuntime, endings
from app.runtimes.docker.client import Timeouts
from app.runtimes.docker.wire import container_name, pod_labels
from tests.clock import LoopClock
from tests.runtimes.fake_engine import INSTANCE, FakeEngine, inspected, pod_request, serving

SHORT = Timeouts(start=0.3, end=0.3, read=2.0, pull_answer=2.0, pull_silence=2.0)
NEW_ID = f"{0:064x}"
Pair = tuple[FakeEngine, DockerRuntime]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    async with serving() as (engine, docker_host):
        runtime = DockerRuntime(INSTANCE, docker_host, LoopClock(), timeouts=SHORT)
        yield engine, runtime
        await runtime.aclose()


def created(engine: FakeEngine, slot: int = 0, **state: object) -> None:
    """The next create succeeds, and the container waits for its start."""
    engine.has(pod_request(slot), "created", **state)
    engine.answers("POST", "/containers/create", 201, {"Id": f"{slot:064x}"})
    engine.answers("DELETE", "/containers/.*", 204)


async def test_check_tells_version_and_size(pair: Pair) -> None:
    engine, runtime = pair
    engine.answers("GET", "/version", 200, {"Version": "20.10.24"})
    engine.answers("GET", "/info", 200, {"NCPU": 2, "MemTotal": 25_276_000_000})
    info = await runtime.check()
    assert info.detail == "Docker 20.10.24, API 1.41, 2 CPUs, 24 GiB"
    assert info.capacity == Capacity(2000, 25_276_000_000)


async def test_check_removes_volumes_of_attempts_that_are_gone(pair: Pair) -> None:
    engine, runtime = pair
    engine.answers("GET", "/version", 200, {"Version": "20.10.24"})
    engine.answers("GET", "/info", 200, {"NCPU": 2, "MemTotal": 25_276_000_000})
    engine.has(pod_request())
    volumes = [
        {"Name": "of-web-0", "Labels": pod_labels(INSTANCE, pod_request().id)},
        {"Name": "of-web-9", "Labels": pod_labels(INSTANCE, pod_request(9).id)},
        {"Name": "of-a-claim", "Labels": {"kubelite.io/instance": INSTANCE, "kubelite.io/claim": "shop/data"}},
    ]
    engine.answers("GET", "/volumes", 200, {"Volumes": volumes})
    engine.answers("DELETE", "/volumes/.*", 204)
    engine.answers("GET", "/networks", 200, [])
    await runtime.check()
    assert [path for how, path, _ in engine.asked if how == "DELETE"] == ["/volumes/of-web-9"]
    (query,) = [query for _, path, query in engine.asked if path == "/volumes"]
    assert json.loads(query["filters"])["dangling"] == ["true"]


async def test_check_removes_what_was_to_write_files_and_was_forgotten(pair: Pair) -> None:
    engine, runtime = pair
    engine.answers("GET", "/version", 200, {"Version": "20.10.24"})
    engine.answers("GET", "/info", 200, {})
    labels = {**pod_labels(INSTANCE, pod_request().id), "kubelite.io/role": "files"}
    now = int(LoopClock().now())
    entries = [{"Id": each, "Labels": labels, "Created": now - age} for each, age in (("old", 900), ("new", 1))]
    engine.answers("GET", "/containers/json", 200, entries)
    engine.answers("GET", "/volumes", 200, {"Volumes": None})
    engine.answers("GET", "/networks", 200, [])
    engine.answers("DELETE", "/containers/.*", 204)
    await runtime.check()
    assert [path for how, path, _ in engine.asked if how == "DELETE"] == ["/containers/old"]


async def test_an_engine_that_cannot_tidy_up_still_answers(pair: Pair) -> None:
    engine, runtime = pair
    engine.answers("GET", "/version", 200, {"Version": "20.10.24"})
    engine.answers("GET", "/info", 200, {})
    engine.answers("GET", "/volumes", 500, {"message": "busy"})
    assert (await runtime.check()).capacity is None


async def test_a_pod_of_one_container_costs_one_create_and_one_start(pair: Pair) -> None:
    """With a look for its network before and one at what came of it, and nothing else: this is the speed of it all."""
    engine, runtime = pair
    created(engine)
    engine.answers("POST", "/containers/.*/start", 204)
    await runtime.start_pod(pod_request())
    name = container_name(INSTANCE, pod_request().id)
    assert [(how, path) for how, path, _ in engine.asked if path != "/_ping"] == [
        ("GET", f"/networks/kl.{INSTANCE}.shop"),
        ("POST", "/containers/create"),
        ("POST", f"/containers/{NEW_ID}/start"),
        ("GET", f"/containers/{name}/json"),
    ]


async def test_a_container_whose_first_neighbour_ended_while_it_joined_runs_by_itself(pair: Pair) -> None:
    engine, runtime = pair
    created(engine)
    starts = iter((None, "namespace path: lstat /proc/62/ns/ipc: no such file or directory", None))

    async def start(_: web.Request) -> web.Response:
        refusal = next(starts)
        return web.Response(status=204) if refusal is None else web.json_response({"message": refusal}, status=500)

    engine.on("POST", "/containers/.*/start", start)
    request = pod_request()
    side = Container(name="side", image="nginx")
    template = request.template.model_copy(update={"containers": (*request.template.containers, side)})
    await runtime.start_pod(replace(request, template=template.model_copy(update={"restart_policy": "Never"})))
    assert next(starts, "over") == "over", "started once more"
    assert engine.count("POST", "/containers/create") == 3, "made anew, with a network of its own"
    assert engine.count("DELETE", f"/containers/{NEW_ID}") == 1


async def test_a_network_that_went_away_is_tried_again_later(pair: Pair) -> None:
    engine, runtime = pair
    created(engine)
    engine.answers("POST", "/containers/.*/start", 404, {"message": "network kl.i1.shop not found"})
    with pytest.raises(Transient) as caught:
        await runtime.start_pod(pod_request())
    assert caught.value.reason == "NetworkMissing"
    assert engine.count("DELETE", f"/containers/{NEW_ID}") == 1


@pytest.mark.parametrize(
    ("host_port", "kind"),
    [(8080, Permanent), (None, Transient)],
)
async def test_a_taken_port_is_permanent_only_for_who_asked_for_it(
    pair: Pair, host_port: int | None, kind: type[PortError]
) -> None:
    engine, runtime = pair
    created(engine)
    words = "Bind for 127.0.0.1:8080 failed: port is already allocated"
    engine.answers("POST", "/containers/.*/start", 500, {"message": words})
    with pytest.raises(PortError, match=words) as caught:
        await runtime.start_pod(pod_request(host_port=host_port))
    assert (type(caught.value), caught.value.reason) == (kind, "PortInUse")
    assert engine.count("DELETE", f"/containers/{NEW_ID}") == 1


async def test_a_refused_start_is_told_even_when_the_container_cannot_be_removed(pair: Pair) -> None:
    engine, runtime = pair
    created(engine)
    engine.answers("POST", "/containers/.*/start", 400, {"message": 'exec: "x": executable file not found in $PATH'})
    engine.answers("DELETE", "/containers/.*", 500, {"message": "driver failed to remove root filesystem"})
    with pytest.raises(Permanent) as caught:
        await runtime.start_pod(pod_request())
    assert caught.value.reason == "ContainerCannotRun"


async def test_a_start_that_is_not_answered_leaves_the_container_for_the_next_call(pair: Pair) -> None:
    engine, runtime = pair
    created(engine)
    engine.hangs("POST", "/containers/.*/start")
    with pytest.raises(Transient) as caught:
        await runtime.start_pod(pod_request())
    assert caught.value.reason == "EngineNotAnswering"
    assert engine.count("DELETE", ".*") == 0
    engine.answers("POST", "/containers/create", 409, {"message": "Conflict. The container name is already in use"})
    engine.answers("POST", "/containers/.*/start", 304)
    assert (await runtime.start_pod(pod_request())).runtime_id == NEW_ID


async def test_an_ended_attempt_is_adopted_but_never_started_again(pair: Pair) -> None:
    engine, runtime = pair
    engine.answers("POST", "/containers/create", 409, {"message": "Conflict. The container name is already in use"})
    engine.has(pod_request(), "exited", ExitCode=3)
    assert (await runtime.start_pod(pod_request())).phase is PodPhase.FAILED
    assert engine.count("POST", "/containers/.*/start") == 0


async def test_a_stranger_with_our_name_is_left_alone(pair: Pair) -> None:
    engine, runtime = pair
    engine.answers("POST", "/containers/create", 409, {"message": "Conflict. The container name is already in use"})
    stranger = inspected(pod_request(), NEW_ID)
    stranger["Config"]["Labels"] = {}
    engine.answers("GET", "/containers/.*/json", 200, stranger)
    engine.answers("GET", "/containers/json", 200, [])
    with pytest.raises(Permanent, match="KubeLite did not make; remove or rename it") as caught:
        await runtime.start_pod(pod_request())
    assert caught.value.reason == "NameConflict"
    await runtime.stop_pod(pod_request().id, 0)
    await runtime.remove_pod(pod_request().id)
    assert engine.count("DELETE", ".*") == 0


async def test_a_name_just_being_freed_is_tried_again_later(pair: Pair) -> None:
    engine, runtime = pair
    engine.answers("GET", "/containers/json", 200, [])
    engine.answers("POST", "/containers/create", 409, {"message": "Conflict. The container name is already in use"})
    with pytest.raises(Transient) as caught:
        await runtime.start_pod(pod_request())
    assert caught.value.reason == "EngineBusy"


async def test_only_what_changed_is_inspected(pair: Pair) -> None:
    engine, runtime = pair
    identity = engine.has(pod_request())
    path = f"/containers/{identity}/json"
    assert await runtime.list_pods() == await runtime.list_pods()
    assert engine.count("GET", path) == 1
    engine.has(pod_request(), "exited", ExitCode=1)
    assert [pod.phase for pod in await runtime.list_pods()] == [PodPhase.FAILED]
    assert engine.count("GET", path) == 2


async def test_a_container_not_yet_started_is_inspected_each_time(pair: Pair) -> None:
    engine, runtime = pair
    engine.has(pod_request(), "created")
    assert [pod.phase for pod in await runtime.list_pods()] == [PodPhase.PENDING]
    engine.has(pod_request(), "created", ExitCode=128, Error="port is already allocated")
    assert [pod.phase for pod in await runtime.list_pods()] == [PodPhase.FAILED]


async def test_a_container_that_goes_while_it_is_listed_is_left_out(pair: Pair) -> None:
    engine, runtime = pair
    identity = engine.has(pod_request())
    engine.answers("GET", f"/containers/{identity}/json", 404, {"message": "No such container"})
    assert list(await runtime.list_pods()) == []


async def test_a_list_that_cannot_be_completed_is_no_list(pair: Pair) -> None:
    engine, runtime = pair
    identity = engine.has(pod_request())
    engine.answers("GET", f"/containers/{identity}/json", 500, {"message": "busy"})
    with pytest.raises(Transient):
        await runtime.list_pods()


def event(name: str, labels: dict[str, str], action: str = "die") -> bytes:
    actor = {"ID": NEW_ID, "Attributes": {**labels, "name": name}}
    return json.dumps({"Type": "container", "Action": action, "Actor": actor}).encode() + b"\n"


def events(engine: FakeEngine, *lines: bytes) -> None:
    """The stream of events gives these and then ends, as an Engine's does that is told to stop."""

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for line in lines:
            await response.write(line)
        return response

    engine.on("GET", "/events", stream)


async def test_watch_tells_of_ours_only_and_raises_when_the_stream_ends(pair: Pair) -> None:
    engine, runtime = pair
    request = pod_request()
    labels = inspected(request, NEW_ID)["Config"]["Labels"]
    name = container_name(INSTANCE, request.id)
    other = {**labels, "kubelite.io/instance": "i2"}
    events(engine, event(name, other), event(name, labels), event(name, {}), event(name, labels, "destroy"))
    stream = runtime.watch()
    assert [await anext(stream), await anext(stream)] == [request.id, request.id]
    with pytest.raises(Unreachable, match="ended the stream"):
        await anext(stream)


async def test_watch_asks_for_what_happened_since_it_was_called(pair: Pair) -> None:
    engine, runtime = pair
    events(engine)
    called = LoopClock().now()
    stream = runtime.watch()
    await asyncio.sleep(0.1)
    with pytest.raises(Unreachable):
        await anext(stream)
    query = engine.asked[-1][2]
    assert called - 2.1 < float(query["since"]) < called - 1.9
    assert json.loads(query["filters"])["type"] == ["container", "network"]


async def test_a_network_left_by_hand_is_news_and_a_start_is_none(pair: Pair) -> None:
    """A start and an end come with an event of the network each, which tell nothing new."""
    engine, runtime = pair
    request = pod_request()
    identity = engine.has(request)
    attributes = {"container": identity, "name": f"kl.{INSTANCE}.shop"}
    left = json.dumps({"Type": "network", "Action": "disconnect", "Actor": {"ID": "n", "Attributes": attributes}})
    asked = asyncio.Event()

    async def stream(web_request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(web_request)
        await response.write(f"{left}\n".encode())
        await asked.wait()
        await response.write(f"{left}\n".encode())
        return response

    engine.on("GET", "/events", stream)
    news = asyncio.ensure_future(anext(runtime.watch()))
    await asyncio.sleep(0.1)
    assert not news.done()
    await runtime.list_pods()
    asked.set()
    assert await asyncio.wait_for(news, 5) == request.id


async def test_after_a_lost_stream_everything_is_looked_at_again(pair: Pair) -> None:
    engine, runtime = pair
    identity = engine.has(pod_request())
    await runtime.list_pods()
    events(engine)
    with pytest.raises(Unreachable):
        await anext(runtime.watch())
    await runtime.list_pods()
    assert engine.count("GET", f"/containers/{identity}/json") == 2


async def test_news_makes_the_next_list_look_again(pair: Pair) -> None:
    engine, runtime = pair
    request = pod_request()
    identity = engine.has(request)
    before = (await runtime.list_pods())[0]
    engine.has(request, StartedAt="2026-11-24T14:00:00Z")
    labels = inspected(request, NEW_ID)["Config"]["Labels"]
    events(engine, event(container_name(INSTANCE, request.id), labels, "start"))
    assert (await runtime.list_pods())[0] == before
    await anext(runtime.watch())
    assert (await runtime.list_pods())[0].started_at == 1795528800.0
    assert engine.count("GET", f"/containers/{identity}/json") == 2


async def test_a_wedged_engine_is_told_and_still_listed(pair: Pair) -> None:
    engine, runtime = pair
    engine.has(pod_request())
    engine.hangs("DELETE", "/containers/.*")
    with pytest.raises(Transient, match="restart it") as caught:
        await runtime.remove_pod(pod_request().id)
    assert caught.value.reason == "EngineNotAnswering"
    assert len(await runtime.list_pods()) == 1


@pytest.mark.parametrize(("api", "most"), [("1.41", 2), ("1.45", 8)])
async def test_few_containers_end_together(api: str, most: int) -> None:
    async with serving(api) as (engine, docker_host):
        runtime = DockerRuntime(INSTANCE, docker_host, LoopClock(), timeouts=SHORT)
        now, highest = 0, 0

        async def remove(_: web.Request) -> web.StreamResponse:
            nonlocal now, highest
            now, highest = now + 1, max(highest, now + 1)
            await asyncio.sleep(0.02)
            now -= 1
            return web.Response(status=204)

        requests = [pod_request(slot) for slot in range(16)]
        for request in requests:
            engine.has(request)
        engine.on("DELETE", "/containers/.*", remove)
        await asyncio.gather(*(runtime.remove_pod(request.id) for request in requests))
        await runtime.aclose()
    assert highest == most
    assert engine.count("DELETE", ".*") == 16


async def test_many_that_take_their_time_to_end_do_not_block_the_rest(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, runtime = pair
    monkeypatch.setattr(endings, "OBEYS_WITHIN", 0.005)
    requests = [pod_request(slot) for slot in range(40)]
    for request in requests:
        engine.has(request)
    engine.answers("POST", "/containers/.*/kill", 204)
    engine.answers("DELETE", "/containers/.*", 204)
    engine.hangs("POST", "/containers/.*/wait")
    stops = [asyncio.create_task(runtime.stop_pod(request.id, 4.0)) for request in requests]
    async with asyncio.timeout(4.0):
        while engine.count("POST", ".*/kill") < 40:  # noqa: ASYNC110  a look from outside, however slow the machine
            await asyncio.sleep(0.02)
    assert engine.count("DELETE", ".*") == 0
    assert await runtime.list_pods()
    await asyncio.gather(*stops)
    assert engine.count("DELETE", ".*") == 40


async def test_stop_sends_the_signal_of_the_image(pair: Pair) -> None:
    engine, runtime = pair
    identity = engine.has(pod_request())
    shown = inspected(pod_request(), identity)
    shown["Config"]["StopSignal"] = "SIGQUIT"
    engine.answers("GET", "/containers/.*/json", 200, shown)
    engine.answers("POST", ".*/kill", 204)
    engine.answers("POST", ".*/wait", 200, {"StatusCode": 0})
    engine.answers("DELETE", "/containers/.*", 404, {"message": "No such container"})
    await runtime.stop_pod(pod_request().id, 5)
    assert [query for _, path, query in engine.asked if path.endswith("/kill")] == [{"signal": "SIGQUIT"}]


async def test_usage_needs_two_samples_and_keeps_the_first(pair: Pair) -> None:
    engine, runtime = pair
    pod = pod_request().id

    def reading(second: int, milliseconds: int) -> None:
        engine.answers(
            "GET",
            "/containers/.*/stats",
            200,
            {
                "id": NEW_ID,
                "read": f"2026-11-24T13:28:{second:02}Z",
                "cpu_stats": {"cpu_usage": {"total_usage": milliseconds * 1_000_000}},
                "memory_stats": {"usage": 1000 + second},
            },
        )

    reading(10, 0)
    assert await runtime.stats([pod]) == {}
    reading(12, 500)
    assert [(one.cpu_millicores, one.memory_bytes) for one in (await runtime.stats([pod])).values()] == [(250, 1012)]
    reading(13, 1500)
    assert [one.cpu_millicores for one in (await runtime.stats([pod])).values()] == [1000]
    engine.answers("GET", "/containers/.*/stats", 404, {"message": "No such container"})
    assert await runtime.stats([pod]) == {}
    engine.answers("GET", "/containers/.*/stats", 200, "")
    assert await runtime.stats([pod]) == {}, "removed while the Engine measured it"


async def test_the_log_of_a_pod_that_is_not_there_is_empty(pair: Pair) -> None:
    engine, runtime = pair
    engine.answers("GET", "/containers/json", 200, [])
    assert list(await runtime.logs(pod_request().id)) == []
    assert [line async for line in runtime.follow_logs(pod_request().id)] == []
