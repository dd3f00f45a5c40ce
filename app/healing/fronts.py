"""Trouble in front of an app that is well itself: a Service whose port on the host is taken. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.core.diagnosis import REMEDIES, Cause, Finding
from app.core.objects import Service
from app.core.views import AppView, ObjectView

_TAKEN = re.compile(r"port is already allocated|address already in use|port \d+ is taken", re.IGNORECASE)
SURE_OF_IT = 0.95
"""The runtime itself says so."""


def port_taken(view: AppView, services: Sequence[ObjectView]) -> str:
    """What the runtime says of a Service in front of `view` that a person gave a port which is taken; else empty."""
    fronts = {(view.key.namespace, one.name) for one in view.services}
    for found in services:
        one = found.object
        if not isinstance(one, Service) or found.well or found.deleting or (one.namespace, one.name) not in fronts:
            continue
        if any(port.node_port and str(port.node_port) in found.state for port in one.ports) and _TAKEN.search(
            found.state
        ):
            return f"Service {one.name} cannot have its port: {found.state}"
    return ""


def finding_of(trouble: str) -> Finding:
    return Finding(Cause.PORT_CONFLICT, SURE_OF_IT, REMEDIES[Cause.PORT_CONFLICT], because=trouble)
