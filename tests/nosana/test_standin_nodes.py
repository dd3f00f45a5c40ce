"""Hosts of the stand-in: services behind their addresses, logs, figures, results."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.clock import LoopClock
from tests.nosana.clock import HandClock
from tests.nosana.driving import HEALTH, Drive, definition, drive
from tests.nosana.inprocess import Socket
from tests.nosana.names import address, job_label, service_label
from tests.nosana.records import Job
from tests.nosana.server import client, standin
from tests.nosana.world import NosanaWorld


@pytest.fixture
async def d() -> AsyncIterator[Drive]:
    async with drive() as made:
        yield made


async def node(d: Drive, job: Job, path: str, method: str = "GET", **query: Any) -> Any:
    """A call to the job's host with its owner's header."""
    header = (await d.get(f"deployments/{job.deployment}/header", includeTime="true"))["header"]
    return await d.api.request(method, f"/node/{job.node}{path}", headers={"authorization": header}, params=query)


async def result(d: Drive, name: str, wait: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first job's FlowState and its first op's state."""
    d.wait(wait)
    job = d.world.jobs(name)[0]
    flow = (await d.get(f"deployments/{name}/jobs/{job.id}"))["jobResult"]
    return flow, flow["opStates"][0]


async def test_a_service_initializes_then_answers_from_each_replica(d: Drive) -> None:
    name = await d.create(replicas=2)
    label = service_label("web", name, d.world.owner())

    for wait in (1, 4, 15):
        d.wait(wait)
        reply = await d.api.get(f"/endpoint/{label}/")
        assert (reply.status_code, "Service Initializing" in reply.text) == (503, True)
    d.wait(20)
    replies = [await d.api.get(f"/endpoint/{label}/some/path") for _ in range(4)]

    assert {reply.status_code for reply in replies} == {200}
    assert {reply.json()["job"] for reply in replies} == {job.id for job in d.world.jobs(name)}
    assert replies[0].json()["path"] == "/some/path"
    job = d.world.jobs(name)[0]
    alone = [await d.api.get(f"/endpoint/{job_label(0, 80, job.id)}") for _ in range(3)]
    assert {reply.json()["job"] for reply in alone} == {job.id}
    assert (await d.api.get("/endpoint/nobody/")).status_code == 503


async def test_what_a_host_tells_of_itself_and_its_job(d: Drive) -> None:
    name = await d.create(job_definition=definition(gated=True))
    d.wait(10)
    job = d.world.jobs(name)[0]

    assert (await d.api.get(f"/node/{job.node}/")).json() == job.node
    assert (await d.api.get(f"/node/{job.node}/node/info")).json()["info"]["gpus"]["devices"][0]["name"]
    assert (await node(d, job, f"/job/{job.id}/ops")).json() == {"web": "starting"}
    d.wait(60)
    assert (await node(d, job, f"/job/{job.id}/ops/web")).json() == {"web": "running"}
    assert (await node(d, job, f"/job/{job.id}/group/current")).json() == {"web": "running"}
    info = (await node(d, job, f"/job/{job.id}/info")).json()
    assert (info["status"], info["endTime"]) == ("running", None)
    assert "logs" not in info["opStates"][0]
    assert info["operations"]["currentGroup"] == "web"
    urls = (await node(d, job, f"/job/{job.id}/endpoints")).json()
    assert urls["status"] == "ONLINE"
    assert list(urls["urls"]) == [job_label(0, 80, job.id)]


async def test_a_host_tells_only_its_jobs_owner(d: Drive) -> None:
    name = await d.create()
    d.wait(30)
    job = d.world.jobs(name)[0]

    bare = await d.api.get(f"/node/{job.node}/job/{job.id}/ops")
    assert bare.status_code == 401
    header = (await d.get(f"deployments/{name}/header", includeTime="true"))["header"]
    d.wait(3599)
    late = await d.api.get(f"/node/{job.node}/job/{job.id}/info", headers={"authorization": header})
    assert late.status_code in (400, 401)
    unknown = await node(d, job, f"/job/{address('none')}/ops")
    assert unknown.status_code == 400
    d.world.lose_host(str(job.node))
    assert (await d.api.get(f"/node/{job.node}/")).status_code == 502


