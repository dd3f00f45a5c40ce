"""The Docker Engine as a `PodRuntime`: one container per attempt, found again by its name and labels.

`instance` is a short id of the data directory. It is part of every name and label and of every filter, so two data
directories on one Engine never see, adopt or remove each other's containers.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakValueDictionary

from app.core.errors import Permanent, PortError, Transient, Unreachable
from app.core.pods import LogLine, ObservedPod, PodId, PodPhase, PodRequest, PodStats, PullProgress, RuntimeInfo
from app.ports.clock import Clock
from app.runtimes.docker.client import EngineClient, Timeouts
from app.runtimes.docker.endings import Endings
from app.runtimes.docker.faults import classify
from app.runtimes.docker.observe import Signature, observed_pod, signature
from app.runtimes.docker.pulls import Pulls
from app.runtimes.docker.streams import JsonLines, LogReader, event_subject
from app.runtimes.docker.usage import UsageMeter
from app.runtimes.docker.wire import (
    container_name,
    container_path,
    create_body,
    event_filters,
    image_path,
    list_filters,
    pod_of,
)

log = logging.getLogger(__name__)

STARTS_AT_MOST = 16
INSPECTS_AT_ONCE = 16
"""Half of the client's connections, so that a full list never starves the other calls."""

REPLAY = 2.0
"""Seconds of past events asked for when watching begins: what happens while one lists and subscribes is not lost."""

Inspected = Mapping[str, Any]


