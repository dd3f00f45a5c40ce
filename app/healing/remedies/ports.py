"""Two that want the same port of the host: one of them takes a free one. A pod's own port, or its Service's."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.diagnosis import RemedyClass
from app.core.incidents import Proposal, Risk
from app.core.objects import Service
from app.healing.remedies.case import Case


def free_port(case: Case) -> Iterator[Proposal]:
    """Where a Service in front of it lacks its port, that one; else the app's own."""
    services = list(_of_service(case))
    yield from services or _of_pod(case)


def _of_service(case: Case) -> Iterator[Proposal]:
    """Lets the runtime choose the port that a Service is reached by from outside."""
    fronts = {(case.view.key.namespace, one.name) for one in case.view.services}
    for view in case.services:
        one = view.object
        if not isinstance(one, Service) or view.well or (one.namespace, one.name) not in fronts:
            continue
        taken = [str(port.node_port) for port in one.ports if port.node_port and str(port.node_port) in view.state]
        if not taken:
            continue
        free = tuple(
            port.model_copy(update={"node_port": None}) if str(port.node_port) in taken else port for port in one.ports
        )
        words = ", ".join(taken)
        yield Proposal(
            remedy=RemedyClass.CHANGE_PORT,
            way="service",
            what=f"let Service {one.name} take a free host port instead of {words}, which is taken",
            risk=Risk.RISKY,
            promise=f"Service {one.name} has its replicas behind it for {case.hold:g} s",
            service=one.model_copy(update={"ports": free}),
            undo=f"Service {one.name} asks for {words} again",
            cost=f"the address of Service {one.name} on this host changes",
        )


def _of_pod(case: Case) -> Iterator[Proposal]:
    """Lets the runtime choose the host port. The address changes, so a person may want to know before."""
    fixed = [port for port in case.container.ports if port.host_port]
    if not fixed:
        return
    words = ", ".join(str(port.host_port) for port in fixed)
    ports = tuple(port.model_copy(update={"host_port": None}) for port in case.container.ports)
    yield Proposal(
        remedy=RemedyClass.CHANGE_PORT,
        what=f"publish on a free host port instead of {words}, which is taken",
        risk=Risk.RISKY,
        after=case.with_container(ports=ports),
        undo=f"it asks for {words} again",
        cost="the app's address on this host changes",
    )