async def test_figures_come_per_op_and_interval(d: Drive) -> None:
    name = await d.create()
    d.wait(120)
    job = d.world.jobs(name)[0]
    now = d.clock.now()

    samples = (
        await node(d, job, f"/job/{job.id}/stats", interval="10", start=str((now - 40) * 1000), end=str(now * 1000))
    ).json()

    assert len(samples) == 5
    assert samples[0]["opId"] == "web"
    assert samples[1]["timestamp"] - samples[0]["timestamp"] == 10_000
    assert 0 < samples[0]["memory"]["memory_usage"] < samples[0]["memory"]["memory_limit"]


@pytest.mark.looptime
async def test_figures_stream_until_the_job_ends() -> None:
    world = NosanaWorld(LoopClock().now)
    async with client(world, timeout=None) as api:
        drive_ = Drive(world, HandClock(), api)
        name = await drive_.create(strategy="SIMPLE", job_definition=definition("done"))
        await asyncio.sleep(30)
        job = world.jobs(name)[0]
        header = world.signed(job.owner, "any: words", with_time=True)
        path = f"/node/{job.node}/job/{job.id}/stats/stream?interval=2"
        async with api.stream("GET", path, headers={"authorization": header}) as reply:
            samples = [json.loads(line[6:]) async for line in reply.aiter_lines() if line]

    assert 2 <= len(samples) <= 4
    assert samples[1]["timestamp"] - samples[0]["timestamp"] == 2000


async def test_restart_in_place_and_stop_of_an_op(d: Drive) -> None:
    name = await d.create()
    d.wait(60)
    job = d.world.jobs(name)[0]

    done = await node(d, job, f"/job/{job.id}/group/web/operation/web/restart", "POST")
    assert done.json() == {"message": "Operation restarted"}
    assert (await node(d, job, f"/job/{job.id}/ops")).json() == {"web": "restarting"}
    d.wait(10)
    assert (await node(d, job, f"/job/{job.id}/ops")).json() == {"web": "running"}
    wrong = await node(d, job, f"/job/{job.id}/group/web/operation/nope/restart", "POST")
    assert wrong.status_code == 500
    await node(d, job, f"/job/{job.id}/group/web/stop", "POST")
    d.wait(1)
    assert (await d.states(name))[0] == "COMPLETED"


async def test_a_crash_an_oom_and_a_missing_image_in_the_result(d: Drive) -> None:
    crash = await d.create(strategy="SIMPLE", job_definition=definition("crash"))
    oom = await d.create(strategy="SIMPLE", job_definition=definition("oom"))
    missing = await d.create(strategy="SIMPLE", job_definition=definition("missing"))

    flow, op = await result(d, crash, 60)
    assert (flow["status"], op["status"], op["exitCode"]) == ("failed", "failed", 1)
    assert op["logs"][-1]["type"] == "stderr"
    assert "DATABASE_URL" in op["logs"][-1]["log"]
    assert op["diagnostics"]["state"]["OOMKilled"] is False
    _, op = await result(d, oom, 0)
    assert (op["exitCode"], op["diagnostics"]["state"]["OOMKilled"]) == (137, True)
    _, op = await result(d, missing, 0)
    assert "manifest unknown" in op["error"]["message"]
    assert "state" not in op["diagnostics"]


async def test_the_reasons_of_an_end_from_outside(d: Drive) -> None:
    stopped = await d.create(strategy="SIMPLE")
    expired = await d.create(strategy="SIMPLE")
    d.wait(60)
    await d.post(f"jobs/{d.world.jobs(stopped)[0].id}/stop")

    flow, op = await result(d, stopped, 5)
    assert flow["status"] == "stopped"
    assert op["diagnostics"]["reason"] == {"hostShutDown": False, "jobStopped": True, "jobExpired": False}
    flow, op = await result(d, expired, 3600)
    assert op["diagnostics"]["reason"]["jobExpired"] is True
    assert flow["startTime"] % 1000 in range(1000)
    assert flow["endTime"] - flow["startTime"] == 3_600_000


async def test_restart_policy_keeps_a_crash_on_its_host_for_a_while(d: Drive) -> None:
    policy = {"policy": "on-failure", "restart_tries": 2}
    name = await d.create(strategy="SIMPLE", job_definition=definition("crash", restart_policy=policy))
    d.wait(60)
    assert await d.states(name) == ["RUNNING"]

    _, op = await result(d, name, 60)
    assert op["diagnostics"]["state"]["RestartCount"] == 2


