"""The plan beyond counting: init containers, health, drift, room, configuration, pause, ReplicaSets, deadlines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.core.history import SlotRecord
from app.core.planning.actions import Fail, Pull, Repair, RollBack, RolledOut
from app.core.planning.invariants import broken_in_plan
from app.core.planning.plan import DRIFTED, Plan, Start, Stop, plan
from app.core.planning.slots import ImagePhase, ImageState, Observed
from app.core.pods import Capacity, Drift, ExitInfo, ObservedPod, PodId, PodPhase
from app.core.spec import ROLL_BACK_ANNOTATION, Amounts, Desired, Resources, Strategy
from tests.worlds import NOW, PRESENT, WEB, pod, spec, wish

SICK = "liveness probe failed: HTTP 503"
MEMORY = Drift("memory limit", "64 MiB", "128 MiB", in_place=True)
IMAGE = Drift("image", "nginx:1.24", "nginx:1.25")


def decide(desired: Desired, observed: Observed, *records: SlotRecord, now: float = NOW) -> Plan:
    history = {record.slot: record for record in records}
    step = plan(desired, observed, history, now)
    assert broken_in_plan(desired, observed, history, step, now) == []
    return step


def changed(of: Desired, **update: Any) -> Desired:
    return of.model_copy(update={"spec": of.spec.model_copy(update=update)})


def starts(step: Plan) -> list[tuple[int, int, str]]:
    return [(one.pod.slot, one.pod.attempt, one.template_hash) for one in step.actions if isinstance(one, Start)]


def stops(step: Plan) -> list[int]:
    return sorted(action.pod.slot for action in step.actions if isinstance(action, Stop))


class TestInitContainers:
    half = pod(0, phase=PodPhase.PENDING, ready=False)

    def test_while_one_runs_there_is_nothing_to_do(self) -> None:
        busy = replace(self.half, initializing="migrate (1 of 2)")
        assert decide(wish(spec(1)), Observed(pods=(busy,), image=PRESENT)) == Plan()

    def test_after_it_ended_the_same_attempt_is_taken_further(self) -> None:
        step = decide(wish(spec(1)), Observed(pods=(self.half,), image=PRESENT))
        assert starts(step) == [(0, 1, wish().template_hash)]


class TestHealth:
    def test_what_is_unhealthy_is_ended_and_nothing_else_is_done_to_it(self) -> None:
        observed = Observed(pods=(pod(0), pod(1)), unhealthy={PodId(WEB, 1, 1): SICK}, image=PRESENT)
        assert decide(wish(spec(2)), observed).actions == (Fail(PodId(WEB, 1, 1), SICK),)

    def test_its_slot_is_not_given_away_while_it_is_being_ended(self) -> None:
        one = pod(0)
        going = frozenset({one.id})
        observed = Observed(pods=(one,), stopping=going, failing=going, image=PRESENT)
        assert decide(wish(spec(1)), observed) == Plan()
        ended = replace(one, phase=PodPhase.FAILED, ready=False)
        observed = Observed(pods=(ended,), stopping=going, failing=going, image=PRESENT)
        assert decide(wish(spec(1)), observed).actions == ()

    def test_its_end_owes_the_back_off_of_any_other(self) -> None:
        how = ExitInfo(0, "Unhealthy", SICK)
        record = SlotRecord(0, 2, 2, wish().template_hash, failures=2, ended_at=NOW, last_exit=how)
        body = pod(0, 2, phase=PodPhase.SUCCEEDED, exit_code=0)
        assert decide(wish(spec(1)), Observed(pods=(body,), image=PRESENT), record) == Plan((), NOW + 10)

    def test_it_does_not_count_as_available_in_an_update(self) -> None:
        new = wish(spec(3, image="nginx:1.27"), revision=2)
        pods = (pod(0), pod(1), pod(2), pod(3, of=new))
        observed = Observed(pods=pods, unhealthy={PodId(WEB, 3, 1): SICK}, image=PRESENT)
        assert stops(decide(new, observed)) == []


class TestDrift:
    def test_what_can_be_mended_in_place_is(self) -> None:
        one = replace(pod(0), drift=(MEMORY,))
        step = decide(wish(spec(1)), Observed(pods=(one,), image=PRESENT))
        assert step.actions == (Repair(one.id, one.template_hash),)

    def test_a_repair_on_its_way_is_not_repeated(self) -> None:
        one = replace(pod(0), drift=(MEMORY,))
        observed = Observed(pods=(one,), starting={one.id: one.template_hash}, image=PRESENT)
        assert decide(wish(spec(1)), observed) == Plan()

    def test_the_rest_is_replaced_as_an_update_does_it(self) -> None:
        """Three replicas, all changed: one more comes first, and one goes when that one is ready."""
        pods = tuple(replace(pod(slot), drift=(MEMORY, IMAGE)) for slot in range(3))
        first = decide(wish(spec(3)), Observed(pods=pods, image=PRESENT))
        assert (starts(first), stops(first)) == ([(3, 1, wish().template_hash)], [])
        second = decide(wish(spec(3)), Observed(pods=(*pods, pod(3)), image=PRESENT))
        assert Stop(PodId(WEB, 2, 1), DRIFTED) in second.actions
        assert len(stops(second)) == 1

    @pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet"])
    def test_one_that_ended_is_no_drift_any_more(self, kind: str) -> None:
        body = replace(pod(0, phase=PodPhase.FAILED), drift=(IMAGE,))
        record = SlotRecord(0, 1, 1, wish().template_hash, failures=1, ended_at=NOW)
        step = decide(changed(wish(spec(1)), kind=kind), Observed(pods=(body,), image=PRESENT), record)
        assert starts(step) == [(0, 2, wish().template_hash)]


class TestRoom:
    asking = Resources(requests=Amounts(cpu_millicores=1000))

    def wish(self, replicas: int) -> Desired:
        template = spec().template
        container = template.containers[0].model_copy(update={"resources": self.asking})
        of = spec(replicas).model_copy(update={"template": template.model_copy(update={"containers": (container,)})})
        return wish(of)

    def test_what_fits_is_started_and_the_rest_waits(self) -> None:
        step = decide(self.wish(3), Observed(room=Capacity(2500, 0), image=PRESENT))
        assert [slot for slot, _, _ in starts(step)] == [0, 1]
        assert step.short

    def test_nothing_is_pulled_for_what_has_no_room(self) -> None:
        assert decide(self.wish(1), Observed(room=Capacity(999, 0))) == Plan(short=True)

    def test_who_asks_for_nothing_fits_a_full_host(self) -> None:
        assert len(starts(decide(wish(spec(3)), Observed(room=Capacity(-5, -5), image=PRESENT)))) == 3

    def test_a_start_half_done_has_its_place_already(self) -> None:
        desired = self.wish(1)
        half = pod(0, of=desired, phase=PodPhase.PENDING, ready=False)
        step = decide(desired, Observed(pods=(half,), room=Capacity(0, 0), image=PRESENT))
        assert [slot for slot, _, _ in starts(step)] == [0]


class TestConfiguration:
    why = "CreateContainerConfigError: ConfigMap default/web is missing"

    def test_what_cannot_be_configured_is_not_started(self) -> None:
        assert decide(wish(spec(2)), Observed(blocked=self.why, image=PRESENT)) == Plan()

    def test_an_older_revision_ran_before_so_it_is_replaced_by_its_like(self) -> None:
        old, new = wish(spec(2)), wish(spec(2, image="nginx:1.27"), revision=2)
        record = SlotRecord(1, 1, 1, old.template_hash, failures=1, ended_at=NOW)
        observed = Observed(pods=(pod(0),), blocked=self.why, image=PRESENT)
        assert starts(decide(new, observed, record)) == [(1, 2, old.template_hash)]


class TestImages:
    def test_the_one_that_is_furthest_from_being_there_is_asked_for(self) -> None:
        image = ImageState(ImagePhase.UNKNOWN, image="busybox:1")
        assert decide(wish(spec(1)), Observed(image=image)) == Plan((Pull("busybox:1"),))

    def test_a_policy_of_never_is_handed_on(self) -> None:
        template = spec().template
        container = template.containers[0].model_copy(update={"image_pull_policy": "Never"})
        of = spec(1).model_copy(update={"template": template.model_copy(update={"containers": (container,)})})
        assert decide(wish(of), Observed()) == Plan((Pull("nginx:1.25", never=True),))


class TestPause:
    old = wish(spec(2))
    new = changed(wish(spec(2, image="nginx:1.27"), revision=2), paused=True)

    def test_nothing_is_replaced(self) -> None:
        assert decide(self.new, Observed(pods=(pod(0), pod(1)), image=PRESENT)) == Plan()

    def test_what_ended_is_replaced_by_its_like(self) -> None:
        record = SlotRecord(1, 1, 1, self.old.template_hash, failures=1, ended_at=NOW)
        step = decide(self.new, Observed(pods=(pod(0),), image=PRESENT), record)
        assert starts(step) == [(1, 2, self.old.template_hash)]

    def test_scaling_goes_on_with_what_most_of_the_others_are(self) -> None:
        more = changed(self.new, replicas=3)
        step = decide(more, Observed(pods=(pod(0), pod(1)), image=PRESENT))
        assert starts(step) == [(2, 1, self.old.template_hash)]
        fewer = changed(self.new, replicas=1)
        assert stops(decide(fewer, Observed(pods=(pod(0), pod(1)), image=PRESENT))) == [1]

    def test_drift_beyond_repair_waits_too(self) -> None:
        pods = (replace(pod(0), drift=(IMAGE,)), pod(1))
        assert decide(self.new, Observed(pods=pods, image=PRESENT)) == Plan()


class TestReplicaSet:
    new = changed(wish(spec(2, image="nginx:1.27"), revision=2), kind="ReplicaSet")

    def test_a_new_template_replaces_nothing(self) -> None:
        assert decide(self.new, Observed(pods=(pod(0), pod(1)), image=PRESENT)) == Plan()

    def test_it_counts_for_new_replicas(self) -> None:
        record = SlotRecord(1, 1, 1, wish().template_hash, failures=1, ended_at=NOW)
        step = decide(self.new, Observed(pods=(pod(0),), image=PRESENT), record)
        assert starts(step) == [(1, 2, self.new.template_hash)]


class TestDeadline:
    asked = {"annotations": {ROLL_BACK_ANNOTATION: "true"}}
    stuck = Observed(pods=(pod(0), pod(1), pod(3, digest="new", ready=False)), image=PRESENT)

    def wish(self, *, age: float, **update: Any) -> Desired:
        slow = Strategy(progress_deadline_seconds=60)
        of = changed(wish(spec(2, image="nginx:1.27", strategy=slow), revision=2), **update)
        return of.model_copy(update={"revised_at": NOW - age, "template_hash": "new"})

    def test_before_it_the_plan_looks_again_when_it_comes(self) -> None:
        assert decide(self.wish(age=20), self.stuck) == Plan((), NOW + 40)

    def test_progress_moves_it(self) -> None:
        seen = replace(self.stuck, progressed_at=NOW - 5)
        assert decide(self.wish(age=100), seen) == Plan((), NOW + 55)

    def test_after_it_that_is_said_and_the_working_revision_stays(self) -> None:
        step = decide(self.wish(age=60), self.stuck)
        assert step.actions == ()
        assert step.milestone == "ProgressDeadlineExceeded: revision 2 made no progress for 60 s"

    def test_an_app_that_asks_for_it_goes_back(self) -> None:
        step = decide(self.wish(age=60, **self.asked), self.stuck)
        assert step.actions == (RollBack("revision 2 made no progress for 60 s"),)

    @pytest.mark.parametrize("update", [{"rolled_back_from": 1}, {"rolled_out_at": NOW - 9}, {"revision": 1}])
    def test_but_not_twice_not_when_it_was_there_once_and_not_from_the_first(self, update: dict[str, Any]) -> None:
        late = self.wish(age=600, **self.asked).model_copy(update=update)
        assert decide(late, self.stuck).actions == ()

    def test_a_paused_rollout_is_never_late(self) -> None:
        assert decide(self.wish(age=600, paused=True, **self.asked), self.stuck).milestone == ""

    def test_once_all_are_there_that_is_remembered(self) -> None:
        pods = (pod(0, digest="new"), pod(1, digest="new"))
        assert decide(self.wish(age=20), Observed(pods=pods, image=PRESENT)).actions == (RolledOut(),)

    def test_a_wish_of_before_deadlines_were_known_has_none(self) -> None:
        assert decide(self.wish(age=NOW), self.stuck) == Plan()


def test_an_attempt_that_ended_under_a_repair_is_left_to_it() -> None:
    body: ObservedPod = replace(pod(0, phase=PodPhase.FAILED), drift=(MEMORY,))
    observed = Observed(pods=(body,), starting={body.id: body.template_hash}, image=PRESENT)
    assert decide(wish(spec(1)), observed) == Plan()
