"""An experiment as values: one fault on purpose, what must hold meanwhile, and one pure function that says what next.

planned -> injecting -> running -> cleaning -> settling -> over. What undoes the fault is stored with `injecting`,
before anything is broken; whatever is found in a later state at the next start is cleaned up. Times: epoch seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.core.diagnosis import Cause
from app.core.errors import InvalidInput
from app.core.faults import FaultName, Reach
from app.core.incidents import Incident, IncidentState
from app.core.planning.rollout import limits
from app.core.spec import AppKey, AppSpec, Frozen
from app.core.views import AppStatus, AppView

HOLD_SECONDS = 10.0
"""How long the app must be well again before the experiment counts as survived."""
UNNOTICED_SECONDS = 10.0
"""A fault that nothing shows of by then was held off."""
SETTLE_SECONDS = 60.0
"""How long the app may take to be well once the fault is gone."""
MAX_SECONDS = 3600.0

TROUBLE = frozenset({AppStatus.FAILED, AppStatus.CRASH_LOOPING, AppStatus.DEGRADED})


class Injection(Frozen):
    """What a runtime is asked to break. `id` is the experiment's, to find again what belongs to it."""

    id: str
    fault: FaultName
    app: AppKey
    slots: tuple[int, ...] = ()
    seconds: float = 60.0
    dependency: AppKey | None = None


class Token(Frozen):
    """What a runtime needs to take an injection back: its own words, kept as they are."""

    data: dict[str, Any] = {}


class ExperimentState(StrEnum):
    PLANNED = "planned"
    INJECTING = "injecting"
    RUNNING = "running"
    CLEANING = "cleaning"
    SETTLING = "settling"
    """The fault is gone; the app gets its time to be well again."""
    OVER = "over"


class Ending(StrEnum):
    """How it came out for the app, or why it ended early."""

    HELD = "held"
    """Nothing was to be seen of the fault."""
    UNNOTICED = "unnoticed"
    """Nothing was to be seen of it here, but clients of the app got no answer."""
    RECOVERED = "recovered"
    """Well again by itself: the engine mended or replaced what was hit."""
    HEALED = "healed"
    """Well again by a remedy."""
    LASTED = "lasted"
    """Not well until the fault was taken away."""
    ABORTED = "aborted"
    STOPPED = "stopped"
    """By a person."""
    REFUSED = "refused"
    """It never began."""
    FAILED = "failed"
    """The fault could not be brought about."""
    CUT_SHORT = "cut_short"
    """The process that ran it ended."""


class Wish(Frozen):
    """What was wished for before the experiment, and what was put in its place (the same where the fault is none of the
    wish)."""

    before: AppSpec
    spoiled: AppSpec


class Requests(Frozen):
    """What a client of the app met meanwhile."""

    sent: int = 0
    lost: int = 0


