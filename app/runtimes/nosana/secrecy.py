"""What a public job must not hold: its definition is pinned where anybody can read it. Pure; quotes no value."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.redact import redact_value, redact_words
from app.core.replicasets import SetRequest
from app.core.template import Container, HttpGet, PodTemplate
from app.runtimes.nosana.describing import environment


def secret_sources(template: PodTemplate) -> tuple[str, ...]:
    """Where variables are taken from Secrets: `containers[0].env[2] (Secret db)`."""
    return tuple(_sources(template))


def looks_secret(request: SetRequest) -> bool:
    """Whether a plain value says by its name or its shape that it is a secret: a password in a variable, a token on a
    command line or in a probe's header."""
    return any(_tells(request, container) for _, container in every_container(request.template))


def every_container(template: PodTemplate) -> Iterator[tuple[str, Container]]:
    """Each with its field: `containers[0]`."""
    for field, of in (("initContainers", template.init_containers), ("containers", template.containers)):
        for number, container in enumerate(of):
            yield f"{field}[{number}]", container


def _sources(template: PodTemplate) -> Iterator[str]:
    for at, container in every_container(template):
        for number, var in enumerate(container.env):
            if var.source is not None and var.source.kind == "secretKeyRef":
                yield f"{at}.env[{number}] (Secret {var.source.name})"
        for number, source in enumerate(container.env_from):
            if source.kind == "secretRef":
                yield f"{at}.envFrom[{number}] (Secret {source.name})"


def _tells(request: SetRequest, container: Container) -> bool:
    words = (*container.command, *container.args)
    if redact_words(words) != words:
        return True
    probes = (container.readiness, container.liveness, container.startup)
    headers = [
        header
        for probe in probes
        if probe is not None and isinstance(probe.handler, HttpGet)
        for header in probe.handler.headers
    ]
    named = (*environment(request, container).items(), *headers)
    return any(value and redact_value(name, value) != value for name, value in named)
