"""The Docker Engine as a `PodRuntime`: containers found again by their names and labels, one to several per attempt.

`instance` is a short id of the data directory. It is part of every name and label and of every filter, so two data
directories on one Engine never see, adopt or remove each other's containers.
"""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing

from app.core.errors import Permanent, PortError, Transient, Unreachable
from app.core.pods import (
    LogLine,
    ObservedPod,
    PodId,
    PodPhase,
    PodRequest,
    PodStats,
    ProbeOutcome,
    PullProgress,
    RuntimeInfo,
)
from app.core.template import Probe
from app.ports.clock import Clock
from app.runtimes.docker.balancers import DEFAULT_IMAGE, DockerServices
from app.runtimes.docker.chaos import DockerChaos
from app.runtimes.docker.client import EngineClient, Timeouts
from app.runtimes.docker.endings import Endings
from app.runtimes.docker.finding import Finder
from app.runtimes.docker.grouping import Group, observed
from app.runtimes.docker.host import Host, capacity_of
from app.runtimes.docker.leftovers import Leftovers
from app.runtimes.docker.logs import Logs
from app.runtimes.docker.networks import networks_of
from app.runtimes.docker.probing import Prober
from app.runtimes.docker.pulls import Pulls
from app.runtimes.docker.repairs import Repairs
from app.runtimes.docker.starting import Starter
from app.runtimes.docker.streams import JsonLines, news
from app.runtimes.docker.usage import UsageMeter
from app.runtimes.docker.volumes import Volumes
from app.runtimes.docker.wire import event_filters, image_path

log = logging.getLogger(__name__)

STARTS_AT_MOST = 16

REPLAY = 2.0
"""Seconds of past events asked for when watching begins: what happens while one lists and subscribes is not lost."""


