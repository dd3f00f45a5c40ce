"""What was learnt of remedies: how often one of a class helped with a cause, for an image family and for all. Pure.

A Beta posterior per (cause, class, family): its mean ranks the remedies of a finding. The prior is the order of
`app.core.diagnosis.REMEDIES` (the default first), and what was learnt over all families is worth up to `POOLED` cases
for a family that has none of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from app.core.diagnosis import REMEDIES, Cause, RemedyClass
from app.core.errors import InvalidInput
from app.core.images import parse_image

POOLED = 4.0
FIRST, OTHER = (3.0, 1.0), (1.5, 1.5)
"""Prior (helped, did not) of a cause's default remedy, and of the rest."""
BY_PERSON = 2.0
"""A person's word counts like two outcomes."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Outcomes counted so far. `family` is an image name without registry and tag."""

    cause: Cause
    remedy: RemedyClass
    family: str
    helped: float = 0.0
    failed: float = 0.0
    updated_at: float = 0.0

    @property
    def key(self) -> tuple[Cause, RemedyClass, str]:
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


def ranking(lessons: Iterable[Lesson], cause: Cause, family: str) -> Callable[[RemedyClass], float]:
    """The chance that a remedy of a class helps here: the posterior's mean."""
    of_cause = [one for one in lessons if one.cause is cause]

    def chance(remedy: RemedyClass) -> float:
        helped, failed = FIRST if REMEDIES[cause][:1] == (remedy,) else OTHER
        same = [one for one in of_cause if one.remedy is remedy]
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
