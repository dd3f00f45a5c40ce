"""Wishes of a history as specs."""

from __future__ import annotations

from app.core.spec import ROLL_BACK_ANNOTATION, AppSpec, Container, EnvVar, JobSpec, PodTemplate, Port
from app.core.template import Amounts, Probe, Resources, TcpSocket
from tests.simulation.steps import BATCH, HOST_PORTS, STRATEGIES, WORK_SECONDS, Apply

GRACE_SECONDS = 4
COMPLETIONS = 3


def spec_of(step: Apply) -> AppSpec:
    template = PodTemplate(containers=(_container(step),), termination_grace_seconds=GRACE_SECONDS)
    spec = AppSpec(
        name=step.app,
        runtime="simulator",
        replicas=step.replicas,
        template=template,
        strategy=STRATEGIES[step.strategy],
        annotations={ROLL_BACK_ANNOTATION: "true"} if step.rolls_back else {},
    )
    if step.app != BATCH:
        return spec.model_copy(update={"paused": step.paused})
    job = JobSpec(completions=COMPLETIONS, parallelism=step.replicas, backoff_limit=None, suspend=step.paused)
    return spec.model_copy(update={"kind": "Job", "job": job})


def _container(step: Apply) -> Container:
    ports = (Port(container_port=80, host_port=HOST_PORTS[step.app] if step.host_port else None),)
    env = [EnvVar(name="IGNORE_TERM", value="1")] if step.stubborn else []
    if step.app == BATCH:
        env += [EnvVar(name="EXIT_AFTER", value=str(WORK_SECONDS)), EnvVar(name="EXIT_CODE", value="0")]
    probe = Probe(handler=TcpSocket(port=80), period_seconds=2, failure_threshold=2) if step.probed else None
    asked = Resources(requests=Amounts(cpu_millicores=1000)) if step.asking else Resources()
    return Container(
        name=step.app,
        image=step.image,
        ports=ports if step.host_port or step.probed else (),
        env=tuple(env),
        resources=asked,
        liveness=probe,
        readiness=probe,
    )


def same_wish(found: AppSpec | None, expected: AppSpec | None) -> bool:
    """Apart from the marks that restarts and stops leave, and from where an app goes by itself that rolls back."""
    if found is None or expected is None:
        return found is expected
    same = (found.replicas, found.strategy) == (expected.replicas, expected.strategy)
    return same and (expected.rolls_back or found.template.containers == expected.template.containers)
