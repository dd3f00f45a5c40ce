"""From what is asked to a job definition, and from a definition back to whose it is and where it answers. Pure.

One operation for each container: those of a pod in one group (they reach each other by name, not on localhost), init
containers before them in groups of their own, an operation for each emptyDir first of all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.core.images import parse_image
from app.core.pods import NOT_HTTP
from app.core.replicasets import SetId, SetRequest
from app.core.spec import AppKey, JobSpec
from app.core.template import Container, EmptyDir, HttpGet, PodTemplate, Probe, Protocol
from app.runtimes.nosana.definition import (
    CreateVolume,
    Execution,
    Exposed,
    HttpCheck,
    JobDefinition,
    Retries,
    Run,
    RunArgs,
    VolumeArgs,
    VolumeMount,
    checked,
)

MARK = "kubelite"
"""The key of `meta` that says whose a deployment is."""
GROUP = "main"
TRIES = 3
"""A container that fails starts again on its host so often; then the job ends, so that it is seen (with its exit code)
and the manager's own back-off begins. "Always", which no back-off ends, would be billed for a crash loop unseen."""
GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Op:
    """One container of a definition. `index` counts all operations, `port` 0 = exposes none; `path` is what its
    health check asks, "" without one."""

    id: str
    index: int
    image: str
    port: int = 0
    path: str = ""
    init: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """What is read from a definition of ours. `digest` as `digest_of`, `marked` the one written into it."""

    id: SetId
    ops: tuple[Op, ...]
    digest: str
    marked: str

    @property
    def main(self) -> Op:
        return next((op for op in self.ops if not op.init), self.ops[0])

    @property
    def exposed(self) -> Op | None:
        """The operation that is reached from outside."""
        return next((op for op in self.ops if op.port), None)


