"""Stabilisation windows and policies of an autoscaler's `behavior`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.scaling.pacing import Pace
from app.core.spec import SCALE_DOWN, SCALE_UP, Autoscaling, ScalingPolicy, ScalingRules

NOW = 1_700_000_000.0
WIDE = Autoscaling(enabled=True, min_replicas=1, max_replicas=1000)


def pods(value: int, seconds: int = 60) -> ScalingPolicy:
    return ScalingPolicy(type="Pods", value=value, period_seconds=seconds)


def percent(value: int, seconds: int = 60) -> ScalingPolicy:
    return ScalingPolicy(type="Percent", value=value, period_seconds=seconds)


def up(*policies: ScalingPolicy, select: str = "Max", window: int = 0) -> Autoscaling:
    rules = ScalingRules.model_validate({"window_seconds": window, "select": select, "policies": policies})
    return WIDE.model_copy(update={"scale_up": rules})


def down(*policies: ScalingPolicy, select: str = "Max", window: int = 0) -> Autoscaling:
    rules = ScalingRules.model_validate({"window_seconds": window, "select": select, "policies": policies})
    return WIDE.model_copy(update={"scale_down": rules})


def go(scaling: Autoscaling, current: int, *advised: int, every: float = 15.0) -> list[int]:
    """The counts an app goes through when its autoscaler advises these, one after the other."""
    pace, now, counts = Pace(), NOW, []
    for advice in advised:
        wanted, pace = pace.settled(scaling, current, advice, now)
        if wanted != current:
            pace = pace.changed(scaling, current, wanted, now)
        current = wanted
        counts.append(current)
        now += every
    return counts


class TestDefaults:
    def test_up_at_once_by_four_or_double(self) -> None:
        assert go(WIDE, 1, 100, 100, 100, 100, 100) == [5, 10, 20, 40, 80]

    def test_down_after_five_minutes(self) -> None:
        counts = go(WIDE, 10, *[2] * 25)
        assert counts[:20] == [10] * 20
        assert counts[20:] == [2] * 5

    def test_a_peak_within_the_window_holds(self) -> None:
        assert go(WIDE, 10, *[2] * 10, 8, *[2] * 19)[-1] == 8
        assert go(WIDE, 10, *[2] * 10, 8, *[2] * 20)[-1] == 2

    def test_the_defaults_are_those_of_v2(self) -> None:
        assert (SCALE_UP.window_seconds, SCALE_DOWN.window_seconds) == (0, 300)

    def test_never_beyond_the_limits(self) -> None:
        narrow = Autoscaling(enabled=True, min_replicas=3, max_replicas=7)
        assert go(narrow, 5, 100, 100) == [7, 7]
        assert go(narrow, 5, *[1] * 30)[-1] == 3


class TestPolicies:
    @pytest.mark.parametrize(
        ("scaling", "current", "advised", "expected"),
        [
            (up(pods(3)), 10, 100, 13),
            (up(percent(50)), 10, 100, 15),
            (up(percent(5)), 10, 100, 11),
            (up(pods(3), percent(50)), 10, 100, 15),
            (up(pods(3), percent(50), select="Min"), 10, 100, 13),
            (up(pods(3), select="Disabled"), 10, 100, 10),
            (up(pods(3)), 10, 12, 12),
            (down(pods(3)), 10, 1, 7),
            (down(percent(50)), 9, 1, 4),
            (down(percent(5)), 10, 1, 9),
            (down(pods(3), percent(50)), 10, 1, 5),
            (down(pods(3), percent(50), select="Min"), 10, 1, 7),
            (down(pods(3), select="Disabled"), 10, 1, 10),
            (down(percent(100)), 10, 2, 2),
        ],
    )
    def test_one_step(self, scaling: Autoscaling, current: int, advised: int, expected: int) -> None:
        assert go(scaling, current, advised) == [expected]

    def test_the_period_is_counted_over_all_steps_in_it(self) -> None:
        assert go(up(pods(3, 60)), 10, *[100] * 6) == [13, 13, 13, 13, 16, 16]
        assert go(down(pods(3, 60)), 10, *[1] * 6) == [7, 7, 7, 7, 4, 4]

    def test_what_was_removed_may_come_back(self) -> None:
        """Three more than at the beginning of the period, not than now."""
        both = up(pods(3, 60)).model_copy(update={"scale_down": down(pods(5, 60)).scale_down})
        assert go(both, 10, 1, 100) == [5, 13]


class TestWindows:
    def test_up_waits_for_its_window(self) -> None:
        counts = go(up(percent(1000), window=60), 2, *[10] * 6)
        assert counts == [2, 2, 2, 2, 10, 10]

    def test_a_low_within_the_window_holds_it_back(self) -> None:
        assert go(up(percent(1000), window=60), 2, *[10] * 3, 4, 10, 10) == [2, 2, 2, 2, 4, 4]

    def test_no_window_no_wait(self) -> None:
        assert go(down(percent(100)), 10, 2) == [2]


@given(
    current=st.integers(1, 50),
    advised=st.lists(st.integers(0, 200), min_size=1, max_size=60),
    low=st.integers(1, 10),
    more=st.integers(0, 60),
)
def test_it_stays_within_its_limits_and_goes_the_way_it_is_advised(
    current: int, advised: list[int], low: int, more: int
) -> None:
    scaling = Autoscaling(enabled=True, min_replicas=low, max_replicas=low + more)
    current = min(max(current, low), low + more)
    counts = go(scaling, current, *advised)
    assert all(low <= count <= low + more for count in counts)
    for before, after in zip([current, *counts], counts, strict=False):
        assert after <= max(2 * before, before + 4)
        assert min(before, *advised) <= after <= max(before, *advised, low)
