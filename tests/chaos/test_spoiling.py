"""Wishes that fail on purpose, and the exact way back, alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidInput
from app.core.experiments import Wish
from app.core.faults import FaultName
from app.core.spec import AppSpec, EnvVar, Exec, HttpGet, Probe, TcpSocket
from app.core.spoiling import SPOILERS, dependency_of, spoiled, taken_back, with_container
from tests.chaos.values import spec, view
from tests.core.spec_strategies import specs

WISHES = sorted({*SPOILERS, FaultName.PORT_CONFLICT, FaultName.DEPENDENCY_DOWN})
FULL = spec(env=(EnvVar(name="A", value="redis:6379"),), command=("serve",))


@pytest.mark.parametrize("fault", WISHES)
def test_each_changes_the_wish_and_goes_back_exactly(fault: FaultName) -> None:
    wrong = spoiled(fault, FULL, host_port=31000)
    assert wrong is not None
    assert wrong != FULL
    wish = Wish(before=FULL, spoiled=wrong)
    assert taken_back(wrong, wish, ours=False) == FULL
    assert taken_back(FULL, wish, ours=False) == FULL


@given(specs(), st.sampled_from(WISHES), st.integers(0, 5))
def test_what_a_person_changes_meanwhile_stays(app: AppSpec, fault: FaultName, count: int) -> None:
    before = app.model_copy(update={"replicas": 2, "job": None})
    try:
        wrong = spoiled(fault, before, host_port=31000)
    except InvalidInput:
        return
    assert wrong is not None
    theirs = with_container(wrong, {"working_dir": "/theirs"}).model_copy(update={"labels": {"by": "them"}})
    if count != wrong.replicas:
        theirs = theirs.model_copy(update={"replicas": count})
    back = taken_back(theirs, Wish(before=before, spoiled=wrong), ours=False)
    assert (back.labels, back.container.working_dir) == ({"by": "them"}, "/theirs")
    assert back.replicas == (before.replicas if count == wrong.replicas else count)
    changed = {"working_dir": before.container.working_dir}
    same = with_container(back, changed).model_copy(update={"labels": before.labels, "replicas": before.replicas})
    assert same == before


def test_what_healing_changed_goes_with_the_fault_but_a_count_that_followed_the_load_stays() -> None:
    wrong = spoiled(FaultName.PROBE_FAILURE, FULL)
    assert wrong is not None
    healed = with_container(wrong, {"readiness": Probe(handler=HttpGet(port=80))}).model_copy(update={"replicas": 4})
    back = taken_back(healed, Wish(before=FULL, spoiled=wrong), ours=True)
    assert back == FULL.model_copy(update={"replicas": 4})


def test_every_kind_of_probe_asks_elsewhere() -> None:
    for handler in (HttpGet(port=80), TcpSocket(port=80), Exec(command=("true",))):
        wrong = spoiled(FaultName.PROBE_FAILURE, spec(liveness=Probe(handler=handler)))
        assert wrong is not None
        assert wrong.container.liveness is not None
        assert wrong.container.liveness.handler != handler
        assert wrong.container.readiness is not None
        assert wrong.container.readiness.handler == wrong.container.liveness.handler


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (FaultName.CONFIG_ERROR, "has none"),
        (FaultName.SLOW_START, "none of its own"),
        (FaultName.PROBE_FAILURE, "neither"),
        (FaultName.PORT_CONFLICT, "has none"),
    ],
)
def test_what_there_is_nothing_for_is_said(fault: FaultName, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        spoiled(fault, spec(ports=()), host_port=31000)


def test_a_dependency_is_an_app_that_the_variables_name() -> None:
    web = view(wish=FULL)
    redis = view(wish=spec().model_copy(update={"name": "redis"}))
    other = view(wish=spec().model_copy(update={"name": "red"}))
    keyed = [replace(one, key=one.spec.key) for one in (other, redis)]
    found = dependency_of(web, keyed)
    assert found is not None
    assert found.name == "redis"
    assert dependency_of(view(), keyed) is None
