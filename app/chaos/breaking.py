"""Breaking and taking back: the two things an experiment does to the world, in the order that survives a crash."""

from __future__ import annotations

from app.chaos.planning import Planner
from app.core.experiments import Experiment, ExperimentState, Wish
from app.core.spoiling import taken_back
from app.ports.control import Control


class Breaker:
    def __init__(self, control: Control, planner: Planner) -> None:
        self._control = control
        self._planner = planner

    async def prepared(self, experiment: Experiment) -> Experiment:
        """With all that takes it back; to be stored before `break_it`. Raises `InvalidInput`, `PortError`."""
        runtime = self._planner.runtime(experiment.runtime)
        spec = self._control.app(str(experiment.spoils)).spec
        token = await runtime.prepare(experiment.injection, spec)
        spoiled = runtime.spoil(experiment.injection, spec, token)
        wish = Wish(before=spec, spoiled=spec if spoiled is None else spoiled)
        return experiment.to(ExperimentState.INJECTING, "being brought about", token=token, wish=wish)

    async def break_it(self, experiment: Experiment) -> None:
        """Raises `PortError`, `UserError`; what is half done is for `take_back`."""
        await self._planner.runtime(experiment.runtime).inject(experiment.injection, experiment.token)
        wish = experiment.wish
        if wish is not None and wish.spoiled != wish.before:
            words = f"experiment {experiment.id}: {experiment.fault.value}"
            await self._control.apply(wish.spoiled, cause=words)

    async def take_back(self, experiment: Experiment) -> None:
        """Idempotent. Raises `PortError`, `UserError` when it is to be tried again."""
        await self._restore(experiment)
        await self._planner.runtime(experiment.runtime).clear(experiment.injection, experiment.token)

    async def _restore(self, experiment: Experiment) -> None:
        """What was wished for before is wished for again; what a person changed meanwhile stays."""
        wish, view = experiment.wish, self._planner.view(experiment.spoils)
        if wish is None or view is None or view.deleting:
            return
        ours = view.generation in experiment.remedied
        if wish.spoiled == wish.before and not ours:
            return
        target = taken_back(view.spec, wish, ours=ours)
        if target != view.spec:
            await self._control.apply(target, cause=f"experiment {experiment.id} is over: as it was before")
