"""Who holds a slot when sightings, starts and stops overlap: never two attempts, never one too few."""

from __future__ import annotations

from app.core.history import SlotRecord
from app.core.planning.slots import Observed, SlotTable, slot_table
from app.core.pods import ExitInfo, PodId, PodPhase
from tests.worlds import NOW, PRESENT, WEB, pod, wish

CRASH = ExitInfo(1, "Error")


def sort(observed: Observed, *records: SlotRecord) -> SlotTable:
    return slot_table(wish(), observed, {record.slot: record for record in records}, NOW)


def failed(slot: int, attempt: int) -> SlotRecord:
    digest = wish().template_hash
    return SlotRecord(slot, attempt, attempt, digest, failures=1, ended_at=NOW, last_exit=CRASH)


def test_an_ended_attempt_holds_its_slot_until_its_successor_is_due() -> None:
    table = sort(Observed(pods=(pod(0, phase=PodPhase.FAILED),), image=PRESENT), failed(0, 1))
    assert [member.slot for member in table.members if member.waiting] == [0]


def test_a_slot_is_not_free_for_the_next_attempt_while_the_last_one_still_leaves() -> None:
    """Its start was taken for failed (the answer was lost), then it was seen and is being stopped."""
    leaving = pod(0)
    table = sort(Observed(pods=(leaving,), stopping=frozenset({leaving.id}), image=PRESENT), failed(0, 1))
    assert (table.members, table.leaving) == ((), (leaving.id,))


def test_a_start_that_is_given_up_leaves() -> None:
    start = PodId(WEB, 0, 1)
    table = sort(Observed(starting={start: wish().template_hash}, stopping=frozenset({start}), image=PRESENT))
    assert (table.members, table.leaving) == ((), (start,))


def test_an_attempt_whose_successor_is_on_its_way_is_a_duplicate() -> None:
    late, start = pod(0, 1), PodId(WEB, 0, 2)
    table = sort(Observed(pods=(late,), starting={start: wish().template_hash}, image=PRESENT))
    assert [member.start for member in table.members] == [start]
    assert table.duplicates == (late,)


def test_an_attempt_that_never_ran_does_not_come_to_life_after_its_successor() -> None:
    late = pod(0, 1, phase=PodPhase.PENDING)
    table = sort(Observed(pods=(late,), image=PRESENT), failed(0, 2))
    assert table.duplicates == (late,)
    assert [member.waiting for member in table.members] == [True]


def test_an_attempt_that_was_stopped_as_planned_does_not_come_to_life() -> None:
    late = pod(0, 1, phase=PodPhase.PENDING)
    stopped = SlotRecord(0).starting(1, wish().template_hash).stopped()
    table = sort(Observed(pods=(late,), image=PRESENT), stopped)
    assert (table.duplicates, table.members) == ((late,), ())


def test_an_attempt_that_was_reserved_and_created_may_be_started() -> None:
    """A crash of ours lay between creating and starting."""
    half = pod(0, 1, phase=PodPhase.PENDING)
    table = sort(Observed(pods=(half,), image=PRESENT), SlotRecord(0).starting(1, wish().template_hash))
    assert [member.pod for member in table.members] == [half]
