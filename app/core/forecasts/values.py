"""A forecast as a value: a point with an interval, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

COVERAGE = 0.8
"""Of all intervals, so many should hold what then happens; the rest lies before or behind, in equal parts."""


class Kind(StrEnum):
    """What is foreseen, and the unit of its estimate."""

    MEMORY = "memory"
    """When a replica reaches its memory limit: epoch seconds."""
    DISK = "disk"
    """When a volume is full: epoch seconds."""
    RESTARTS = "restarts"
    """How many restarts the next hour brings, over all replicas."""
    CRASH_LOOP = "crash_loop"
    """When restarts follow each other so fast that it is a crash loop: epoch seconds."""
    LOAD = "load"
    """The highest five minutes of the next hour: millicores over all replicas."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The likeliest value, and the interval that holds it with `COVERAGE`."""

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"the interval {self.low} to {self.high} does not hold {self.value}")


@dataclass(frozen=True, slots=True)
class NoForecast:
    """The data does not carry one. `why` ends the sentence "no forecast: ...". It never means that all stays well."""

    why: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """One of an app. `subject` is the replica it is about; empty where it is about the whole app."""

    kind: Kind
    says: Estimate | NoForecast
    subject: str = ""

    @property
    def estimate(self) -> Estimate | None:
        return self.says if isinstance(self.says, Estimate) else None

    @property
    def why_not(self) -> str:
        return self.says.why if isinstance(self.says, NoForecast) else ""
