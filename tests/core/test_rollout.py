"""The sums of a rolling update against Kubernetes' own examples."""

from __future__ import annotations

import pytest

from app.core.planning.rollout import Limits, limits
from app.core.spec import Strategy
from tests.worlds import spec


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "most", "least"),
    [
        (10, "25%", "25%", 13, 8),
        (3, "25%", "25%", 4, 3),
        (1, "25%", "25%", 2, 1),
        (4, 1, 0, 5, 4),
        (4, 0, 0, 4, 3),
        (4, "0%", "50%", 4, 2),
        (2, 0, 9, 2, 0),
        (0, "25%", "25%", 0, 0),
        (5, "100%", "0%", 10, 5),
    ],
)
def test_limits(replicas: int, surge: int | str, unavailable: int | str, most: int, least: int) -> None:
    strategy = Strategy(max_surge=surge, max_unavailable=unavailable)
    assert limits(spec(replicas, strategy=strategy)) == Limits(most, least)


def test_a_host_port_forbids_a_surge() -> None:
    assert limits(spec(1, host_port=8080)) == Limits(most=1, least=0)


def test_recreate_has_neither() -> None:
    assert limits(spec(3, strategy=Strategy(type="Recreate"))) == Limits(most=3, least=0)
