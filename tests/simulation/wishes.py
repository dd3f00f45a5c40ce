"""Wishes of a history as specs."""

from __future__ import annotations

from app.core.spec import AppSpec, Container, EnvVar, PodTemplate, Port
from tests.simulation.steps import HOST_PORTS, STRATEGIES, Apply

GRACE_SECONDS = 4


def spec_of(step: Apply) -> AppSpec:
    ports = (Port(container_port=80, host_port=HOST_PORTS[step.app]),) if step.host_port else ()
    env = (EnvVar(name="IGNORE_TERM", value="1"),) if step.stubborn else ()
    container = Container(name=step.app, image=step.image, ports=ports, env=env)
    return AppSpec(
        name=step.app,
        runtime="simulator",
        replicas=step.replicas,
        template=PodTemplate(containers=(container,), termination_grace_seconds=GRACE_SECONDS),
        strategy=STRATEGIES[step.strategy],
    )


def same_wish(found: AppSpec | None, expected: AppSpec | None) -> bool:
    """Apart from the marks that restarts and stops leave."""
    if found is None or expected is None:
        return found is expected
    return (found.replicas, found.strategy, found.template.containers) == (
        expected.replicas,
        expected.strategy,
        expected.template.containers,
    )
