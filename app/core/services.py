"""Services as values: which replicas stand behind one, what a balancer is asked for, what is seen of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.objects import ObjectKey, Service, ServicePort, key_of
from app.core.pods import ObservedPod, PodId, PodPhase
from app.core.spec import Desired
from app.core.template import PodTemplate, Protocol

HTTP_PORTS = frozenset({80, 3000, 5000, 8000, 8080, 8081, 8888, 9090})
"""Container ports that are taken for HTTP where the Service does not say (`appProtocol`, or a port name that begins
with `http`): only there may a request that got no answer be sent to another replica."""


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """One ready replica: where the balancer sends to. `address` is its address in the pods' network."""

    pod: PodId
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class BalancedPort:
    """`host_port` None = not published; 0 = published on a free one; else on that very one."""

    port: int
    protocol: Protocol
    http: bool
    host_port: int | None
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True)
class BalancerRequest:
    """What a Service comes to now. `session_affinity`: a client address stays with its replica."""

    service: ObjectKey
    ports: tuple[BalancedPort, ...]
    session_affinity: bool = False


@dataclass(frozen=True, slots=True)
class ObservedBalancer:
    """`host_ports` by `80/TCP`; `digest` is that of the configuration it runs with; `address` in the pods' network."""

    service: ObjectKey
    running: bool
    digest: str
    host: str
    host_ports: Mapping[str, int]
    address: str = ""


def selects(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Every label of the selector is there; an empty selector selects nothing (as a Service does)."""
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def target_port(target: int | str | None, port: int, template: PodTemplate) -> int | None:
    """The number behind a `targetPort`: itself, the Service's own port, or the container port of that name."""
    if target is None:
        return port
    if isinstance(target, int):
        return target
    named: Sequence[int] = [
        one.container_port for container in template.containers for one in container.ports if one.name == target
    ]
    return named[0] if named else None


def speaks_http(app_protocol: str, name: str, target: int | None) -> bool:
    """Whether a Service port carries HTTP: what it says of itself wins, then its name, then the number."""
    if app_protocol:
        # h2c (HTTP/2 without TLS, gRPC) is carried as it is: its clients speak to the replicas themselves.
        return app_protocol.lower() in ("http", "kubernetes.io/ws")
    if name:
        return name.lower().startswith("http") and not name.lower().startswith("https")
    return target in HTTP_PORTS


@dataclass(frozen=True, slots=True)
class Candidate:
    """A replica that may stand behind a Service, with the template it was made from."""

    pod: ObservedPod
    template: PodTemplate


def stands_behind(service: Service, wish: Desired) -> bool:
    """Whether the app's replicas are those the Service is for: same namespace and runtime, labels as selected. An app
    that is moving away still serves where it was."""
    spec = wish.spec
    here = spec.namespace == service.namespace and service.runtime in (spec.runtime, *wish.moved_from)
    return here and not wish.deleting and selects(service.selector, spec.template.labels)


def receives(pod: ObservedPod) -> bool:
    """Whether new connections may go to it."""
    return pod.phase is PodPhase.RUNNING and pod.ready and bool(pod.address)


def port_name(port: ServicePort) -> str:
    """`80/TCP`."""
    return f"{port.port}/{port.protocol.value}"


def endpoints(
    service: Service, candidates: Sequence[Candidate], host_ports: Mapping[str, int]
) -> BalancerRequest | None:
    """What a Service's balancer is to do, given the replicas of the apps that stand behind it.

    `host_ports` are those it was given before, by `80/TCP`: they are asked for again. None when no port of it can be
    balanced (`left_out` says why).
    """
    ready = [one for one in candidates if receives(one.pod)]
    carried = [port for port in service.ports if port.protocol is Protocol.TCP]
    balanced = tuple(_balanced(service, port, ready, host_ports) for port in carried)
    return BalancerRequest(key_of(service), balanced, service.session_affinity) if balanced else None


def _balanced(
    service: Service, port: ServicePort, ready: Sequence[Candidate], host_ports: Mapping[str, int]
) -> BalancedPort:
    targets = [(one.pod, target_port(port.target_port, port.port, one.template)) for one in ready]
    found = tuple(sorted(Endpoint(pod.id, pod.address, number) for pod, number in targets if number is not None))
    number = port.target_port if isinstance(port.target_port, int) else found[0].port if found else port.port
    http = speaks_http(port.app_protocol, port.name, number)
    wished = (port.node_port or host_ports.get(port_name(port), 0)) if service.published else None
    return BalancedPort(port.port, port.protocol, http, wished, found)


def left_out(service: Service) -> str:
    """In words, which ports no balancer carries; empty when there is none."""
    names = [port_name(port) for port in service.ports if port.protocol is not Protocol.TCP]
    if not service.ports:
        return "it has no port, so there is nothing to balance"
    if not names:
        return ""
    return f"{', '.join(names)} not balanced (TCP only; a hostPort on the pod reaches it)"
