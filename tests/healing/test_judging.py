"""The verdict on a remedy, pure: every way in which what is seen may look better or worse than it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.core.diagnosis import RemedyClass
from app.core.incidents import Attempt, Proposal, Risk
from app.core.pods import PodPhase
from app.core.spec import AppSpec
from app.core.views import AppStatus, AppView, ReplicaView
from app.healing.judging import GIVE_UP_SECONDS, HOLD_SECONDS, Judgement, judge
from tests.healing.ward import app

T0 = 1_700_000_000.0
BEFORE, AFTER = app("web:2"), app("web:1")
PROPOSAL = Proposal(remedy=RemedyClass.ROLLBACK, what="go back", risk=Risk.SAFE, after=AFTER)
ATTEMPT = Attempt(proposal=PROPOSAL, before=BEFORE, generation=5, began_at=T0)


def replica(slot: int = 0, **more: Any) -> ReplicaView:
    well = ReplicaView(
        name=f"web-{slot}", slot=slot, phase=PodPhase.RUNNING, ready=True, restarts=0, started_at=T0, current=True
    )
    return replace(well, **more)


def view(
    *replicas: ReplicaView, spec: AppSpec = AFTER, status: AppStatus = AppStatus.RUNNING, generation: int = 5
) -> AppView:
    shown = replicas or (replica(),)
    return AppView(
        key=spec.key, spec=spec, status=status, reason="", desired=spec.replicas,
        ready=sum(one.ready for one in shown), total=len(shown), restarts=sum(one.restarts for one in shown),
        revision=3, generation=generation, replicas=shown, updated=len(shown), seen_at=T0,
    )  # fmt: skip


def verdict(seen: AppView, at: float, attempt: Attempt = ATTEMPT, *, blind_until: float = 0.0) -> Judgement:
    return judge(attempt, seen, seen, T0 + at, blind_until=blind_until)


def test_well_for_a_minute_holds_and_not_a_second_less() -> None:
    watched = ATTEMPT.model_copy(update={"well_since": T0 + 10})
    assert verdict(view(), 10) is Judgement.WELL
    assert verdict(view(), 10 + HOLD_SECONDS - 1, watched) is Judgement.WELL
    assert verdict(view(), 10 + HOLD_SECONDS, watched) is Judgement.HOLDS


def test_what_nobody_saw_counts_neither_for_nor_against() -> None:
    watched = ATTEMPT.model_copy(update={"well_since": T0 + 10})
    assert verdict(view(), 1000, watched, blind_until=T0 + 990) is Judgement.WELL
    starting = view(replica(ready=False), status=AppStatus.STARTING)
    assert verdict(starting, 1000) is Judgement.FAILED
    assert verdict(starting, 1000, blind_until=T0 + 990) is Judgement.OPEN
    unknown = view(status=AppStatus.UNKNOWN)
    assert verdict(unknown, 10_000, watched) is Judgement.OPEN


def test_a_restart_of_a_new_replica_speaks_against_it_and_one_of_an_old_one_does_not() -> None:
    old = replica(1, current=False, ready=False, restarts=7, retry_at=T0 + 99)
    new = replica(0, ready=False)
    spec = AFTER.model_copy(update={"replicas": 2})
    assert verdict(view(new, old, spec=spec, status=AppStatus.CRASH_LOOPING), 30) is Judgement.OPEN
    again = replica(0, ready=False, restarts=1)
    assert verdict(view(again, old, spec=spec, status=AppStatus.CRASH_LOOPING), 30) is Judgement.FAILED
    assert verdict(view(again, old, spec=spec, status=AppStatus.CRASH_LOOPING), 3) is Judgement.OPEN  # too soon
    back_off = replica(0, phase=None, ready=False, retry_at=T0 + 60)
    assert verdict(view(back_off), 30) is Judgement.FAILED


def test_who_changed_what() -> None:
    assert verdict(view(generation=4, spec=BEFORE), 10) is Judgement.NEVER
    assert verdict(view(generation=6, spec=BEFORE), 10) is Judgement.UNDONE
    assert verdict(view(generation=6, spec=app("web:9")), 10) is Judgement.OVERTAKEN
    assert judge(ATTEMPT, view(), None, T0 + 10) is Judgement.OVERTAKEN
    more = AFTER.model_copy(update={"replicas": 3})
    seen = view(*(replica(slot) for slot in range(3)), spec=more, generation=9)
    assert verdict(seen, 10) is Judgement.WELL


def test_a_start_of_another_app_is_taken_back_by_its_stop() -> None:
    stopped = app(name="redis", replicas=0)
    started = stopped.model_copy(update={"replicas": 1})
    proposal = PROPOSAL.model_copy(update={"after": started, "remedy": RemedyClass.FIX_DEPENDENCY})
    attempt = Attempt(proposal=proposal, before=stopped, generation=5, began_at=T0)
    waits = view(replica(phase=None, ready=False, restarts=9, retry_at=T0 + 300), status=AppStatus.CRASH_LOOPING)
    up = view(spec=started)
    assert judge(attempt, waits, up, T0 + 200) is Judgement.OPEN  # its own back-off is no verdict
    assert judge(attempt, waits, view(spec=started, status=AppStatus.FAILED), T0 + 200) is Judgement.FAILED
    assert judge(attempt, view(replica(restarts=9)), up, T0 + 200) is Judgement.WELL
    assert judge(attempt, waits, view(spec=stopped, generation=6), T0 + 200) is Judgement.UNDONE


@given(
    at=st.floats(0, 2 * GIVE_UP_SECONDS),
    status=st.sampled_from(AppStatus),
    ready=st.booleans(),
    restarts=st.integers(0, 3),
    well_since=st.none() | st.floats(T0, T0 + 600),
)
def test_only_what_is_well_is_ever_kept_and_only_what_is_not_is_taken_back(
    at: float, status: AppStatus, ready: bool, restarts: int, well_since: float | None
) -> None:
    attempt = ATTEMPT.model_copy(update={"well_since": well_since})
    found = verdict(view(replica(ready=ready, restarts=restarts), status=status), at, attempt)
    if found is Judgement.HOLDS:
        assert ready
        assert not restarts
        assert well_since is not None
        assert T0 + at - well_since >= HOLD_SECONDS
    if found is Judgement.FAILED:
        assert status is not AppStatus.UNKNOWN
        assert not (status is AppStatus.RUNNING and ready and not restarts)
