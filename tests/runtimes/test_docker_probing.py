"""Probes by the kubelet's rules, against a server of this machine that stands where the container would."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from app.core.errors import Unreachable
from app.core.pods import ProbeOutcome
from app.core.template import Exec, HttpGet, Probe, TcpSocket
from app.runtimes.docker import DockerRuntime
from app.runtimes.docker.client import Timeouts
from tests.clock import LoopClock
from tests.runtimes.fake_engine import INSTANCE, FakeEngine, inspected, pod_request, serving

POD = pod_request().id
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
HERE = {"OperatingSystem": "Debian GNU/Linux 12"}


@asynccontextmanager
async def container(
    answer: Answer | None = None,
    *,
    info: dict[str, Any] | None = None,
    published: bool = False,
    status: str = "running",
) -> AsyncIterator[tuple[FakeEngine, DockerRuntime, int]]:
    """A pod whose address is this machine; the runtime, and the port on which `answer` answers."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer or _well)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    async with serving() as (engine, docker_host):
        shown = inspected(pod_request(), f"{0:064x}", status)
        address = "" if published else "127.0.0.1"
        ports = {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]} if published else {}
        shown["NetworkSettings"] = {"Networks": {f"kl.{INSTANCE}.shop": {"IPAddress": address}}, "Ports": ports}
        engine.answers("GET", "/containers/.*/json", 200, shown)
        engine.answers("GET", "/info", 200, info or HERE)
        runtime = DockerRuntime(INSTANCE, docker_host, LoopClock(), timeouts=Timeouts(read=2.0))
        try:
            yield engine, runtime, port
        finally:
            await runtime.aclose()
            await runner.cleanup()


async def _well(_: web.Request) -> web.Response:
    return web.Response(text="well")


async def http(answer: Answer, path: str = "/", *, seconds: int = 1, **more: Any) -> ProbeOutcome:
    async with container(answer) as (_, runtime, port):
        probe = Probe(handler=HttpGet(port=port, path=path, **more), timeout_seconds=seconds)
        return await runtime.probe(POD, "web", probe)


@pytest.mark.parametrize(("status", "ok"), [(200, True), (204, True), (399, True), (400, False), (503, False)])
async def test_well_is_a_status_from_200_to_399(status: int, ok: bool) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status)

    assert await http(answer) == ProbeOutcome(ok, f"HTTP {status}")


@pytest.mark.parametrize(
    ("location", "outcome"),
    [
        ("/well", ProbeOutcome(True, "HTTP 200")),
        ("/broken", ProbeOutcome(False, "HTTP 500")),
        ("http://elsewhere.invalid/", ProbeOutcome(True, "HTTP 302")),
        ("http://127.0.0.1:1/", ProbeOutcome(True, "HTTP 302")),
        ("http://127.0.0.1:no/", ProbeOutcome(True, "HTTP 302")),
        ("/again", ProbeOutcome(False, "more than 10 redirects")),
    ],
)
async def test_a_redirect_is_followed_on_the_same_host_only(location: str, outcome: ProbeOutcome) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path in ("/well", "/broken"):
            return web.Response(status=200 if request.path == "/well" else 500)
        return web.Response(status=302, headers={"Location": location})

    assert await http(answer, "/start") == outcome


async def test_path_and_headers_arrive_as_they_are_written() -> None:
    heard = []

    async def answer(request: web.Request) -> web.Response:
        heard.append((request.raw_path, request.headers["Host"], request.headers["X-A"], request.headers["User-Agent"]))
        return web.Response()

    await http(answer, "/a%20b?x=1&y=%2F", headers=(("Host", "shop.example"), ("X-A", "1")))
    assert heard == [("/a%20b?x=1&y=%2F", "shop.example", "1", "kubelite-probe")]


async def test_a_body_without_end_is_not_read_to_its_end() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    assert await http(answer) == ProbeOutcome(True, "HTTP 200")


async def test_an_answer_must_come_within_the_time() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return await asyncio.Future()

    assert await http(answer) == ProbeOutcome(False, "no answer within 1 s")


