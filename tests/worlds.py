"""Builders of small worlds for tests: specs, wishes, pods. Short names on purpose: tables stay readable."""

from __future__ import annotations

from app.core.planning.slots import ImagePhase, ImageState
from app.core.pods import ExitInfo, ObservedPod, PodId, PodPhase
from app.core.revision import template_hash
from app.core.spec import AppKey, AppSpec, Container, Desired, PodTemplate, Port, Strategy

NOW = 1_700_000_000.0
WEB = AppKey("default", "web")
PRESENT = ImageState(ImagePhase.PRESENT)


def spec(
    replicas: int = 3,
    *,
    name: str = "web",
    image: str = "nginx:1.25",
    host_port: int | None = None,
    strategy: Strategy | None = None,
    runtime: str = "simulator",
) -> AppSpec:
    port = Port(container_port=80, host_port=host_port)
    template = PodTemplate(containers=(Container(name=name, image=image, ports=(port,)),))
    return AppSpec(name=name, runtime=runtime, replicas=replicas, template=template, strategy=strategy or Strategy())


def wish(of: AppSpec | None = None, *, revision: int = 1, deleting: bool = False) -> Desired:
    of = of or spec()
    return Desired(
        spec=of, generation=1, revision=revision, template_hash=template_hash(of.template), deleting=deleting
    )


def pod(
    slot: int,
    attempt: int = 1,
    *,
    of: Desired | None = None,
    phase: PodPhase = PodPhase.RUNNING,
    ready: bool | None = None,
    digest: str | None = None,
    started_at: float = NOW - 60,
    exit_code: int = 1,
) -> ObservedPod:
    of = of or wish()
    how = ExitInfo(exit_code, "Error" if exit_code else "Completed") if phase.ended else None
    return ObservedPod(
        id=PodId(of.key, slot, attempt),
        template_hash=digest or of.template_hash,
        phase=phase,
        ready=phase is PodPhase.RUNNING if ready is None else ready,
        image=of.spec.container.image,
        runtime_id=f"id-{slot}-{attempt}",
        created_at=started_at,
        started_at=started_at,
        finished_at=NOW if phase.ended else None,
        exit=how,
    )
