"""Seats of jobs: never two that live in one slot, never moved, the same for everybody who reads the same list."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.runtimes.nosana.seats import Seat, Seating, Tenure

spans = st.tuples(st.integers(0, 2000), st.none() | st.integers(0, 2000))


@st.composite
def histories(draw: st.DrawFn) -> list[Tenure]:
    times = draw(st.lists(spans, max_size=25))
    return [
        Tenure(f"j{number}", float(begin), None if length is None else float(begin + length))
        for number, (begin, length) in enumerate(sorted(times, key=lambda one: one[0]))
    ]


def live(tenures: list[Tenure]) -> set[str]:
    return {one.job for one in tenures if one.end is None}


@given(histories())
def test_no_slot_has_two_that_live(history: list[Tenure]) -> None:
    seats = Seating().assign(history)
    assert set(seats) == {one.job for one in history}
    slots = [seats[job].slot for job in live(history)]
    assert len(slots) == len(set(slots))
    assert len(set(seats.values())) == len(seats)  # no attempt twice


@given(histories())
def test_who_reads_the_same_gives_the_same(history: list[Tenure]) -> None:
    assert Seating().assign(history) == Seating().assign(list(reversed(history)))


@given(histories(), st.data())
def test_a_seat_stays_while_the_list_grows_and_jobs_end(history: list[Tenure], data: st.DataObject) -> None:
    """What is known grows step by step, as a poll sees it: some jobs end, some are not listed any more."""
    seating, before, given_away = Seating(), dict[str, Seat](), set[Seat]()
    for count in range(1, len(history) + 1):
        now = history[count - 1].begin
        known = [one if one.end is not None and one.end <= now else replace(one, end=None) for one in history[:count]]
        if data.draw(st.booleans()):
            known = known[data.draw(st.integers(0, count - 1)) :]
        seats = seating.assign(known)
        for job in seats.keys() & before.keys():
            assert seats[job] == before[job]
        fresh = {seat for job, seat in seats.items() if job not in before}
        assert not fresh & (given_away - {before[job] for job in before.keys() & seats.keys()})
        slots = [seats[job].slot for job in live(known)]
        assert len(slots) == len(set(slots))
        before = {**before, **seats} if len(known) == count else dict(seats)
        given_away |= set(seats.values())


def test_a_replacement_takes_over_the_slot() -> None:
    seating = Seating()
    assert seating.assign([Tenure("a", 0, None), Tenure("b", 0, None)]) == {"a": Seat(0, 0), "b": Seat(1, 0)}
    after = seating.assign([Tenure("a", 0, 50), Tenure("b", 0, None), Tenure("c", 52, None)])
    assert after["c"] == Seat(0, 1)


def test_a_replacement_that_is_noted_a_little_before_the_end() -> None:
    assert Seating().assign([Tenure("a", 0, 60), Tenure("b", 55, None)])["b"] == Seat(0, 1)


def test_a_rotation_has_both_for_a_while_in_two_slots() -> None:
    seats = Seating().assign([Tenure("old", 0, 4000), Tenure("new", 2400, None)])
    assert (seats["old"].slot, seats["new"].slot) == (0, 1)


def test_attempts_go_on_after_the_old_list_is_gone() -> None:
    seating = Seating()
    seating.assign([Tenure("a", 0, 10)])
    assert seating.assign([Tenure("b", 100, None)]) == {"b": Seat(0, 1)}
