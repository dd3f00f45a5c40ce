"""Plans for sets over generated networks: always sound, the same twice, and carried out they end at the wish."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.history import SlotRecord
from app.core.planning.actions import Forget, RollBack
from app.core.planning.moves import arrived
from app.core.planning.setactions import (
    CreateSet,
    ExtendSet,
    RemoveSet,
    ReplacePod,
    ReviseSet,
    ScaleSet,
    SetAction,
    SetPlan,
    StartSet,
    StopSet,
)
from app.core.planning.setrules import broken_in_set_plan, broken_in_set_world
from app.core.planning.sets import plan_sets
from app.core.planning.setstate import ObservedSets, Restarted, burning, serving_url
from app.core.planning.slots import Observed
from app.core.pods import ExitInfo, ObservedPod, PodId, PodPhase
from app.core.replicasets import HOST_LOST, ObservedSet, SetId, SetPhase
from app.core.spec import AppSpec, Desired, JobSpec, Strategy
from tests.worlds import NOW, WEB, pod, spec, wish

OLD, OLDER = "0" * 10, "1" * 10


def kept(
    digest: str,
    replicas: int = 3,
    *,
    phase: SetPhase = SetPhase.ACTIVE,
    pods: tuple[ObservedPod, ...] | None = None,
    ready: int | None = None,
    created_at: float = NOW - 1000,
    timeout: int = 1440,
    first_slot: int = 0,
) -> ObservedSet:
    """A set; `ready` of its replicas answer (all of them when left out)."""
    if pods is None:
        count = replicas if phase in (SetPhase.ACTIVE, SetPhase.STALLED) else 0
        answering = count if ready is None else ready
        pods = tuple(
            pod(first_slot + slot, digest=digest, ready=slot < answering, started_at=NOW - 900) for slot in range(count)
        )
    return ObservedSet(
        id=SetId(WEB, digest),
        runtime_id=f"set-{digest}",
        phase=phase,
        replicas=replicas,
        market="m",
        timeout_minutes=timeout,
        confidential=False,
        created_at=created_at,
        updated_at=created_at,
        url=f"https://{digest}.example",
        pods=pods,
    )


def rented(replicas: int = 3, **change: object) -> AppSpec:
    return spec(replicas, runtime="nosana").model_copy(update=change)


# -- generated worlds

SPECS = st.builds(
    lambda replicas, strategy, paused, kind: rented(replicas, strategy=strategy, paused=paused, kind=kind),
    st.integers(0, 4),
    st.sampled_from(
        [Strategy(), Strategy(type="Recreate"), Strategy(min_ready_seconds=30), Strategy(progress_deadline_seconds=20)]
    ),
    st.booleans(),
    st.sampled_from(["Deployment", "Deployment", "ReplicaSet"]),
)


@st.composite
def wishes(draw: st.DrawFn) -> Desired:
    made = wish(draw(SPECS), deleting=draw(st.integers(0, 5)) == 0)
    job = draw(st.integers(0, 5)) == 0
    if job:
        completions = draw(st.integers(1, 4))
        of = JobSpec(completions=completions, parallelism=made.spec.replicas, suspend=draw(st.booleans()))
        made = made.model_copy(update={"spec": made.spec.model_copy(update={"job": of, "kind": "Job"})})
    update = {
        "updated_at": NOW - draw(st.integers(0, 5000)),
        "revised_at": NOW - draw(st.integers(0, 5000)),
        "rolled_out_at": draw(st.sampled_from([0.0, NOW - 10])),
    }
    return made.model_copy(update=update)


@st.composite
def observations(draw: st.DrawFn, desired: Desired) -> ObservedSets:
    digests = draw(st.sets(st.sampled_from([desired.template_hash, OLD, OLDER])))
    sets = []
    for number, digest in enumerate(sorted(digests)):
        phase = draw(st.sampled_from(list(SetPhase)))
        pods = []
        for slot in range(draw(st.integers(0, 4))):
            state = draw(st.sampled_from([PodPhase.PENDING, PodPhase.RUNNING, PodPhase.RUNNING, PodPhase.FAILED]))
            age = draw(st.sampled_from([5.0, 100.0, 4000.0]))
            one = pod(
                number * 10 + slot,
                draw(st.integers(1, 9)),
                digest=digest,
                phase=state,
                ready=state is PodPhase.RUNNING and draw(st.booleans()),
                started_at=NOW - age,
            )
            pods.append(replace(one, exit=ExitInfo(None, HOST_LOST)) if draw(st.integers(0, 5)) == 0 else one)
        of = kept(digest, draw(st.integers(1, 4)), phase=phase, pods=tuple(pods), created_at=NOW - 1000 + number)
        sets.append(replace(of, timeout_minutes=draw(st.sampled_from([1440, 60]))))
    running = [one.id for each in sets for one in each.pods if one.phase is PodPhase.RUNNING]
    return ObservedSets(
        reachable=draw(st.integers(0, 9)) > 0,
        sets=tuple(sets),
        busy=frozenset(digest for digest in (*digests, desired.template_hash) if draw(st.integers(0, 4)) == 0),
        restarted={desired.template_hash: Restarted(draw(st.integers(1, 5)), NOW - draw(st.integers(0, 400)))}
        if draw(st.booleans())
        else {},
        unrevisable=frozenset(digests) if draw(st.integers(0, 3)) == 0 else frozenset(),
        unhealthy={one: "HTTP 500" for one in running if draw(st.integers(0, 3)) == 0},
        ready_since={one: NOW - draw(st.integers(0, 60)) for one in running},
        history={0: SlotRecord(0, 1, 1, desired.template_hash, succeeded=draw(st.integers(0, 3)))},
        blocked=draw(st.sampled_from(["", "", "", "CreateContainerConfigError: x is missing"])),
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Desired, ObservedSets]:
    desired = draw(wishes())
    return desired, draw(observations(desired))


@given(worlds())
@settings(max_examples=300, deadline=None)
def test_every_plan_is_sound_and_the_same_twice(world: tuple[Desired, ObservedSets]) -> None:
    desired, observed = world
    step = plan_sets(desired, observed, NOW)
    assert broken_in_set_plan(desired, observed, step, NOW) == []
    assert plan_sets(desired, observed, NOW) == step


@given(worlds())
@settings(max_examples=300, deadline=None)
def test_carried_out_by_a_perfect_manager_it_ends_at_the_wish(world: tuple[Desired, ObservedSets]) -> None:
    desired, observed = world
    job = desired.spec.job is not None
    desired = desired.model_copy(update={"updated_at": NOW + 1})  # nothing burns yet
    calm = ObservedSets(sets=observed.sets, unrevisable=observed.unrevisable)
    now, seen = NOW + 2, calm
    for _ in range(60):
        seen = replace(seen, sets=tuple(managed(one, now, job=job) for one in seen.sets))
        ready = [each.id for one in seen.sets for each in one.pods]
        seen = replace(seen, ready_since={one: seen.ready_since.get(one, now) for one in ready})
        step = plan_sets(desired, seen, now)
        assert broken_in_set_plan(desired, seen, step, now) == []
        if any(isinstance(action, Forget) for action in step.actions):
            assert seen.sets == ()
            return
        effects = [action for action in step.actions if hasattr(action, "set")]
        if not effects and (step.wake_at is None or step.wake_at > now + 4000):
            break
        seen = carried_out(seen, effects, desired, now)
        now = max(now + 60, min(step.wake_at or 0, now + 4000))
    else:
        raise AssertionError("it does not come to rest")
    if not job:
        assert broken_in_set_world([desired], seen.sets) == []


def managed(one: ObservedSet, now: float, *, job: bool) -> ObservedSet:
    """What its manager makes of a set until the next look."""
    if one.phase is SetPhase.STOPPING:
        return replace(one, phase=SetPhase.STOPPED, pods=())
    if one.phase in (SetPhase.STOPPED, SetPhase.FAILED):
        return replace(one, pods=())
    if job:
        return replace(one, phase=SetPhase.STOPPED, pods=())
    first = {"0": 10, "1": 20}.get(one.id.template_hash[0], 0)
    there = kept(one.id.template_hash, one.replicas, first_slot=first).pods
    return replace(one, phase=SetPhase.ACTIVE, pods=tuple(replace(each, started_at=now) for each in there))


def carried_out(seen: ObservedSets, actions: list[SetAction], desired: Desired, now: float) -> ObservedSets:
    sets = {one.id: one for one in seen.sets}
    history = dict(seen.history)
    for action in actions:
        match action:
            case CreateSet(one, replicas):
                assert one not in sets
                sets[one] = kept(one.template_hash, replicas, pods=(), created_at=now)
            case ReviseSet(one, old, replicas) if seen.unrevisable:
                seen = replace(seen, unrevisable=seen.unrevisable | {old.template_hash})
            case ReviseSet(one, old, replicas):
                sets[one] = replace(sets.pop(old), id=one, replicas=replicas, pods=())
            case ScaleSet(one, replicas):
                sets[one] = replace(sets[one], replicas=replicas)
            case ExtendSet(one, minutes):
                sets[one] = replace(sets[one], timeout_minutes=minutes)
            case StartSet(one, _):
                sets[one] = replace(sets[one], phase=SetPhase.ACTIVE)
            case StopSet(one, _):
                sets[one] = replace(sets[one], phase=SetPhase.STOPPING, pods=())
            case RemoveSet(one):
                del sets[one]
        if isinstance(action, StartSet | CreateSet) and desired.spec.job is not None:
            record = history.get(0, SlotRecord(0, template_hash=desired.template_hash))
            history[0] = replace(record, succeeded=record.succeeded + action_width(action, sets[action.set]))
    return replace(seen, sets=tuple(sets.values()), history=history)


def action_width(action: SetAction, one: ObservedSet) -> int:
    return action.replicas if isinstance(action, CreateSet) else one.replicas


# -- the rules themselves

THREE = wish(rented(3))
NEW = THREE.template_hash
PLAIN = ObservedSets(sets=(kept(NEW),))
BESIDE = ObservedSets(sets=(kept(OLD), kept(NEW, ready=1, first_slot=10)))


@pytest.mark.parametrize(
    ("desired", "observed", "actions", "says"),
    [
        (THREE, replace(PLAIN, reachable=False), (StopSet(SetId(WEB, NEW), "x"),), "cannot be read"),
        (THREE, PLAIN, (CreateSet(SetId(WEB, NEW), 3),), "makes a second set"),
        (THREE, ObservedSets(), (CreateSet(SetId(WEB, OLD), 3),), "is not wished for"),
        (THREE, ObservedSets(blocked="x"), (CreateSet(SetId(WEB, NEW), 3),), "makes a set though x"),
        (THREE, ObservedSets(busy=frozenset({NEW})), (CreateSet(SetId(WEB, NEW), 3),), "something is on its way"),
        (THREE, PLAIN, (StopSet(SetId(WEB, NEW), "x"),), "ends the set that is wished for"),
        (THREE, PLAIN, (RemoveSet(SetId(WEB, NEW)),), "before it is stopped"),
        (THREE, PLAIN, (StartSet(SetId(WEB, NEW), "x"),), "which is not stopped"),
        (THREE, PLAIN, (ScaleSet(SetId(WEB, NEW), 0),), "scales"),
        (THREE, PLAIN, (ReplacePod(SetId(WEB, NEW), PodId(WEB, 0, 1), "x"),), "which is well"),
        (THREE, PLAIN, (Forget(),), "forgets the app"),
        (THREE, PLAIN, (RollBack("x"),), "rolls back what it must not"),
        (THREE, PLAIN, (ScaleSet(SetId(WEB, NEW), 4), ExtendSet(SetId(WEB, NEW), 60)), "does 2 things"),
        (THREE, BESIDE, (StopSet(SetId(WEB, OLD), "x"),), "leaves 1 replicas that answer where 4 do"),
        (THREE, ObservedSets(sets=(kept(OLD),)), (ReviseSet(SetId(WEB, NEW), SetId(WEB, OLD), 3),), "to be rolling"),
        (
            wish(rented(3, strategy=Strategy(type="Recreate"))),
            ObservedSets(sets=(kept(OLD),)),
            (CreateSet(SetId(WEB, NEW), 3),),
            "makes a set beside another",
        ),
        (
            wish(rented(3, paused=True)),
            ObservedSets(sets=(kept(OLD),)),
            (CreateSet(SetId(WEB, NEW), 3),),
            "nothing is to be replaced",
        ),
        (wish(rented(3), deleting=True), PLAIN, (ScaleSet(SetId(WEB, NEW), 4),), "does more than to end"),
        (
            THREE,
            ObservedSets(sets=(kept(OLD, ready=0), kept(NEW, ready=0, first_slot=10))),
            (StopSet(SetId(WEB, OLD), "x"),),
            "ends the last older set",
        ),
    ],
)
def test_every_rule_can_be_broken(
    desired: Desired, observed: ObservedSets, actions: tuple[SetAction, ...], says: str
) -> None:
    assert any(says in sentence for sentence in broken_in_set_plan(desired, observed, SetPlan(actions), NOW))


@pytest.mark.parametrize(
    ("sets", "says"),
    [
        ((kept(NEW), kept(NEW)), "2 sets of"),
        ((kept(NEW), kept(OLD, 1)), "is left of an earlier revision"),
        ((kept(NEW, ready=2),), "has 2 ready of 3"),
        ((kept(NEW), replace(kept(NEW), id=SetId(WEB._replace(name="x"), NEW))), "which nobody wished for"),
    ],
)
def test_every_rule_of_a_network_at_rest_can_be_broken(sets: tuple[ObservedSet, ...], says: str) -> None:
    assert any(says in sentence for sentence in broken_in_set_world([THREE], sets))


def test_a_network_at_rest_keeps_nothing_running_for_an_app_of_no_replicas() -> None:
    assert broken_in_set_world([wish(rented(0))], [kept(NEW, 3, pods=())]) == ["default/web is not stopped"]
    assert broken_in_set_world([wish(rented(0))], [kept(NEW, 3, phase=SetPhase.STOPPED)]) == []


# -- single decisions


def test_a_rolling_update_makes_the_new_set_beside_the_old_one() -> None:
    step = plan_sets(THREE, ObservedSets(sets=(kept(OLD),)), NOW)
    assert step.actions == (CreateSet(SetId(WEB, NEW), 3),)
    assert plan_sets(THREE, BESIDE, NOW).actions == ()
    full = ObservedSets(sets=(kept(OLD), kept(NEW, first_slot=10)))
    assert plan_sets(THREE, full, NOW).actions == (StopSet(SetId(WEB, OLD), "replaced by revision 1"),)


def test_of_two_older_sets_the_one_that_serves_stays() -> None:
    observed = ObservedSets(sets=(kept(OLDER, ready=3), kept(OLD, ready=0, first_slot=10)))
    assert plan_sets(THREE, observed, NOW).actions == (
        CreateSet(SetId(WEB, NEW), 3),
        StopSet(SetId(WEB, OLD), "replaced by revision 1"),
    )


def test_both_stay_while_both_are_needed() -> None:
    observed = ObservedSets(sets=(kept(OLDER, ready=2), kept(OLD, ready=1, first_slot=10)))
    assert plan_sets(THREE, observed, NOW).actions == (CreateSet(SetId(WEB, NEW), 3),)


def ends(
    count: int, *, ran: float = 5.0, reason: str = "Error", finished_at: float = NOW - 10
) -> tuple[ObservedPod, ...]:
    return tuple(
        replace(
            pod(0, number + 1, digest=NEW, phase=PodPhase.FAILED, started_at=finished_at - number * 30 - ran),
            finished_at=finished_at - number * 30,
            exit=ExitInfo(1, reason),
        )
        for number in range(count)
    )


@pytest.mark.parametrize(
    ("pods", "burns"),
    [
        (ends(6), True),
        (ends(5), False),
        (ends(12, reason=HOST_LOST), False),
        (ends(6, ran=400), False),
        ((*ends(6), pod(1, digest=NEW)), False),
        ((*ends(6), pod(1, digest=NEW, ready=False, started_at=NOW - 400)), False),
        ((*ends(6), pod(1, digest=NEW, ready=False, started_at=NOW - 20)), True),
        (ends(6, finished_at=NOW - 100_000), False),
    ],
)
def test_when_a_set_only_burns_money(pods: tuple[ObservedPod, ...], burns: bool) -> None:
    desired = wish(rented(1)).model_copy(update={"updated_at": NOW - 5000})
    assert (burning(desired, kept(NEW, 1, pods=pods), {}, NOW) is not None) is burns


def test_ends_that_the_network_does_not_show_any_more_count_too() -> None:
    desired, few = wish(rented(1)).model_copy(update={"updated_at": NOW - 5000}), kept(NEW, 1, pods=ends(2))
    record = SlotRecord(0, 6, 6, NEW, failures=6, ended_at=NOW - 10)
    assert burning(desired, few, {0: record}, NOW) is not None
    assert burning(desired, few, {0: replace(record, failures=5)}, NOW) is None
    assert burning(desired, few, {0: replace(record, template_hash=OLD)}, NOW) is None
    assert burning(desired, few, {0: replace(record, ended_at=NOW - 6000)}, NOW) is None
    assert burning(desired, kept(NEW, 1), {0: record}, NOW) is None


def test_many_replicas_may_each_fail_twice() -> None:
    assert burning(wish(rented(10)), kept(NEW, 10, pods=ends(19)), {}, NOW) is None
    assert burning(wish(rented(10)), kept(NEW, 10, pods=ends(20)), {}, NOW) is not None


def test_a_failed_set_waits_before_it_is_started_again() -> None:
    failed = replace(kept(NEW, phase=SetPhase.FAILED), updated_at=NOW - 1)
    step = plan_sets(THREE, ObservedSets(sets=(failed,)), NOW)
    assert (step.actions, step.wake_at) == ((), NOW + 9)
    again = ObservedSets(sets=(failed,), restarted={NEW: Restarted(4, NOW - 1)})
    assert plan_sets(THREE, again, NOW).wake_at == NOW + 79


def test_what_is_stalled_for_money_is_left_to_its_manager_but_can_be_stopped() -> None:
    stalled = ObservedSets(sets=(kept(NEW, phase=SetPhase.STALLED, pods=()),))
    assert plan_sets(THREE, stalled, NOW).actions == ()
    assert plan_sets(wish(rented(0)), stalled, NOW).actions == (StopSet(SetId(WEB, NEW), "scaled to 0"),)


def test_the_address_is_of_the_newest_set_that_is_there_in_full() -> None:
    old, new = kept(OLD), kept(NEW, ready=2, created_at=NOW)
    assert serving_url((old, new)) == old.url
    assert serving_url((old, kept(NEW, created_at=NOW))) == new.url
    assert serving_url((kept(OLD, ready=0), new)) == new.url
    assert serving_url((kept(OLD, ready=0),)) == ""


def test_when_an_app_has_arrived_somewhere() -> None:
    assert arrived(THREE, PLAIN, {}, NOW)
    assert not arrived(THREE, ObservedSets(sets=(kept(NEW, ready=2),)), {}, NOW)
    assert not arrived(THREE, replace(PLAIN, reachable=False), {}, NOW)
    assert arrived(THREE.model_copy(update={"rolled_out_at": NOW}), ObservedSets(), {}, NOW)
    assert arrived(wish(rented(0)), ObservedSets(), {}, NOW)
    assert arrived(THREE, Observed(pods=tuple(pod(slot, digest=NEW) for slot in range(3))), {}, NOW)
    assert not arrived(THREE, Observed(pods=(pod(0, digest=NEW),)), {}, NOW)
