"""Apps and pictures of them for the pure tests of chaos."""

from __future__ import annotations

from app.core.experiments import Experiment
from app.core.faults import FaultName
from app.core.incidents import Incident
from app.core.spec import AppKey, AppSpec, Container, PodTemplate, Port, Strategy
from app.core.views import AppStatus, AppView, ReplicaView

WEB = AppKey("default", "web")
T0 = 1000.0


def spec(replicas: int = 2, *, recreate: bool = False, **container: object) -> AppSpec:
    main = Container.model_validate(
        {"name": "web", "image": "nginx:1.25", "ports": (Port(container_port=80),), **container}
    )
    strategy = Strategy(type="Recreate") if recreate else Strategy()
    template = PodTemplate(containers=(main,))
    return AppSpec(name="web", runtime="simulator", replicas=replicas, template=template, strategy=strategy)


def view(
    replicas: int = 2,
    ready: int | None = None,
    *,
    status: AppStatus | None = None,
    restarts: int = 0,
    generation: int = 1,
    wish: AppSpec | None = None,
) -> AppView:
    """Of `replicas` wished for, the first `ready` are."""
    ready = replicas if ready is None else ready
    if status is None:
        status = AppStatus.RUNNING if ready == replicas else AppStatus.DEGRADED
    slots = tuple(
        ReplicaView(f"web-{slot}", slot, None, slot < ready, 0, None, current=True) for slot in range(replicas)
    )
    return AppView(
        key=WEB,
        spec=wish or spec(replicas),
        status=status,
        reason="",
        desired=replicas,
        ready=ready,
        total=replicas,
        restarts=restarts,
        revision=1,
        generation=generation,
        replicas=slots,
        updated=replicas,
        seen_at=T0,
    )


def experiment(fault: FaultName = FaultName.KILL, **more: object) -> Experiment:
    given = {"id": "e1", "app": WEB, "runtime": "simulator", "fault": fault, "asked_at": T0, **more}
    return Experiment.model_validate(given)


def incident(**more: object) -> Incident:
    return Incident.model_validate({"id": "i1", "app": WEB, "began_at": T0 + 1, **more})
