"""Slot records: what counts as a restart, what resets the back-off, and that no end is counted twice."""

from __future__ import annotations

import pytest

from app.core.backoff import restart_delay
from app.core.history import SlotRecord
from app.core.pods import ExitInfo
from tests.worlds import NOW

CRASH = ExitInfo(1, "Error")


def crash(record: SlotRecord, *, at: float, ran: float | None = 1.0) -> SlotRecord:
    attempt = record.attempt + 1
    return record.starting(attempt, "h").ended(attempt, CRASH, ran_seconds=ran, at=at)


def test_restarts_count_attempts_after_an_unplanned_end() -> None:
    record = SlotRecord(0).starting(1, "h")
    assert record.restarts == 0
    record = record.ended(1, CRASH, ran_seconds=5, at=10).starting(2, "h")
    assert (record.restarts, record.failures, record.attempt) == (1, 1, 2)


def test_an_end_is_counted_once() -> None:
    record = crash(SlotRecord(0), at=10)
    assert record.ended(1, CRASH, ran_seconds=5, at=99) == record


def test_that_it_was_for_its_memory_may_be_learnt_after_the_end() -> None:
    killed, for_memory = ExitInfo(137, "Killed"), ExitInfo(137, "OOMKilled", oom_killed=True)
    record = SlotRecord(0).starting(1, "h").ended(1, killed, ran_seconds=5, at=10)
    later = record.explained(1, for_memory)
    assert later.last_exit == for_memory
    assert (later.failures, later.restarts, later.ended_at) == (record.failures, record.restarts, record.ended_at)
    assert later.explained(1, killed) == later
    assert record.starting(2, "h").explained(1, for_memory).last_exit == for_memory
    assert crash(record, at=20).explained(1, for_memory).last_exit == CRASH


def test_ten_minutes_of_running_clear_the_back_off() -> None:
    record = crash(crash(crash(SlotRecord(0), at=10), at=20), at=30)
    assert record.next_attempt_at == 30 + 20
    assert crash(record, at=1000, ran=600).next_attempt_at == 1000
    assert crash(record, at=1000, ran=599).next_attempt_at == 1000 + 40


def test_what_never_started_waits_from_the_first_time() -> None:
    assert crash(SlotRecord(0), at=10, ran=None).next_attempt_at == 20


def test_a_planned_stop_clears_all_but_the_attempt_number() -> None:
    assert crash(SlotRecord(0), at=10).stopped() == SlotRecord(0, attempt=1, recorded=1)


def test_a_new_template_starts_with_a_clean_count() -> None:
    record = crash(crash(SlotRecord(0), at=10), at=20).starting(3, "other")
    assert (record.restarts, record.failures) == (0, 0)


def test_adoption_keeps_the_counts_and_raises_the_attempt() -> None:
    record = crash(SlotRecord(0), at=10).adopted(5, "h")
    assert (record.attempt, record.failures) == (5, 1)


@pytest.mark.parametrize(("failures", "seconds"), [(0, 0), (1, 0), (2, 10), (7, 300), (10_000, 300)])
def test_delay_bounds(failures: int, seconds: float) -> None:
    assert restart_delay(failures) == seconds


def test_an_attempt_that_was_taken_for_failed_but_runs_counts_its_real_end() -> None:
    """The answer to its start was lost. Without this its crash would never be counted, and nothing backed off."""
    sent = SlotRecord(0).starting(1, "a")
    lost = sent.ended(1, ExitInfo(None, "RuntimeBusy"), ran_seconds=None, at=NOW)
    alive = lost.alive(1, "a")
    assert (alive.failures, alive.ended_at, alive.waiting) == (0, None, False)
    assert alive.ended(1, CRASH, ran_seconds=5.0, at=NOW + 5).failures == 1


def test_an_attempt_that_is_well_known_to_run_changes_nothing() -> None:
    record = SlotRecord(0).starting(1, "a")
    assert record.alive(1, "a") == record


def test_the_same_attempt_started_once_more_can_fail_once_more() -> None:
    record = SlotRecord(0).starting(1, "a").ended(1, CRASH, ran_seconds=None, at=NOW)
    again = record.starting(1, "a")
    assert not again.waiting
    assert again.ended(1, CRASH, ran_seconds=None, at=NOW + 10).failures == 2


def test_an_older_attempt_that_turns_up_does_not_change_what_the_newest_runs() -> None:
    record = SlotRecord(0).starting(2, "new")
    assert record.adopted(1, "old") == record
