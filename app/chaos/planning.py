"""From what a person asks for to an experiment, or to the sentence why not. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.experiments import (
    MAX_SECONDS,
    TROUBLE,
    Begin,
    Experiment,
    ExperimentState,
    Injection,
    Refuse,
    Seen,
    Token,
    next_step,
    takes_the_last,
)
from app.core.faults import FaultName, Reach
from app.core.gamedays import ROUND
from app.core.incidents import Incident
from app.core.spec import AppKey
from app.core.spoiling import dependency_of
from app.core.views import AppView
from app.ports.chaos import FaultRuntime, Plan
from app.ports.control import Control

SECONDS = {Reach.REPLICAS: 60.0, Reach.WISH: 90.0, Reach.RUNTIME: 20.0}


class Planner:
    def __init__(self, control: Control, runtimes: Mapping[str, FaultRuntime]) -> None:
        self._control = control
        self._runtimes = runtimes

    def runtime(self, name: str) -> FaultRuntime:
        """Raises `Conflict` for one where nothing is broken on purpose."""
        found = self._runtimes.get(name)
        if found is None:
            raise Conflict(f"nothing is broken on purpose on {name}: its machines are somebody else's")
        return found

    def faults(self, app: str) -> Mapping[FaultName, str]:
        return self.runtime(self._control.app(app).spec.runtime).faults()

    def experiment(self, plan: Plan, experiment_id: str, now: float) -> Experiment:
        """Raises `NotFound`, `InvalidInput`, `Conflict`."""
        view = self._control.app(plan.app)
        if why := self.runtime(view.spec.runtime).faults().get(plan.fault, "it is not known there"):
            raise InvalidInput(f"{plan.fault.value} cannot be done on {view.spec.runtime}: {why}", field="kind")
        seconds = SECONDS[plan.fault.trait.reach] if plan.seconds is None else plan.seconds
        if not 1 <= seconds <= MAX_SECONDS:
            raise InvalidInput(f"an experiment lasts 1 to {MAX_SECONDS:g} seconds, not {seconds:g}", field="seconds")
        if plan.replicas < 1:
            raise InvalidInput("at least one replica must be hit", field="replicas")
        return Experiment(
            id=experiment_id,
            app=view.key,
            runtime=view.spec.runtime,
            fault=plan.fault,
            replicas=plan.replicas,
            last=plan.last,
            seconds=seconds,
            ready_below=(0 if plan.last else 1) if plan.ready_below is None else plan.ready_below,
            spare_others=plan.spare_others,
            dependency=self._dependency(plan, view),
            by=plan.by,
            asked_at=now,
            restarts=view.restarts,
            well_others=tuple(one.key for one in self._control.apps() if well_now(one) and one.key != view.key),
        )

    def checked(self, experiment: Experiment, incident: Incident | None, *, busy: bool) -> Experiment:
        """With the slots that are to be hit. Raises `Conflict`, or `InvalidInput` (field `last`) where it would hit the
        last ready replica."""
        view = self.view(experiment.app)
        if view is not None and not experiment.last and takes_the_last(experiment, view):
            step = next_step(experiment.model_copy(update={"last": True}), Seen(view, incident=incident, busy=busy), 0)
            if isinstance(step, Begin):
                step = next_step(experiment, Seen(view, incident=incident, busy=busy), 0)
                raise InvalidInput(step.words if isinstance(step, Refuse) else "it hits the last one", field="last")
        step = next_step(experiment, Seen(view, incident=incident, busy=busy), 0)
        if isinstance(step, Begin):
            return experiment.to(ExperimentState.PLANNED, "", slots=step.slots)
        raise Conflict(step.words if isinstance(step, Refuse) else "it cannot begin now")

    def view(self, key: AppKey) -> AppView | None:
        try:
            return self._control.app(str(key))
        except NotFound:
            return None

    def _dependency(self, plan: Plan, view: AppView) -> AppKey | None:
        if plan.fault is not FaultName.DEPENDENCY_DOWN:
            return None
        if plan.dependency:
            found = self._control.app(plan.dependency)
            if found.key == view.key:
                raise InvalidInput(f"{view.name} does not depend on itself; name another app", field="dependency")
            return found.key
        near = dependency_of(view, self._control.apps())
        if near is None:
            raise InvalidInput(
                f"no other app is named in the variables of {view.name}; say which one it needs", field="dependency"
            )
        return near.key

    def round_of(self, app: str) -> Sequence[FaultName]:
        """The faults of a game day that suit the app: done here, and with something to change where it is a wish."""
        view = self._control.app(app)
        runtime = self.runtime(view.spec.runtime)
        known = runtime.faults()
        return [one for one in ROUND if not known.get(one, "not known") and self._suits(one, view, runtime)]

    def _suits(self, fault: FaultName, view: AppView, runtime: FaultRuntime) -> bool:
        try:
            runtime.spoil(Injection(id="look", fault=fault, app=view.key), view.spec, Token())
        except InvalidInput:
            return False
        return True


def well_now(view: AppView) -> bool:
    return view.status not in TROUBLE and view.ready >= view.desired > 0 and not view.deleting
