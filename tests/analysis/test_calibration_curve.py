"""The curve rises, stays below certainty, and the measures are what they are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analysis.calibration import CURVE, Labelled, fit, measure
from app.analysis.calibration.curve import CEILING

LABELLED = st.builds(Labelled, st.floats(0, 6), st.booleans())


@given(st.lists(LABELLED, min_size=1, max_size=60), st.floats(0, 6), st.floats(0, 6))
def test_more_strength_is_never_less_confidence(answers: list[Labelled], one: float, other: float) -> None:
    curve = fit(answers, (1.0, 2.0, 3.0, 4.0, 5.0))
    low, high = sorted((one, other))
    assert 0.0 <= curve.at(low) <= curve.at(high) + 1e-9 <= CEILING + 1e-9


def test_the_table_in_use_rises() -> None:
    xs, ys = zip(*CURVE.points, strict=True)
    assert (list(xs), list(ys)) == (sorted(xs), sorted(ys))
    assert ys[-1] <= CEILING


def test_a_step_that_falls_is_pooled_with_the_one_before() -> None:
    answers = [Labelled(1.0, True)] * 20 + [Labelled(3.0, False)] * 20
    assert len(fit(answers, (2.0,)).points) == 1


def test_nothing_cannot_be_fitted_or_measured() -> None:
    with pytest.raises(ValueError, match="at least one"):
        fit([], (1.0,))
    with pytest.raises(ValueError, match="nothing to measure"):
        measure([])


def test_measures() -> None:
    found = measure([(0.8, True), (0.8, False)])
    assert found.brier == pytest.approx(0.34)
    assert found.error == pytest.approx(0.3)
    assert [(step.low, step.count, step.right) for step in found.curve] == [(0.8, 2, 0.5)]