class DockerRuntime:
    """Implements `app.ports.runtime.PodRuntime` over one Docker Engine.

    `publish_host` is the address container ports are bound to: 127.0.0.1 by default, so nothing is open to the
    network unasked. `starts_at_once` defaults to four per core (measured: more only lengthens each start).
    """

    name = "docker"

    def __init__(
        self,
        instance: str,
        docker_host: str | None,
        clock: Clock,
        *,
        publish_host: str = "127.0.0.1",
        starts_at_once: int | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._instance, self._clock, self._publish_host = instance, clock, publish_host
        self._client = EngineClient(docker_host, timeouts)
        self._pulls = Pulls(self._client)
        self._meter = UsageMeter(self._client, instance)
        self._starts = asyncio.Semaphore(starts_at_once or min(4 * (os.cpu_count() or 1), STARTS_AT_MOST))
        self._endings = Endings(self._client)
        self._turns: WeakValueDictionary[PodId, asyncio.Lock] = WeakValueDictionary()
        self._inspects = asyncio.Semaphore(INSPECTS_AT_ONCE)
        self._known: dict[str, tuple[Signature, ObservedPod]] = {}

    async def check(self) -> RuntimeInfo:
        """Asks the Engine who it is. Raises `Unreachable` with what to do, or `Permanent` for a DOCKER_HOST that is
        not supported."""
        api = ".".join(map(str, await self._client.version()))
        version = (await self._client.call("GET", "/version")).expect(200).get("Version", "?")
        info = (await self._client.call("GET", "/info")).expect(200)
        gib = round(info.get("MemTotal", 0) / 2**30)
        return RuntimeInfo(self.name, version, f"Docker {version}, API {api}, {info.get('NCPU')} CPUs, {gib} GiB")

    async def list_pods(self) -> Sequence[ObservedPod]:
        """Every container of this instance, in order of id. One list call; only what changed is inspected."""
        params = {"all": "true", "filters": list_filters(self._instance)}
        entries = [
            entry
            for entry in (await self._client.call("GET", "/containers/json", params=params)).expect(200)
            if any(pod_of(self._instance, entry.get("Labels") or {}, name) for name in entry.get("Names") or ())
        ]
        found = await asyncio.gather(*(self._look(entry) for entry in entries))
        pods = [(signature(entry), pod) for entry, pod in zip(entries, found, strict=True) if pod is not None]
        # A container whose start failed looks in the list like one that waits for its start, so that is not kept.
        self._known = {pod.runtime_id: (key, pod) for key, pod in pods if pod.phase is not PodPhase.PENDING}
        return sorted((pod for _, pod in pods), key=lambda pod: pod.id)

    async def get_pod(self, pod: PodId) -> ObservedPod | None:
        """One attempt, inspected afresh."""
        inspected = await self._inspect(pod)
        return None if inspected is None else self._observed(inspected)

    def watch(self) -> AsyncGenerator[PodId, None]:
        """Pods something happened to. Events since shortly before this call are included, so a caller that calls
        `watch`, lists, and then iterates misses nothing. Always ends in `Unreachable`."""
        return self._watch(self._clock.now() - REPLAY)

    async def has_image(self, image: str) -> bool:
        """Whether the image is on the machine; a tag is `latest` when none is given."""
        answer = await self._client.call("GET", f"{image_path(image)}/json")
        return answer.status != 404 and bool(answer.expect(200))

    async def pull_image(self, image: str, progress: Callable[[PullProgress], None]) -> None:
        """Fetches an image; several callers share one pull."""
        await self._pulls.pull(image, progress)

    async def start_pod(self, request: PodRequest) -> ObservedPod:
        """Creates and starts a container, or adopts the one of this id.

        After a refusal there is no container of this id: one that could not be started is removed, so it neither holds
        the name nor shows up as an attempt. After a timeout or a lost connection there may be one; the next call adopts
        it.
        """
        async with self._turn(request.id), self._starts:
            identity = await self._create(request) or await self._adopt(request.id)
            await self._start(identity, request)
            observed = await self.get_pod(request.id)
        if observed is None:
            raise Transient(f"The container of {request.id.name} was removed while it started.", reason="Removed")
        return observed

    async def stop_pod(self, pod: PodId, grace_seconds: float) -> None:
        """Sends the image's stop signal, kills after the grace period, and removes the container with its anonymous
        volumes."""
        if (inspected := await self._inspect(pod)) is not None:
            await self._endings.stop(inspected, grace_seconds)

    async def remove_pod(self, pod: PodId) -> None:
        """Removes a container, killing it if it still runs."""
        if (inspected := await self._inspect(pod)) is not None:
            await self._endings.remove(str(inspected["Id"]))

    async def logs(self, pod: PodId, *, tail: int | None = None, since: float | None = None) -> Sequence[LogLine]:
        """Lines oldest first; none for a pod that is not there."""
        params = {"tail": "all" if tail is None else str(tail)}
        if since is not None:
            params["since"] = f"{since:.9f}"
        return [line async for line in self._log_lines(pod, params)]

    def follow_logs(self, pod: PodId, *, tail: int = 0) -> AsyncGenerator[LogLine, None]:
        """The last `tail` lines, then new ones until the container ends."""
        return self._log_lines(pod, {"tail": str(tail), "follow": "true"})

    async def stats(self, pods: Iterable[PodId]) -> Mapping[PodId, PodStats]:
        """Usage since the call before. A pod asked about for the first time is left out."""
        return await self._meter.measure(pods)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    def _turn(self, pod: PodId) -> asyncio.Lock:
        """Starts of one pod take turns: while a create is on its way its name is taken, but nothing has it yet."""
        turn = self._turns.get(pod)
        if turn is None:
            turn = self._turns[pod] = asyncio.Lock()
        return turn

    async def _inspect(self, pod: PodId) -> Inspected | None:
        return await self._inspect_by(container_name(self._instance, pod))

    async def _inspect_by(self, identity: str) -> Inspected | None:
        async with self._inspects:
            answer = await self._client.call("GET", f"{container_path(identity)}/json")
        if answer.status == 404:
            return None
        found: Inspected = answer.expect(200)
        return found if self._observed(found) else None

    def _observed(self, inspected: Inspected) -> ObservedPod | None:
        return observed_pod(self._instance, inspected, self._client.place.host)

    async def _look(self, entry: Mapping[str, Any]) -> ObservedPod | None:
        identity = str(entry["Id"])
        key, pod = self._known.get(identity, (None, None))
        if pod is not None and key == signature(entry):
            return pod
        inspected = await self._inspect_by(identity)
        return None if inspected is None else self._observed(inspected)

    async def _create(self, request: PodRequest) -> str | None:
        """The new container's id, None when the name is taken."""
        body = create_body(self._instance, request, self._publish_host)
        params = {"name": container_name(self._instance, request.id)}
        within = self._client.timeouts.start
        answer = await self._client.call("POST", "/containers/create", params=params, body=body, within=within)
        return None if answer.status == 409 else str(answer.expect(201)["Id"])

    async def _adopt(self, pod: PodId) -> str:
        inspected = await self._inspect(pod)
        if inspected is not None:
            return str(inspected["Id"])
        name = container_name(self._instance, pod)
        if (await self._client.call("GET", f"{container_path(name)}/json")).status == 404:
            raise Transient(f"The container {name} was just being removed.", reason="EngineBusy")
        raise Permanent(
            f"A container named {name} exists that KubeLite did not make; remove or rename it.", reason="NameConflict"
        )

    async def _start(self, identity: str, request: PodRequest) -> None:
        """Starts a container that never ran. One that runs or has ended is left as it is: an ended attempt is over."""
        inspected = await self._inspect_by(identity)
        if inspected is None or (inspected.get("State") or {}).get("Status") != "created":
            return
        path, within = f"/containers/{identity}/start", self._client.timeouts.start
        answer = await self._client.call("POST", path, within=within)
        if answer.status in (204, 304):
            return
        await self._discard(identity)
        refusal = classify(answer.status, answer.message)
        if refusal.reason == "PortInUse" and not request.host_ports:
            # Nobody asked for this port: the Engine chose one that is taken, and chooses another next time.
            raise Transient(str(refusal), reason=refusal.reason)
        raise refusal

    async def _discard(self, identity: str) -> None:
        try:
            await self._endings.remove(identity)
        except PortError:
            log.warning("the container %s that could not be started is still there", identity[:12])

    async def _watch(self, since: float) -> AsyncGenerator[PodId, None]:
        lines = JsonLines()
        params = {"filters": event_filters(self._instance), "since": f"{since:.9f}"}
        async with self._client.stream("GET", "/events", params=params) as stream:
            if stream.status != 200:
                raise Unreachable(f"The Docker Engine sends no events: {stream.message}")
            async for chunk in stream.chunks:
                for event in lines.feed(chunk):
                    if (subject := event_subject(self._instance, event)) is not None:
                        pod, identity = subject
                        self._known.pop(identity, None)
                        yield pod
        raise Unreachable("The Docker Engine ended the stream of events; it may be restarting.")

    async def _log_lines(self, pod: PodId, params: Mapping[str, str]) -> AsyncGenerator[LogLine, None]:
        inspected = await self._inspect(pod)
        if inspected is None:
            return
        reader = LogReader(pod.name, tty=bool((inspected.get("Config") or {}).get("Tty")))
        chosen = {**params, "stdout": "true", "stderr": "true", "timestamps": "true"}
        async with self._client.stream("GET", f"/containers/{inspected['Id']}/logs", params=chosen) as stream:
            if stream.status == 404:
                return
            if stream.status != 200:
                raise Transient(f"The container's log cannot be read: {stream.message}", reason="LogsUnavailable")
            async for chunk in stream.chunks:
                for line in reader.feed(chunk):
                    yield line
        for line in reader.end():
            yield line
