"""One probe of one container, by the kubelet's rules: HTTP, TCP, or a command inside.

HTTP and TCP go from here to the pod's own address; where that is on another machine (Docker Desktop, a tcp:// Engine),
through the port it is published on. A command that is too slow cannot be ended: the Engine has no call for that. So
none is begun in a container while one from an earlier probe still runs there.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Mapping
from typing import Any

import aiohttp
from yarl import URL

from app.core.errors import Transient, Unreachable
from app.core.pods import ObservedPod, PodId, ProbeOutcome
from app.core.template import Exec, HttpGet, Probe
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.finding import Finder
from app.runtimes.docker.grouping import observed
from app.runtimes.docker.host import Host
from app.runtimes.docker.observe import Seen
from app.runtimes.docker.streams import LogReader

OUTPUT_BYTES = 10 * 1024
"""Of an answer or an output, as the kubelet reads; the rest is left."""

MESSAGE_CHARS = 200

REDIRECTS = 10

Place = tuple[str, int]


class Prober:
    """Asks containers whether they are well."""

    def __init__(self, client: EngineClient, finder: Finder, host: Host) -> None:
        self._client, self._finder, self._host = client, finder, host
        self._session: aiohttp.ClientSession | None = None
        self._running: dict[str, str] = {}

    async def probe(self, pod: PodId, container: str, probe: Probe) -> ProbeOutcome:
        """See `app.ports.runtime.PodRuntime.probe`."""
        found = await self._finder.one(pod)
        one = next((each for each in found.containers if each.member.container == container), None) if found else None
        if found is None or one is None or not one.live:
            return ProbeOutcome(ok=False, message="the container does not run")
        if one.status == "paused":
            return ProbeOutcome(ok=False, message="the container is paused")
        handler, seconds = probe.handler, float(probe.timeout_seconds)
        if isinstance(handler, Exec):
            return await self._command(one, handler, seconds)
        place = await self._place(observed(found, self._client.place.host), int(handler.port))
        if isinstance(place, str):
            return ProbeOutcome(ok=False, message=place)
        return await (self._http(place, handler, seconds) if isinstance(handler, HttpGet) else _tcp(place, seconds))

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _place(self, pod: ObservedPod, port: int) -> Place | str:
        """Where the port is reached from here, or in words why it is not."""
        if await self._host.direct():
            return (pod.address, port) if pod.address else "the container has no address in its network"
        for published in pod.ports:
            if published.container_port == port:
                return published.host, published.host_port
        return f"port {port} is not published, and this Engine's containers cannot be reached otherwise"

    async def _http(self, place: Place, handler: HttpGet, seconds: float) -> ProbeOutcome:
        if self._session is None:
            connector = aiohttp.TCPConnector(force_close=True, limit=0)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with asyncio.timeout(seconds):
                return await _follow(self._session, _url(place, handler), dict(handler.headers))
        except TimeoutError:
            return ProbeOutcome(ok=False, message=f"no answer within {seconds:g} s")
        except aiohttp.ClientConnectorError as error:
            return ProbeOutcome(ok=False, message=_refused(error.os_error))
        except (aiohttp.ClientError, ValueError, OSError) as error:
            return ProbeOutcome(ok=False, message=shown(f"no HTTP answer: {error}"))

    async def _command(self, one: Seen, handler: Exec, seconds: float) -> ProbeOutcome:
        """Raises `Unreachable` where the Engine itself does not answer."""
        try:
            if await self._still_running(one.identity):
                return ProbeOutcome(ok=False, message="the command of an earlier probe still runs")
            return await self._run(one, handler, seconds)
        except Transient as error:
            raise Unreachable(str(error), reason=error.reason) from error

    async def _run(self, one: Seen, handler: Exec, seconds: float) -> ProbeOutcome:
        body = {"AttachStdout": True, "AttachStderr": True, "Cmd": list(handler.command)}
        made = await self._client.call("POST", f"/containers/{one.identity}/exec", body=body)
        if made.status != 201:
            return ProbeOutcome(ok=False, message=shown(made.message))
        identity = str(made.body["Id"])
        self._running[one.identity] = identity
        try:
            async with asyncio.timeout(seconds):
                output = await self._output(identity, tty=False)
        except TimeoutError:
            return ProbeOutcome(ok=False, message=f"the command did not end within {seconds:g} s")
        code = (await self._exec(identity)).get("ExitCode")
        self._running.pop(one.identity, None)
        words = f"exit code {code}"
        line = next((line for line in output if line.strip()), "")
        return ProbeOutcome(ok=code == 0, message=shown(f"{words}: {line}" if line else words))

    async def _output(self, identity: str, *, tty: bool) -> list[str]:
        """Its first lines. Read to the end, since that is the end of the command, but kept up to a limit."""
        reader, lines, size = LogReader("", tty=tty), list[str](), 0
        body, path = {"Detach": False, "Tty": tty}, f"/exec/{identity}/start"
        async with self._client.stream("POST", path, body=body) as stream:
            if stream.status != 200:
                return [stream.message]
            async for chunk in stream.chunks:
                size += len(chunk)
                if size <= OUTPUT_BYTES or not lines:
                    lines += [line.text for line in reader.feed(chunk[:OUTPUT_BYTES])]
        return lines + [line.text for line in reader.end()]

    async def _still_running(self, container: str) -> bool:
        identity = self._running.get(container)
        if identity is None or not (await self._exec(identity)).get("Running"):
            self._running.pop(container, None)
            return False
        return True

    async def _exec(self, identity: str) -> Mapping[str, Any]:
        answer = await self._client.call("GET", f"/exec/{identity}/json")
        return answer.body if answer.status == 200 and isinstance(answer.body, dict) else {}


def shown(text: str) -> str:
    """The first line, without anything that could act on a terminal."""
    line = next(iter(text.strip().splitlines()), "")
    return "".join(char for char in line if char.isprintable())[:MESSAGE_CHARS]


def _url(place: Place, handler: HttpGet) -> URL:
    host, port = place
    shown_host = f"[{host}]" if ":" in host else host
    path = handler.path if handler.path.startswith("/") else f"/{handler.path}"
    # As written: a path is never changed into what it may stand for.
    return URL(f"{handler.scheme.lower()}://{shown_host}:{port}{path}", encoded=True)


async def _follow(session: aiohttp.ClientSession, url: URL, headers: dict[str, str]) -> ProbeOutcome:
    """A redirect is followed to the same host and port only; to another place it counts as an answer, which it is.
    Where containers are reached at 127.0.0.1, another port is somebody else, and a container must not make us ask
    there."""
    sent = {"User-Agent": "kubelite-probe", "Accept": "*/*", **headers}
    for _ in range(REDIRECTS):
        async with session.get(url, headers=sent, allow_redirects=False, ssl=False) as answer:
            await answer.content.read(OUTPUT_BYTES)
            target = answer.headers.get("Location", "")
            onward = _joined(url, target) if answer.status // 100 == 3 and target else None
            if onward is None or (onward.host, onward.port) != (url.host, url.port):
                return ProbeOutcome(ok=200 <= answer.status < 400, message=f"HTTP {answer.status}")
            url = onward
    return ProbeOutcome(ok=False, message=f"more than {REDIRECTS} redirects")


def _joined(url: URL, target: str) -> URL | None:
    """None for a target that is no address: the container wrote it."""
    try:
        return url.join(URL(target))
    except ValueError:
        return None


async def _tcp(place: Place, seconds: float) -> ProbeOutcome:
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(*place)
    except TimeoutError:
        return ProbeOutcome(ok=False, message=f"no connection within {seconds:g} s")
    except OSError as error:
        return ProbeOutcome(ok=False, message=_refused(error))
    writer.close()
    return ProbeOutcome(ok=True, message="connected")


def _refused(error: OSError) -> str:
    if error.errno == errno.ECONNREFUSED:
        return "connection refused"
    return shown(f"no connection: {error.strerror or error}")
