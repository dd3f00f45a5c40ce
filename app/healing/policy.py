"""What to do next about an incident: one pure function from what is known to one step.

The gate still has the last word on every change; this decides what is worth asking it for. Limits: three attempts per
app in ten minutes, one at a time, never the same twice, nothing for what a person has to do, and after three that did
not help nothing at all until a person says so or the app is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.core.approvals import Mode
from app.core.diagnosis import Cause, Finding
from app.core.incidents import Attempt, Incident, IncidentState, Outcome, Proposal, Question, Risk
from app.core.spec import AppKey
from app.core.views import AppStatus, AppView
from app.healing.detecting import ill
from app.healing.judging import HOLD_SECONDS, Judgement, judge, same_but_count, well

MAX_ATTEMPTS = 3
ATTEMPTS_SECONDS = 600.0
LOOK_SECONDS = 60.0
"""How long evidence is gathered before "unknown" is the answer."""
WAIT_SECONDS = 600.0
"""How long one waits for what should end by itself."""
SURE = 0.5
"""Below this nothing is tried: the cause is more likely another one."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the decision rests on. `view` None = the app is gone; `targets` are the apps that a remedy may change,
    by key. `recent` are the beginnings of attempts by app, of earlier incidents too; `busy` the apps on which another
    incident tries something."""

    view: AppView | None
    front: str = ""
    """What is wrong with a Service in front of it."""
    targets: Mapping[AppKey, AppView] = field(default_factory=dict)
    finding: Finding | None = None
    proposals: Sequence[Proposal] = ()
    order: str = ""
    """What a person would have to do, in words."""
    mode: Mode = Mode.ASK
    recent: Mapping[AppKey, Sequence[float]] = field(default_factory=dict)
    busy: frozenset[AppKey] = frozenset()
    blind_until: float = 0.0
    """Up to then nobody looked, or the runtime was silent."""
    hold: float = HOLD_SECONDS


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
    """The remedy does not stand any more, whoever it was that changed it; what stands counts."""

    outcome: Outcome
    says: str
    again: bool = False
    """It was never made, so it may be tried."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """What a person is asked no longer holds."""

    says: str


@dataclass(frozen=True, slots=True)
class Note:
    """Only the incident itself changes; people are told where state or words are new."""

    state: IncidentState
    says: str
    changes: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """The app that is watched became well, or ill again (None)."""

    well_since: float | None


Step = Look | Try | Keep | TakeBack | LetGo | Withdraw | Turn | Note | None
"""None: nothing to do until something changes."""

_ENDED: dict[Judgement, LetGo] = {
    Judgement.NEVER: LetGo(Outcome.FAILED, "cut short before anything was changed", again=True),
    Judgement.UNDONE: LetGo(Outcome.UNDONE, "it was taken back; what stood before stands again"),
    Judgement.OVERTAKEN: LetGo(Outcome.OVERTAKEN, "somebody else changed it meanwhile"),
}


def next_step(incident: Incident, seen: Seen, now: float) -> Step:
    """Of an incident that is not over."""
    view = seen.view
    if view is None or view.deleting:
        return Note(IncidentState.CLOSED, "the app was deleted")
    if view.spec.replicas == 0:
        return Note(IncidentState.CLOSED, "it was stopped")
    if incident.watching is not None:
        return _watched(incident, incident.watching, view, seen, now)
    if view.status is AppStatus.UNKNOWN:
        return None
    if well(view) and not seen.front:
        return _recovering(incident, seen, now)
    if incident.well_at is not None:
        if not ill(view, now) and not seen.front:
            return None  # it is scaled, or updated: neither well nor ill
        return Note(incident.state, incident.says, {"well_at": None})
    if incident.question is not None:
        return _asked(incident.question, seen)
    return _untreated(incident, view, seen, now)


def _watched(incident: Incident, attempt: Attempt, view: AppView, seen: Seen, now: float) -> Step:
    target = seen.targets.get(incident.target(attempt.proposal))
    judgement = judge(attempt, view, target, now, front=seen.front, blind_until=seen.blind_until, hold=seen.hold)
    if (ended := _ENDED.get(judgement)) is not None:
        return ended
    match judgement:
        case Judgement.HOLDS:
            return Keep(attempt)
        case Judgement.FAILED:
            return TakeBack(attempt)
        case Judgement.WELL if attempt.well_since is None:
            return Turn(now)
        case Judgement.OPEN if attempt.well_since is not None:
            return Turn(None)
    return None


def _recovering(incident: Incident, seen: Seen, now: float) -> Step:
    if incident.well_at is None:
        return Note(incident.state, incident.says, {"well_at": now})
    if now - max(incident.well_at, seen.blind_until) >= seen.hold:
        return Note(IncidentState.RESOLVED, "it became well by itself")
    return None


def _asked(question: Question, seen: Seen) -> Step:
    """Whether the question still holds; its answer comes through the gate."""
    if question.mode is not seen.mode:
        return Withdraw(f"the mode is {seen.mode.value} now")
    target = seen.targets.get(question.of.key)
    if target is None or not same_but_count(target.spec, question.of):
        return Withdraw(f"{question.of.name} was changed meanwhile")
    return None


def _untreated(incident: Incident, view: AppView, seen: Seen, now: float) -> Step:
    if incident.stopped_at == view.revision:
        return None
    finding = seen.finding
    if finding is None:
        return Look()
    if finding.cause is Cause.UNKNOWN or finding.confidence < SURE:
        if now - incident.began_at < LOOK_SECONDS:
            return Look()
        return _person(incident, f"the evidence does not settle the cause. {finding.settle or seen.order}")
    proposal = _next(incident, seen, now)
    if proposal is None:
        return _person(incident, f"{_nothing_left(incident, finding)}. {seen.order}")
    if proposal.risk is Risk.PERSON:
        return _person(incident, proposal.what)
    if proposal.waits:
        since: dict[str, object] = {} if incident.waits_since is not None else {"waits_since": now}
        return _state(incident, IncidentState.WAITING, proposal.what, since)
    if seen.mode is Mode.OBSERVE:
        return _state(
            incident, IncidentState.OPEN, f"the mode is observe, so nothing is done; it would {proposal.what}"
        )
    return _allowed(incident, proposal, view, seen, now)


def _next(incident: Incident, seen: Seen, now: float) -> Proposal | None:
    """The first that was not tried, refused or waited for in vain."""
    waited = incident.waits_since is not None and now - incident.waits_since >= WAIT_SECONDS
    over = {*incident.tried, *incident.refused}
    left = (one for one in seen.proposals if one.key not in over and not (waited and one.waits))
    return next(left, None)


def _allowed(incident: Incident, proposal: Proposal, view: AppView, seen: Seen, now: float) -> Step:
    target = incident.target(proposal)
    tried = sum(now - at < ATTEMPTS_SECONDS for at in seen.recent.get(target, ()))
    if tried >= MAX_ATTEMPTS:
        minutes = ATTEMPTS_SECONDS / 60
        why = f"{tried} remedies in {minutes:.0f} min did not help, so no more is tried. {seen.order}"
        return _person(incident, why, {"stopped_at": view.revision})
    if target in seen.busy:
        return _state(incident, IncidentState.WAITING, f"another remedy is being tried on {target.name}")
    return Try(proposal)


def _nothing_left(incident: Incident, finding: Finding) -> str:
    cause = finding.cause.value.replace("_", " ")
    failed = sum(one.outcome in (Outcome.UNDONE, Outcome.FAILED) for one in incident.attempts)
    if incident.refused:
        return f'nobody allowed what would be tried against {cause}; say "heal {incident.app.name}" to be asked again'
    if failed:
        return f"{failed} remed{'y' if failed == 1 else 'ies'} against {cause} did not help"
    if incident.waits_since is not None:
        return f"{cause} did not end by itself in {WAIT_SECONDS / 60:.0f} min"
    return f"{cause} is for a person to mend"


def _person(incident: Incident, why: str, changes: dict[str, object] | None = None) -> Step:
    says = f"a person is needed: {why.strip()}".rstrip(".")
    return _state(incident, IncidentState.PERSON, says, changes)


def _state(incident: Incident, state: IncidentState, says: str, changes: dict[str, object] | None = None) -> Step:
    """None where it says so already, so that nobody is told twice."""
    if (incident.state, incident.says) == (state, says) and not changes:
        return None
    return Note(state, says, changes or {})
