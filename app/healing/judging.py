"""Whether a remedy helped: the app must be well for a minute without another restart. Pure."""

from __future__ import annotations

from enum import StrEnum

from app.core.incidents import Attempt
from app.core.reporting.status import hopeless
from app.core.spec import AppSpec
from app.core.views import AppStatus, AppView

HOLD_SECONDS = 60.0
"""How long it must be well before the remedy counts as one."""
SETTLE_SECONDS = 5.0
"""What is seen so soon after a change may still be of before it."""
GIVE_UP_SECONDS = 300.0
"""Longer than this without being well is not well, whatever it is doing."""


class Judgement(StrEnum):
    HOLDS = "holds"
    """Well for long enough."""
    WELL = "well"
    """Well, but not for long enough yet."""
    OPEN = "open"
    FAILED = "failed"
    OVERTAKEN = "overtaken"


def well(view: AppView) -> bool:
    """It is what was wished for, as far as can be seen now."""
    done = view.status in (AppStatus.RUNNING, AppStatus.COMPLETED)
    return done and not view.deleting and (view.spec.job is not None or view.ready >= view.desired > 0)


def judge(attempt: Attempt, view: AppView, target: AppView, now: float) -> Judgement:
    """`view` is the app that failed, `target` the one that was changed (mostly the same)."""
    if not ours(attempt, target):
        return Judgement.OVERTAKEN
    if view.status is AppStatus.UNKNOWN:
        return Judgement.OPEN  # unknown is not gone, and not failed
    age = now - attempt.began_at
    if well(view) and view.restarts <= attempt.restarts:
        since = attempt.well_since if attempt.well_since is not None else now
        return Judgement.HOLDS if now - since >= HOLD_SECONDS else Judgement.WELL
    if age < SETTLE_SECONDS:
        return Judgement.OPEN
    if _failed_again(attempt, view) or age >= GIVE_UP_SECONDS:
        return Judgement.FAILED
    return Judgement.OPEN


def _failed_again(attempt: Attempt, view: AppView) -> bool:
    waits = any(one.current and one.retry_at is not None for one in view.replicas)
    return view.restarts > attempt.restarts or waits or hopeless(view)


def ours(attempt: Attempt, target: AppView) -> bool:
    """Nobody wished for something else meanwhile. A count that follows the load is no other wish."""
    if target.generation == attempt.generation:
        return True
    wished = attempt.proposal.after or attempt.before
    return same_but_count(target.spec, wished)


def same_but_count(one: AppSpec, other: AppSpec) -> bool:
    return one.model_copy(update={"replicas": 0, "annotations": {}}) == other.model_copy(
        update={"replicas": 0, "annotations": {}}
    )
