"""Back to what worked."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.diagnosis import RemedyClass
from app.core.incidents import Proposal, Risk
from app.core.revision import with_restart_of
from app.core.spec import Revision
from app.healing.remedies.case import Case


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


def _before(case: Case) -> Revision | None:
    present = case.view.revision
    earlier = [one for one in case.revisions if one.number < present and one.template != case.spec.template]
    return earlier[-1] if earlier else None


def _keeps_data(case: Case) -> bool:
    return any(volume.source.type in ("persistentVolumeClaim", "hostPath") for volume in case.spec.template.volumes)