class Experiment(Frozen):
    """`replicas` is how many are hit; `last` allows that no ready one is left; `ready_below` = with fewer ready ones it
    is aborted; `slots` are those chosen, once it began."""

    id: str
    app: AppKey
    runtime: str
    fault: FaultName
    replicas: int = 1
    last: bool = False
    seconds: float = 60.0
    ready_below: int = 1
    spare_others: bool = True
    """Aborted, too, when another app that was well is in trouble."""
    dependency: AppKey | None = None
    by: str = ""
    asked_at: float = 0.0

    state: ExperimentState = ExperimentState.PLANNED
    ending: Ending | None = None
    says: str = ""
    slots: tuple[int, ...] = ()
    restarts: int = 0
    """Counted when it began."""
    well_others: tuple[AppKey, ...] = ()
    token: Token = Token()
    wish: Wish | None = None
    injected_at: float | None = None
    hurt_at: float | None = None
    well_at: float | None = None
    cleaned_at: float | None = None
    ended_at: float | None = None
    back_at: float | None = None
    """When the app was well after the fault was gone."""
    incident: str = ""
    incident_at: float | None = None
    diagnosed_at: float | None = None
    cause: Cause | None = None
    confidence: float = 0.0
    healed_by: str = ""
    asked_a_person: bool = False
    """Healing had a remedy and waited for a yes."""
    remedied: tuple[int, ...] = ()
    """Generations that healing made meanwhile: they go with the fault they were for."""
    requests: Requests = Requests()

    @property
    def over(self) -> bool:
        return self.state is ExperimentState.OVER

    @property
    def injection(self) -> Injection:
        return Injection(
            id=self.id,
            fault=self.fault,
            app=self.app,
            slots=self.slots,
            seconds=self.seconds,
            dependency=self.dependency,
        )

    @property
    def spoils(self) -> AppKey:
        """The app whose wish the fault changes, where it changes one."""
        return self.dependency if self.dependency is not None else self.app

    @property
    def right(self) -> bool | None:
        """Whether the cause that was found is one of this fault's; None where none was to be found."""
        if self.cause is None or not self.fault.trait.causes:
            return None
        return self.cause in self.fault.trait.causes

    @property
    def from_its_end(self) -> bool:
        """It was well again only once the fault, one from outside, was over."""
        return self.fault.trait.outside and self.ending is Ending.RECOVERED

    def seconds_to(self, at: float | None) -> float | None:
        """From the fault on."""
        return None if at is None or self.injected_at is None else max(0.0, at - self.injected_at)

    @property
    def detected_in(self) -> float | None:
        times = [at for at in (self.hurt_at, self.incident_at) if at is not None]
        return self.seconds_to(min(times, default=None))

    @property
    def diagnosed_in(self) -> float | None:
        return self.seconds_to(self.diagnosed_at)

    @property
    def healed_in(self) -> float | None:
        """Until it was well; of a fault from outside from its end on."""
        if self.ending in (Ending.RECOVERED, Ending.HEALED) and not self.from_its_end:
            return self.seconds_to(self.well_at)
        if self.ending is Ending.RECOVERED and self.back_at is not None and self.cleaned_at is not None:
            return max(0.0, self.back_at - self.cleaned_at)
        return None

    def to(self, state: ExperimentState, says: str, **changes: object) -> Experiment:
        return self.model_copy(update={"state": state, "says": says, **changes})


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a step rests on. `view` None = the app is gone. `hurt` are apps in trouble now that were well before;
    `sign_at` when the runtime first told of something; `stop` = a person wants it to end."""

    view: AppView | None
    hurt: Sequence[AppKey] = ()
    incident: Incident | None = None
    stop: bool = False
    sign_at: float | None = None
    busy: bool = False
    """Another experiment is on it."""


@dataclass(frozen=True, slots=True)
class Refuse:
    words: str


@dataclass(frozen=True, slots=True)
class Begin:
    """The steady state holds: hit these slots."""

    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """More was seen."""

    changes: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clean:
    """Take the fault back. `ending` None = go on with a cleaning that was begun."""

    ending: Ending | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing is left to do or to see."""

    ending: Ending
    words: str
    back_at: float | None = None


Step = Refuse | Begin | Note | Clean | Finish | None
"""None: wait."""


def next_step(experiment: Experiment, seen: Seen, now: float) -> Step:
    match experiment.state:
        case ExperimentState.PLANNED:
            return _planned(experiment, seen)
        case ExperimentState.INJECTING:
            return Clean(Ending.CUT_SHORT, "the process that ran it ended while it began")
        case ExperimentState.RUNNING:
            return _running(experiment, seen, now)
        case ExperimentState.CLEANING:
            return Clean()
        case ExperimentState.SETTLING:
            return _settling(experiment, seen, now)
    return None


# -- before


def steady(view: AppView | None) -> bool:
    """It is what was wished for, and nothing is on its way."""
    return view is not None and view.status is AppStatus.RUNNING and view.settled and view.desired > 0


def _planned(experiment: Experiment, seen: Seen) -> Step:
    name, view = experiment.app.name, seen.view
    if seen.stop:
        return Finish(Ending.STOPPED, "stopped before it began")
    if view is None or view.deleting:
        return Refuse(f"{name} is not there any more")
    if view.spec.job is not None:
        return Refuse(f"{name} runs to completion; experiments are for apps that keep running")
    if seen.busy:
        return Refuse(f"another experiment runs on {name}; wait for it, or stop it")
    if not steady(view):
        trouble = f": {view.reason}" if view.reason else ""
        return Refuse(f"{name} is not well to begin with ({view.status.value.lower()}{trouble}), so nothing is broken")
    if seen.incident is not None:
        return Refuse(f"{name} has an open incident ({seen.incident.id}), so nothing is broken")
    try:
        return Begin(victims(experiment, view))
    except InvalidInput as error:
        return Refuse(str(error))