async def test_groups_run_one_after_another_and_results_are_found(d: Drive) -> None:
    def op(name: str, group: str, **more: Any) -> dict[str, Any]:
        args = {"image": "python:3.12", "cmd": ["x"]}
        return {"type": "container/run", "id": name, "args": args, "execution": {"group": group}, **more}

    stages = {
        "version": "0.1",
        "type": "container",
        "ops": [
            {"type": "container/create-volume", "id": "vol", "args": {"name": "scratch"}},
            op("prepare", "one", results={"rows": "rows=[0-9]+"}),
            op("train", "two"),
            op("watch", "two"),
        ],
    }
    name = await d.create(strategy="SIMPLE", job_definition=stages)
    d.wait(40)
    job = d.world.jobs(name)[0]
    assert [run.stage.word for run in job.ops] == ["finished", "running", "pending", "pending"]
    d.wait(30)
    assert [run.stage.word for run in job.ops] == ["finished", "finished", "starting", "starting"]
    flow, _ = await result(d, name, 60)
    assert flow["status"] == "success"
    assert flow["opStates"][1]["results"] == {"rows": ["rows=42"]}


async def test_several_ports_share_the_url_and_a_bare_object_has_none(d: Drive) -> None:
    two = definition(port=None, expose=[80, {"port": 81, "health_checks": [HEALTH]}])
    bare = definition(port=None, expose={"port": 80})
    private = definition(private=True)
    urls = [
        (await d.get(f"deployments/{await d.create(job_definition=one)}"))["endpoints"] for one in (two, bare, private)
    ]

    assert [item["port"] for item in urls[0]] == [80, 81]
    assert urls[0][0]["url"] == urls[0][1]["url"]
    assert urls[1:] == [[], []]


async def read(socket: Socket) -> dict[str, Any]:
    outer = json.loads(str(await socket.receive()))
    assert outer["path"] == "flog"
    entry: dict[str, Any] = json.loads(outer["data"])
    return entry


async def test_the_log_socket_replays_and_goes_on(d: Drive) -> None:
    name = await d.create()
    d.wait(60)
    job = d.world.jobs(name)[0]
    body = {"jobAddress": job.id, "address": job.node}

    async with Socket(standin(d.world), f"/node/{job.node}/flog") as socket:
        await socket.send(json.dumps({"path": "/flog", "header": "", "body": body}))
        told = [await read(socket) for _ in range(4)]
        d.world.say(job.id, "a line of now")
        fresh = await read(socket)

    assert isinstance(told[0]["message"], dict)
    assert [entry["type"] for entry in told] == ["info", "info", "container", "info"]
    assert told[2]["message"] == "docker.io/library/nginx:1.27 is listening\n"
    assert (fresh["opId"], fresh["group"], fresh["message"]) == ("web", "web", "a line of now\n")
    assert fresh["timestamp"] == int(d.clock.now() * 1000)
    assert not d.world.hosts.listeners[job.id]


async def test_a_dead_host_ends_the_log_socket_and_the_jobs_end_does_not(d: Drive) -> None:
    name = await d.create(replicas=2)
    d.wait(60)
    dead, stopped = d.world.jobs(name)

    for job in (dead, stopped):
        async with Socket(standin(d.world), f"/node/{job.node}/flog") as socket:
            await socket.send(json.dumps({"path": "/flog", "body": {"jobAddress": job.id, "type": "container"}}))
            assert (await read(socket))["opId"] == "web"
            if job is dead:
                d.world.lose_host(job.id)
                assert await socket.receive() == 1006
            else:
                await d.post(f"jobs/{job.id}/stop")
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(socket.receive(), 0.05)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("no json", 1011),
        ({"path": "/secrets", "body": {}}, 3003),
        ({"path": "/flog", "body": {}}, 1007),
        ({"path": "/flog", "body": {"jobAddress": "nobody"}}, 1007),
        ({"path": "/log", "header": "bad:signature", "body": {"jobAddress": "JOB"}}, 3000),
    ],
)
async def test_the_log_socket_closes_with_its_codes(d: Drive, message: Any, code: int) -> None:
    name = await d.create()
    d.wait(60)
    job = d.world.jobs(name)[0]

    async with Socket(standin(d.world), f"/node/{job.node}/log") as socket:
        await socket.send(message if isinstance(message, str) else json.dumps(message).replace("JOB", job.id))
        assert await socket.receive() == code
