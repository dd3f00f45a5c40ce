"""Whether a remedy helped: the app must be well for a minute, as it was seen to be, without another restart. Pure."""

from __future__ import annotations

from enum import StrEnum

from app.core.incidents import Attempt
from app.core.reporting.status import hopeless
from app.core.revision import with_restart_of
from app.core.runtimenames import NOSANA
from app.core.spec import AppSpec
from app.core.views import AppStatus, AppView, ReplicaView

HOLD_SECONDS = 60.0
"""How long it must be well before the remedy counts as one."""
SETTLE_SECONDS = 5.0
"""What is seen so soon after a change may still be of before it."""
GIVE_UP_SECONDS = 300.0
"""Longer than this without being well is not well, whatever it is doing."""
FOR_ANOTHER_SECONDS = 600.0
"""As much where another app was mended: this one may be in its longest back-off when that one is ready."""


class Judgement(StrEnum):
    HOLDS = "holds"
    """Well for long enough."""
    WELL = "well"
    """Well, but not for long enough yet."""
    OPEN = "open"
    FAILED = "failed"
    NEVER = "never"
    """It was noted and never made: the process was killed in between."""
    UNDONE = "undone"
    """What stood before stands again."""
    OVERTAKEN = "overtaken"


def well(view: AppView) -> bool:
    """It is what was wished for, as far as can be seen now."""
    done = view.status in (AppStatus.RUNNING, AppStatus.COMPLETED)
    return done and not view.deleting and (view.spec.job is not None or view.ready >= view.desired > 0)


def judge(
    attempt: Attempt,
    view: AppView,
    target: AppView | None,
    now: float,
    *,
    front: str = "",
    blind_until: float = 0.0,
    hold: float = HOLD_SECONDS,
) -> Judgement:
    """`view` is the app that failed, `target` the one that was changed (mostly the same; None = gone).

    `front`: what is wrong with a Service in front of it.
    `blind_until`: up to then nobody looked, or the runtime was silent: no time before it counts, for or against.
    """
    if target is None:
        return Judgement.OVERTAKEN
    if not ours(attempt, target):
        return _instead(attempt, target)
    if AppStatus.UNKNOWN in (view.status, target.status):
        return Judgement.OPEN  # unknown is not gone, and not failed
    if not front and _well_enough(attempt, view):
        since = max(now if attempt.well_since is None else attempt.well_since, blind_until)
        return Judgement.HOLDS if now - since >= hold else Judgement.WELL
    age = now - max(attempt.began_at, blind_until)
    if age < SETTLE_SECONDS:
        return Judgement.OPEN
    if age >= _patience(attempt, view) or _failed_again(attempt, view, target):
        return Judgement.FAILED
    return Judgement.OPEN


def _well_enough(attempt: Attempt, view: AppView) -> bool:
    """A count that follows the load makes it neither well nor ill: as many as there were before must be well."""
    current = [one for one in view.replicas if one.current]
    if view.spec.job is not None:
        return well(view)
    if _new_ends(attempt, current):
        return False
    if well(view):
        return True
    wanted = min(view.desired, attempt.before.replicas)
    growing = view.status in (AppStatus.STARTING, AppStatus.UPDATING)
    return growing and view.spec.replicas != attempt.before.replicas and 0 < wanted <= sum(one.ready for one in current)


def _new_ends(attempt: Attempt, current: list[ReplicaView]) -> bool:
    """A replica ended since. Of an app that only had to wait for another one, ends before that one was up count not."""
    if _another(attempt):
        return False
    return sum(one.restarts for one in current) > attempt.restarts


def _failed_again(attempt: Attempt, view: AppView, target: AppView) -> bool:
    """Replicas of before the change may still be there and failing: they say nothing about it."""
    if _another(attempt):
        return hopeless(target)
    current = [one for one in view.replicas if one.current]
    if _new_ends(attempt, current) or any(one.retry_at is not None for one in current):
        return True
    return hopeless(view) and view.status is not AppStatus.CRASH_LOOPING


def _patience(attempt: Attempt, view: AppView) -> float:
    """A rented machine is looked for first; there the app's own deadline counts (it shows as hopeless)."""
    if view.spec.runtime == NOSANA:
        return 2.0 * max(GIVE_UP_SECONDS, view.spec.strategy.progress_deadline_seconds)
    return FOR_ANOTHER_SECONDS if _another(attempt) else GIVE_UP_SECONDS + start_seconds(view.spec)


def start_seconds(spec: AppSpec) -> float:
    """How long its start-up probe lets it take."""
    probe = spec.container.startup
    return 0.0 if probe is None else probe.initial_delay_seconds + probe.period_seconds * probe.failure_threshold


def _another(attempt: Attempt) -> bool:
    """Its own replicas are not touched: it is the other app, or its Service, that was changed."""
    after = attempt.proposal.after
    return not attempt.proposal.restarts and (after is None or after.template == attempt.before.template)


def ours(attempt: Attempt, target: AppView) -> bool:
    """Nobody wished for something else meanwhile. A count that follows the load is no other wish."""
    if target.generation == attempt.generation or attempt.proposal.service is not None:
        return True
    if target.generation < attempt.generation or _count_went_back(attempt, target):
        return False
    return same_but_count(target.spec, attempt.made or attempt.proposal.after or attempt.before)


def _instead(attempt: Attempt, target: AppView) -> Judgement:
    """What became of it, where what it made does not stand."""
    if target.generation < attempt.generation:
        return Judgement.NEVER
    after = attempt.proposal.after
    if after is None or not same_but_count(target.spec, attempt.before):
        return Judgement.OVERTAKEN
    counted = after.replicas != attempt.before.replicas
    return Judgement.OVERTAKEN if counted and not _count_went_back(attempt, target) else Judgement.UNDONE


def _count_went_back(attempt: Attempt, target: AppView) -> bool:
    """Where the remedy was another count (a start): somebody took that back."""
    after = attempt.proposal.after
    was = attempt.before.replicas
    return after is not None and after.replicas != was and target.spec.replicas == was


def same_but_count(one: AppSpec, other: AppSpec) -> bool:
    """The same wish, but for the count, notes beside it, and when it was restarted last."""
    return _bare(one) == _bare(other)


def _bare(spec: AppSpec) -> AppSpec:
    return spec.model_copy(update={"replicas": 0, "annotations": {}, "template": with_restart_of(spec.template, None)})