def victims(experiment: Experiment, view: AppView) -> tuple[int, ...]:
    """Which replicas are hit: those that failed least so far, and never all that are ready unless it was asked for.
    Raises `InvalidInput`."""
    if experiment.fault.trait.reach is Reach.RUNTIME:
        return ()
    if experiment.fault.trait.reach is Reach.WISH:
        return _of_wish(experiment, view)
    ready = [one.slot for one in sorted(view.replicas, key=lambda one: (one.restarts, -one.slot)) if one.ready]
    if experiment.replicas > len(ready):
        raise InvalidInput(
            f"{view.name} has {len(ready)} ready replicas, so {experiment.replicas} cannot be hit", field="replicas"
        )
    if experiment.replicas == len(ready) and not experiment.last:
        raise InvalidInput(_last_words(view, len(ready)), field="last")
    return tuple(sorted(ready[: experiment.replicas]))


def takes_the_last(experiment: Experiment, view: AppView) -> bool:
    """It may leave the app without a ready replica, so that has to be asked for."""
    try:
        victims(experiment.model_copy(update={"last": False}), view)
    except InvalidInput as error:
        return error.field == "last"
    return False


def _of_wish(experiment: Experiment, view: AppView) -> tuple[int, ...]:
    """The rollout keeps the old replicas until the new ones are ready, unless its strategy lets them all go."""
    if experiment.last:
        return ()
    if experiment.fault is FaultName.DEPENDENCY_DOWN:
        needed = experiment.dependency.name if experiment.dependency is not None else "what it needs"
        raise InvalidInput(f"all of {needed} is stopped; that has to be asked for (last)", field="last")
    least = limits(view.spec).least
    if experiment.fault is FaultName.PORT_CONFLICT:
        least = min(least, view.desired - 1)  # a template with a host port makes room before it starts
    if least < 1:
        raise InvalidInput(_last_words(view, view.ready), field="last")
    return ()


def _last_words(view: AppView, ready: int) -> str:
    which = "its only ready replica" if ready == 1 else f"all {ready} of its ready replicas"
    return f"that hits {which}, and {view.name} answers nobody meanwhile; it has to be asked for (last)"


# -- while it runs


def _running(experiment: Experiment, seen: Seen, now: float) -> Step:
    if seen.stop:
        return Clean(Ending.STOPPED, "stopped by a person")
    if words := _abort(experiment, seen):
        return Clean(Ending.ABORTED, words)
    if changes := _marks(experiment, seen, now):
        return Note(changes)
    since = now - (experiment.injected_at if experiment.injected_at is not None else now)
    if experiment.well_at is not None and now - experiment.well_at >= HOLD_SECONDS:
        if experiment.healed_by:
            return Clean(Ending.HEALED, f"well again: {experiment.healed_by}")
        if not experiment.fault.trait.outside:
            return Clean(Ending.RECOVERED, "well again by itself")
    if experiment.hurt_at is None and since >= UNNOTICED_SECONDS and steady(seen.view) and _shows_at_once(experiment):
        return Clean(Ending.HELD, "nothing was to be seen of it")
    if since >= experiment.seconds:
        return _time_is_up(experiment)
    if _left_to_a_person(experiment, seen):
        return Clean(Ending.LASTED, seen.incident.says if seen.incident is not None else "")
    return None


def _left_to_a_person(experiment: Experiment, seen: Seen) -> bool:
    """Healing gave up, and what is left will not pass by itself: a fault that is over at once may, after a back-off."""
    given_up = seen.incident is not None and seen.incident.state is IncidentState.PERSON
    return given_up and not experiment.fault.trait.once and not steady(seen.view)


def _time_is_up(experiment: Experiment) -> Step:
    if experiment.hurt_at is None:
        return Clean(Ending.HELD, "nothing was to be seen of it")
    if experiment.well_at is not None:
        return Clean(Ending.HEALED if experiment.healed_by else Ending.RECOVERED, "well again")
    return Clean(Ending.LASTED, f"not well again within {experiment.seconds:g} s")


