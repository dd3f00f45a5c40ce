"""What was learnt of remedies: how often one of a class helped with a cause, for an image family and for all. Pure.

A Beta posterior per (cause, kind of remedy, family): its mean ranks the proposals of a finding. The prior is the order
they come in (the default first), and what was learnt over all families is worth up to `POOLED` cases
for a family that has none of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from app.core.diagnosis import Cause
from app.core.errors import InvalidInput
from app.core.images import parse_image

POOLED = 4.0
PRIORS = ((3.0, 1.0), (1.5, 1.5), (1.0, 2.0))
"""Prior (helped, did not) of the remedy that comes first, second, and of the rest."""
BY_PERSON = 2.0
"""A person's word counts like two outcomes."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Outcomes counted so far. `remedy` is `Proposal.kind`, `family` an image name without registry and tag."""

    cause: Cause
    remedy: str
    family: str
    helped: float = 0.0
    failed: float = 0.0
    updated_at: float = 0.0

    @property
    def key(self) -> tuple[Cause, str, str]:
        return self.cause, self.remedy, self.family

    def after(self, helped: bool, now: float, weight: float = 1.0) -> Lesson:
        """With one more outcome."""
        if helped:
            return replace(self, helped=self.helped + weight, updated_at=now)
        return replace(self, failed=self.failed + weight, updated_at=now)


def family_of(image: str) -> str:
    """`docker.io/library/nginx:1.27` -> `nginx`; text that is no reference as it is."""
    try:
        return parse_image(image).familiar_name
    except InvalidInput:
        return image


Chance = Callable[[str, int], float]
"""(kind of remedy, its place in the usual order) -> the chance that it helps."""


def ranking(lessons: Iterable[Lesson], cause: Cause, family: str) -> Chance:
    """The posterior's mean, for one cause and image family."""
    of_cause = [one for one in lessons if one.cause is cause]

    def chance(remedy: str, place: int) -> float:
        helped, failed = PRIORS[min(place, len(PRIORS) - 1)]
        same = [one for one in of_cause if one.remedy == remedy]
        pooled_helped, pooled_failed = _sum(one for one in same if one.family != family)
        pooled = pooled_helped + pooled_failed
        share = min(1.0, POOLED / pooled) if pooled else 0.0
        own_helped, own_failed = _sum(one for one in same if one.family == family)
        helped += own_helped + pooled_helped * share
        failed += own_failed + pooled_failed * share
        return helped / (helped + failed)

    return chance


def _sum(lessons: Iterable[Lesson]) -> tuple[float, float]:
    found = list(lessons)
    return sum(one.helped for one in found), sum(one.failed for one in found)
