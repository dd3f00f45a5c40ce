"""Faults in real containers: `app.ports.chaos.FaultRuntime` over one Docker Engine.

Nothing here is a flag: processes are killed, frozen, starved and cut off, volumes are filled, ports are held. What it
would need to touch beyond our own containers (the Engine, the host's network, its clock) is said to be impossible.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from app.core.errors import InvalidInput, Permanent, Transient
from app.core.experiments import Injection, Token
from app.core.faults import FaultName, Reach
from app.core.pods import PodId
from app.core.spec import AppSpec
from app.core.spoiling import spoiled
from app.runtimes.docker import hogs
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.execs import NOT_THERE, leave_in, run_in
from app.runtimes.docker.finding import Finder
from app.runtimes.docker.networks import network_path
from app.runtimes.docker.observe import Seen
from app.runtimes.docker.repairs import Repairs
from app.runtimes.docker.wire import Json, container_path

MIB = 2**20
CANNOT = {
    FaultName.NETWORK_DELAY: "a delay is set in the host's own network, which is not touched; network_cut can be done",
    FaultName.CLOCK_SKEW: "containers share the host's clock, which is not touched",
    FaultName.ENGINE_DOWN: "the Docker Engine serves others too, so it is not stopped; stop it yourself to see it",
}
NO_PORTS = "the container engine is on another machine, whose ports cannot be taken from here"
NEEDS = {
    FaultName.CPU_PRESSURE: "cpu",
    FaultName.MEMORY_PRESSURE: "memory",
    FaultName.OUT_OF_MEMORY: "oom",
    FaultName.DISK_FILL: "disk",
}

STOP_SECONDS = 10
CRASH_SIGNALS = (11, 6, 7, 8, 4, 2, 15, 3)
"""SEGV, ABRT, BUS, FPE, ILL, INT, TERM, QUIT: the first that the process has a handler for ends it by its own hand. A
container's first process ignores all others."""
CRASH_SECONDS = 3.0
SMALL_LIMIT = 256 * MIB
"""A larger limit is lowered for the moment of an OOM kill: the host's memory is not to be used up for it."""
ROOM_FOR_OOM = 32 * MIB
LEAST_LIMIT = 16 * MIB
UNLIMITED_HOG = 256 * MIB
HOG_SHARE = 0.8
SMALL_DISK_KIB = 1024 * 1024
"""A file system up to this size is filled to the brim; of a larger one, which others use too, a small part is."""
FILL_MIB, FILL_SHARE = 256, 0.05
PATIENCE_SECONDS = 2.0


