"""Other machines, where they are rented: the host may be the fault."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.diagnosis import RemedyClass
from app.core.incidents import Proposal, Risk
from app.core.runtimenames import NOSANA
from app.healing.remedies.case import Case


def other_hosts(case: Case) -> Iterator[Proposal]:
    """New replicas go to whatever hosts of the market are free then. It costs money, so a person is asked."""
    if case.spec.runtime != NOSANA or case.spec.job is not None:
        return
    yield Proposal(
        remedy=RemedyClass.RESCHEDULE,
        way="host",
        what="rent its replicas anew, so that other hosts of the market may take them",
        risk=Risk.RISKY,
        restarts=True,
        undo="new hosts stay; no setting is changed",
        cost="every replica is rented anew, beside the old ones until the new ones answer",
    )
