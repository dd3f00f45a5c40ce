"""Which ports an op exposes, and which of them have a health check that the tunnel knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ExposedPort:
    port: int | float | str
    gated: bool
    """An HTTP check by GET that expects 200: the tunnel drops a replica that fails it."""
    checked: bool
    """Any health check at all."""


def exposed_ports(op: Mapping[str, Any]) -> list[ExposedPort]:
    """Ports of a definition's op. A bare object gives none: the schema lets it pass and the network ignores it."""
    if op.get("type") != "container/run":
        return []
    expose = op["args"].get("expose")
    if expose is None or isinstance(expose, dict):
        return []
    return [_port(item) for item in (expose if isinstance(expose, list) else [expose]) if not _spread(item)]


def _spread(item: Any) -> bool:
    return isinstance(item, dict) and "port" not in item


def _port(item: Any) -> ExposedPort:
    if not isinstance(item, dict):
        return ExposedPort(item, gated=False, checked=False)
    checks = item.get("health_checks") or []
    gated = any(
        check["type"] == "http" and check["method"] == "GET" and check["expected_status"] == 200 for check in checks
    )
    return ExposedPort(item["port"], gated=gated, checked=bool(checks))
