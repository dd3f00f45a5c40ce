"""Healing and chaos of a world that holds still: whoever is asked to mend finds nothing to do, and what is broken on
purpose holds. So the calls themselves are made for real, and an evaluation sees what was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.agent.evaluation.world import StillWorld
from app.core.errors import NotFound
from app.core.experiments import Ending, Experiment, ExperimentState
from app.core.faults import FaultName
from app.core.gamedays import GameDay
from app.core.incidents import Attempt, Incident, Proposal
from app.core.learning import Lesson
from app.ports.chaos import Plan


class StillHealing:
    """Nothing is mended here, and nothing ever was."""

    def __init__(self, world: StillWorld) -> None:
        self._world = world

    def incidents(self, app: str | None = None) -> Sequence[Incident]:  # noqa: ARG002
        return ()

    async def past(self, app: str | None = None, *, limit: int = 20) -> Sequence[Incident]:  # noqa: ARG002
        return ()

    def incident(self, incident_id: str) -> Incident:
        raise NotFound(f"there is no incident {incident_id}")

    async def find(self, incident_id: str) -> Incident:
        return self.incident(incident_id)

    async def heal(self, app: str, *, by: str = "") -> Incident | None:  # noqa: ARG002
        """Raises `NotFound`."""
        self._world.app(app)
        return None

    def proposal(self, incident_id: str, key: str) -> Proposal:  # noqa: ARG002
        raise NotFound(f"there is no incident {incident_id}")

    async def carry_out(self, incident_id: str, key: str) -> Attempt:  # noqa: ARG002
        raise NotFound(f"there is no incident {incident_id}")

    async def undo(self, incident_id: str) -> Attempt:
        raise NotFound(f"there is no incident {incident_id}")

    async def similar(self, incident: Incident, *, limit: int = 3) -> Sequence[Incident]:  # noqa: ARG002
        return ()

    async def judged(self, incident_id: str, *, right: bool) -> Incident:  # noqa: ARG002
        return self.incident(incident_id)

    def counts(self) -> Mapping[str, int]:
        return {}

    async def lessons(self) -> Sequence[Lesson]:
        return ()

    async def forget(
        self,
        *,
        cause: str | None = None,  # noqa: ARG002
        remedy: str | None = None,  # noqa: ARG002
        family: str | None = None,  # noqa: ARG002
    ) -> int:
        return 0


class StillChaos:
    """Every fault is over at once, and the app held."""

    def __init__(self, world: StillWorld) -> None:
        self._world = world
        self._done: list[Experiment] = []

    def faults(self, app: str) -> Mapping[FaultName, str]:
        self._world.app(app)
        return dict.fromkeys(FaultName, "")

    def plan(self, plan: Plan) -> Experiment:
        """Raises `NotFound`."""
        view = self._world.app(plan.app)
        return Experiment(
            id=f"experiment-{len(self._done) + 1}",
            app=view.key,
            runtime=view.spec.runtime,
            fault=plan.fault,
            replicas=plan.replicas,
            last=plan.last,
            by=plan.by,
        )

    async def begin(self, plan: Plan) -> Experiment:
        done = self.plan(plan).to(ExperimentState.OVER, "nothing came of it", ending=Ending.HELD)
        self._done.append(done)
        return done

    async def stop(self, app: str | None = None) -> Sequence[Experiment]:  # noqa: ARG002
        return ()

    async def wait(self, experiment_id: str, *, seconds: float) -> Experiment:  # noqa: ARG002
        return await self.find(experiment_id)

    def running(self, app: str | None = None) -> Sequence[Experiment]:  # noqa: ARG002
        return ()

    async def past(self, app: str | None = None, *, limit: int = 20) -> Sequence[Experiment]:
        found = [one for one in self._done if app in (None, one.app.name, str(one.app))]
        return found[::-1][:limit]

    async def find(self, experiment_id: str) -> Experiment:
        """Raises `NotFound`."""
        found = next((one for one in self._done if one.id == experiment_id), None)
        if found is None:
            raise NotFound(f"there is no experiment {experiment_id}")
        return found

    async def begin_game_day(self, app: str, faults: Sequence[FaultName] = (), *, last: bool, by: str = "") -> GameDay:  # noqa: ARG002
        self._world.app(app)
        raise NotFound("no game days are held here")

    async def game_days(self, app: str | None = None, *, limit: int = 10) -> Sequence[GameDay]:  # noqa: ARG002
        return ()
