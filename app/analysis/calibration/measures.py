"""How good confidences are: Brier score, expected calibration error, and the curve in ten steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

STEPS = 10


@dataclass(frozen=True, slots=True)
class Step:
    """Answers with a confidence from `low` to `low` + 0.1."""

    low: float
    count: int
    said: float
    """Their mean confidence."""
    right: float
    """The share of them that was right."""


@dataclass(frozen=True, slots=True)
class Calibration:
    brier: float
    error: float
    """Expected calibration error: the mean gap between said and right, weighed by count."""
    curve: tuple[Step, ...]


def measure(pairs: Sequence[tuple[float, bool]]) -> Calibration:
    """From (confidence, right). Raises `ValueError` without pairs."""
    if not pairs:
        raise ValueError("there is nothing to measure")
    steps: list[list[tuple[float, bool]]] = [[] for _ in range(STEPS)]
    for said, right in pairs:
        steps[min(STEPS - 1, int(said * STEPS + 1e-9))].append((said, right))
    count = len(pairs)
    brier = sum((said - right) ** 2 for said, right in pairs) / count
    error = sum(abs(sum(said for said, _ in one) - sum(right for _, right in one)) for one in steps) / count
    curve = tuple(
        Step(at / STEPS, len(one), sum(said for said, _ in one) / len(one), sum(right for _, right in one) / len(one))
        for at, one in enumerate(steps)
        if one
    )
    return Calibration(round(brier, 4), round(error, 4), curve)
