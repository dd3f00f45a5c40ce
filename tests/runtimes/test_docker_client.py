"""The client against a fake Engine: API versions, time limits, refusals, lost connections."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from app.core.errors import Permanent, PortError, Transient, Unreachable
from app.runtimes.docker.client import EngineClient, Timeouts
from tests.runtimes.fake_engine import FakeEngine, serving

SHORT = Timeouts(start=0.2, end=0.2, read=0.2, pull_answer=0.3, pull_silence=0.2)


@pytest.fixture
async def pair() -> AsyncIterator[tuple[FakeEngine, EngineClient]]:
    async with serving() as (engine, docker_host):
        client = EngineClient(docker_host, SHORT)
        yield engine, client
        await client.aclose()


Pair = tuple[FakeEngine, EngineClient]


async def test_the_version_is_asked_once_and_used(pair: Pair) -> None:
    engine, client = pair
    engine.answers("GET", "/info", 200, {"NCPU": 2})
    answers = await asyncio.gather(*(client.call("GET", "/info") for _ in range(20)))
    assert [answer.expect(200) for answer in answers] == [{"NCPU": 2}] * 20
    assert engine.count("GET", "/_ping") == 1
    assert set(engine.versions) == {"1.41"}


async def test_a_newer_engine_is_spoken_to_in_the_version_that_was_tested(pair: Pair) -> None:
    engine, client = pair
    engine.api = "1.52"
    engine.answers("GET", "/info", 200, {})
    await client.call("GET", "/info")
    assert engine.versions == ["1.45"]


async def test_an_engine_exchanged_for_an_older_one_is_asked_again(pair: Pair) -> None:
    engine, client = pair
    engine.api = "1.45"
    engine.answers("GET", "/info", 200, {})
    await client.call("GET", "/info")
    engine.api = "1.41"

    async def too_new(request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/v1.45"):
            words = "client version 1.45 is too new. Maximum supported API version is 1.41"
            return web.json_response({"message": words}, status=400)
        return web.json_response({"now": "fine"})

    engine.on("GET", "/info", too_new)
    assert (await client.call("GET", "/info")).expect(200) == {"now": "fine"}
    assert engine.versions == ["1.45", "1.45", "1.41"]


async def test_an_engine_that_dropped_the_tested_version_is_spoken_to_in_its_oldest(pair: Pair) -> None:
    engine, client = pair
    engine.api = "1.60"

    async def too_old(request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/v1.45"):
            words = "client version 1.45 is too old. Minimum supported API version is 1.50, please upgrade"
            return web.Response(status=400, text=words)
        return web.json_response({})

    engine.on("GET", "/events", too_old)
    async with client.stream("GET", "/events") as stream:
        assert stream.status == 200
    assert engine.versions == ["1.45", "1.50"]


async def test_a_refusal_in_plain_text_is_understood(pair: Pair) -> None:
    engine, client = pair
    engine.answers("GET", "/containers/json", 400, "Invalid filter 'nosuch'\n")
    with pytest.raises(Permanent, match="Invalid filter 'nosuch'") as caught:
        (await client.call("GET", "/containers/json")).expect(200)
    assert caught.value.reason == "InvalidConfig"


@pytest.mark.parametrize(("method", "kind"), [("GET", Unreachable), ("POST", Transient), ("DELETE", Transient)])
async def test_every_call_is_bounded(pair: Pair, method: str, kind: type[PortError]) -> None:
    engine, client = pair
    engine.hangs(method, "/slow")
    with pytest.raises(Transient, match=r"did not finish within 0\.2 s.*restart") as caught:
        await client.call(method, "/slow")
    assert type(caught.value) is kind
    assert caught.value.reason == "EngineNotAnswering"
    assert isinstance(caught.value.__cause__, TimeoutError)


async def test_an_answer_that_stops_half_way_is_bounded_too(pair: Pair) -> None:
    engine, client = pair

    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"{")
        return await asyncio.Future()

    engine.on("GET", "/info", half)
    with pytest.raises(Unreachable, match="did not finish"):
        await client.call("GET", "/info")


async def test_all_who_wait_for_a_dead_engine_share_one_timeout(pair: Pair) -> None:
    engine, client = pair
    engine.hangs("GET", "/_ping")
    async with asyncio.timeout(2):
        errors = await asyncio.gather(*(client.call("GET", "/info") for _ in range(50)), return_exceptions=True)
    assert {type(error) for error in errors} == {Unreachable}
    assert engine.count("GET", "/_ping") == 1


async def test_a_dead_engine_that_comes_back_is_asked_afresh(pair: Pair) -> None:
    engine, client = pair
    engine.answers("GET", "/_ping", 503, {"message": "starting"})
    with pytest.raises(Transient, match="starting"):
        await client.version()
    engine.on("GET", "/_ping", engine._ping)
    assert await client.version() == (1, 41)


async def test_a_lost_connection_is_unreachable(pair: Pair) -> None:
    engine, client = pair

    async def cut(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    engine.on("POST", "/cut", cut)
    with pytest.raises(Unreachable, match="connection to the Docker Engine was lost") as caught:
        await client.call("POST", "/cut")
    assert isinstance(caught.value.__cause__, aiohttp.ClientError)


async def test_a_stream_that_breaks_off_is_unreachable(pair: Pair) -> None:
    engine, client = pair

    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first")
        assert request.transport is not None
        request.transport.close()
        return response

    engine.on("GET", "/events", cut)
    async with client.stream("GET", "/events") as stream:
        assert await anext(stream.chunks) == b"first"
        with pytest.raises(Unreachable):
            await anext(stream.chunks)


async def test_a_silent_stream_is_bounded_only_when_asked(pair: Pair) -> None:
    engine, client = pair

    async def silent(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await asyncio.sleep(0.5)
        await response.write(b"late")
        return response

    engine.on("POST", "/silent", silent)
    async with client.stream("POST", "/silent") as stream:
        assert [chunk async for chunk in stream.chunks] == [b"late"]
    with pytest.raises(Transient, match=r"within 0\.1 s"):
        async with client.stream("POST", "/silent", silence=0.1) as stream:
            assert [chunk async for chunk in stream.chunks] == []


async def test_streams_do_not_use_up_the_connections_of_calls(pair: Pair) -> None:
    engine, client = pair
    engine.answers("GET", "/info", 200, {})

    async def open_end(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        return await asyncio.Future()

    engine.on("GET", "/events", open_end)
    opened = asyncio.Event()

    async def follow() -> None:
        async with client.stream("GET", "/events") as stream:
            if engine.count("GET", "/events") == 40:
                opened.set()
            async for _ in stream.chunks:
                pass

    followers = [asyncio.create_task(follow()) for _ in range(40)]
    await opened.wait()
    assert (await client.call("GET", "/info")).status == 200
    for follower in followers:
        follower.cancel()
    await asyncio.gather(*followers, return_exceptions=True)


async def test_no_socket_says_what_to_do() -> None:
    client = EngineClient("unix:///nowhere/docker.sock", SHORT)
    with pytest.raises(Unreachable, match=r"no socket /nowhere/docker\.sock; start Docker"):
        await client.version()
    await client.aclose()


async def test_a_socket_nobody_listens_on_says_what_to_do() -> None:
    with tempfile.TemporaryDirectory(prefix="kl-") as directory:
        path = Path(directory) / "s"
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(path))
        client = EngineClient(f"unix://{path}", SHORT)
        with pytest.raises(Unreachable, match=r"nobody listens on .*; start Docker") as caught:
            await client.version()
        assert isinstance(caught.value.__cause__, OSError)
        await client.aclose()


async def test_an_address_that_is_not_supported_is_permanent() -> None:
    client = EngineClient("ssh://me@box", SHORT)
    with pytest.raises(Permanent, match="ssh is not supported"):
        await client.call("GET", "/info")
    await client.aclose()


async def test_plain_tcp_is_spoken() -> None:
    async def ping(_: web.Request) -> web.Response:
        return web.Response(headers={"Api-Version": "1.44"})

    application = web.Application()
    application.router.add_get("/_ping", ping)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    client = EngineClient(f"tcp://127.0.0.1:{runner.addresses[0][1]}", SHORT)
    assert await client.version() == (1, 44)
    await client.aclose()
    await runner.cleanup()
