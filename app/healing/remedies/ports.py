"""Two that want the same port of the host: one of them takes a free one."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.diagnosis import RemedyClass
from app.core.incidents import Proposal, Risk
from app.healing.remedies.case import Case


def free_host_port(case: Case) -> Iterator[Proposal]:
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
