"""How many more replicas fit, and the words where none does."""

from __future__ import annotations

import pytest

from app.core.planning.fitting import MANY, fitting, minus, needs, plus, shortage
from app.core.pods import Capacity
from app.core.spec import Amounts, Resources

GIB = 2**30


@pytest.mark.parametrize(
    ("need", "free", "fit"),
    [
        (Capacity(1000, 0), Capacity(2500, 0), 2),
        (Capacity(1000, GIB), Capacity(8000, 3 * GIB), 3),
        (Capacity(1, 0), Capacity(-1, 0), 0),
        (Capacity(0, 0), Capacity(-1, -1), MANY),
        (Capacity(0, 0, 1), Capacity(9000, GIB, 0), 0),
        (Capacity(5000, 0), None, MANY),
    ],
)
def test_how_many_fit(need: Capacity, free: Capacity | None, fit: int) -> None:
    assert fitting(need, free) == fit


@pytest.mark.parametrize(
    ("need", "free", "total", "words"),
    [
        (
            Capacity(2000, 0),
            Capacity(500, 0),
            Capacity(2000, GIB),
            "Insufficient cpu: needs 2 cores, 0.5 of 2 free",
        ),
        (
            Capacity(1000, 3 * GIB),
            Capacity(-500, GIB // 2),
            Capacity(2000, 4 * GIB),
            "Insufficient cpu: needs 1 core, 0 of 2 free, memory: needs 3.0 GiB, 512 MiB of 4.0 GiB free",
        ),
        (Capacity(0, 0, 2), Capacity(1, 1, 0), Capacity(1, 1, 0), "Insufficient gpu: needs 2, 0 of 0 free"),
        (Capacity(10, 0), Capacity(10, 0), Capacity(10, 0), ""),
        (Capacity(10, 0), None, None, ""),
    ],
)
def test_why_none_does(need: Capacity, free: Capacity | None, total: Capacity | None, words: str) -> None:
    assert shortage(need, free, total) == words


def test_what_replicas_take() -> None:
    wants = Resources(requests=Amounts(cpu_millicores=250, memory_bytes=GIB), gpus=1)
    assert needs(wants, 2) == Capacity(500, 2 * GIB, 2)
    assert minus(plus(needs(wants), needs(wants)), needs(wants, 2)) == Capacity(0, 0, 0)
