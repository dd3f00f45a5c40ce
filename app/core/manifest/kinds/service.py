"""`v1 Service`: one address for the ready replicas behind it."""

from __future__ import annotations

import re
from typing import Any

from app.core.errors import InvalidInput
from app.core.manifest.fields import Fields
from app.core.manifest.kinds.metadata import read_metadata
from app.core.manifest.kinds.tables import SERVICE
from app.core.manifest.report import Reason
from app.core.names import LABEL_CHARS, check_container_name, check_label_key, check_label_value, check_port_name
from app.core.objects import Service, ServicePort
from app.core.quoting import quoted
from app.core.spec import Protocol

_TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
_NAME = re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])?")
_NEAR = {"matchLabels": "spec.selector (its labels stand there directly)", "containerPort": "spec.ports[].targetPort"}


def read_service(document: Fields) -> Service | None:
    """None (and errors) where it cannot be one."""
    document.silent("apiVersion", "kind", "status")
    meta = read_metadata(document, check=_name)
    spec = document.fields("spec", required=True)
    document.close({}, {"ports": "spec.ports", "selector": "spec.selector"})
    if spec is None:
        return None
    kind = spec.choice("type", _TYPES) or "ClusterIP"
    if kind == "ExternalName" or spec.has("externalName"):
        _refuse_external(spec)
        return None
    headless = _cluster_ip(spec)
    selector = _selector(spec)
    ports = _ports(spec, published=kind != "ClusterIP", needed=not headless)
    affinity = spec.choice("sessionAffinity", ("None", "ClientIP"))
    spec.close(SERVICE, _NEAR)
    if meta is None:
        return None
    return Service.model_validate(
        {
            "name": meta.name,
            "namespace": meta.namespace,
            "runtime": meta.runtime,
            "labels": meta.labels,
            "annotations": meta.annotations,
            "selector": selector,
            "ports": ports,
            "type": kind,
            "session_affinity": affinity == "ClientIP",
        }
    )


def _name(text: str) -> str:
    if len(text) <= LABEL_CHARS and _NAME.fullmatch(text):
        return text
    if re.match("[0-9]", text):
        raise InvalidInput(f"{quoted(text)} is not a valid Service name: it must begin with a lower case letter")
    return check_container_name(text)


def _refuse_external(spec: Fields) -> None:
    message = "a Service of type ExternalName is not supported: there is no name service that could answer for it"
    hint = "write the external name where it is used, for example in the app's env"
    spec.error("type" if spec.has("type") else "externalName", message, hint, Reason.NOT_SUPPORTED)


def _cluster_ip(spec: Fields) -> bool:
    """Whether it is headless."""
    address = spec.text("clusterIP")
    if address == "None":
        spec.warn("clusterIP", "clusterIP None is ignored: the name leads to the balancer, not to each replica")
    elif address:
        spec.warn("clusterIP", "clusterIP is ignored: the network chooses the address; reach it by name")
    addresses = spec.node.entries.get("clusterIPs")
    if addresses is not None and address:
        spec.silent("clusterIPs")
    return address == "None"


def _selector(spec: Fields) -> dict[str, str]:
    inner = spec.fields("selector")
    if inner is not None and "matchLabels" in inner.node.entries:
        inner.error("matchLabels", "selector of a Service has the labels directly below it", "remove matchLabels")
        return {}
    selector = spec.text_map("selector", check_key=check_label_key, check_value=check_label_value)
    if not selector and not spec.out.errors:
        message = "selector is missing: no replica stands behind this Service; Endpoints written by hand are not read"
        spec.warn("selector", message, "write the labels of the pods it is for")
    return selector


# -- ports


def _ports(spec: Fields, *, published: bool, needed: bool) -> list[ServicePort]:
    before = len(spec.out.errors)
    items = spec.each("ports", hint='write "- port: 80"')
    if not items and needed and len(spec.out.errors) == before:
        spec.error("ports", "ports is missing: a Service has at least one", 'write "- port: 80"')
    if len(items) > 1:
        for each in items:
            if not each.has("name"):
                each.error("name", "name is missing: each port of several needs one", "write name: http, for example")
    ports = [port for port in (_port(each, published) for each in items) if port is not None]
    _unique(items)
    return ports


def _port(each: Fields, published: bool) -> ServicePort | None:
    number = each.integer("port", 1, 65535, required=True)
    found: dict[str, Any] = {
        "name": each.text("name", check=check_container_name) or "",
        "protocol": each.choice("protocol", tuple(Protocol)) or Protocol.TCP,
        "target_port": _target(each),
        "node_port": each.integer("nodePort", 0, 65535) or None,
        "app_protocol": each.text("appProtocol") or "",
    }
    each.close({}, {"containerPort": "targetPort"})
    if found["node_port"] and not published:
        message = "nodePort may not be there when type is ClusterIP"
        each.error("nodePort", message, "write type: NodePort, or remove it")
    if found["protocol"] is not Protocol.TCP and found["protocol"] != "TCP":
        message = f"{found['protocol']} of port {number} is ignored: the balancer carries TCP only"
        each.warn("protocol", message, "give the container's port a hostPort instead")
    return None if number is None else ServicePort.model_validate({"port": number, **found})


def _target(each: Fields) -> int | str | None:
    """0 and empty text mean the port itself, as they do in Kubernetes."""
    if each.value("targetPort") in (0, "") and each.value("targetPort") is not False:
        each.silent("targetPort")
        return None
    return each.port("targetPort", check_port_name)


def _unique(items: list[Fields]) -> None:
    _no_double(items, "name", lambda each: each.value("name"))
    for key in ("port", "nodePort"):
        _no_double(items, key, lambda each, key=key: _numbered(each, key))


def _numbered(each: Fields, key: str) -> object:
    number = each.value(key)
    return (number, each.value("protocol") or "TCP") if number else None


def _no_double(items: list[Fields], key: str, identity: Any) -> None:
    first: dict[object, int] = {}
    for each in items:
        found = identity(each)
        if found is None:
            continue
        if found in first:
            message = f"duplicate {key} {quoted(each.value(key))}: line {first[found]} has it too"
            each.error(key, message, "choose another")
        first.setdefault(found, each.line(key))
