"""What the stand-in records, how it can be made to fail, its streams, and the same app on a real port."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest

from tests.clock import LoopClock
from tests.nosana.clock import HandClock, ScaledClock
from tests.nosana.driving import Drive, definition, drive
from tests.nosana.server import client, running
from tests.nosana.timings import Timings
from tests.nosana.world import KEY, NosanaWorld


@pytest.fixture
async def d() -> AsyncIterator[Drive]:
    async with drive() as made:
        yield made


async def test_requests_are_kept_without_their_secrets(d: Drive) -> None:
    name = await d.create()
    await d.api.get("/api/deployments", headers={"authorization": "Bearer nos_other"}, params={"name": "web"})

    made, listed = d.world.recorded
    assert (made.route, made.authorization, made.status) == ("POST /api/deployments/create", "valid", 200)
    assert made.body["job_definition"] == definition()
    assert (listed.authorization, listed.status, listed.query) == ("wrong", 401, "name=web")
    assert KEY not in repr(d.world.recorded)
    assert "nos_other" not in repr(d.world.recorded)
    assert name not in repr(made.body)


async def test_secrets_are_found_wherever_the_public_could_read_them(d: Drive) -> None:
    secret = 'p"ss-w0rd'
    hidden = await d.create(confidential=True, job_definition=definition(env={"PASSWORD": secret}))
    await d.post(f"deployments/{hidden}/create-revision", definition("nginx:2", env={"PASSWORD": secret}))
    assert d.world.leaks(secret) == []

    public = await d.create(job_definition=definition(cmd=["login", f"--password={secret}"]))
    await d.post(f"deployments/{public}/create-revision", definition("nginx:2", env={"PASSWORD": secret}))
    await d.patch(f"{public}/update-name", {"name": secret})
    await d.api.get("/api/deployments", params={"name": "w0rd"})

    assert [record.path.rpartition("/")[2] for record in d.world.leaks(secret)] == [
        "create",
        "create-revision",
        "update-name",
    ]
    assert len(d.world.leaks("w0rd")) == 4


async def test_a_lost_reply_leaves_the_work_done(d: Drive) -> None:
    d.world.faults.drop_after("POST */create")
    with pytest.raises(httpx.RemoteProtocolError):
        await d.create()
    assert len(d.world.deployments) == 1
    assert d.world.recorded[-1].status is None

    d.world.faults.drop_before("POST */create")
    with pytest.raises(httpx.RemoteProtocolError):
        await d.create()
    assert len(d.world.deployments) == 1
    await d.create()
    assert len(d.world.deployments) == 2


async def test_faults_by_route_count_and_form(d: Drive) -> None:
    d.world.faults.fail("GET /api/markets/*", 503, "upstream", times=2, retry_after="7")
    codes = [(await d.api.get("/api/markets/")) for _ in range(3)]

    assert [reply.status_code for reply in codes] == [503, 503, 200]
    assert (codes[0].text, codes[0].headers["retry-after"]) == ("upstream", "7")
    d.world.faults.fail("* /api/*", 429, {"message": "slow down"}, times=None)
    assert (await d.api.get("/api/credits/balance")).json() == {"message": "slow down"}
    d.world.faults.clear()
    assert (await d.api.get("/api/credits/balance")).status_code == 200


async def test_a_newer_server_has_fields_nobody_knows(d: Drive) -> None:
    name = await d.create()
    d.wait(30)
    d.world.quirks.newer = True

    shown = await d.get(f"deployments/{name}")
    jobs = await d.get(f"deployments/{name}/jobs")
    revisions = await d.get(f"deployments/{name}/revisions")

    assert "x_novelty" in shown
    assert "x_novelty" in shown["endpoints"][0]
    assert "x_novelty" in jobs["jobs"][0]
    assert "x_novelty" in jobs["pagination"]
    assert "x_novelty" not in revisions["revisions"][0]["job_definition"]
    assert isinstance(await d.get("markets/"), list)
    d.world.quirks.refusal = "message"
    refused = await d.api.get("/api/deployments", headers={"authorization": "Bearer x"})
    assert refused.json()["message"] == "Unauthorized"


async def changes(lines: AsyncIterator[str]) -> AsyncIterator[Any]:
    """Parsed data lines, and comments as they are."""
    async for line in lines:
        if line:
            yield json.loads(line.removeprefix("data: ")) if line.startswith("data:") else line


@pytest.mark.looptime
async def test_the_stream_shows_a_snapshot_then_every_change() -> None:
    world = NosanaWorld(LoopClock().now)
    async with client(world) as api:
        body = {
            "name": "web",
            "market": world.market("nvidia-3060").address,
            "replicas": 1,
            "timeout": 60,
            "strategy": "INFINITE",
            "autostart": True,
            "job_definition": definition(),
        }
        name = (await api.post("/api/deployments/create", json=body)).json()["id"]
        async with api.stream("GET", f"/api/deployments/{name}/stream") as reply:
            assert reply.headers["content-type"].startswith("text/event-stream")
            seen = changes(reply.aiter_lines())
            first = await anext(seen)
            kinds = [first] + [await anext(seen) for _ in range(7)]
            beat = await anext(seen)

    assert first == {"type": "deployment", "status": "STARTING", "replicas": 1, "active_revision": 1}
    told = [(change["type"], change.get("status") or change.get("state") or change.get("event")) for change in kinds]
    assert told == [
        ("deployment", "STARTING"),
        ("deployment", "RUNNING"),
        ("task", "PENDING"),
        ("task", "PROCESSING"),
        ("job", "QUEUED"),
        ("event", "JOB_LIST_CONFIRMED"),
        ("task", "DONE"),
        ("job", "RUNNING"),
    ]
    assert set(kinds[6]) == {"type", "id", "task", "status"}
    assert isinstance(beat, dict)
    assert (beat["type"], beat["task"], beat["status"]) == ("task", "LIST", "PENDING")


@pytest.mark.looptime
async def test_a_quiet_stream_beats_every_25_seconds_and_ends_with_the_feed() -> None:
    world = NosanaWorld(LoopClock().now)
    async with client(world, timeout=None) as api:
        body = {
            "name": "web",
            "market": "m",
            "replicas": 1,
            "timeout": 60,
            "strategy": "SIMPLE",
            "job_definition": definition(),
        }
        name = (await api.post("/api/deployments/create", json=body)).json()["id"]
        async with api.stream("GET", f"/api/deployments/{name}/stream") as reply:
            seen = changes(reply.aiter_lines())
            await anext(seen)
            start = world.now()
            assert await anext(seen) == ": keep-alive"
            assert world.now() - start == pytest.approx(25, abs=0.1)
            world.feed.close()
            assert [change async for change in seen] == []
        world.faults.no_stream()
        assert (await api.get(f"/api/deployments/{name}/stream")).status_code == 404


@pytest.mark.looptime
async def test_a_slow_server_meets_the_clients_timeout_and_does_the_work_all_the_same() -> None:
    world = NosanaWorld(LoopClock().now)
    world.faults.delay("POST */vaults/create", 60)
    async with client(world, timeout=5) as api:
        with pytest.raises(httpx.ReadTimeout):
            await api.post("/api/deployments/vaults/create")
        assert world.recorded[-1].status is None
        await asyncio.sleep(60)
        assert world.recorded[-1].status == 200


async def test_on_a_real_port_time_runs_and_connections_break() -> None:
    clock = ScaledClock(speed=200.0)
    world = NosanaWorld(clock.now, timings=Timings.quick(), speed=200.0)
    async with running(world) as url, httpx.AsyncClient(base_url=url, headers=world.headers()) as api:
        body = {
            "name": "web",
            "market": world.market("nvidia-4090").address,
            "replicas": 1,
            "timeout": 600,
            "strategy": "INFINITE",
            "autostart": True,
            "job_definition": definition(),
        }
        name = (await api.post("/api/deployments/create", json=body)).json()["id"]
        async with api.stream("GET", f"/api/deployments/{name}/stream") as reply:
            async for change in changes(reply.aiter_lines()):
                if isinstance(change, dict) and change.get("state") == "RUNNING":
                    break
        job = world.jobs(name)[0]
        assert job.node is not None
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}/node/{job.node}/flog") as socket:
            await socket.send_json({"path": "/flog", "header": "", "body": {"jobAddress": job.id}})
            said = ""
            while "listening" not in said:
                said = json.loads((await socket.receive_json())["data"])["message"]
            world.lose_host(job.id)
            while not socket.closed:
                last = await socket.receive()
            assert last.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED), last
            world.find_host(job.id)
        world.faults.drop_after("PATCH *")
        with pytest.raises(httpx.RemoteProtocolError):
            await api.patch(f"/api/deployments/{name}/update-name", json={"name": "renamed"})
        assert (await api.get(f"/api/deployments/{name}")).json()["name"] == "renamed"


@pytest.mark.parametrize("jump", [60, 12 * 3600])
async def test_a_clock_that_jumps_shows_the_stream_all_that_lay_between(jump: int) -> None:
    clock = ScaledClock(speed=0.001)
    world = NosanaWorld(clock.now, speed=0.001)
    world.jump = clock.skip
    async with running(world) as url, httpx.AsyncClient(base_url=url, headers=world.headers()) as api:
        body = Drive(world, HandClock(), api).body()
        name = (await api.post("/api/deployments/create", json=body)).json()["id"]
        async with api.stream("GET", f"/api/deployments/{name}/stream") as reply:
            seen = changes(reply.aiter_lines())
            assert (await anext(seen))["status"] == "STARTING"
            await api.post("/_control/skip", json={"seconds": jump})
            states: list[str | None] = []
            while states.count("RUNNING") < (1 if jump == 60 else 17):
                states.append((await anext(seen)).get("state"))
    assert states.index("QUEUED") < states.index("RUNNING")


async def test_control_changes_the_world_from_outside(d: Drive) -> None:
    name = await d.create()
    d.wait(60)

    async def do(deed: str, **body: Any) -> httpx.Response:
        return await d.api.post(f"/_control/{deed}", json=body)

    assert (await do("credits", spendable=1.5)).json() == {"done": True}
    assert d.world.account().spendable == pytest.approx(1.5)
    await do("fault", kind="fail", route="GET /api/markets/", status=500)
    assert (await d.api.get("/api/markets/")).status_code == 500
    await do("lose-host", of=d.world.jobs(name)[0].id)
    assert d.world.jobs(name)[0].lost_at is not None
    await do("quirks", newer=True)
    assert "x_flag" in await d.get("credits/balance")
    state = (await d.api.get("/_control/state")).json()
    assert state["deployments"][0]["id"] == name
    assert state["jobs"][0]["ops"] == {"web": "running"}
    assert all("_control" not in record["path"] for record in state["recorded"])
    await do("behave", word="odd", exits_after=5, exit_code=9, last_words=["bye"])
    assert d.world.behaviours["odd"].last_words == ("bye",)
    assert (await do("skip", seconds=60)).status_code == 400
    d.world.jump = d.clock.pass_
    await do("skip", seconds=60)
    assert d.world.agenda.time == d.clock.now() == pytest.approx(1_700_000_120)
    assert (await do("fault", kind="explode", route="*")).status_code == 400
    assert (await do("hosts", count=1)).status_code == 400
    assert (await do("nothing")).status_code == 404


def test_it_serves_by_hand() -> None:
    command = [sys.executable, "-m", "tests.nosana.serve", "0", "50"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip().removeprefix("NOSANA_API_URL=")
        key = process.stdout.readline().strip().removeprefix("NOSANA_API_KEY=")
        reply = httpx.get(f"{url}/credits/balance", headers={"authorization": f"Bearer {key}"})
        process.terminate()
    assert reply.json()["assignedCredits"] == 100
