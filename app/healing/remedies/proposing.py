"""From a finding to proposals, in the order in which they should be tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from app.core.diagnosis import RemedyClass
from app.core.incidents import Proposal
from app.healing.remedies.case import Case
from app.healing.remedies.images import fix_image
from app.healing.remedies.memory import raise_memory
from app.healing.remedies.ports import free_host_port
from app.healing.remedies.power import restart, see_to_dependency, wait
from app.healing.remedies.probes import fix_probe
from app.healing.remedies.revisions import roll_back

__all__ = ["MAKERS", "Case", "propose"]

MAKERS: dict[RemedyClass, Callable[[Case], Iterator[Proposal]]] = {
    RemedyClass.INCREASE_MEMORY: raise_memory,
    RemedyClass.ROLLBACK: roll_back,
    RemedyClass.FIX_IMAGE: fix_image,
    RemedyClass.CHANGE_PORT: free_host_port,
    RemedyClass.FIX_PROBE: fix_probe,
    RemedyClass.RESTART: restart,
    RemedyClass.RETRY: wait,
    RemedyClass.FIX_DEPENDENCY: see_to_dependency,
}
"""The classes a program can carry out. The others need a person: credentials, configuration, hosts, images to build."""


def propose(case: Case, rank: Callable[[RemedyClass], float] | None = None) -> Sequence[Proposal]:
    """`rank` gives the chance of a class to help here (learnt); without it the finding's own order counts. A bad change
    that can be undone by going back is gone back from where nothing of the finding's own can be made."""
    classes = list(case.finding.remedies)
    if rank is not None:
        classes.sort(key=lambda one: (-rank(one), case.finding.remedies.index(one)))
    made = [proposal for one in classes if one in MAKERS for proposal in MAKERS[one](case)]
    if not made and case.symptoms.recent_changes and RemedyClass.ROLLBACK not in classes:
        made = list(roll_back(case))
    return tuple({proposal.key: proposal for proposal in made}.values())
