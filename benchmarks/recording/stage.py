"""The product's own engine over Docker, on which an experiment is run and looked at as the product would look at it."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from app.analysis.examining import Examiner
from app.core.approvals import Mode
from app.core.diagnosis import Symptoms
from app.core.errors import KubeLiteError
from app.core.events import EventType
from app.core.objects import ConfigMap, VolumeClaim
from app.core.pods import ObservedPod, PodPhase
from app.core.spec import AppKey, AppSpec, Strategy
from app.core.template import (
    Amounts,
    Claim,
    Container,
    EmptyDir,
    EnvVar,
    Files,
    FileSource,
    PodTemplate,
    Port,
    Resources,
    Security,
    Volume,
    VolumeMount,
)
from app.core.views import AppStatus, AppView
from app.engine.engine import Engine
from app.engine.facade.orchestrator import Orchestrator
from app.engine.observing.site import PodSite
from app.runtimes.clock import SystemClock
from app.runtimes.docker import DockerRuntime
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.execs import run_in
from app.runtimes.docker.wire import container_path
from app.stores.sql import SqlStore
from benchmarks.recording.experiment import App, Do, Experiment

LOAD_SECONDS, FAIL_SECONDS = 90.0, 75.0
LOOK_EVERY = 0.2
"""Seconds between two looks at an app."""
MIN_READY_SECONDS = 20
BALANCER = "kubelite/haproxy:recording"


class Unmade(Exception):
    """The failure did not come about."""


class Stage:
    """One data directory's engine; every experiment has a namespace of its own, so that several run beside each
    other."""

    def __init__(self, store: SqlStore, docker_host: str | None) -> None:
        self.instance = f"klrec-{secrets.token_hex(3)}"
        self.client = EngineClient(docker_host)
        self._store, clock = store, SystemClock()
        runtime = DockerRuntime(self.instance, docker_host, clock, balancer_image=BALANCER)
        self.engine = Engine(store, {"docker": runtime}, clock)
        self.control = Orchestrator(self.engine, default_runtime="docker", mode=Mode.AUTO)
        self._roots: tuple[str, ...] = ()
        self._kernel = ""

    async def open(self) -> None:
        """Starts the engine, and asks the Engine where it keeps its things: those paths are taken out of recordings."""
        info = (await self.client.call("GET", "/info")).expect(200)
        self._kernel = str(info["KernelVersion"])
        root = Path(str(info["DockerRootDir"]))
        self._roots = tuple(str(one) for one in (root, root.parent) if len(one.parts) > 2)
        await self.engine.start()

    async def close(self) -> None:
        """Removes every container, volume and network of this instance."""
        await self.engine.stop()
        labels = json.dumps({"label": [f"kubelite.io/instance={self.instance}"]})
        found = await self.client.call("GET", "/containers/json", params={"all": "true", "filters": labels})
        for one in found.expect(200):
            await self.client.call(
                "DELETE", container_path(one["Id"]), params={"force": "true", "v": "true"}, within=60
            )
        volumes = (await self.client.call("GET", "/volumes", params={"filters": labels})).expect(200)
        for one in volumes["Volumes"] or ():
            await self.client.call("DELETE", f"/volumes/{one['Name']}", params={"force": "true"})
        for one in (await self.client.call("GET", "/networks", params={"filters": labels})).expect(200):
            await self.client.call("DELETE", f"/networks/{one['Id']}")
        await self.client.aclose()

    async def play(self, one: Experiment) -> Symptoms:
        """Runs it to its failure. Raises `Unmade`."""
        space = one.id
        for name, app in one.others.items():
            await self._put(space, name, app, 1)
        await asyncio.gather(*(self._running(space, name) for name in one.others))
        await asyncio.gather(
            *(self._answers(space, name, port) for name, app in one.others.items() for port in app.ports)
        )
        await self._put(space, one.name, one.app, 1)
        if one.load or one.breaks or one.then:
            await self._running(space, one.name)
        if one.load:
            await self._do(space, Do("run", one.load, one.name))
        begun = self.engine.clock.now()
        for step in one.breaks:
            await self._do(space, step)
        if one.then is not None:
            await self._put(space, one.name, one.then, 2)
        await self._failed(one, begun)
        await asyncio.sleep(one.pause)
        return await Examiner(self.control).symptoms(self._view(space, one.name))

    async def clear(self, one: Experiment) -> None:
        """Takes its apps away again."""
        for name in (one.name, *one.others):
            with suppress(KubeLiteError):
                await self.control.delete(f"{one.id}/{name}", cause="recorded")
        for name in (one.name, *one.others):
            with suppress(KubeLiteError):
                await self.control.wait(f"{one.id}/{name}", seconds=30, progress=lambda _: None, gone=True)
        for each in {path for app in _versions(one) for path in app.claims.values()}:
            with suppress(KubeLiteError):
                await self.control.delete_object("PersistentVolumeClaim", f"{one.id}/{each}", cause="recorded")

    def scrubbed(self, text: str) -> str:
        """Without paths and names of this machine."""
        for root in self._roots:
            text = text.replace(root, "/var/lib/docker")
        if "-" in self._kernel:
            text = text.replace(self._kernel, self._kernel.partition("-")[0])
        return text.replace(self.instance, "rec").replace(socket.gethostname(), "host")

    # -- inside

    def _view(self, space: str, name: str) -> AppView:
        return self.control.app(f"{space}/{name}")

    async def _put(self, space: str, name: str, app: App, version: int) -> None:
        for path in app.claims.values():
            claim = VolumeClaim(name=path, namespace=space, runtime="docker", size_bytes=1 << 30)
            await self.control.put_object(claim, cause="recording")
        for folder, files in _folders(app):
            data = ConfigMap(name=_map_name(name, folder, version), namespace=space, data=files)
            await self.control.put_object(data, cause="recording")
        await self.control.apply(_spec(space, name, app, version), cause="recording")

    async def _running(self, space: str, name: str) -> None:
        async with asyncio.timeout(LOAD_SECONDS):
            while not any(one.phase is PodPhase.RUNNING for one in self._slots(space, name)):
                await asyncio.sleep(LOOK_EVERY)

    async def _answers(self, space: str, name: str, port: int) -> None:
        """Until it accepts connections: what needs it shall find it well at first."""
        async with asyncio.timeout(LOAD_SECONDS):
            while True:
                with suppress(OSError):
                    address = next(pod.address for pod in self._slots(space, name))
                    _, writer = await asyncio.open_connection(address, port)
                    writer.close()
                    return
                await asyncio.sleep(LOOK_EVERY)

    def _slots(self, space: str, name: str) -> Sequence[ObservedPod]:
        site = self.engine.sites["docker"]
        assert isinstance(site, PodSite)
        return site.cache.pods(AppKey(space, name))

    def _container(self, space: str, name: str) -> str:
        pods = [pod for pod in self._slots(space, name) if pod.started_at is not None]
        if not pods:
            raise Unmade(f"{name} has no container")
        return max(pods, key=lambda pod: (pod.id.slot, pod.id.attempt)).runtime_id

    async def _do(self, space: str, step: Do) -> None:
        if step.what == "wait":
            await asyncio.sleep(float(step.text))
        elif step.what == "scale":
            await self.control.scale(f"{space}/{step.app}", 0, cause="recording")
            await asyncio.sleep(4.0)
        elif step.what == "run":
            command = ["sh", "-c", step.text]
            with suppress(KubeLiteError):  # what it does may well end the container
                await run_in(self.client, self._container(space, step.app), command, within=LOAD_SECONDS)
        else:
            await self._engine_call(space, step.app, step.what)

    async def _engine_call(self, space: str, name: str, what: str) -> None:
        params = {"t": "2"} if what == "stop" else {}
        path = f"{container_path(self._container(space, name))}/{what}"
        await self.client.call("POST", path, params=params, within=60)

    async def _failed(self, one: Experiment, since: float) -> None:
        try:
            async with asyncio.timeout(FAIL_SECONDS):
                while not await self._seen(one, since):
                    await asyncio.sleep(LOOK_EVERY)
        except TimeoutError:
            raise Unmade(f"{one.id}: nothing failed; it is {self._view(one.id, one.name).status}") from None

    async def _seen(self, one: Experiment, since: float) -> bool:
        view = self._view(one.id, one.name)
        match one.until:
            case "quiet":
                return True
            case "ended":
                return any(slot.last_exit is not None for slot in view.replicas)
            case "looping":
                return view.status is AppStatus.CRASH_LOOPING
            case _:
                events = await self.control.events(f"{one.id}/{one.name}", limit=40)
                return any(event.type is EventType.WARNING and event.last_at >= since for event in events)


def _versions(one: Experiment) -> Iterator[App]:
    yield one.app
    yield from one.others.values()
    if one.then is not None:
        yield one.then


def _folders(app: App) -> list[tuple[str, dict[str, str]]]:
    found: dict[str, dict[str, str]] = {}
    for path, text in app.files.items():
        place = PurePosixPath(path)
        found.setdefault(str(place.parent), {})[place.name] = text
    return list(found.items())


def _map_name(name: str, folder: str, version: int) -> str:
    return f"{name}{folder.replace('/', '-').replace('.', '')}-v{version}"


def _spec(space: str, name: str, app: App, version: int) -> AppSpec:
    volumes = list(_volumes(name, app, version))
    container = Container(
        name=name,
        image=app.reference,
        command=("sh", "-c", app.run) if isinstance(app.run, str) else app.run,
        env=(*(EnvVar(name=key, value=value) for key, value in app.env.items()), *app.sources),
        env_from=app.env_from,
        ports=tuple(_ports(app)),
        resources=Resources(limits=Amounts(memory_bytes=app.memory << 20 or None), gpus=app.gpus),
        volume_mounts=tuple(VolumeMount(name=volume.name, mount_path=path) for volume, path in volumes),
        liveness=app.liveness,
        readiness=app.readiness,
        image_pull_policy=app.pull,
        security=Security(run_as_user=app.user, read_only_root_filesystem=app.read_only, drop_capabilities=app.drop),
    )
    template = PodTemplate(
        containers=(container,),
        volumes=tuple(volume for volume, _ in volumes),
        termination_grace_seconds=app.grace,
        labels={"app": name},
    )
    # What comes up only to end at once must not replace what works.
    calm = Strategy(min_ready_seconds=MIN_READY_SECONDS)
    return AppSpec(name=name, namespace=space, runtime="docker", template=template, strategy=calm)


def _ports(app: App) -> Iterator[Port]:
    for port in app.ports:
        yield Port(container_port=port, host_port=app.host_port or None)


def _volumes(name: str, app: App, version: int) -> Iterator[tuple[Volume, str]]:
    for folder, _ in _folders(app):
        source = FileSource(kind="configMap", name=_map_name(name, folder, version))
        yield (
            Volume(name=f"files{folder.replace('/', '-')}", source=Files(sources=(source,), default_mode=app.mode)),
            folder,
        )
    for path, size in app.tmpfs.items():
        yield (
            Volume(name=f"memory{path.replace('/', '-')}", source=EmptyDir(medium="Memory", size_limit_bytes=size)),
            path,
        )
    for path, claim in app.claims.items():
        yield Volume(name=claim, source=Claim(name=claim)), path


def facts(one: Experiment, seen: Symptoms, stage: Stage) -> Mapping[str, object]:
    """The record: what was seen, in a failure corpus's fields and our own, and what is right."""
    clean = stage.scrubbed

    def lines(given: tuple[str, ...]) -> list[str]:
        return [clean(line) for line in given]

    return {
        "id": one.id,
        "image": clean(seen.image),
        "command": clean(seen.command),
        "env_names": list(seen.env_names),
        "ports": list(seen.ports),
        "exit_code": seen.exit_code,
        "state_reason": clean(seen.state_reason),
        "oom_killed": seen.oom_killed,
        "restart_count": seen.restart_count,
        "logs": lines(seen.logs),
        "previous_logs": lines(seen.previous_logs),
        "events": lines(seen.events),
        "health_check": lines(seen.health_check),
        "recent_changes": lines(seen.recent_changes),
        "memory_limit": seen.memory_limit,
        "memory_used": seen.memory_used,
        "neighbours": [{"name": n.name, "state": clean(n.state), "well": n.well} for n in seen.neighbours],
        **labels(one),
    }


def labels(one: Experiment) -> Mapping[str, object]:
    """What is right. They belong to the experiment: a label that is corrected needs no new recording."""
    return {
        "gold_root_cause": one.cause.value,
        "gold_remediation": one.accepted[0].value,
        "also_acceptable_root_causes": [cause.value for cause in one.also],
        "also_acceptable_remediations": [remedy.value for remedy in one.accepted[1:]],
        "difficulty": "hard" if one.hard else "easy",
        "tags": [],
        "split": one.split,
    }
