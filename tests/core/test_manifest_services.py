"""Services: selector, ports, types, and what a balancer on one host does not do."""

from __future__ import annotations

import pytest

from app.core.objects import Service, ServicePort
from app.core.spec import Protocol
from tests.core.manifest_texts import indented, parse


def service(spec: str = "ports: [{port: 80}]", *, selector: str = "selector: {app: web}", name: str = "web") -> str:
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec:\n{indented(selector, 2)}{indented(spec, 2)}"
    )


def only(text: str) -> Service:
    report = parse(text)
    assert [str(found) for found in (*report.errors, *report.warnings)] == []
    (found,) = report.objects
    assert isinstance(found, Service)
    return found


def test_the_least_service() -> None:
    assert only(service()) == Service(
        name="web", runtime="simulator", selector={"app": "web"}, ports=(ServicePort(port=80),)
    )


def test_everything_of_a_service() -> None:
    spec = """
    type: NodePort
    sessionAffinity: ClientIP
    ports:
    - {name: http, port: 80, targetPort: web, nodePort: 30080, appProtocol: http}
    - {name: https, port: 443, targetPort: 8443}
    """
    found = only(service(spec))
    assert found.type == "NodePort"
    assert found.session_affinity
    assert found.ports == (
        ServicePort(name="http", port=80, target_port="web", node_port=30080, app_protocol="http"),
        ServicePort(name="https", port=443, target_port=8443),
    )


@pytest.mark.parametrize(
    "text", ["targetPort: 0", 'targetPort: ""', "targetPort: null", "nodePort: 0", "protocol: TCP"]
)
def test_what_is_the_default_is_left_out(text: str) -> None:
    assert only(service(f"type: NodePort\nports: [{{port: 80, {text}}}]")).ports == (ServicePort(port=80),)


@pytest.mark.parametrize(
    ("spec", "path", "says"),
    [
        ("", "spec.ports", "a Service has at least one"),
        ("ports: []", "spec.ports", "a Service has at least one"),
        ("ports: 80", "spec.ports", "must be a list"),
        ("ports: [{targetPort: 80}]", "spec.ports[0].port", "port is missing"),
        ("ports: [{port: '80'}]", "spec.ports[0].port", "port must be a whole number"),
        ("ports: [{port: 0}]", "spec.ports[0].port", "from 1 to 65535"),
        ("ports: [{port: 80, targetPort: '80'}]", "spec.ports[0].targetPort", "a number or a port's name"),
        ("ports: [{port: 80, targetPort: 70000}]", "spec.ports[0].targetPort", "from 1 to 65535"),
        ("ports: [{port: 80, targetPort: HTTP}]", "spec.ports[0].targetPort", "not a valid port name"),
        ("ports: [{port: 80, nodePort: 30000}]", "spec.ports[0].nodePort", "when type is ClusterIP"),
        ("type: NodePort\nports: [{port: 80, nodePort: 99999}]", "spec.ports[0].nodePort", "from 0 to 65535"),
        ("ports: [{port: 80, protocol: HTTP}]", "spec.ports[0].protocol", "must be TCP, UDP or SCTP"),
        ("ports: [{port: 80, name: Web}]", "spec.ports[0].name", "not a valid"),
        ("ports: [{containerPort: 80, port: 80}]", "spec.ports[0].containerPort", "unknown field"),
        ("ports: [{name: a, port: 80}, {name: a, port: 81}]", "spec.ports[1].name", "duplicate name"),
        ("ports: [{name: a, port: 80}, {name: b, port: 80}]", "spec.ports[1].port", "duplicate port"),
        ("type: Balancer\nports: [{port: 80}]", "spec.type", "must be ClusterIP"),
        ("sessionAffinity: Cookie\nports: [{port: 80}]", "spec.sessionAffinity", "must be None or ClientIP"),
        ("replicas: 2\nports: [{port: 80}]", "spec.replicas", "unknown field"),
    ],
)
def test_services_that_are_wrong(spec: str, path: str, says: str) -> None:
    errors = parse(service(spec)).errors
    assert [error.path for error in errors] == [path]
    assert says in errors[0].message


