"""Usage over time as values: one sample of one replica, and the means older ones are folded into. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.spec import AppKey

SAMPLE_SECONDS = 15.0
FINE_SECONDS = 3600.0
COARSE_SECONDS = 300.0
KEPT_SECONDS = 7 * 24 * 3600.0
MAX_SAMPLES = 500_000
"""Rows over all apps; the oldest go first. About 100 MB of SQLite."""


@dataclass(frozen=True, slots=True)
class UsageSample:
    """`pod` is the replica's name (`web-0`), `seconds` what the sample stands for, `restarts` the slot's count then."""

    app: AppKey
    pod: str
    at: float
    cpu_millicores: int
    memory_bytes: int
    restarts: int = 0
    seconds: float = SAMPLE_SECONDS
