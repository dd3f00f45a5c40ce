"""What changes no setting: start again, wait, or see to the one that is really down."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.diagnosis import Cause, RemedyClass
from app.core.incidents import Proposal, Risk
from app.core.stopping import before_stop
from app.core.views import AppStatus, AppView
from app.healing.remedies.case import Case

BACK_SECONDS = 330.0
"""A dependency that runs for so long and does not answer has a trouble of its own: the longest back-off, and a bit."""


def restart(case: Case) -> Iterator[Proposal]:
    """Every replica anew; of a run to completion it would throw work away."""
    if case.spec.job is not None:
        return
    yield Proposal(
        remedy=RemedyClass.RESTART,
        what="restart its replicas in turn",
        risk=Risk.SAFE,
        restarts=True,
        undo="a restart cannot be taken back, and changes no setting",
        cost="every replica is replaced",
    )


def wait(case: Case) -> Iterator[Proposal]:
    """The engine tries again by itself with growing pauses; to do more would only do harm."""
    if case.finding.remedies[:1] == (RemedyClass.RETRY,):
        yield Proposal(
            remedy=RemedyClass.RETRY,
            what="wait: it is tried again by itself, with growing pauses",
            risk=Risk.SAFE,
            undo="nothing was changed",
        )


def wait_for_engine(case: Case) -> Iterator[Proposal]:
    """Somebody ended it from outside: the engine starts it again."""
    if case.finding.cause is Cause.KILLED:
        yield Proposal(
            remedy=RemedyClass.NONE_NEEDED,
            what="wait: it was ended from outside, and is started again by itself",
            risk=Risk.SAFE,
            undo="nothing was changed",
        )


def see_to_dependency(case: Case) -> Iterator[Proposal]:
    """An app of ours that is down is started, or waited for while its own trouble is seen to."""
    found = dependency(case)
    if found is None:
        return
    name = found.name
    if found.status is AppStatus.STOPPED:
        count = before_stop(found.spec) or 1
        yield Proposal(
            remedy=RemedyClass.FIX_DEPENDENCY,
            what=f"start {name}, which it needs and which is stopped",
            risk=Risk.RISKY,
            after=found.spec.model_copy(update={"replicas": count}),
            undo=f"{name} is stopped again",
            promise=f"{name} is ready, and then this app for {case.hold:g} s",
        )
    elif found.status not in (AppStatus.RUNNING, AppStatus.COMPLETED):
        yield Proposal(
            remedy=RemedyClass.FIX_DEPENDENCY,
            what=f"wait for {name}, which it needs and which is {found.status.value.lower()}",
            risk=Risk.SAFE,
            undo="nothing was changed",
        )
    elif case.now - _ready_since(found) < BACK_SECONDS:
        yield Proposal(
            remedy=RemedyClass.FIX_DEPENDENCY,
            way="back",
            what=f"wait: {name}, which it needs, runs again, and it is tried again by itself",
            risk=Risk.SAFE,
            undo="nothing was changed",
        )


def _ready_since(view: AppView) -> float:
    return max((one.started_at or 0.0 for one in view.replicas), default=0.0)


def dependency(case: Case) -> AppView | None:
    """The app that the finding names as the one at fault."""
    about = case.finding.about
    near = (one for one in case.apps if one.key != case.view.key and one.key.namespace == case.view.key.namespace)
    return next((one for one in near if about in (one.name, str(one.key))), None)