class DockerRuntime:
    """Implements `app.ports.runtime.PodRuntime` over one Docker Engine.

    `publish_host` is the address container ports are bound to: 127.0.0.1 by default, so nothing is open to the
    network unasked. `starts_at_once` defaults to four per core (measured: more only lengthens each start).
    `balancer_image` is what Services run as.
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
        balancer_image: str = DEFAULT_IMAGE,
    ) -> None:
        self._instance, self._clock = instance, clock
        self._client = client = EngineClient(docker_host, timeouts)
        self._pulls, self._endings = Pulls(client), Endings(client)
        self._finder, self._host = Finder(client, instance), Host(client, instance)
        self._volumes = Volumes(client, instance, clock)
        self._meter = UsageMeter(client, self._finder, instance)
        self._logs, self._prober = Logs(client, self._finder), Prober(client, self._finder, self._host)
        self._repairs = Repairs(client, self._finder, instance)
        self._chaos = DockerChaos(client, self._finder, self._repairs, instance, publish_host)
        self._leftovers = Leftovers(self._endings)
        self._starter = Starter(
            client,
            self._finder,
            self._volumes,
            self._endings,
            self._host,
            instance=instance,
            publish_host=publish_host,
            at_once=starts_at_once or min(4 * (os.cpu_count() or 1), STARTS_AT_MOST),
        )
        self._services = DockerServices(
            client, instance, self._pulls, self._endings, image=balancer_image, publish_host=publish_host
        )

    @property
    def services(self) -> DockerServices:
        """Balancers as containers beside the pods."""
        return self._services

    @property
    def chaos(self) -> DockerChaos:
        """Faults in our own containers."""
        return self._chaos

    async def check(self) -> RuntimeInfo:
        """Asks the Engine who it is, and removes volumes and networks of ours that nothing uses any more. Raises
        `Unreachable` with what to do, or `Permanent` for a DOCKER_HOST that is not supported."""
        api = ".".join(map(str, await self._client.version()))
        version = (await self._client.call("GET", "/version")).expect(200).get("Version", "?")
        info = await self._host.ask()
        await self._tidy()
        gib = round(info.get("MemTotal", 0) / 2**30)
        detail = f"Docker {version}, API {api}, {info.get('NCPU')} CPUs, {gib} GiB"
        return RuntimeInfo(self.name, version, detail, capacity_of(info))

    async def list_pods(self) -> Sequence[ObservedPod]:
        """Every attempt of this instance, in order of id. One list call; only what changed is inspected."""
        return [self._observed(found) for found in await self._finder.all()]

    async def get_pod(self, pod: PodId) -> ObservedPod | None:
        """One attempt, inspected afresh."""
        found = await self._finder.one(pod)
        return None if found is None else self._observed(found)

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
        """Creates and starts containers, or adopts those of this id; one init container at a call.

        After a refusal there is nothing of this id: what could not be started is removed, so it neither holds names
        nor shows up as an attempt. After a timeout or a lost connection there may be something; the next call adopts
        it.
        """
        await self._leftovers.settled(request.id)
        await self._starter.start(request)
        found = await self.get_pod(request.id)
        if found is None:
            raise Transient(f"The container of {request.id.name} was removed while it started.", reason="Removed")
        return found

    async def stop_pod(self, pod: PodId, grace_seconds: float, *, keep: bool = False) -> None:
        """Sends the images' stop signals, kills after the grace period, and removes the containers with their
        anonymous volumes and the attempt's own; with `keep` only what never ran is removed."""
        found = await self._finder.one(pod)
        if found is None:
            return
        if keep and any(one.started_at is not None for one in found.members):
            await self._endings.end(found.members, grace_seconds)
            return
        await self._endings.stop(found.members, grace_seconds)
        await self._forget(pod, found)

    async def remove_pod(self, pod: PodId) -> None:
        """Removes the containers, killing what still runs, and the attempt's own volumes."""
        if (found := await self._finder.one(pod)) is not None:
            await self._endings.remove_all(found.members)
            await self._forget(pod, found)

    async def repair_pod(self, request: PodRequest) -> ObservedPod:
        """Mends name, limits, network and pauses; the rest of a drift is for a new attempt to mend."""
        found = await self._repairs.mend(request.id)
        if found is None:
            raise Permanent(f"{request.id.name} is not there any more.", reason="RepairFailed")
        return self._observed(found)

    async def probe(self, pod: PodId, container: str, probe: Probe) -> ProbeOutcome:
        """From here to the container's address, or through a published port where that is out of reach. A command
        that takes longer than its limit goes on: the Engine cannot end it."""
        return await self._prober.probe(pod, container, probe)

    async def remove_volume(self, namespace: str, claim: str) -> None:
        """Removes a claim's volume."""
        await self._volumes.remove_claim(namespace, claim)

    async def logs(self, pod: PodId, *, tail: int | None = None, since: float | None = None) -> Sequence[LogLine]:
        """Lines oldest first; none for a pod that is not there."""
        return await self._logs.read(pod, tail=tail, since=since)

    def follow_logs(self, pod: PodId, *, tail: int = 0) -> AsyncGenerator[LogLine, None]:
        """The last `tail` lines, then new ones until the containers end."""
        return self._logs.follow(pod, tail)

    async def stats(self, pods: Iterable[PodId]) -> Mapping[PodId, PodStats]:
        """Usage since the call before. A pod asked about for the first time is left out."""
        return await self._meter.measure(pods)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._leftovers.aclose()
        await self._prober.aclose()
        await self._chaos.aclose()
        await self._client.aclose()

    def _observed(self, found: Group) -> ObservedPod:
        pod = observed(found, self._client.place.host)
        if pod.phase.ended:
            self._leftovers.end(found)
        return pod

    async def _forget(self, pod: PodId, found: Group) -> None:
        if not found.shape.plain or any(one.volumes for one in found.members):
            await self._volumes.remove_of(pod)

    async def _tidy(self) -> None:
        try:
            await self._volumes.sweep(self._present)
            await networks_of(self._client, self._instance).tidy()
        except PortError as error:
            log.warning("what is left over in the Docker Engine was not removed now: %s", error)

    async def _present(self) -> set[PodId]:
        return {each.members[0].member.pod for each in await self._finder.all()}

    async def _watch(self, since: float) -> AsyncGenerator[PodId, None]:
        params = {"filters": event_filters(), "since": f"{since:.9f}"}
        async with self._client.stream("GET", "/events", params=params) as stream:
            if stream.status != 200:
                raise Unreachable(f"The Docker Engine sends no events: {stream.message}")
            # Nobody told us what happened before, and the list does not show all of it.
            self._finder.forget()
            async with aclosing(self._pods_of(stream.chunks)) as pods:
                async for pod in pods:
                    yield pod
        raise Unreachable("The Docker Engine ended the stream of events; it may be restarting.")

    async def _pods_of(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[PodId, None]:
        lines = JsonLines()
        async for chunk in chunks:
            for event in lines.feed(chunk):
                about = news(self._instance, event)
                if about is None:
                    continue
                seen = self._finder.known(about.container)
                self._finder.forget(about.container)
                # A network's event names no pod. That of one just begun or ended is no news: its own events are.
                pod = about.pod or (seen.member.pod if seen is not None and seen.phase is PodPhase.RUNNING else None)
                if pod is not None:
                    yield pod
