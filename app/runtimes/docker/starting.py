"""How a pod begins: create, fill, run init containers, start; one step further at each call, wherever it was left.

A pod of one container is created and started in two calls. What a refusal leaves behind is removed at once, so that
it neither holds names nor shows up as an attempt; after a timeout or a lost connection it stays for the next call to
adopt.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import replace
from weakref import WeakValueDictionary

from app.core.errors import Permanent, PortError, Transient
from app.core.pods import PodId, PodPhase, PodRequest
from app.core.template import Container
from app.runtimes.docker.bodies import Setting, create_body
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.endings import Endings
from app.runtimes.docker.faults import classify, joined_too_late
from app.runtimes.docker.finding import Finder
from app.runtimes.docker.grouping import ALWAYS, Group, observed
from app.runtimes.docker.host import Host
from app.runtimes.docker.hostpaths import check_no_links, sources
from app.runtimes.docker.mounts import SUBPATHS, placed_files
from app.runtimes.docker.networks import ensure_network
from app.runtimes.docker.observe import Seen
from app.runtimes.docker.shape import shape_of
from app.runtimes.docker.volumes import Volumes
from app.runtimes.docker.wire import Json, Role, container_name, container_path, member_name

log = logging.getLogger(__name__)


class Starter:
    """Starts the pods of one instance, `at_once` at a time."""

    def __init__(
        self,
        client: EngineClient,
        finder: Finder,
        volumes: Volumes,
        endings: Endings,
        host: Host,
        *,
        instance: str,
        publish_host: str,
        at_once: int,
    ) -> None:
        self._client, self._finder, self._volumes, self._endings, self._host = client, finder, volumes, endings, host
        self._instance, self._publish_host = instance, publish_host
        self._places = asyncio.Semaphore(at_once)
        self._turns: WeakValueDictionary[PodId, asyncio.Lock] = WeakValueDictionary()
        self._gpu_turn = asyncio.Lock()

    async def start(self, request: PodRequest) -> None:
        """One step, or all where no init container stands before. A pod that runs or has ended is left as it is."""
        async with self._turn(request.id), self._places, self._leaving_nothing(request.id):
            await self._begin(request)

    def _turn(self, pod: PodId) -> asyncio.Lock:
        """Starts of one pod take turns: while a create is on its way its name is taken, but nothing has it yet."""
        turn = self._turns.get(pod)
        if turn is None:
            turn = self._turns[pod] = asyncio.Lock()
        return turn

    @asynccontextmanager
    async def _leaving_nothing(self, pod: PodId) -> AsyncIterator[None]:
        try:
            yield
        except _Refused as refusal:
            await self._discard(pod)
            raise refusal.error from None

    async def _begin(self, request: PodRequest) -> None:
        template = request.template
        first, *others = template.containers
        async with self._gpu_turn if template.wants.gpus else nullcontext():
            await self._check_host_paths(request)
            setting = await self._setting(request)
            bodies = _bodies(setting)
            await self._volumes.make_claims(setting)
            main = await self._create(setting, Role.MAIN, first.name, bodies)
            if main is not None and _plain(request):
                await self._run(main, request)
                return
            found = None if main is not None else await self._adopted(request.id)
            if found is not None and observed(found).phase is not PodPhase.PENDING:
                return
            waiting = {first.name: main} if main else _waiting(found)
            made = {one.member.container for one in found.containers} if found else {first.name}
            for container in others:
                if container.name not in made:
                    waiting[container.name] = await self._made(setting, Role.SIDE, container.name, bodies)
        await self._go_on(setting, found, waiting, bodies)

    async def _check_host_paths(self, request: PodRequest) -> None:
        paths = sources(request.template)
        if paths and self._client.place.socket is not None:
            await asyncio.to_thread(check_no_links, paths)

    async def _go_on(
        self, setting: Setting, found: Group | None, waiting: Mapping[str, str], bodies: Mapping[str, Json]
    ) -> None:
        """Main container and sides are there. `waiting`: ids of those that have not been started, by name."""
        containers = setting.request.template.containers
        if containers[0].name in waiting and not (found and found.init):
            await self._prepare(setting, waiting)
        if not await self._initialized(setting, found, bodies):
            return
        for container in containers:
            if container.name in waiting:
                joined = await self._run(waiting[container.name], setting.request)
                if not joined:
                    await self._start_alone(setting, container, waiting[container.name])

    async def _start_alone(self, setting: Setting, container: Container, identity: str) -> None:
        """The main container has ended before this one could join its network. Where that is no failure (a job whose
        first container was quick), it runs with a network of its own."""
        if setting.request.template.restart_policy == ALWAYS:
            return
        await self._endings.remove(identity)
        bodies = {container.name: create_body(replace(setting, alone=True), Role.SIDE, container)}
        again = await self._made(setting, Role.SIDE, container.name, bodies)
        with _refusals():
            await self._volumes.place(again, placed_files(setting.request, container))
        await self._run(again, setting.request)

    async def _setting(self, request: PodRequest) -> Setting:
        template, pod = request.template, request.id
        setting = Setting(self._instance, request, publish_host=self._publish_host)
        if not template.host_network:
            network = await ensure_network(self._client, self._instance, pod.app.namespace)
            setting = replace(setting, network=network)
        if _has_probes(template.containers):
            setting = replace(setting, publish_probes=not await self._host.direct())
        return replace(
            setting,
            subpaths=await self._client.version() >= SUBPATHS,
            devices=await self._host.devices(template),
        )

    async def _prepare(self, setting: Setting, identities: Mapping[str, str]) -> None:
        """Volumes and files. Repeated when a call before got no further."""
        with _refusals():
            await self._volumes.fill(setting)
            for container in setting.request.template.containers:
                files = placed_files(setting.request, container)
                await self._volumes.place(identities[container.name], files)

    async def _initialized(self, setting: Setting, found: Group | None, bodies: Mapping[str, Json]) -> bool:
        """Whether all init containers have ended well; else the next one has been started now."""
        seen = {one.member.container: one for one in found.init} if found else {}
        for container in setting.request.template.init_containers:
            one = seen.get(container.name)
            if one is not None and one.phase is PodPhase.SUCCEEDED:
                continue
            if one is None or one.phase is PodPhase.PENDING:
                await self._start_init(setting, container, one, bodies)
            return False
        return True

    async def _start_init(
        self, setting: Setting, container: Container, one: Seen | None, bodies: Mapping[str, Json]
    ) -> None:
        identity = one.identity if one else await self._made(setting, Role.INIT, container.name, bodies)
        with _refusals():
            await self._volumes.place(identity, placed_files(setting.request, container))
        await self._run(identity, setting.request)

    async def _made(self, setting: Setting, role: Role, container: str, bodies: Mapping[str, Json]) -> str:
        """As `_create`, of one that is not there: if it is, after all, the attempt is in disorder."""
        identity = await self._create(setting, role, container, bodies)
        if identity is None:
            words = f"A container {container} of {setting.request.id.name} is left over; it is made anew."
            raise _Refused(Transient(words, reason="EngineBusy"))
        return identity

    async def _create(self, setting: Setting, role: Role, container: str, bodies: Mapping[str, Json]) -> str | None:
        """The new container's id, None when the name is taken."""
        params = {"name": member_name(self._instance, setting.member(role, container))}
        within = self._client.timeouts.start
        with _refusals():
            answer = await self._client.call(
                "POST", "/containers/create", params=params, body=bodies[container], within=within
            )
            return None if answer.status == 409 else str(answer.expect(201)["Id"])

    async def _adopted(self, pod: PodId) -> Group:
        found = await self._finder.one(pod)
        if found is not None and found.main is not None:
            return found
        name = container_name(self._instance, pod)
        if (await self._client.call("GET", f"{container_path(name)}/json")).status == 404:
            raise Transient(f"The container {name} was just being removed.", reason="EngineBusy")
        raise Permanent(
            f"A container named {name} exists that KubeLite did not make; remove or rename it.", reason="NameConflict"
        )

    async def _run(self, identity: str, request: PodRequest) -> bool:
        """False when the container whose network it joins has ended."""
        path, within = f"/containers/{identity}/start", self._client.timeouts.start
        answer = await self._client.call("POST", path, within=within)
        words = answer.message.lower()
        if answer.status in (204, 304) or (answer.status == 404 and "no such container" in words):
            # Removed meanwhile: the next look says so.
            return True
        if joined_too_late(answer.message):
            return False
        refusal = classify(answer.status, answer.message)
        # A port nobody asked for: the Engine chose one that is taken, and chooses another next time. A network that is
        # missing is made anew with the next try.
        if refusal.reason == "NetworkMissing" or (refusal.reason == "PortInUse" and not request.host_ports):
            refusal = Transient(str(refusal), reason=refusal.reason)
        raise _Refused(refusal)

    async def _discard(self, pod: PodId) -> None:
        try:
            if (found := await self._finder.one(pod)) is not None:
                await self._endings.remove_all(found.members)
                if not found.shape.plain or any(one.volumes for one in found.members):
                    await self._volumes.remove_of(pod)
        except PortError:
            log.warning("what was left of %s, which could not be started, is still there", pod.name)


class _Refused(Exception):
    """The Engine refuses something of the pod."""

    def __init__(self, error: PortError) -> None:
        super().__init__(str(error))
        self.error = error


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except Permanent as error:
        raise _Refused(error) from error


def _bodies(setting: Setting) -> dict[str, Json]:
    """Of every container by name. All are made before the first is sent: what this Engine cannot do leaves nothing."""
    template = setting.request.template
    roles = [Role.MAIN, *(Role.SIDE for _ in template.containers[1:])]
    pairs = [*zip(roles, template.containers, strict=True), *((Role.INIT, one) for one in template.init_containers)]
    return {container.name: create_body(setting, role, container) for role, container in pairs}


def _plain(request: PodRequest) -> bool:
    """One container, nothing before it and nothing to write: two calls."""
    return shape_of(request.template).plain and not request.template.containers[0].volume_mounts


def _waiting(found: Group | None) -> dict[str, str]:
    seen = found.containers if found else ()
    return {one.member.container: one.identity for one in seen if one.phase is PodPhase.PENDING}


def _has_probes(containers: Sequence[Container]) -> bool:
    return any(one.liveness or one.readiness or one.startup for one in containers)
