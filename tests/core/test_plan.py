"""The plan as tables: what is seen, what is remembered -> what is done and when to look again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.history import SlotRecord
from app.core.planning.invariants import broken_in_plan
from app.core.planning.plan import Forget, Plan, Pull, Release, Remove, Start, Stop, host_ports, plan
from app.core.planning.slots import ImagePhase, ImageState, Observed
from app.core.pods import ExitInfo, PodId, PodPhase
from app.core.spec import Desired, Strategy
from tests.worlds import NOW, PRESENT, WEB, pod, spec, wish

CRASH = ExitInfo(1, "Error")


def ended(slot: int, *, attempt: int = 1, failures: int = 1, at: float = NOW, of: Desired | None = None) -> SlotRecord:
    digest = (of or wish()).template_hash
    return SlotRecord(slot, attempt, attempt, digest, failures=failures, ended_at=at, last_exit=CRASH)


def decide(desired: Desired, observed: Observed, *records: SlotRecord, now: float = NOW) -> Plan:
    history = {record.slot: record for record in records}
    step = plan(desired, observed, history, now)
    assert broken_in_plan(desired, observed, history, step, now) == []
    return step


def starts(step: Plan) -> list[tuple[int, int]]:
    return [(action.pod.slot, action.pod.attempt) for action in step.actions if isinstance(action, Start)]


def stops(step: Plan) -> list[tuple[int, int]]:
    return [(action.pod.slot, action.pod.attempt) for action in step.actions if isinstance(action, Stop)]


def test_an_empty_world_gets_the_image_first() -> None:
    assert decide(wish(), Observed()) == Plan((Pull("nginx:1.25"),))


def test_with_the_image_all_replicas_start_at_once() -> None:
    assert starts(decide(wish(), Observed(image=PRESENT))) == [(0, 1), (1, 1), (2, 1)]


def test_a_pull_on_its_way_for_another_app_is_asked_for_too() -> None:
    assert decide(wish(), Observed(image=ImageState(ImagePhase.PULLING))) == Plan((Pull("nginx:1.25"),))


@pytest.mark.parametrize(
    ("retry_at", "expected"),
    [(NOW + 20, Plan((), NOW + 20)), (NOW, Plan((Pull("nginx:1.25"),)))],
)
def test_a_failed_pull_is_repeated_when_its_time_has_come(retry_at: float, expected: Plan) -> None:
    failed = ImageState(ImagePhase.FAILED, error="manifest unknown", reason="ErrImagePull", retry_at=retry_at)
    assert decide(wish(), Observed(image=failed)) == expected


def test_a_world_that_agrees_gets_an_empty_plan() -> None:
    assert decide(wish(), Observed(pods=(pod(0), pod(1), pod(2)), image=PRESENT)) == Plan()


def test_starts_on_their_way_are_not_repeated() -> None:
    digest = wish().template_hash
    observed = Observed(pods=(pod(0),), starting={PodId(WEB, 1, 1): digest, PodId(WEB, 2, 1): digest}, image=PRESENT)
    assert decide(wish(), observed) == Plan()


def test_a_silent_runtime_is_left_alone() -> None:
    assert decide(wish(spec(5)), Observed(reachable=False, pods=(pod(0),), image=PRESENT)) == Plan()
    assert decide(wish(deleting=True), Observed(reachable=False, pods=(pod(0),))) == Plan()


def test_a_killed_replica_is_replaced_at_once_and_its_body_kept_for_evidence() -> None:
    observed = Observed(pods=(pod(0), pod(1, phase=PodPhase.FAILED, exit_code=137), pod(2)), image=PRESENT)
    step = decide(wish(), observed, ended(1))
    assert starts(step) == [(1, 2)]
    assert not any(isinstance(action, Remove) for action in step.actions)


def test_only_the_newest_body_of_a_slot_is_kept() -> None:
    bodies = (pod(0, 1, phase=PodPhase.FAILED), pod(0, 2, phase=PodPhase.FAILED))
    step = decide(wish(spec(1)), Observed(pods=(*bodies, pod(0, 3)), image=PRESENT))
    assert step.actions == (Remove(PodId(WEB, 0, 1)),)


@pytest.mark.parametrize(
    ("failures", "delay"), [(1, 0), (2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 300), (8, 300), (99, 300)]
)
def test_the_back_off_is_kubernetes_table(failures: int, delay: int) -> None:
    observed = Observed(pods=(pod(0, phase=PodPhase.FAILED),), image=PRESENT)
    record = ended(0, failures=failures)
    if delay:
        early = decide(wish(spec(1)), observed, record, now=NOW + delay - 0.1)
        assert early == Plan((), NOW + delay)
    due = decide(wish(spec(1)), observed, record, now=NOW + delay)
    assert starts(due) == [(0, 2)]


def test_a_new_template_does_not_wait_for_the_old_ones_back_off() -> None:
    new = wish(spec(1, image="nginx:1.27"), revision=2)
    observed = Observed(pods=(pod(0, phase=PodPhase.FAILED, of=wish(spec(1))),), image=PRESENT)
    step = decide(new, observed, ended(0, failures=7, of=wish(spec(1))))
    assert starts(step) == [(1, 1)]
    assert step.wake_at == NOW + 300


def test_scale_down_lets_unready_ones_go_first_then_the_highest_slots() -> None:
    pods = (pod(0), pod(1, ready=False), pod(2), pod(3))
    assert stops(decide(wish(spec(2)), Observed(pods=pods, image=PRESENT))) == [(1, 1), (3, 1)]


def test_scale_down_gives_up_a_slot_that_waits() -> None:
    step = decide(wish(spec(1)), Observed(pods=(pod(0),), image=PRESENT), ended(1, failures=3))
    assert step.actions == (Release(1),)


def test_scale_down_lets_those_go_first_that_do_not_even_run() -> None:
    """None is available yet (minReadySeconds), and still they are not all the same."""
    slow = Strategy(min_ready_seconds=30)
    starting = pod(1, phase=PodPhase.PENDING, ready=False)
    pods = (pod(0, phase=PodPhase.PENDING, ready=False), starting, pod(2, started_at=NOW), pod(3, started_at=NOW))
    on_their_way = {one.id: wish().template_hash for one in pods if one.phase is PodPhase.PENDING}
    step = decide(wish(spec(2, strategy=slow)), Observed(pods=pods, starting=on_their_way, image=PRESENT))
    assert sorted(stops(step)) == [(0, 1), (1, 1)]


def test_a_start_on_its_way_that_is_not_wanted_any_more_is_given_up() -> None:
    start = PodId(WEB, 1, 1)
    observed = Observed(pods=(pod(0),), starting={start: wish().template_hash}, image=PRESENT)
    assert decide(wish(spec(1)), observed).actions == (Stop(start, "scaled down"),)


def test_a_start_that_failed_half_way_waits_for_its_back_off() -> None:
    """The container is there, so the same attempt is started again, but not at once and for ever."""
    observed = Observed(pods=(pod(0, phase=PodPhase.PENDING, ready=False),), image=PRESENT)
    record = replace(ended(0, failures=1), never_started=True)
    assert decide(wish(spec(1)), observed, record) == Plan((), NOW + 10)
    assert starts(decide(wish(spec(1)), observed, record, now=NOW + 10)) == [(0, 1)]


def test_scale_to_zero_stops_everything() -> None:
    assert stops(decide(wish(spec(0)), Observed(pods=(pod(0), pod(1)), image=PRESENT))) == [(1, 1), (0, 1)]


def test_scale_up_fills_the_lowest_free_slots_and_waits_for_none_that_leaves() -> None:
    leaving = pod(1)
    observed = Observed(pods=(pod(0), leaving), stopping=frozenset({leaving.id}), image=PRESENT)
    assert starts(decide(wish(spec(3)), observed)) == [(2, 1), (3, 1)]


def test_attempt_numbers_rise_over_a_lost_record_too() -> None:
    body = pod(0, 7, phase=PodPhase.FAILED)
    assert starts(decide(wish(spec(1)), Observed(pods=(body,), image=PRESENT))) == [(0, 8)]


def test_of_two_attempts_in_one_slot_the_newer_stays() -> None:
    step = decide(wish(spec(1)), Observed(pods=(pod(0, 1), pod(0, 2)), image=PRESENT))
    assert stops(step) == [(0, 1)]


class TestRollingUpdate:
    """3 replicas, 25 %: at most 4 may exist, 3 must be available."""

    old = wish(spec(3))
    new = wish(spec(3, image="nginx:1.27"), revision=2)

    def test_it_surges_by_one_before_it_takes_anything_away(self) -> None:
        step = decide(self.new, Observed(pods=(pod(0), pod(1), pod(2)), image=PRESENT))
        assert (starts(step), stops(step)) == ([(3, 1)], [])

    def test_one_old_goes_when_the_new_one_is_ready(self) -> None:
        pods = (pod(0), pod(1), pod(2), pod(3, of=self.new))
        step = decide(self.new, Observed(pods=pods, image=PRESENT))
        assert (starts(step), stops(step)) == ([(4, 1)], [(2, 1)]) or (starts(step), stops(step)) == ([], [(2, 1)])

    def test_nothing_goes_while_the_new_one_is_not_ready(self) -> None:
        pods = (pod(0), pod(1), pod(2), pod(3, of=self.new, ready=False))
        assert decide(self.new, Observed(pods=pods, image=PRESENT)) == Plan()

    def test_a_bad_image_never_takes_down_the_working_revision(self) -> None:
        failed = ImageState(ImagePhase.FAILED, error="manifest unknown", retry_at=NOW + 10)
        step = decide(self.new, Observed(pods=(pod(0), pod(1), pod(2)), image=failed))
        assert step == Plan((), NOW + 10)

    def test_broken_old_ones_make_way(self) -> None:
        pods = (pod(0), pod(1), pod(2, ready=False), pod(3, of=self.new))
        assert stops(decide(self.new, Observed(pods=pods, image=PRESENT))) == [(2, 1)]

    def test_an_old_one_that_is_lost_while_the_update_is_stuck_is_replaced_by_its_like(self) -> None:
        failed = ImageState(ImagePhase.FAILED, error="manifest unknown", retry_at=NOW + 10)
        observed = Observed(pods=(pod(0), pod(1, phase=PodPhase.FAILED), pod(2)), image=failed)
        step = decide(self.new, observed, ended(1, of=self.old))
        assert step.actions == (Start(PodId(WEB, 1, 2), self.old.template_hash),)

    def test_an_old_one_that_is_lost_is_let_go_when_enough_are_there(self) -> None:
        pods = (pod(0), pod(1, phase=PodPhase.FAILED), pod(2), pod(3, of=self.new))
        step = decide(self.new, Observed(pods=pods, image=PRESENT), ended(1, of=self.old))
        assert Release(1) in step.actions
        assert starts(step) == [(4, 1)]

    def test_a_restart_never_breaks_the_surge(self) -> None:
        """Four exist with three old ones; the new one that crashed waits until there is room."""
        pods = (pod(0), pod(1), pod(2), pod(4, of=self.new, ready=False))
        step = decide(self.new, Observed(pods=pods, image=PRESENT), ended(3, of=self.new))
        assert starts(step) == []

    def test_min_ready_seconds_delays_and_says_when_to_look_again(self) -> None:
        slow = Strategy(min_ready_seconds=30)
        new = wish(spec(3, image="nginx:1.27", strategy=slow), revision=2)
        pods = (pod(0), pod(1), pod(2), pod(3, of=new, started_at=NOW - 10))
        assert decide(new, Observed(pods=pods, image=PRESENT)) == Plan((), NOW + 20)


def test_recreate_stops_all_old_ones_and_waits_until_they_are_gone() -> None:
    new = wish(spec(2, image="nginx:1.27", strategy=Strategy(type="Recreate")), revision=2)
    first = decide(new, Observed(pods=(pod(0), pod(1)), image=PRESENT))
    assert (starts(first), sorted(stops(first))) == ([], [(0, 1), (1, 1)])
    leaving = frozenset({PodId(WEB, 0, 1)})
    assert decide(new, Observed(pods=(pod(0),), stopping=leaving, image=PRESENT)) == Plan()
    assert starts(decide(new, Observed(image=PRESENT))) == [(0, 1), (1, 1)]


def test_recreate_restarts_nothing_while_an_older_revision_leaves() -> None:
    """Back to a template that crashed before: its back-off is over, but two revisions never run side by side."""
    back = wish(spec(2, strategy=Strategy(type="Recreate")), revision=3)
    leaving = pod(1, digest="0" * 10)
    observed = Observed(pods=(leaving,), stopping=frozenset({leaving.id}), image=PRESENT)
    assert decide(back, observed, ended(0, at=NOW - 900)) == Plan()


class TestHostPort:
    def test_slot_zero_gets_the_port(self) -> None:
        template = spec(2, host_port=8080).template
        assert [host_ports(template, slot) for slot in range(2)] == [((80, 8080),), ()]

    def test_scale_down_keeps_the_replica_with_the_port(self) -> None:
        """Also when it is the unready one: no other would get the port."""
        one = wish(spec(1, host_port=8080))
        pods = (pod(0, of=one, ready=False), pod(1, of=one), pod(2, of=one))
        assert stops(decide(one, Observed(pods=pods, image=PRESENT))) == [(2, 1), (1, 1)]

    def test_an_update_frees_the_port_before_it_is_asked_for_again(self) -> None:
        old, new = wish(spec(1, host_port=8080)), wish(spec(1, host_port=8080, image="nginx:1.27"), revision=2)
        holder = pod(0, of=old)
        first = decide(new, Observed(pods=(holder,), image=PRESENT))
        assert (starts(first), stops(first)) == ([], [(0, 1)])
        assert decide(new, Observed(pods=(holder,), stopping=frozenset({holder.id}), image=PRESENT)) == Plan()
        assert starts(decide(new, Observed(image=PRESENT), SlotRecord(0, attempt=1, recorded=1))) == [(0, 2)]


class TestDeletion:
    def test_live_ones_are_stopped_and_bodies_removed(self) -> None:
        body = pod(1, phase=PodPhase.FAILED)
        step = decide(wish(deleting=True), Observed(pods=(pod(0), body), image=PRESENT))
        assert step.actions == (Stop(PodId(WEB, 0, 1), "the app is deleted"), Remove(body.id))

    def test_a_start_on_its_way_is_given_up_and_waited_for(self) -> None:
        start = PodId(WEB, 0, 1)
        observed = Observed(starting={start: "x"}, image=PRESENT)
        assert decide(wish(deleting=True), observed).actions == (Stop(start, "the app is deleted"),)
        leaving = Observed(starting={start: "x"}, stopping=frozenset({start}), image=PRESENT)
        assert decide(wish(deleting=True), leaving) == Plan()

    def test_it_is_forgotten_when_nothing_is_left(self) -> None:
        assert decide(wish(deleting=True), Observed()).actions == (Forget(),)
