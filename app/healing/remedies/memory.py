"""More memory, bounded: from the limit and from what was really used."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.diagnosis import RemedyClass
from app.core.incidents import Proposal, Risk
from app.core.quantities import format_memory
from app.healing.remedies.case import Case

MIB = 1024 * 1024
STEP = 2.0
"""A leak meets any limit; a program that simply needs more seldom needs more than twice what it was given."""
HEADROOM = 1.3
CEILING_BYTES = 16 * 1024 * MIB
"""Above this a person decides."""


def raise_memory(case: Case) -> Iterator[Proposal]:
    """Twice the limit, or what was used at most plus 30 %, whichever is more, in whole 16 MiB."""
    resources = case.container.resources
    limit = resources.limits.memory_bytes
    if limit is None:
        return
    wanted = max(limit * STEP, (case.symptoms.memory_used or 0) * HEADROOM)
    new = int(-(-wanted // (16 * MIB)) * 16 * MIB)
    if new > CEILING_BYTES:
        return
    limits = resources.limits.model_copy(update={"memory_bytes": new})
    yield Proposal(
        remedy=RemedyClass.INCREASE_MEMORY,
        what=f"raise the memory limit from {format_memory(limit)} to {format_memory(new)}",
        risk=Risk.SAFE,
        after=case.with_container(resources=resources.model_copy(update={"limits": limits})),
        undo=f"the limit of {format_memory(limit)} comes back",
        cost=f"{format_memory(new - limit)} more per replica",
    )
