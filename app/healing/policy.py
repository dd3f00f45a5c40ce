"""What to do next about an incident: one pure function from what is known to one step.

The gate still has the last word on every change; this decides what is worth asking it for. Limits: three attempts per
app in ten minutes, one at a time, never the same twice, nothing for what a person has to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.core.approvals import Mode
from app.core.diagnosis import Cause, Finding
from app.core.incidents import Attempt, Incident, IncidentState, Outcome, Proposal, Risk
from app.core.views import AppView
from app.healing.judging import HOLD_SECONDS, Judgement, judge, well

MAX_ATTEMPTS = 3
ATTEMPTS_SECONDS = 600.0
LOOK_SECONDS = 60.0
"""How long evidence is gathered before "unknown" is the answer."""
SURE = 0.5
"""Below this nothing is tried: the cause is more likely another one."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the decision rests on. `view` None = the app is gone; `target` the app that the watched attempt
    changed. `recent` are the beginnings of attempts on this app, of earlier incidents too."""

    view: AppView | None
    target: AppView | None = None
    finding: Finding | None = None
    proposals: Sequence[Proposal] = ()
    mode: Mode = Mode.ASK
    recent: Sequence[float] = ()
    busy: bool = False
    """Another remedy is being tried on the same app."""


@dataclass(frozen=True, slots=True)
class Look:
    """Examine it (again)."""


@dataclass(frozen=True, slots=True)
class Try:
    """Ask the gate for this remedy."""

    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Keep:
    """The remedy helped."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class TakeBack:
    """It did not help: what stood before is wished for again."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class LetGo:
    """A person changed the app meanwhile; theirs counts."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Note:
    """Only the incident itself changes."""

    state: IncidentState
    says: str
    changes: dict[str, object] = field(default_factory=dict)


Step = Look | Try | Keep | TakeBack | LetGo | Note | None
"""None: nothing to do until something changes."""


def next_step(incident: Incident, seen: Seen, now: float) -> Step:
    """Of an incident that is not over."""
    view = seen.view
    if view is None or view.deleting or view.spec.replicas == 0:
        return Note(IncidentState.CLOSED, "the app was deleted" if view is None or view.deleting else "it was stopped")
    if incident.watching is not None:
        return _watched(incident.watching, view, seen.target or view, now)
    if well(view):
        return _recovering(incident, now)
    if incident.well_at is not None:
        return Note(incident.state, "it failed again", {"well_at": None})
    if incident.state is IncidentState.ASKING:
        return None
    return _untreated(incident, seen, now)


def _watched(attempt: Attempt, view: AppView, target: AppView, now: float) -> Step:
    match judge(attempt, view, target, now):
        case Judgement.HOLDS:
            return Keep(attempt)
        case Judgement.WELL if attempt.well_since is None:
            return Note(
                IncidentState.WATCHING,
                f"well since a moment; it must hold for {HOLD_SECONDS:.0f} s",
                {"well_since": now},
            )
        case Judgement.FAILED:
            return TakeBack(attempt)
        case Judgement.OVERTAKEN:
            return LetGo(attempt)
        case Judgement.OPEN if attempt.well_since is not None:
            return Note(IncidentState.WATCHING, "not well any more", {"well_since": None})
    return None


def _recovering(incident: Incident, now: float) -> Step:
    if incident.well_at is None:
        return Note(incident.state, "well again; watching whether it stays so", {"well_at": now})
    if now - incident.well_at >= HOLD_SECONDS:
        return Note(IncidentState.RESOLVED, incident.healed_by or "it became well by itself")
    return None


def _untreated(incident: Incident, seen: Seen, now: float) -> Step:
    finding = seen.finding
    if finding is None:
        return Look()
    if finding.cause is Cause.UNKNOWN or finding.confidence < SURE:
        if now - incident.began_at < LOOK_SECONDS:
            return Look()
        return _person(incident, f"the evidence does not settle the cause. {finding.settle}".strip())
    left = [one for one in seen.proposals if one.key not in incident.tried]
    if not left:
        return _person(incident, _nothing_left(incident, finding))
    proposal = left[0]
    if proposal.risk is Risk.PERSON:
        return _person(incident, proposal.what)
    if proposal.after is None and not proposal.restarts:
        return _state(incident, IncidentState.WAITING, proposal.what)
    if seen.mode is Mode.OBSERVE:
        return _state(
            incident, IncidentState.OPEN, f"the mode is observe, so nothing is done; it would {proposal.what}"
        )
    tried = sum(1 for at in seen.recent if now - at < ATTEMPTS_SECONDS)
    if tried >= MAX_ATTEMPTS:
        return _person(
            incident, f"{tried} remedies in {ATTEMPTS_SECONDS / 60:.0f} min did not help, so no more is tried"
        )
    if seen.busy:
        return _state(incident, IncidentState.WAITING, "another remedy is being tried on it")
    return Try(proposal)


def _nothing_left(incident: Incident, finding: Finding) -> str:
    failed = [one for one in incident.attempts if one.outcome is Outcome.UNDONE]
    if failed:
        return f"{len(failed)} remed{'y' if len(failed) == 1 else 'ies'} did not help and were taken back"
    return f"{finding.cause.value.replace('_', ' ')} is for a person to mend"


def _person(incident: Incident, why: str) -> Step:
    return _state(incident, IncidentState.PERSON, f"a person is needed: {why}")


def _state(incident: Incident, state: IncidentState, says: str) -> Step:
    """None where it says so already, so that nobody is told twice."""
    return None if (incident.state, incident.says) == (state, says) else Note(state, says)