def _abort(experiment: Experiment, seen: Seen) -> str:
    view = seen.view
    if view is None or view.deleting:
        return "the app was deleted"
    if view.desired == 0 and experiment.dependency is None:
        return "the app was stopped"
    if view.status is not AppStatus.UNKNOWN and view.ready < experiment.ready_below:
        return f"only {view.ready} of {view.desired} were ready"
    if experiment.spare_others and seen.hurt:
        return f"it hurt other apps: {', '.join(key.name for key in seen.hurt)}"
    return ""


def _shows_at_once(experiment: Experiment) -> bool:
    """An app that stays well a while after it will not be hurt by it any more."""
    return not experiment.fault.trait.outside and experiment.fault is not FaultName.DEPENDENCY_DOWN


def _marks(experiment: Experiment, seen: Seen, now: float) -> dict[str, object]:
    """What is to be noted: when it was first felt, when it was well again, and what healing found."""
    changes: dict[str, object] = _of_incident(experiment, seen.incident)
    if experiment.hurt_at is None:
        times = [at for at in (changes.get("incident_at"), seen.sign_at) if isinstance(at, float)]
        if _hurt(experiment, seen.view):
            times.append(now)
        if times:
            changes["hurt_at"] = min(times)
        if seen.sign_at is not None and steady(seen.view):
            changes["well_at"] = seen.sign_at  # it was mended before anybody looked
    elif experiment.well_at is None and steady(seen.view):
        changes["well_at"] = now
    elif experiment.well_at is not None and not steady(seen.view):
        changes["well_at"] = None
    return changes


def _hurt(experiment: Experiment, view: AppView | None) -> bool:
    if view is None or view.status in TROUBLE or view.status is AppStatus.UNKNOWN:
        return True
    if view.restarts > experiment.restarts:
        return True
    return experiment.fault.trait.reach is not Reach.WISH and view.ready < view.desired


def _of_incident(experiment: Experiment, incident: Incident | None) -> dict[str, object]:
    if incident is None:
        return {}
    found: dict[str, object] = {
        "incident": incident.id,
        "incident_at": experiment.incident_at if experiment.incident_at is not None else incident.began_at,
        "diagnosed_at": incident.diagnosed_at if incident.diagnosed_at is not None else experiment.diagnosed_at,
        "cause": incident.cause if incident.cause is not None else experiment.cause,
        "confidence": incident.confidence or experiment.confidence,
        "healed_by": incident.healed_by or _tried(incident) or experiment.healed_by,
        "asked_a_person": experiment.asked_a_person or incident.state is IncidentState.ASKING,
        "remedied": tuple(dict.fromkeys((*experiment.remedied, *(one.generation for one in incident.attempts)))),
    }
    return {name: value for name, value in found.items() if getattr(experiment, name) != value}


def _tried(incident: Incident) -> str:
    """The remedy that is being watched: where the app is well with it, it is what healed."""
    return incident.watching.proposal.what if incident.watching is not None else ""


# -- afterwards


def cleaned(experiment: Experiment, now: float) -> Experiment:
    """The fault is gone for certain."""
    waits = experiment.ending in (Ending.HELD, Ending.RECOVERED, Ending.HEALED, Ending.LASTED)
    if waits:
        return experiment.to(ExperimentState.SETTLING, experiment.says, cleaned_at=now)
    return experiment.to(ExperimentState.OVER, experiment.says, cleaned_at=now, ended_at=now)


def counted(experiment: Experiment, requests: Requests) -> Experiment:
    """With what its clients met, which may say more than all that was seen from here."""
    changes: dict[str, object] = {"requests": requests}
    if experiment.ending is Ending.HELD and requests.lost:
        words = f"it was not noticed, but {requests.lost} of {requests.sent} requests got no answer"
        changes |= {"ending": Ending.UNNOTICED, "says": words}
    return experiment.model_copy(update=changes)


def _settling(experiment: Experiment, seen: Seen, now: float) -> Step:
    ending = experiment.ending or Ending.LASTED
    since = now - (experiment.cleaned_at if experiment.cleaned_at is not None else now)
    if steady(seen.view):
        if experiment.fault.trait.outside and ending is Ending.LASTED:
            return Finish(Ending.RECOVERED, f"well again {since:.1f} s after it was over", now)
        return Finish(ending, experiment.says, now)
    if seen.stop or seen.view is None or seen.view.deleting:
        return Finish(ending, experiment.says)
    if since >= SETTLE_SECONDS:
        return Finish(Ending.LASTED, f"{experiment.says}; still not well {since:.0f} s after the fault was gone")
    return None
