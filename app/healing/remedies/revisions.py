"""Back to what worked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.core.diagnosis import RemedyClass
from app.core.incidents import Attempt, Outcome, Proposal, Risk
from app.core.revision import content_hash, with_restart_of
from app.core.spec import Revision
from app.healing.remedies.case import Case

UNDONE = re.compile(r"incident \S+: undone\b")
"""The cause of a revision that took a remedy back."""


def roll_back(case: Case) -> Iterator[Proposal]:
    """To the newest earlier revision that differs, if there is one. Volumes make it risky: what runs now may have
    written what the old one cannot read."""
    before = _before(case)
    if before is None or case.spec.job is not None:
        return
    template = with_restart_of(before.template, case.spec.template)
    image, old = case.container.image, before.template.containers[0].image
    to = f"revision {before.number}" + (f" ({old} instead of {image})" if old != image else "")
    yield Proposal(
        remedy=RemedyClass.ROLLBACK,
        what=f"go back to {to}",
        risk=Risk.RISKY if _keeps_data(case) else Risk.SAFE,
        after=case.spec.model_copy(update={"template": template}),
        undo=f"revision {case.view.revision} comes back",
        cost="every replica is replaced",
    )


def worth_going_back_to(revisions: Sequence[Revision], attempts: Sequence[Attempt]) -> Sequence[Revision]:
    """Without those that only a remedy made which did not help, now or in an earlier incident; the present one stays
    last."""
    failed = {
        content_hash(one.proposal.after.template)
        for one in attempts
        if one.proposal.after is not None and one.outcome is not Outcome.KEPT
    }
    undone = {one.number for one, after in pairwise(revisions) if UNDONE.match(after.cause)}
    bad = [content_hash(one.template) in failed or one.number in undone for one in revisions[:-1]]
    return [*(one for one, out in zip(revisions, bad, strict=False) if not out), *revisions[-1:]]


def _before(case: Case) -> Revision | None:
    present = case.view.revision
    earlier = [one for one in case.revisions if one.number < present and one.template != case.spec.template]
    return earlier[-1] if earlier else None


def _keeps_data(case: Case) -> bool:
    return any(volume.source.type in ("persistentVolumeClaim", "hostPath") for volume in case.spec.template.volumes)