async def test_what_is_no_http_is_not_well() -> None:
    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-\x1b[31m\r\n")
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, container() as (_, runtime, _):
        outcome = await runtime.probe(POD, "web", Probe(handler=HttpGet(port=port)))
        opened = await runtime.probe(POD, "web", Probe(handler=TcpSocket(port=port)))
    assert not outcome.ok
    assert outcome.message.startswith("no HTTP answer")
    assert "\x1b" not in outcome.message
    assert opened == ProbeOutcome(True, "connected")


async def test_nobody_there_is_refused() -> None:
    async with container() as (_, runtime, _):
        for handler in (TcpSocket(port=1), HttpGet(port=1)):
            assert await runtime.probe(POD, "web", Probe(handler=handler)) == ProbeOutcome(False, "connection refused")


@pytest.mark.parametrize("info", [{"OperatingSystem": "Docker Desktop"}, {"SecurityOptions": ["name=rootless"]}])
async def test_out_of_reach_a_published_port_is_asked(info: dict[str, Any]) -> None:
    async with container(info=info, published=True) as (_, runtime, _):
        assert (await runtime.probe(POD, "web", Probe(handler=HttpGet(port=8080)))).ok
        outcome = await runtime.probe(POD, "web", Probe(handler=TcpSocket(port=9)))
    assert outcome.message == "port 9 is not published, and this Engine's containers cannot be reached otherwise"


@pytest.mark.parametrize(
    ("status", "words"), [("exited", "the container does not run"), ("paused", "the container is paused")]
)
async def test_what_does_not_run_is_not_asked(status: str, words: str) -> None:
    async with container(status=status) as (_, runtime, port):
        for handler in (TcpSocket(port=port), Exec(command=("true",))):
            assert await runtime.probe(POD, "web", Probe(handler=handler)) == ProbeOutcome(False, words)
        assert not (await runtime.probe(POD, "other", Probe(handler=TcpSocket(port=port)))).ok


def frame(text: str) -> bytes:
    payload = text.encode()
    return bytes([1, 0, 0, 0]) + len(payload).to_bytes(4, "big") + payload


def says(engine: FakeEngine, code: int, *chunks: bytes, for_ever: bool = False) -> None:
    """A command that prints this and ends with `code`."""

    async def start(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
        if for_ever:
            await asyncio.Future()
        return response

    engine.answers("POST", "/containers/.*/exec", 201, {"Id": "e1"})
    engine.on("POST", "/exec/e1/start", start)
    engine.answers("GET", "/exec/e1/json", 200, {"ExitCode": None if for_ever else code, "Running": for_ever})


COMMAND = Probe(handler=Exec(command=("check",)))


async def test_a_command_tells_its_code_and_first_line() -> None:
    async with container() as (engine, runtime, _):
        says(engine, 0, frame("fine\n"), frame("more\n"))
        assert await runtime.probe(POD, "web", COMMAND) == ProbeOutcome(True, "exit code 0: fine")
        says(engine, 3)
        assert await runtime.probe(POD, "web", COMMAND) == ProbeOutcome(False, "exit code 3")


async def test_output_is_cut_and_cannot_act_on_a_terminal() -> None:
    async with container() as (engine, runtime, _):
        says(engine, 1, frame("\x1b[31mbad\x07 " + "x" * 5000), *[frame("y" * 9000)] * 50)
        outcome = await runtime.probe(POD, "web", COMMAND)
    assert outcome.message.startswith("exit code 1: [31mbad xxx")
    assert len(outcome.message) == 200


async def test_a_command_that_is_too_slow_is_not_begun_a_second_time_beside_itself() -> None:
    async with container() as (engine, runtime, _):
        says(engine, 0, for_ever=True)
        assert await runtime.probe(POD, "web", COMMAND) == ProbeOutcome(False, "the command did not end within 1 s")
        again = await runtime.probe(POD, "web", COMMAND)
        assert again == ProbeOutcome(False, "the command of an earlier probe still runs")
        assert engine.count("POST", "/containers/.*/exec") == 1
        engine.answers("GET", "/exec/e1/json", 404, {"message": "No such exec instance"})
        says(engine, 0)
        assert (await runtime.probe(POD, "web", COMMAND)).ok


async def test_what_the_engine_refuses_is_an_outcome() -> None:
    async with container() as (engine, runtime, _):
        engine.answers("POST", "/containers/.*/exec", 409, {"message": "Container web is paused, unpause it"})
        outcome = await runtime.probe(POD, "web", COMMAND)
    assert outcome == ProbeOutcome(False, "Container web is paused, unpause it")


async def test_an_engine_that_does_not_answer_is_no_outcome() -> None:
    async with container() as (engine, runtime, _):
        engine.hangs("POST", "/containers/.*/exec")
        with pytest.raises(Unreachable):
            await runtime.probe(POD, "web", COMMAND)


async def test_a_certificate_is_not_looked_at(tmp_path: Path) -> None:
    files = ("-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert"))
    command = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=elsewhere", *files)
    made = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    assert made.returncode == 0, made.stderr
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with server, container() as (_, runtime, _):
        probe = Probe(handler=HttpGet(port=port, scheme="HTTPS"), timeout_seconds=5)
        assert await runtime.probe(POD, "web", probe) == ProbeOutcome(True, "HTTP 200")