def test_each_of_several_ports_has_a_name() -> None:
    errors = parse(service("ports: [{port: 80}, {port: 81}]")).errors
    assert [error.path for error in errors] == ["spec.ports[0].name", "spec.ports[1].name"]


@pytest.mark.parametrize(
    ("selector", "path"),
    [
        ("selector: {matchLabels: {app: web}}", "spec.selector.matchLabels"),
        ("selector: {app: 1}", "spec.selector.app"),
        ("selector: {app: a b}", "spec.selector.app"),
        ("selector: web", "spec.selector"),
    ],
)
def test_selectors_that_are_wrong(selector: str, path: str) -> None:
    assert [error.path for error in parse(service(selector=selector)).errors] == [path]


@pytest.mark.parametrize(
    ("name", "says"), [("1web", "must begin with a lower case letter"), ("a.b", "not a valid"), ("Web", "not a valid")]
)
def test_a_services_name_is_a_host_name(name: str, says: str) -> None:
    (error,) = parse(service(name=name)).errors
    assert error.path == "metadata.name"
    assert says in error.message


@pytest.mark.parametrize("spec", ["type: ExternalName\nexternalName: db.example.com", "externalName: db.example.com"])
def test_an_external_name_is_refused_in_words(spec: str) -> None:
    (error,) = parse(service(spec, selector="")).errors
    assert "type ExternalName is not supported" in error.message
    assert "write the external name where it is used" in error.hint


@pytest.mark.parametrize(
    ("spec", "path", "says"),
    [
        ("clusterIP: None\nports: [{port: 80}]", "spec.clusterIP", "leads to the balancer"),
        ("clusterIP: None", "spec.clusterIP", "leads to the balancer"),
        ("clusterIP: 10.0.0.1\nports: [{port: 80}]", "spec.clusterIP", "reach it by name"),
        ("externalIPs: [1.1.1.1]\nports: [{port: 80}]", "spec.externalIPs", "runtime's host"),
        (
            "loadBalancerSourceRanges: [10.0.0.0/8]\nports: [{port: 80}]",
            "spec.loadBalancerSourceRanges",
            "every address",
        ),
        ("publishNotReadyAddresses: true\nports: [{port: 80}]", "spec.publishNotReadyAddresses", "only ready"),
        ("ports: [{port: 53, protocol: UDP}]", "spec.ports[0].protocol", "carries TCP only"),
    ],
)
def test_what_a_service_does_not_do_here_is_said(spec: str, path: str, says: str) -> None:
    report = parse(service(spec))
    assert report.ok
    assert [warning.path for warning in report.warnings] == [path]
    assert says in report.warnings[0].message


def test_a_udp_port_is_kept() -> None:
    (found,) = parse(service("ports: [{port: 53, protocol: UDP}]")).objects
    assert isinstance(found, Service)
    assert found.ports == (ServicePort(port=53, protocol=Protocol.UDP),)


def test_a_service_without_a_selector_has_nobody_behind_it() -> None:
    report = parse(service(selector=""))
    assert report.ok
    assert "no replica stands behind" in report.warnings[0].message


def test_what_a_server_fills_in_is_no_wish() -> None:
    spec = """
    clusterIPs: [10.96.0.1]
    ipFamilies: [IPv4]
    ipFamilyPolicy: SingleStack
    internalTrafficPolicy: Cluster
    externalTrafficPolicy: Cluster
    allocateLoadBalancerNodePorts: true
    clusterIP: 10.96.0.1
    ports: [{port: 80}]
    """
    report = parse(service(spec))
    assert [warning.path for warning in report.warnings] == ["spec.clusterIP"]
