"""What a replica may be told of itself (the downward API): its name, labels, annotations, requests and limits. Pure.

Field paths and formats are Kubernetes' own (`pkg/fieldpath`, `pkg/api/v1/resource`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

from app.core.errors import Permanent
from app.core.pods import Capacity
from app.core.quoting import quoted
from app.core.template import Container, PodTemplate

REASON = "CreateContainerConfigError"

NOT_KNOWN_YET = frozenset({"status.podIP", "status.podIPs", "status.hostIP", "status.hostIPs"})
"""A container's address is known only once it runs, and its variables only before; they are empty."""

_SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['([^']*)'\]")
_RESOURCE = re.compile(r"(?:([^:/]+):)?(limits|requests)\.(cpu|memory|nvidia\.com/gpu|[a-z0-9.-]+)(?:/([0-9.]+m?))?")


@dataclass(frozen=True, slots=True)
class PodFacts:
    """One replica, as it may be told of itself. `capacity` stands for a limit that is not set."""

    name: str
    namespace: str
    uid: str
    node: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    capacity: Capacity | None = None


def field_value(path: str, facts: PodFacts) -> str:
    """The field at `path`; "" for a label that is not set. Raises `Permanent` for a path that there is not."""
    plain = {
        "metadata.name": facts.name,
        "metadata.namespace": facts.namespace,
        "metadata.uid": facts.uid,
        "spec.nodeName": facts.node,
        "spec.serviceAccountName": "default",
        "metadata.labels": _pairs(facts.labels),
        "metadata.annotations": _pairs(facts.annotations),
    }
    if path in plain:
        return plain[path]
    if path in NOT_KNOWN_YET:
        return ""
    if found := _SUBSCRIPT.fullmatch(path):
        of = facts.labels if found[1] == "labels" else facts.annotations
        return of.get(found[2], "")
    raise Permanent(f"there is no field {quoted(path)} of a pod to read a value from", reason=REASON)


def resource_value(path: str, container: str, template: PodTemplate, facts: PodFacts) -> str:
    """`limits.memory` in bytes, `requests.cpu` in whole cores rounded up, of the container of that name.

    `limits.cpu/1m` counts in the divisor's unit, rounded up; `name:limits.cpu` names the container in the path. A limit
    that is not set is what the host has, a request that is not set is the limit (as defaulting does), else 0.
    """
    found = _RESOURCE.fullmatch(path)
    if found is None or found[3] not in ("cpu", "memory"):
        raise Permanent(f"there is no resource {quoted(path)} of a container to read a value from", reason=REASON)
    name = found[1] or container
    of = next((one for one in (*template.containers, *template.init_containers) if one.name == name), None)
    if of is None:
        raise Permanent(f"no container is called {quoted(name)}, whose {found[2]} are asked for", reason=REASON)
    amount = _amount(of, found[2], found[3], facts.capacity)
    base = Fraction(amount, 1000) if found[3] == "cpu" else Fraction(amount)
    return str(ceil(base / _divisor(found[4])))


def is_resource(path: str) -> bool:
    return _RESOURCE.fullmatch(path) is not None


def _amount(container: Container, kind: str, resource: str, capacity: Capacity | None) -> int:
    limits, requests = container.resources.limits, container.resources.requests
    limit, request = (
        (limits.cpu_millicores, requests.cpu_millicores)
        if resource == "cpu"
        else (limits.memory_bytes, requests.memory_bytes)
    )
    if kind == "requests":
        return request if request is not None else limit or 0
    if limit is not None or capacity is None:
        return limit or 0
    return capacity.cpu_millicores if resource == "cpu" else capacity.memory_bytes


def _divisor(text: str | None) -> Fraction:
    if not text:
        return Fraction(1)
    number = Fraction(text.removesuffix("m")) / (1000 if text.endswith("m") else 1)
    return number or Fraction(1)


def _pairs(of: Mapping[str, str]) -> str:
    """One `key="value"` a line, sorted."""
    return "\n".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in sorted(of.items()))
