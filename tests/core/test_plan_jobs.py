"""Runs to completion as tables: what is seen and remembered -> what is done, and what people are told."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.history import SlotRecord
from app.core.planning.actions import Expire, Plan, Release, Remove, Start, Stop
from app.core.planning.invariants import broken_in_plan
from app.core.planning.plan import plan
from app.core.planning.slots import Observed
from app.core.pods import ExitInfo, PodId, PodPhase
from app.core.reporting.status import hopeless, view
from app.core.spec import Desired, JobSpec
from app.core.views import AppStatus, AppView
from tests.worlds import NOW, PRESENT, WEB, pod, spec, wish

DONE = ExitInfo(0, "Completed")
CRASH = ExitInfo(1, "Error")


def job(parallelism: int = 1, **fields: Any) -> Desired:
    of = spec(parallelism).model_copy(update={"kind": "Job", "job": JobSpec(parallelism=parallelism, **fields)})
    return wish(of).model_copy(update={"revised_at": NOW - 50})


def done(slot: int, *, at: float = NOW) -> SlotRecord:
    return SlotRecord(slot).starting(1, wish().template_hash).completed(1, DONE, at=at)


def failed(slot: int, times: int = 1, *, at: float = NOW) -> SlotRecord:
    record = SlotRecord(slot)
    for attempt in range(1, times + 1):
        record = record.starting(attempt, wish().template_hash).ended(attempt, CRASH, ran_seconds=1.0, at=at)
    return record


def decide(desired: Desired, observed: Observed, *records: SlotRecord, now: float = NOW) -> Plan:
    history = {record.slot: record for record in records}
    step = plan(desired, observed, history, now)
    assert broken_in_plan(desired, observed, history, step, now) == []
    return step


def look(desired: Desired, observed: Observed, *records: SlotRecord, now: float = NOW) -> AppView:
    return view(desired, observed, {one.slot: one for one in records}, now, seen_at=now, silent="")


def starts(step: Plan) -> list[tuple[int, int]]:
    return [(action.pod.slot, action.pod.attempt) for action in step.actions if isinstance(action, Start)]


@pytest.mark.parametrize(
    ("desired", "records", "expected"),
    [
        (job(), (), [(0, 1)]),
        (job(2, completions=3), (), [(0, 1), (1, 1)]),
        (job(2, completions=3), (done(0), done(1)), [(2, 1)]),
        (job(5, completions=3), (done(1),), [(0, 1), (2, 1)]),
        (job(2, completions=3), (done(0), failed(1)), [(1, 2), (2, 1)]),
        (job(3, completions=None), (), [(0, 1), (1, 1), (2, 1)]),
        (job(3, completions=None), (done(1),), []),
        (job(2, completions=0), (), []),
        (job(2, suspend=True), (), []),
        (job(0), (), []),
    ],
)
def test_what_is_started_from_nothing_running(
    desired: Desired, records: tuple[SlotRecord, ...], expected: list[tuple[int, int]]
) -> None:
    assert starts(decide(desired, Observed(image=PRESENT), *records)) == expected


def test_a_slot_in_its_back_off_keeps_its_place() -> None:
    step = decide(job(1, completions=3), Observed(image=PRESENT), failed(0, 3))
    assert (step.actions, step.wake_at) == ((), NOW + 20)


def test_never_more_than_the_parallelism_with_those_that_still_leave() -> None:
    leaving = pod(0)
    observed = Observed(pods=(leaving, pod(1)), stopping=frozenset({leaving.id}), image=PRESENT)
    assert starts(decide(job(2, completions=4), observed)) == []


def test_fewer_side_by_side_stops_the_highest() -> None:
    step = decide(job(1, completions=4), Observed(pods=(pod(0), pod(1), pod(2)), image=PRESENT))
    assert [action.pod.slot for action in step.actions if isinstance(action, Stop)] == [2, 1]


def test_a_finished_job_keeps_its_bodies_and_does_nothing_more() -> None:
    bodies = (pod(0, phase=PodPhase.SUCCEEDED, exit_code=0), pod(1, phase=PodPhase.SUCCEEDED, exit_code=0))
    step = decide(job(2, completions=2), Observed(pods=bodies, image=PRESENT), done(0), done(1))
    assert (step.actions, step.wake_at, step.milestone) == ((), None, "Completed: completed 2 of 2")


def test_success_outlives_the_removal_of_its_container() -> None:
    assert decide(job(), Observed(image=PRESENT), done(0)).actions == ()


def test_of_each_slot_only_the_last_body_is_kept() -> None:
    bodies = (pod(0, 1, phase=PodPhase.FAILED), pod(0, 2, phase=PodPhase.SUCCEEDED, exit_code=0))
    record = failed(0).starting(2, wish().template_hash).completed(2, DONE, at=NOW)
    assert decide(job(), Observed(pods=bodies, image=PRESENT), record).actions == (Remove(PodId(WEB, 0, 1)),)


class TestEnds:
    def test_the_back_off_limit_stops_all_that_runs(self) -> None:
        step = decide(job(2, completions=2, backoff_limit=2), Observed(pods=(pod(1),), image=PRESENT), failed(0, 3))
        assert step.actions == (
            Stop(PodId(WEB, 1, 1), "the job failed: back-off limit 2 reached: exit code 1 (Error)"),
        )
        assert step.milestone.startswith("BackoffLimitExceeded: ")

    def test_without_a_limit_it_is_tried_for_ever(self) -> None:
        step = decide(job(backoff_limit=None), Observed(image=PRESENT), failed(0, 40), now=NOW + 300)
        assert starts(step) == [(0, 41)]

    def test_the_deadline_is_waited_for_and_kept(self) -> None:
        desired = job(active_deadline_seconds=60)
        assert decide(desired, Observed(pods=(pod(0),), image=PRESENT)) == Plan((), NOW + 10)
        step = decide(desired, Observed(pods=(pod(0),), image=PRESENT), now=NOW + 10)
        assert [type(action) for action in step.actions] == [Stop]
        assert step.milestone.startswith("DeadlineExceeded: ")

    def test_the_ttl_deletes_it_in_time(self) -> None:
        desired = job(ttl_seconds_after_finished=30)
        early = decide(desired, Observed(image=PRESENT), done(0), now=NOW + 29)
        assert (early.actions, early.wake_at) == ((), NOW + 30)
        due = decide(desired, Observed(image=PRESENT), done(0), now=NOW + 30)
        assert [type(action) for action in due.actions] == [Expire]

    def test_a_work_queue_ends_when_its_last_worker_does(self) -> None:
        desired = job(2, completions=None)
        busy = decide(desired, Observed(pods=(pod(1),), image=PRESENT), done(0))
        assert (busy.actions, busy.milestone) == ((), "")
        assert decide(desired, Observed(image=PRESENT), done(0), done(1)).milestone == "Completed: 2 succeeded"


class TestChanges:
    def test_suspended_it_stops_and_resumed_it_goes_on_where_it_was(self) -> None:
        step = decide(job(2, completions=3, suspend=True), Observed(pods=(pod(1),), image=PRESENT), done(0))
        assert step.actions == (Stop(PodId(WEB, 1, 1), "the job is suspended"),)
        stopped = SlotRecord(1).starting(1, wish().template_hash).suspended()
        assert starts(decide(job(2, completions=3), Observed(image=PRESENT), done(0), stopped)) == [(1, 2), (2, 1)]

    def test_a_new_template_is_a_new_run(self) -> None:
        new = job(1, completions=2).model_copy(update={"template_hash": "new"})
        step = decide(new, Observed(pods=(pod(1),), image=PRESENT), done(0), failed(2))
        assert Stop(PodId(WEB, 1, 1), f"replaced by revision {new.revision}") in step.actions
        assert Release(2) in step.actions
        assert starts(decide(new, Observed(image=PRESENT), done(0))) == [(0, 2)]


class TestRecords:
    def test_a_success_clears_the_back_off_and_is_counted_once(self) -> None:
        record = failed(0, 2).starting(3, wish().template_hash).completed(3, DONE, at=NOW)
        assert (record.succeeded, record.failed, record.waiting) == (1, 2, False)
        assert record.completed(3, DONE, at=NOW + 1) is record

    def test_one_that_was_taken_for_failed_to_start_did_succeed(self) -> None:
        lost = SlotRecord(0).starting(1, "a").ended(1, ExitInfo(None, "RuntimeBusy"), ran_seconds=None, at=NOW)
        record = lost.completed(1, DONE, at=NOW + 2)
        assert (record.succeeded, record.failed, record.waiting) == (1, 0, False)

    def test_an_unhealthy_end_with_exit_code_0_is_no_success(self) -> None:
        ended = SlotRecord(0).starting(1, "a").ended(1, ExitInfo(0, "Unhealthy"), ran_seconds=9.0, at=NOW)
        assert ended.completed(1, DONE, at=NOW) is ended

    def test_a_new_template_forgets_what_the_old_one_did(self) -> None:
        again = done(0).starting(2, "new")
        assert (again.succeeded, again.failed) == (0, 0)


class TestPicture:
    def test_under_way(self) -> None:
        seen = look(job(2, completions=3), Observed(pods=(pod(1),), image=PRESENT), done(0))
        assert (seen.status, seen.reason) == (AppStatus.RUNNING, "completed 1 of 3, 1 running")
        assert (seen.succeeded, seen.failed, seen.settled) == (1, 0, False)
        assert [(one.slot, one.phase, one.detail) for one in seen.replicas] == [
            (0, PodPhase.SUCCEEDED, "completed"),
            (1, PodPhase.RUNNING, "ready"),
        ]

    def test_completed(self) -> None:
        seen = look(job(2, completions=2), Observed(image=PRESENT), done(0), done(1))
        assert (seen.status, seen.reason, seen.settled) == (AppStatus.COMPLETED, "completed 2 of 2", True)
        assert [one.type for one in seen.conditions] == ["SuccessCriteriaMet", "Complete"]

    def test_failed(self) -> None:
        seen = look(job(), Observed(image=PRESENT), failed(0, 7))
        assert seen.status is AppStatus.FAILED
        assert seen.reason == "failed: back-off limit 6 reached: exit code 1 (Error)"
        assert hopeless(seen)
        assert [(one.type, one.reason) for one in seen.conditions] == [("Failed", "BackoffLimitExceeded")]
        assert [(one.phase, one.retry_at) for one in seen.replicas] == [(PodPhase.FAILED, None)]

    def test_between_two_attempts(self) -> None:
        seen = look(job(), Observed(image=PRESENT), failed(0, 3))
        assert seen.status is AppStatus.CRASH_LOOPING
        assert seen.reason == "completed 0 of 1; exit code 1 (Error); next try in 20 s"

    @pytest.mark.parametrize(("desired", "word"), [(job(suspend=True), "suspended"), (job(0), "stopped")])
    def test_at_rest_before_its_end(self, desired: Desired, word: str) -> None:
        seen = look(desired, Observed(image=PRESENT))
        assert (seen.status, seen.reason, seen.settled) == (AppStatus.STOPPED, f"{word}; completed 0 of 1", True)
