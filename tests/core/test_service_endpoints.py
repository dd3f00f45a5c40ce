"""Which replicas stand behind a Service, and what its balancer is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from app.core.objects import ObjectKey, Service, ServicePort
from app.core.pods import ObservedPod, PodPhase
from app.core.services import Candidate, endpoints, left_out, selects, speaks_http, stands_behind, target_port
from app.core.spec import AppSpec, Container, Desired, PodTemplate, Port
from app.core.template import Protocol
from tests.worlds import pod, spec, wish

LABELS = {"app": "web", "tier": "front"}


def labelled(**changes: Any) -> AppSpec:
    of = spec()
    return of.model_copy(update={"template": of.template.model_copy(update={"labels": LABELS}), **changes})


def service(*ports: ServicePort, **changes: Any) -> Service:
    given: dict[str, Any] = {"name": "web", "runtime": "simulator", "selector": {"app": "web"}, "type": "NodePort"}
    return Service.model_validate({**given, "ports": ports or (ServicePort(port=80),), **changes})


def at(slot: int, **changes: Any) -> ObservedPod:
    return replace(pod(slot), address=f"10.0.0.{slot + 1}", **changes)


def candidates(*pods: ObservedPod, template: PodTemplate | None = None) -> list[Candidate]:
    return [Candidate(one, template or spec().template) for one in pods]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({"app": "web"}, True),
        ({"app": "web", "tier": "front"}, True),
        ({"app": "web", "tier": "back"}, False),
        ({"missing": "x"}, False),
        ({}, False),
    ],
)
def test_every_label_of_the_selector_counts(selector: dict[str, str], expected: bool) -> None:
    assert selects(selector, LABELS) is expected


@pytest.mark.parametrize(
    ("of", "changes"),
    [
        (labelled(namespace="other"), {}),
        (labelled(runtime="docker"), {}),
        (labelled(), {"selector": {"app": "api"}}),
    ],
)
def test_an_app_elsewhere_or_of_other_labels_does_not_stand_behind_it(of: AppSpec, changes: Mapping[str, Any]) -> None:
    assert stands_behind(service(), wish(labelled()))
    assert not stands_behind(service(**changes), wish(of))


def test_an_app_that_is_deleted_does_not_stand_behind_it() -> None:
    gone: Desired = wish(labelled(), deleting=True)
    assert not stands_behind(service(), gone)


def test_only_ready_replicas_with_an_address_are_sent_to() -> None:
    behind = candidates(
        at(2),
        at(0),
        at(1, ready=False),
        at(3, phase=PodPhase.PENDING),
        at(4, phase=PodPhase.FAILED),
        replace(at(5), address=""),
    )
    request = endpoints(service(), behind, {})
    assert request is not None
    [port] = request.ports
    assert [(one.pod.slot, one.address, one.port) for one in port.endpoints] == [
        (0, "10.0.0.1", 80),
        (2, "10.0.0.3", 80),
    ]
    assert request.service == ObjectKey("Service", "default", "web")


def test_with_no_replica_it_is_still_a_balancer() -> None:
    request = endpoints(service(), [], {})
    assert request is not None
    assert request.ports[0].endpoints == ()


@pytest.mark.parametrize(
    ("kind", "node_port", "remembered", "expected"),
    [
        ("ClusterIP", None, {"80/TCP": 32768}, None),
        ("NodePort", None, {}, 0),
        ("LoadBalancer", None, {"80/TCP": 32768}, 32768),
        ("NodePort", 30080, {"80/TCP": 32768}, 30080),
        ("NodePort", None, {"81/TCP": 32768}, 0),
    ],
)
def test_the_host_port_is_the_one_named_else_the_one_remembered_else_a_free_one(
    kind: str, node_port: int | None, remembered: dict[str, int], expected: int | None
) -> None:
    request = endpoints(service(ServicePort(port=80, node_port=node_port), type=kind), [], remembered)
    assert request is not None
    assert request.ports[0].host_port == expected


def test_a_named_target_is_looked_up_in_each_replica() -> None:
    def template(number: int) -> PodTemplate:
        return PodTemplate(
            containers=(Container(name="a", image="a", ports=(Port(container_port=number, name="web"),)),)
        )

    behind = [Candidate(at(0), template(8080)), Candidate(at(1), template(9000)), Candidate(at(2), spec().template)]
    request = endpoints(service(ServicePort(port=80, target_port="web")), behind, {})
    assert request is not None
    assert [one.port for one in request.ports[0].endpoints] == [8080, 9000], "the third has no such port"
    assert request.ports[0].http


def test_the_target_is_the_port_itself_where_none_is_given() -> None:
    template = spec().template
    assert (target_port(None, 80, template), target_port(81, 80, template), target_port("no", 80, template)) == (
        80,
        81,
        None,
    )


@pytest.mark.parametrize(
    ("app_protocol", "name", "number", "expected"),
    [
        ("http", "x", 1, True),
        ("HTTP", "", 1, True),
        ("kubernetes.io/ws", "", 1, True),
        ("kubernetes.io/h2c", "", 80, False),
        ("https", "http", 80, False),
        ("", "http-api", 1, True),
        ("", "https", 80, False),
        ("", "redis", 80, False),
        ("", "", 8080, True),
        ("", "", 5432, False),
        ("", "", None, False),
    ],
)
def test_what_is_taken_for_http(app_protocol: str, name: str, number: int | None, expected: bool) -> None:
    assert speaks_http(app_protocol, name, number) is expected


def test_udp_is_left_out_and_said_so() -> None:
    dns = service(ServicePort(port=53), ServicePort(port=53, name="udp", protocol=Protocol.UDP))
    request = endpoints(dns, [], {})
    assert request is not None
    assert [(port.port, port.protocol) for port in request.ports] == [(53, Protocol.TCP)]
    assert left_out(dns) == "53/UDP not balanced (TCP only; a hostPort on the pod reaches it)"
    only = service(ServicePort(port=53, protocol=Protocol.UDP))
    assert endpoints(only, [], {}) is None
    assert left_out(service()) == ""
    assert left_out(Service(name="a", runtime="simulator")) == "it has no port, so there is nothing to balance"
