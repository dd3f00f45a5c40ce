"""What of an app Nosana cannot do as asked: refusals name the field and the way out, warnings say what happens instead.

One rule for each row of what Kubernetes' fields come to on the network; a field that maps as it is has none. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.configuring.downward import NOT_KNOWN_YET
from app.core.errors import InvalidInput
from app.core.images import parse_image
from app.core.placement import MIN_TIMEOUT_MINUTES
from app.core.replicasets import Fit
from app.core.spec import AppSpec, Strategy
from app.core.template import (
    Claim,
    Container,
    EmptyDir,
    Exec,
    Files,
    HostPath,
    HttpGet,
    PodTemplate,
    Probe,
    Protocol,
    TcpSocket,
)
from app.runtimes.nosana.describing import exposed_port, http_probe, port_number, speaks_http
from app.runtimes.nosana.secrecy import every_container, secret_sources

GRACE = PodTemplate.model_fields["termination_grace_seconds"].default
OF_ONE_REPLICA = frozenset({"metadata.name", "metadata.uid", "spec.nodeName"})
GRANTED = frozenset({"NET_ADMIN"})
"""Capabilities a host gives to every container anyway."""


class _Findings:
    def __init__(self) -> None:
        self.refusals: list[str] = []
        self.warnings: list[str] = []

    def refuse(self, field: str, why: str, way_out: str) -> None:
        self.refusals.append(f"{field}: {why}; {way_out}.")

    def warn(self, field: str, instead: str) -> None:
        self.warnings.append(f"{field}: {instead}.")


def fit_of(spec: AppSpec) -> Fit:
    """Everything at once, in the order of the manifest."""
    found = _Findings()
    _app(spec, found)
    _pod(spec.template, found)
    for at, container in every_container(spec.template):
        _container(at, container, found)
        init = at.startswith("init")
        _network(at, container, found, init=init)
        for name, probe in _probes(container):
            _probe(f"{at}.{name}", name, probe, container, found)
    return Fit(tuple(dict.fromkeys(found.refusals)), tuple(dict.fromkeys(found.warnings)))


# -- the app


def _app(spec: AppSpec, found: _Findings) -> None:
    strategy, usual = spec.strategy, Strategy()
    if strategy.type == "RollingUpdate" and (
        strategy.max_surge != usual.max_surge or strategy.max_unavailable != usual.max_unavailable
    ):
        found.warn(
            "strategy.rollingUpdate",
            "all new replicas are rented beside the old ones, which stop once the new are ready",
        )
    if spec.paused:
        found.warn("paused", "an update waits, but replicas are still replaced on other hosts by the network")
    if not any(container.resources.gpus for _, container in every_container(spec.template)):
        found.warn("resources", "every machine of the network has a GPU, so one is rented although none is asked for")
    if spec.job is not None:
        _job(spec, found)


def _job(spec: AppSpec, found: _Findings) -> None:
    job = spec.job
    assert job is not None
    if job.indexed:
        found.refuse(
            "completionMode",
            "all replicas get the same definition, so none can be told its index",
            "use NonIndexed, or one Job for each part",
        )
    if (job.completions or 1) > job.parallelism:
        found.warn("completions", f"all {job.completions} run at once instead of {job.parallelism} at a time")
    if job.backoff_limit:
        found.warn(
            "backoffLimit", "a failed container starts again on its own host so often; no other host is tried then"
        )
    deadline = job.active_deadline_seconds
    if deadline is not None and deadline % 60 + max(MIN_TIMEOUT_MINUTES * 60 - deadline, 0):
        minutes = max(MIN_TIMEOUT_MINUTES, -(-deadline // 60))
        found.warn("activeDeadlineSeconds", f"the network counts whole minutes from 60 on, so it is {minutes} minutes")


# -- the pod


def _pod(template: PodTemplate, found: _Findings) -> None:
    for field, wanted in (
        ("hostNetwork", template.host_network),
        ("hostPID", template.host_pid),
        ("hostIPC", template.host_ipc),
    ):
        if wanted:
            found.refuse(field, "a rented machine shares nothing of its own with a container", "leave it out")
    if template.termination_grace_seconds != GRACE:
        found.warn("terminationGracePeriodSeconds", "the host decides how long a container has to end")
    if len(template.containers) > 1:
        names = " and ".join(one.name for one in template.containers)
        found.warn("containers", f"they reach each other by their names ({names}), not on localhost")
    if template.init_containers:
        found.warn("initContainers", "they run as stages of the same job, paid like the rest of it")
    if sources := secret_sources(template):
        found.warn(
            sources[0].partition(" (")[0],
            "the job is confidential, so the values are not published; the host that runs it still sees them",
        )
    for number, volume in enumerate(template.volumes):
        _volume(f"volumes[{number}]", volume.name, volume.source, found)


def _volume(at: str, name: str, source: EmptyDir | HostPath | Claim | Files, found: _Findings) -> None:
    if isinstance(source, Claim):
        found.refuse(
            f"{at}.persistentVolumeClaim",
            f"nothing on a rented machine outlives its job, so {name} would be empty each time",
            "keep the data outside (object storage, a database), or use an emptyDir if it may be lost",
        )
    elif isinstance(source, HostPath):
        found.refuse(f"{at}.hostPath", "a host's own files are out of reach", "bake the files into the image")
    elif isinstance(source, Files):
        kind = source.sources[0].kind if source.sources else "projected"
        found.refuse(
            f"{at}.{kind}",
            "the network cannot put files into a container",
            "bake them into the image, or pass the text in a variable and let the command write the file",
        )
    elif source.medium or source.size_limit_bytes is not None:
        found.warn(f"{at}.emptyDir", "it is an ordinary directory on the host's disk, without a size limit")


# -- a container


def _container(at: str, container: Container, found: _Findings) -> None:
    try:
        parse_image(container.image)
    except InvalidInput as error:
        found.refuse(f"{at}.image", str(error).rstrip("."), "name one that a registry has")
    resources = container.resources
    amounts = (resources.requests, resources.limits)
    if any(one.cpu_millicores is not None or one.memory_bytes is not None for one in amounts):
        found.warn(f"{at}.resources", "CPU and memory are not reserved or limited: the host's size decides")
    if resources.gpus > 1:
        found.refuse(
            f"{at}.resources.limits.nvidia.com/gpu",
            f"a machine has one GPU that counts, not {resources.gpus}",
            "ask for 1 and choose a market whose GPU is large enough",
        )
    if container.image_pull_policy:
        found.warn(f"{at}.imagePullPolicy", "the host pulls what it lacks; pin a digest (@sha256:...) to be certain")
    _security(f"{at}.securityContext", container, found)
    _variables(at, container, found)
    for number, mount in enumerate(container.volume_mounts):
        if mount.sub_path:
            found.refuse(
                f"{at}.volumeMounts[{number}].subPath", "a volume is mounted as a whole", "mount it without subPath"
            )
        if mount.read_only:
            found.warn(f"{at}.volumeMounts[{number}].readOnly", "the container may write to it")


def _security(at: str, container: Container, found: _Findings) -> None:
    security = container.security
    if security.privileged:
        found.refuse(f"{at}.privileged", "hosts run no privileged containers for others", "leave it out")
    if added := sorted(set(security.add_capabilities) - GRANTED):
        found.refuse(f"{at}.capabilities.add", f"hosts grant no {', '.join(added)}", "leave it out")
    asked = (
        security.run_as_user,
        security.run_as_group,
        security.read_only_root_filesystem or None,
        None if security.allow_privilege_escalation else True,
        security.drop_capabilities or None,
    )
    if any(one is not None for one in asked):
        found.warn(at, "user, capabilities and the root filesystem are as the image and the host have them")


def _variables(at: str, container: Container, found: _Findings) -> None:
    for number, var in enumerate(container.env):
        if var.source is None or var.source.kind != "fieldRef":
            continue
        field = f"{at}.env[{number}].valueFrom.fieldRef"
        if var.source.key in NOT_KNOWN_YET:
            found.refuse(field, f"{var.source.key} is not known before a host is found", "let the container look it up")
        elif var.source.key in OF_ONE_REPLICA:
            found.warn(field, f"all replicas get the same definition, so {var.source.key} is the same for all of them")


def _network(at: str, container: Container, found: _Findings, *, init: bool) -> None:
    chosen = None if init else exposed_port(container)
    for number, port in enumerate(container.ports):
        field = f"{at}.ports[{number}]"
        if port.protocol is not Protocol.TCP and not any(one.protocol is Protocol.TCP for one in container.ports):
            found.refuse(
                f"{field}.protocol",
                f"the network passes on HTTPS and WebSocket only, no {port.protocol.value}",
                "serve HTTP, or run this app with Docker",
            )
        elif not speaks_http(port.protocol, port):
            found.warn(field, "it is not reached from outside: the network passes on HTTPS and WebSocket only")
        elif port.container_port != chosen:
            found.warn(field, f"it gets no address: one port of a container has one, here {chosen or 'none'}")
        if port.host_port is not None:
            found.warn(f"{field}.hostPort", "the address is an HTTPS name without a port")
    if chosen is not None:
        found.warn(f"{at}.ports", f"port {chosen} is public at an HTTPS address: anybody who has it can ask")
        if http_probe(container) is None:
            found.warn(
                f"{at}.readinessProbe",
                "without an httpGet probe the network also sends requests to a replica that is not well",
            )


# -- probes


def _probes(container: Container) -> Iterator[tuple[str, Probe]]:
    named = (
        ("startupProbe", container.startup),
        ("readinessProbe", container.readiness),
        ("livenessProbe", container.liveness),
    )
    return ((name, probe) for name, probe in named if probe is not None)


def _probe(at: str, name: str, probe: Probe, container: Container, found: _Findings) -> None:
    handler = probe.handler
    if isinstance(handler, Exec):
        found.refuse(f"{at}.exec", "no command can be run inside a container there", "use httpGet, or leave it out")
    elif isinstance(handler, TcpSocket):
        found.refuse(f"{at}.tcpSocket", "only HTTPS reaches a container there", "use httpGet, or leave it out")
    else:
        _http(at, name, handler, container, found)


def _http(at: str, name: str, handler: HttpGet, container: Container, found: _Findings) -> None:
    port, chosen = port_number(handler.port, container), exposed_port(container)
    if port is None:
        found.refuse(f"{at}.httpGet.port", "no port of the container has this name", "give the port's number")
    elif port != chosen:
        found.refuse(
            f"{at}.httpGet.port",
            f"only port {chosen} of this container is reached",
            f"probe port {chosen}, or leave it out",
        )
    if handler.scheme == "HTTPS":
        found.refuse(
            f"{at}.httpGet.scheme", "the network ends HTTPS itself and asks the container over HTTP", "use scheme HTTP"
        )
    if name == "readinessProbe":
        found.warn(
            at,
            "the network's balancer asks on its own times (every 5 s until well, then every 30 s) and wants status "
            "200; KubeLite asks as you say beside it",
        )
    elif name == "livenessProbe":
        found.warn(at, "KubeLite asks, and ends a replica that fails; the network then rents another host for it")