def define(request: SetRequest, instance: str) -> JobDefinition:
    """The definition of a set. Raises `InvalidInput` that says what the network would refuse."""
    template = request.template
    ops = [*_volumes(template), *_init(request), *_main(request)]
    content = {"version": "0.1", "type": "container", "ops": [op.model_dump(exclude_none=True) for op in ops]}
    key, digest = request.id.app, digest_of(content)
    mark = {
        "instance": instance,
        "namespace": key.namespace,
        "app": key.name,
        "template": request.id.template_hash,
        "digest": digest,
    }
    meta: dict[str, Any] = {"trigger": MARK, MARK: mark}
    if memory := request.placement.gpu_memory_bytes:
        meta["system_requirements"] = {"required_vram": -(-memory // GIB)}
    return checked({**content, "meta": meta})


def shape_of(definition: Mapping[str, Any], instance: str) -> Shape | None:
    """Whose it is and what it runs; None for a definition that is not of this instance."""
    meta = definition.get("meta")
    mark = meta.get(MARK) if isinstance(meta, Mapping) else None
    if not isinstance(mark, Mapping) or mark.get("instance") != instance:
        return None
    namespace, app, template = (str(mark.get(key) or "") for key in ("namespace", "app", "template"))
    ops = tuple(_ops(definition))
    if not (namespace and app and template and ops):
        return None
    one = SetId(AppKey(namespace, app), template)
    return Shape(one, ops, digest_of(definition), str(mark.get("digest") or ""))


def digest_of(definition: Mapping[str, Any]) -> str:
    """SHA-256 of what is run: the operations and their defaults, canonical JSON. The network adds to `meta`, so that is
    not part of it."""
    run = {key: definition.get(key) for key in ("version", "type", "ops", "global") if definition.get(key) is not None}
    text = json.dumps(run, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def exposed_port(container: Container) -> int | None:
    """The one port of a container that gets an address: of its HTTP probe, else the first that may speak HTTP."""
    if (probe := http_probe(container)) is not None:
        return port_number(probe.handler.port, container) if isinstance(probe.handler, HttpGet) else None
    return next((port.container_port for port in container.ports if speaks_http(port.protocol, port)), None)


def speaks_http(protocol: Protocol, port: Any) -> bool:
    """Whether the network's HTTPS front can pass anything on to it."""
    return protocol is Protocol.TCP and port.container_port not in NOT_HTTP


def http_probe(container: Container) -> Probe | None:
    """The probe that becomes the health check: readiness before liveness before startup."""
    probes = (container.readiness, container.liveness, container.startup)
    return next((probe for probe in probes if probe is not None and isinstance(probe.handler, HttpGet)), None)


def port_number(port: int | str, container: Container) -> int | None:
    """A probe's port as a number; None for a name that no port of the container has."""
    if isinstance(port, int) or port.isdigit():
        return int(port)
    return next((one.container_port for one in container.ports if one.name == port), None)


def environment(request: SetRequest, container: Container) -> dict[str, str]:
    """Every variable of a container, resolved."""
    given = request.env.get(container.name)
    if given is not None:
        return dict(given)
    return {var.name: var.value for var in container.env if var.source is None}


def _volumes(template: PodTemplate) -> Iterator[CreateVolume]:
    for volume in template.volumes:
        if isinstance(volume.source, EmptyDir):
            yield CreateVolume(id=f"volume-{volume.name}", args=VolumeArgs(name=volume.name))


def _init(request: SetRequest) -> Iterator[Run]:
    for number, container in enumerate(request.template.init_containers):
        args = _args(request, container, exposed=False, restart=_tries(request.template, request.job))
        yield Run(id=container.name, args=args, execution=Execution(group=f"init-{number}"))


def _main(request: SetRequest) -> Iterator[Run]:
    containers = request.template.containers
    group = Execution(group=GROUP) if len(containers) > 1 or request.template.init_containers else None
    for container in containers:
        args = _args(request, container, exposed=True, restart=_tries(request.template, request.job))
        yield Run(id=container.name, args=args, execution=group)


def _args(request: SetRequest, container: Container, *, exposed: bool, restart: Retries | Literal["no"]) -> RunArgs:
    mounts = [VolumeMount(name=mount.name, dest=mount.mount_path) for mount in container.volume_mounts]
    env = environment(request, container)
    return RunArgs.model_construct(
        image=parse_image(container.image).canonical,
        entrypoint=list(container.command) or None,
        cmd=list(container.args) or None,
        env=env or None,
        work_dir=container.working_dir or None,
        gpu=True if container.resources.gpus else None,
        expose=_expose(container) if exposed else None,
        volumes=mounts or None,
        restart_policy=restart,
    )


def _expose(container: Container) -> list[Exposed] | None:
    port = exposed_port(container)
    if port is None:
        return None
    probe = http_probe(container)
    check = _check(probe.handler) if probe is not None and isinstance(probe.handler, HttpGet) else None
    return [Exposed.model_construct(port=port, type="web", health_checks=[check] if check else None)]


def _check(handler: HttpGet) -> HttpCheck:
    path = handler.path if handler.path.startswith("/") else f"/{handler.path}"
    return HttpCheck(path=path, headers=dict(handler.headers) or None)


def _tries(template: PodTemplate, job: JobSpec | None) -> Retries | Literal["no"]:
    if job is None and template.restart_policy == "Always":
        return Retries(restart_tries=TRIES)
    if template.restart_policy == "Never":
        return "no"
    limit = job.backoff_limit if job is not None else None
    tries = TRIES if limit is None else limit
    return Retries(restart_tries=tries) if tries else "no"


def _ops(definition: Mapping[str, Any]) -> Iterator[Op]:
    ops = definition.get("ops")
    for index, op in enumerate(ops if isinstance(ops, list) else ()):
        if not isinstance(op, Mapping) or op.get("type") != "container/run":
            continue
        args = op.get("args")
        args = args if isinstance(args, Mapping) else {}
        port, path = _exposed(args.get("expose"))
        execution = op.get("execution")
        group = execution.get("group") if isinstance(execution, Mapping) else None
        init = isinstance(group, str) and group.startswith("init-")
        yield Op(str(op.get("id")), index, str(args.get("image") or ""), port, path, init)


def _exposed(expose: Any) -> tuple[int, str]:
    first = expose[0] if isinstance(expose, list) and expose else expose
    if isinstance(first, int) and not isinstance(first, bool):
        return first, ""
    if not isinstance(first, Mapping) or not isinstance(expose, list):
        return 0, ""
    port = first.get("port")
    checks = first.get("health_checks")
    paths = [str(check.get("path")) for check in checks or () if isinstance(check, Mapping) and check.get("path")]
    return (int(port) if isinstance(port, int) else 0), (paths[0] if paths else "")
