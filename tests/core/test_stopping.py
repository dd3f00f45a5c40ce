"""What a stopped app remembers, however it came to have no replicas."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.spec import STOPPED_FROM_ANNOTATION, AppSpec, Container, PodTemplate
from app.core.stopping import before_stop, remembering


def app(replicas: int, **annotations: str) -> AppSpec:
    return AppSpec(
        name="web",
        runtime="simulator",
        replicas=replicas,
        template=PodTemplate(containers=(Container(name="web", image="nginx"),)),
        annotations={key.replace("_", "."): value for key, value in annotations.items()},
    )


def noted(replicas: int, count: str) -> AppSpec:
    return app(replicas).model_copy(update={"annotations": {STOPPED_FROM_ANNOTATION: count}})


def test_a_stop_is_noted_and_a_start_forgets_it() -> None:
    stopped = remembering(app(0, team="a"), app(3, team="a"))
    assert stopped.annotations == {"team": "a", STOPPED_FROM_ANNOTATION: "3"}
    assert before_stop(stopped) == 3
    assert remembering(stopped.model_copy(update={"replicas": 5}), stopped) == app(5, team="a")


def test_a_stopped_app_that_changes_keeps_its_note() -> None:
    assert before_stop(remembering(app(0, team="b"), noted(0, "3"))) == 3


def test_a_note_that_comes_along_stays() -> None:
    assert before_stop(remembering(noted(0, "7"), app(3))) == 7
    assert before_stop(remembering(noted(0, "7"), None)) == 7


def test_an_app_that_never_ran_has_no_note() -> None:
    assert remembering(app(0), None) == app(0)
    assert before_stop(app(0)) is None


@pytest.mark.parametrize("text", ["", "0", "-3", "3.0", "1001", "many", "９", "1" * 5000, " 3"])
def test_a_note_that_is_no_count_is_none(text: str) -> None:
    assert before_stop(noted(0, text)) is None
    assert remembering(noted(0, text), app(2)) == noted(0, "2")


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 1000), st.integers(1, 1000))
def test_stop_and_start_are_inverse(count: int, other: int) -> None:
    stopped = remembering(app(0), app(count))
    again = remembering(stopped.model_copy(update={"replicas": before_stop(stopped)}), stopped)
    assert again == app(count)
    assert remembering(app(other), stopped) == app(other)