class DockerChaos:
    """Of one instance. `publish_host` is where the ports of containers are bound."""

    def __init__(
        self, client: EngineClient, finder: Finder, repairs: Repairs, instance: str, publish_host: str
    ) -> None:
        self._client, self._finder, self._repairs = client, finder, repairs
        self._ours = f"kl.{instance}."
        self._publish_host = publish_host
        self._held: dict[int, socket.socket] = {}
        self._session: aiohttp.ClientSession | None = None

    def faults(self) -> Mapping[FaultName, str]:
        found = {fault: CANNOT.get(fault, "") for fault in FaultName}
        if self._client.place.socket is None:
            found[FaultName.PORT_CONFLICT] = NO_PORTS
        return found

    async def prepare(self, injection: Injection, spec: AppSpec) -> Token:
        if injection.fault is FaultName.PORT_CONFLICT:
            return Token(data={"port": self._hold_port()})
        if injection.fault.trait.reach is not Reach.REPLICAS:
            return Token()
        targets = await self._targets(injection)
        if (needs := NEEDS.get(injection.fault)) is not None:
            for one in targets:
                await self._check(one, injection.fault, hogs.NEEDED[needs])
        data: dict[str, Any] = {"containers": [one.identity for one in targets]}
        if injection.fault is FaultName.DISK_FILL:
            data["path"] = f"{await self._own_directory(targets[0], spec)}/.{hogs.MARK}{injection.id}"
        return Token(data=data)

    def spoil(self, injection: Injection, spec: AppSpec, token: Token) -> AppSpec | None:
        return spoiled(injection.fault, spec, host_port=token.data.get("port"))

    async def inject(self, injection: Injection, token: Token) -> None:
        for identity in token.data.get("containers", ()):
            await self._break(injection, token, identity)

    async def clear(self, injection: Injection, token: Token) -> None:
        match injection.fault:
            case FaultName.PORT_CONFLICT:
                if (held := self._held.pop(token.data.get("port", 0), None)) is not None:
                    held.close()
            case FaultName.PAUSE | FaultName.NETWORK_CUT:
                await self._mend(injection)
            case FaultName.CPU_PRESSURE | FaultName.MEMORY_PRESSURE:
                for identity in token.data.get("containers", ()):
                    with suppress(Permanent):  # it is gone, and what ran in it too
                        await run_in(self._client, identity, hogs.ending(injection.id), user="0")
            case FaultName.DISK_FILL:
                await self._empty(injection, token)

    async def request(self, url: str) -> bool:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https"):
            return await self._get(url)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True

    async def aclose(self) -> None:
        for held in self._held.values():
            held.close()
        self._held.clear()
        if self._session is not None:
            await self._session.close()

    # -- whom

    async def _targets(self, injection: Injection) -> list[Seen]:
        """The main container of each chosen slot. Raises `Permanent` where one does not run."""
        mains = await self._mains(injection)
        missing = [slot for slot in injection.slots if slot not in mains]
        if missing:
            raise Permanent(f"{injection.app.name}-{missing[0]} does not run any more", reason="FaultFailed")
        return [mains[slot] for slot in injection.slots]

    async def _mains(self, injection: Injection) -> dict[int, Seen]:
        """The running main containers of the app, by slot."""
        found = (group.main for group in await self._finder.all())
        return {
            one.member.pod.slot: one
            for one in found
            if one is not None and one.member.pod.app == injection.app and one.live
        }

    async def _check(self, one: Seen, fault: FaultName, programs: Sequence[str]) -> None:
        """Raises `InvalidInput` where the image lacks what the fault needs."""
        ran = await run_in(self._client, one.identity, hogs.has(programs))
        if ran.code == 0:
            return
        lacks = "shell" if ran.code in NOT_THERE else ran.output.strip()[:40] or "tools"
        raise InvalidInput(
            f"{fault.value} needs {', '.join(programs)} in the image, and it has no {lacks}", field="kind"
        )

    # -- what

    async def _break(self, injection: Injection, token: Token, identity: str) -> None:
        match injection.fault:
            case FaultName.KILL:
                await self._do(f"{container_path(identity)}/kill", gone_is_fine=True)
            case FaultName.STOP:
                await self._do(f"{container_path(identity)}/stop", params={"t": str(STOP_SECONDS)})
            case FaultName.PAUSE:
                await self._do(f"{container_path(identity)}/pause")
            case FaultName.CONTAINER_CRASH:
                await self._crash(identity)
            case FaultName.OUT_OF_MEMORY:
                await self._out_of_memory(identity)
            case FaultName.CPU_PRESSURE:
                await leave_in(self._client, identity, hogs.cpu(injection.id, injection.seconds))
            case FaultName.MEMORY_PRESSURE:
                size = await self._hog_size(identity)
                await leave_in(self._client, identity, hogs.memory(injection.id, injection.seconds, size))
            case FaultName.NETWORK_CUT:
                await self._cut_off(identity)
            case FaultName.DISK_FILL:
                await self._fill(identity, token.data["path"])

    async def _crash(self, identity: str) -> None:
        ran = await run_in(self._client, identity, ("cat", "/proc/1/status"))
        number = next((one for one in CRASH_SIGNALS if _handles(ran.output, one)), None)
        if number is not None:
            await self._do(f"{container_path(identity)}/kill", params={"signal": str(number)}, gone_is_fine=True)
            path, params = f"{container_path(identity)}/wait", {"condition": "not-running"}
            with suppress(Transient):
                await self._client.call("POST", path, params=params, within=CRASH_SECONDS)
        # Where it is still there, or has no handler for anything.
        await self._do(f"{container_path(identity)}/kill", gone_is_fine=True)

    async def _out_of_memory(self, identity: str) -> None:
        limit, used = await self._memory(identity)
        if not limit or limit > SMALL_LIMIT:
            low = max(used + ROOM_FOR_OOM, LEAST_LIMIT)
            await self._do(f"{container_path(identity)}/update", body={"Memory": low, "MemorySwap": low})
        ran = await run_in(self._client, identity, hogs.out_of_memory(), user="0", within=self._client.timeouts.end)
        if ran.code is not None and ran.code != 137:
            raise Permanent(f"its memory could not be used up: {ran.output.strip()[:200]}", reason="FaultFailed")

    async def _hog_size(self, identity: str) -> int:
        limit, used = await self._memory(identity)
        return int((limit - used) * HOG_SHARE) if limit > used else UNLIMITED_HOG

    async def _memory(self, identity: str) -> tuple[int, int]:
        """Its limit (0 = none) and what it uses, in bytes."""
        inspected = await self._finder.inspect(identity)
        limit = int(((inspected or {}).get("HostConfig") or {}).get("Memory") or 0)
        params = {"stream": "false", "one-shot": "true"}
        stats = (await self._client.call("GET", f"{container_path(identity)}/stats", params=params)).expect(200)
        return limit, int((stats.get("memory_stats") or {}).get("usage") or 0)

    async def _cut_off(self, identity: str) -> None:
        one = await self._finder.container(identity)
        for network in one.networks if one is not None else ():
            body = {"Container": identity, "Force": True}
            await self._do(f"{network_path(network)}/disconnect", body=body)

    # -- volumes

    async def _own_directory(self, one: Seen, spec: AppSpec) -> str:
        """Where a volume of the app's own is mounted. Raises `InvalidInput` where there is none."""
        inspected = await self._finder.inspect(one.identity) or {}
        for mount in inspected.get("Mounts") or ():
            ours = mount.get("Type") == "tmpfs" or str(mount.get("Name", "")).startswith(self._ours)
            if ours and mount.get("RW"):
                return str(mount["Destination"]).rstrip("/")
        raise InvalidInput(f"disk_fill fills a volume of the app, and {spec.name} has none it may write", field="kind")

    async def _fill(self, identity: str, path: str) -> None:
        ran = await run_in(self._client, identity, hogs.free(path.rpartition("/")[0]), user="0")
        total, free = _kibibytes(ran.output)
        size = free // 1024 + 1 if total <= SMALL_DISK_KIB else min(FILL_MIB, int(free * FILL_SHARE) // 1024)
        command = hogs.filling(path, size)
        await run_in(self._client, identity, command, user="0", within=self._client.timeouts.start)

    async def _empty(self, injection: Injection, token: Token) -> None:
        """In whatever replica has the volume now. Raises `Transient` while none runs that could."""
        mains = await self._mains(injection)
        wanted = [one for slot, one in mains.items() if slot in injection.slots]
        if not wanted:
            groups = [each for each in await self._finder.all() if each.members[0].member.pod.app == injection.app]
            if groups:
                raise Transient(f"no replica of {injection.app.name} runs in which the file could be removed")
            return
        for one in wanted:
            await run_in(self._client, one.identity, hogs.emptying(token.data["path"]), user="0")

    # -- the way back, and small things

    async def _mend(self, injection: Injection) -> None:
        for one in (await self._mains(injection)).values():
            if one.member.pod.slot in injection.slots and one.drift:
                await self._mend_pod(one.member.pod)

    async def _mend_pod(self, pod: PodId) -> None:
        try:
            await self._repairs.mend(pod)
        except Permanent as error:
            if error.reason != "RepairFailed":
                raise
            # It ended meanwhile, or the engine replaces it: either way the fault went with it.

    def _hold_port(self) -> int:
        """A port of the host that is taken from now on, until it is given back or this process ends."""
        held = socket.socket()
        held.bind((self._publish_host, 0))
        held.listen()
        port = int(held.getsockname()[1])
        self._held[port] = held
        return port

    async def _get(self, url: str) -> bool:
        if self._session is None:
            connector = aiohttp.TCPConnector(force_close=True, limit=0)
            timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
            jar = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=jar)
        try:
            async with self._session.get(url, allow_redirects=False, ssl=False) as answer:
                return answer.status < 500
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return False

    async def _do(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Json | None = None,
        gone_is_fine: bool = False,
    ) -> None:
        answer = await self._client.call("POST", path, params=params, body=body, within=self._client.timeouts.end)
        if gone_is_fine and answer.status in (404, 409):
            return
        answer.expect(200, 204, 304)


def _handles(status: str, number: int) -> bool:
    """Whether a process has a handler for a signal, by its `/proc/PID/status`."""
    for line in status.splitlines():
        name, _, mask = line.partition(":")
        if name == "SigCgt":
            with suppress(ValueError):
                return bool(int(mask.strip(), 16) >> (number - 1) & 1)
    return False


def _kibibytes(output: str) -> tuple[int, int]:
    """Size and free space from `df -Pk`. Raises `Permanent` for what it does not say."""
    words = output.strip().splitlines()[-1].split() if output.strip() else []
    try:
        return int(words[1]), int(words[3])
    except (IndexError, ValueError) as error:
        raise Permanent("the container does not say how much room its volume has", reason="FaultFailed") from error
