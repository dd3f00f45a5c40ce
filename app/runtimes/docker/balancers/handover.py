"""How a balancer gets its configuration, and how a new one is put in charge without losing a connection.

The file is written, the master is told (SIGUSR2); it starts a worker that takes over the listening sockets, and the
old worker accepts nothing more but goes on with what it has (HAProxy's master-worker mode). Whether that has happened
only HAProxy knows, so its log is read: it is there on every Engine, near or far, and needs no port and no shell.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from app.core.errors import Permanent, Transient
from app.runtimes.docker.balancers.wire import APPLIED, CONFIG, DIRECTORY, pack, unpack
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.streams import LogReader

TAKEN_OVER_WITHIN = 8.0
"""Seconds for a start or an exchange; measured 0.02 to 0.1."""

NOT_ANSWERING = "BalancerNotAnswering"

LINGER = 1.0
"""Seconds the old worker is given to finish the requests on their way, where a replica is about to go. One that has
long connections needs longer, and nobody waits for those."""

AGAIN_AFTER = 0.3
"""Seconds until the master is told again: a signal that comes while it replaces its own process is lost."""

_RELOADING = "Reloading HAProxy"
_LOADED = "Loading success"
_FAILED = re.compile(r"Loading failure|Failed to load worker")
_STOPPED = re.compile(r"(?:\((\d+)\) : )?Proxy port-\d+ stopped")
_GONE = re.compile(r"Former worker \((\d+)\) exited")
_ALERT = re.compile(r"\[ALERT\]\s+\(\d+\) : (.*)")


class _Heard:
    """What the log said of one start or exchange. Only what comes after the master took its signal counts: an old
    worker of the exchange before may end just now."""

    def __init__(self) -> None:
        self.reloading = asyncio.Event()
        self._text = ""

    def hear(self, line: str) -> None:
        if _RELOADING in line:
            self.reloading.set()
            self._text = ""
        self._text += f"{line}\n"

    @property
    def failed(self) -> bool:
        return _FAILED.search(self._text) is not None

    @property
    def loaded(self) -> bool:
        return _LOADED in self._text

    @property
    def in_charge(self) -> bool:
        """The new worker serves and the old one accepts nothing more."""
        return self.reloading.is_set() and self.loaded and _STOPPED.search(self._text) is not None

    @property
    def ended(self) -> bool:
        """The old worker has finished what it had."""
        stopped = {pid for pid in _STOPPED.findall(self._text) if pid}
        gone = set(_GONE.findall(self._text))
        return bool(gone & stopped if stopped else gone)

    @property
    def words(self) -> str:
        """HAProxy's own complaint, or the last thing it said."""
        alerts = _ALERT.findall(self._text) or self._text.split("\n")[-2:-1] or ["it said nothing"]
        return "; ".join(alerts[:3])


class Handover:
    """Speaks to the HAProxy master in one container after another."""

    def __init__(self, client: EngineClient) -> None:
        self._client = client

    async def lay_down(self, identity: str, text: str, digest: str) -> None:
        """The configuration a container that was not started yet begins with."""
        await self._write(identity, (CONFIG, text), (APPLIED, digest))

    async def applied(self, identity: str) -> str:
        """The digest of the configuration in charge, empty where that is not certain."""
        path, params = f"/containers/{identity}/archive", {"path": f"{DIRECTORY}/{APPLIED}"}
        async with self._client.stream("GET", path, params=params) as stream:
            if stream.status != 200:
                return ""
            return unpack(b"".join([chunk async for chunk in stream.chunks]), APPLIED)

    async def started(self, identity: str) -> None:
        """Waits until a container that was just started serves. Raises `Permanent` (InvalidConfig) where it ended."""
        heard = _Heard()
        await self._wait(identity, 0.0, heard, lambda: heard.loaded)

    async def exchange(self, identity: str, text: str, digest: str, *, linger: bool) -> None:
        """Puts `text` in charge. With `linger` it waits, for a second at most, until the old worker has ended.

        Raises `Permanent` (InvalidConfig) when HAProxy does not take it; the configuration before stays in charge."""
        since = await self._last_line(identity)
        await self._write(identity, (CONFIG, text))
        heard = _Heard()
        await self._signal(identity)
        again = asyncio.create_task(self._tell_again(identity, heard.reloading))
        try:
            await self._wait(identity, since, heard, lambda: heard.in_charge, lambda: heard.ended or not linger)
        finally:
            again.cancel()
            await asyncio.gather(again, return_exceptions=True)
        # Last: were it written before, a crash in between would leave an old configuration that passes for the new.
        await self._write(identity, (APPLIED, digest))

    async def _signal(self, identity: str) -> None:
        path, within = f"/containers/{identity}/kill", self._client.timeouts.end
        (await self._client.call("POST", path, params={"signal": "SIGUSR2"}, within=within)).expect(204)

    async def _tell_again(self, identity: str, taken: asyncio.Event) -> None:
        while True:
            try:
                async with asyncio.timeout(AGAIN_AFTER):
                    await taken.wait()
                return
            except TimeoutError:
                await self._signal(identity)

    async def _write(self, identity: str, *files: tuple[str, str]) -> None:
        path, within = f"/containers/{identity}/archive", self._client.timeouts.end
        answer = await self._client.call("PUT", path, params={"path": DIRECTORY}, body=pack(files), within=within)
        answer.expect(200)

    async def _wait(
        self,
        identity: str,
        since: float,
        heard: _Heard,
        done: Callable[[], bool],
        ended: Callable[[], bool] = lambda: True,
    ) -> None:
        """Reads the log until `done`, then up to `LINGER` seconds longer until `ended`."""
        try:
            async with asyncio.timeout(TAKEN_OVER_WITHIN) as bound, aclosing(self._lines(identity, since)) as lines:
                lingering = False
                async for line in lines:
                    heard.hear(line)
                    if heard.failed or (done() and ended()):
                        break
                    if done() and not lingering:
                        lingering = True
                        bound.reschedule(asyncio.get_running_loop().time() + LINGER)
        except TimeoutError:
            if not done():
                words = f"The balancer did not take its configuration within {TAKEN_OVER_WITHIN:g} s: {heard.words}"
                raise Transient(words, reason=NOT_ANSWERING) from None
        if not done():
            raise Permanent(f"The balancer does not take its configuration: {heard.words}", reason="InvalidConfig")

    async def _last_line(self, identity: str) -> float:
        """When the last line was printed, by the Engine's clock, which may differ from ours."""
        stamp = 0.0
        async with aclosing(self._log(identity, {"tail": "1"})) as lines:
            async for _, at in lines:
                stamp = at or stamp
        return stamp

    async def _lines(self, identity: str, since: float) -> AsyncGenerator[str, None]:
        """What is printed after `since`, until the container ends."""
        async with aclosing(self._log(identity, {"follow": "true", "since": f"{since:.6f}"})) as lines:
            async for text, at in lines:
                if at is None or at > since:
                    yield text

    async def _log(self, identity: str, params: dict[str, str]) -> AsyncGenerator[tuple[str, float | None], None]:
        reader = LogReader("balancer", tty=False)
        chosen = {**params, "stdout": "true", "stderr": "true", "timestamps": "true"}
        path = f"/containers/{identity}/logs"
        async with self._client.stream("GET", path, params=chosen, answer_within=TAKEN_OVER_WITHIN + 1) as stream:
            if stream.status != 200:
                raise Transient(f"The balancer's log cannot be read: {stream.message}", reason="LogsUnavailable")
            async for chunk in stream.chunks:
                for line in reader.feed(chunk):
                    yield line.text, line.at
