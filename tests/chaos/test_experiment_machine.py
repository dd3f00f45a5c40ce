"""The states of an experiment, alone: what is broken is always cleaned, and never more is hit than was asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidInput
from app.core.experiments import (
    HOLD_SECONDS,
    SETTLE_SECONDS,
    UNNOTICED_SECONDS,
    Begin,
    Clean,
    Ending,
    Experiment,
    ExperimentState,
    Finish,
    Note,
    Refuse,
    Requests,
    Seen,
    cleaned,
    counted,
    next_step,
    victims,
)
from app.core.faults import ALIASES, TRAITS, FaultName, Reach
from app.core.incidents import Incident, IncidentState
from app.core.spec import AppKey, AppSpec
from app.core.views import AppStatus, AppView
from tests.chaos.values import T0, experiment, incident, spec, view


def running(fault: FaultName = FaultName.KILL, **more: object) -> Experiment:
    return experiment(fault, **{"state": ExperimentState.RUNNING, "injected_at": T0, **more})


statuses = st.sampled_from(AppStatus)


@st.composite
def pictures(draw: st.DrawFn) -> AppView | None:
    if draw(st.integers(0, 30)) == 0:
        return None
    replicas = draw(st.integers(0, 4))
    ready = draw(st.integers(0, replicas))
    return view(replicas, ready, status=draw(st.one_of(st.none(), statuses)), restarts=draw(st.integers(0, 2)))


@st.composite
def sights(draw: st.DrawFn) -> Seen:
    states = st.sampled_from(IncidentState)
    found: Incident | None = draw(st.one_of(st.none(), states.map(lambda state: incident(state=state))))
    return Seen(
        draw(pictures()),
        hurt=draw(st.sampled_from([(), (AppKey("default", "api"),)])),
        incident=found,
        stop=draw(st.integers(0, 20)) == 0,
        sign_at=draw(st.sampled_from([None, T0 + 2])),
    )


class World:
    """Takes the steps as the laboratory does, and keeps what a runtime would know."""

    def __init__(self, one: Experiment) -> None:
        self.one = one
        self.broken = False
        self.refuses_to_clear = 0

    def take(self, seen: Seen, now: float) -> None:
        match next_step(self.one, seen, now):
            case Begin(slots):
                self.one = self.one.to(ExperimentState.INJECTING, "", slots=slots)
                self.broken = True
                self.one = self.one.to(ExperimentState.RUNNING, "", injected_at=now)
            case Note(changes):
                assert changes
                self.one = self.one.model_copy(update=changes)
            case Clean(ending, words):
                if ending is not None:
                    self.one = self.one.to(ExperimentState.CLEANING, words, ending=ending)
                if self.refuses_to_clear:
                    self.refuses_to_clear -= 1
                    return
                self.broken = False
                self.one = cleaned(self.one, now)
            case Finish(ending, words, back_at):
                self.one = self.one.to(ExperimentState.OVER, words, ending=ending, back_at=back_at)
            case Refuse(words):
                self.one = self.one.to(ExperimentState.OVER, words, ending=Ending.REFUSED)


@given(
    st.sampled_from(FaultName),
    st.booleans(),
    st.integers(1, 3),
    st.lists(sights(), min_size=1, max_size=60),
    st.integers(0, 3),
    st.data(),
)
def test_whatever_is_seen_it_ends_in_time_and_nothing_stays_broken(
    fault: FaultName, last: bool, replicas: int, seen: list[Seen], refusals: int, data: st.DataObject
) -> None:
    needs = AppKey("default", "redis") if fault is FaultName.DEPENDENCY_DOWN else None
    world = World(experiment(fault, last=last, replicas=replicas, seconds=20, dependency=needs))
    world.refuses_to_clear = refusals
    now = T0
    for one in seen:
        now += data.draw(st.floats(0.1, 3))
        world.take(one, now)
        if world.one.state is ExperimentState.OVER:
            assert not world.broken
        # What undoes it is stored before anything is broken, and as long as it is.
        assert not world.broken or world.one.state in (ExperimentState.RUNNING, ExperimentState.CLEANING)
    quiet = Seen(view(2))
    for _ in range(100):
        now += 5
        world.take(quiet, now)
    assert world.one.over
    assert not world.broken


@given(st.sampled_from(FaultName), st.integers(1, 5), st.integers(1, 4), st.data())
def test_never_the_last_ready_replica_unless_it_was_asked_for(
    fault: FaultName, replicas: int, wanted: int, data: st.DataObject
) -> None:
    ready = data.draw(st.integers(0, replicas))
    one = experiment(fault, replicas=wanted)
    try:
        hit = victims(one, view(replicas, ready))
    except InvalidInput:
        return
    if fault.trait.reach is Reach.REPLICAS:
        assert len(hit) == wanted < ready
        assert all(slot < ready for slot in hit)
    else:
        assert hit == ()


def test_asked_for_it_the_last_one_is_hit() -> None:
    with pytest.raises(InvalidInput, match="only ready replica") as caught:
        victims(experiment(), view(1))
    assert caught.value.field == "last"
    assert victims(experiment(last=True), view(1)) == (0,)


@pytest.mark.parametrize(
    ("fault", "app", "allowed"),
    [
        (FaultName.IMAGE_PULL_ERROR, spec(1), True),
        (FaultName.IMAGE_PULL_ERROR, spec(2, recreate=True), False),
        (FaultName.PORT_CONFLICT, spec(1), False),
        (FaultName.PORT_CONFLICT, spec(3), True),
        (FaultName.DEPENDENCY_DOWN, spec(3), False),
    ],
)
def test_a_wish_that_would_take_all_replicas_is_the_last_one_too(fault: FaultName, app: AppSpec, allowed: bool) -> None:
    step = next_step(experiment(fault), Seen(view(app.replicas, wish=app)), T0)
    assert isinstance(step, Begin if allowed else Refuse)


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (Seen(None), "not there"),
        (Seen(view(2, 1)), "not well to begin with"),
        (Seen(view(0, status=AppStatus.STOPPED)), "not well to begin with"),
        (Seen(view(2, status=AppStatus.UPDATING)), "not well to begin with"),
        (Seen(view(2), incident=incident()), "open incident"),
        (Seen(view(2), busy=True), "another experiment"),
    ],
)
def test_nothing_is_broken_where_the_steady_state_does_not_hold(seen: Seen, words: str) -> None:
    step = next_step(experiment(), seen, T0)
    assert isinstance(step, Refuse)
    assert words in step.words


def test_fewer_ready_than_allowed_or_another_app_hurt_aborts() -> None:
    one = running()
    few = next_step(one.model_copy(update={"ready_below": 2}), Seen(view(3, 1)), T0 + 1)
    assert few == Clean(Ending.ABORTED, "only 1 of 3 were ready")
    others = Seen(view(2), hurt=(AppKey("default", "api"),))
    assert next_step(one, others, T0 + 1) == Clean(Ending.ABORTED, "it hurt other apps: api")
    assert next_step(one.model_copy(update={"spare_others": False}), others, T0 + 1) is None
    unknown = Seen(view(2, 0, status=AppStatus.UNKNOWN))
    assert not isinstance(next_step(one, unknown, T0 + 1), Clean)  # unknown is not gone


def test_what_is_well_again_for_a_while_recovered_by_itself_or_was_healed() -> None:
    one = running(hurt_at=T0 + 1, well_at=T0 + 3)
    assert next_step(one, Seen(view(2)), T0 + 3 + HOLD_SECONDS - 1) is None
    end = T0 + 3 + HOLD_SECONDS
    assert next_step(one, Seen(view(2)), end) == Clean(Ending.RECOVERED, "well again by itself")
    healed = one.model_copy(update={"healed_by": "go back to revision 1"})
    step = next_step(healed, Seen(view(2)), end)
    assert isinstance(step, Clean)
    assert step.ending is Ending.HEALED
    assert (one.detected_in, one.model_copy(update={"ending": Ending.RECOVERED}).healed_in) == (1.0, 3.0)


def test_a_person_who_is_needed_ends_the_waiting() -> None:
    one = running(FaultName.CONFIG_ERROR, hurt_at=T0 + 1, incident="i1", incident_at=T0 + 1)
    seen = Seen(view(2, 1), incident=incident(state=IncidentState.PERSON, says="a person is needed: settings"))
    assert next_step(one, seen, T0 + 5) == Clean(Ending.LASTED, "a person is needed: settings")


def test_what_was_not_felt_was_held_off_unless_clients_say_otherwise() -> None:
    one = running()
    step = next_step(one, Seen(view(2)), T0 + UNNOTICED_SECONDS)
    assert step == Clean(Ending.HELD, "nothing was to be seen of it")
    held = one.model_copy(update={"ending": Ending.HELD})
    assert counted(held, Requests(sent=10)).ending is Ending.HELD
    assert counted(held, Requests(sent=10, lost=3)).ending is Ending.UNNOTICED


def test_of_a_fault_from_outside_it_counts_how_soon_the_app_is_back() -> None:
    one = running(FaultName.ENGINE_DOWN, hurt_at=T0 + 1, seconds=20)
    step = next_step(one, Seen(view(2, 0, status=AppStatus.UNKNOWN)), T0 + 20)
    assert isinstance(step, Clean)
    assert step.ending is Ending.LASTED
    gone = cleaned(one.to(ExperimentState.CLEANING, step.words, ending=step.ending), T0 + 20)
    assert next_step(gone, Seen(view(2, 0, status=AppStatus.UNKNOWN)), T0 + 22) is None
    back = next_step(gone, Seen(view(2)), T0 + 24)
    assert isinstance(back, Finish)
    over = gone.to(ExperimentState.OVER, back.words, ending=back.ending, back_at=back.back_at)
    assert (over.ending, over.healed_in) == (Ending.RECOVERED, 4.0)
    late = next_step(gone, Seen(view(2, 1)), T0 + 20 + SETTLE_SECONDS)
    assert isinstance(late, Finish)
    assert late.ending is Ending.LASTED


def test_a_fault_has_many_names_and_a_wrong_one_gets_near_ones() -> None:
    for text, fault in (("Out-Of Memory", FaultName.OUT_OF_MEMORY), ("db-connection", FaultName.DEPENDENCY_DOWN)):
        assert FaultName.named(text) is fault
    assert set(TRAITS) == set(FaultName)
    assert not set(ALIASES) & set(FaultName)
    with pytest.raises(InvalidInput, match="did you mean network_cut"):
        FaultName.named("network_cutt")
