"""A spec as lines for people: how many, how it is rolled out, its containers with probes, mounts and limits."""

from __future__ import annotations

from collections.abc import Iterator

from agent_tools.text import age, cell, one_line, plural
from app.core.differences import wording
from app.core.quantities import format_cpu, format_memory
from app.core.redact import redact_value, redact_words
from app.core.spec import AppSpec
from app.core.template import Amounts, Container, EnvVar, PodTemplate
from app.core.views import Condition


def spec_lines(spec: AppSpec) -> Iterator[str]:
    if spec.job is not None:
        yield f"{spec.kind}: {wording.job(spec.job)}" + (f", of the cron job {cell(spec.owner)}" if spec.owner else "")
    else:
        kind = "" if spec.kind == "Deployment" else f"{spec.kind}, "
        yield f"{kind}{plural(spec.replicas, 'replica')} wished for; {_rollout(spec)}"
    if spec.autoscaling and spec.autoscaling.enabled:
        yield f"autoscaling {wording.scaling(spec.autoscaling)}"
    for container in spec.template.init_containers:
        yield from _container("init container", container)
    for container in spec.template.containers:
        yield from _container("container", container)
    yield from _pod(spec.template)


def _rollout(spec: AppSpec) -> str:
    paused = ", rollout paused" if spec.paused else ""
    back = ", goes back by itself" if spec.rolls_back else ""
    return f"{spec.strategy.type} (surge {spec.strategy.max_surge}){paused}{back}"


def _container(what: str, container: Container) -> Iterator[str]:
    yield f"{what} {container.name}: image `{one_line(container.image)}`"
    if container.command or container.args:
        yield f"command: {cell(' '.join(redact_words((*container.command, *container.args))), 300)}"
    if container.ports:
        yield f"ports: {', '.join(map(wording.port, container.ports))}"
    if env := [*map(_env, container.env), *(cell(wording.env_from(one)) for one in container.env_from)]:
        yield "env: " + ", ".join(env)
    if limits := _limits(container):
        yield limits
    for name in ("liveness", "readiness", "startup"):
        if probe := getattr(container, name):
            yield f"{name} probe: {cell(wording.probe(probe), 200)}"
    if container.volume_mounts:
        yield f"mounts: {cell('; '.join(map(wording.mount, container.volume_mounts)), 300)}"
    if (security := wording.security(container.security)) != wording.NONE:
        yield f"security: {cell(security)}"


def _env(var: EnvVar) -> str:
    value = wording.env_source(var.source) if var.source is not None else redact_value(var.name, var.value)
    return f"{cell(var.name)}={cell(value)}"


def _limits(container: Container) -> str:
    limits, requests = _amounts(container.resources.limits), _amounts(container.resources.requests)
    gpus = plural(container.resources.gpus, "GPU") if container.resources.gpus else ""
    parts = (f"limits {limits}" if limits else "", f"requests {requests}" if requests else "", gpus)
    return "; ".join(part for part in parts if part)


def _amounts(amounts: Amounts) -> str:
    cpu = f"CPU {format_cpu(amounts.cpu_millicores)}" if amounts.cpu_millicores is not None else ""
    memory = f"memory {format_memory(amounts.memory_bytes)}" if amounts.memory_bytes is not None else ""
    return ", ".join(part for part in (cpu, memory) if part)


def _pod(template: PodTemplate) -> Iterator[str]:
    for volume in template.volumes:
        yield f"volume {cell(volume.name)}: {cell(wording.volume(volume), 200)}"
    host = [name for name in ("network", "pid", "ipc") if getattr(template, f"host_{name}")]
    if host:
        yield f"shares with the host: {', '.join(host)}"


def condition(one: Condition, now: float) -> str:
    """`Progressing: no, ProgressDeadlineExceeded: ... (for 5 min)`."""
    since = f" (for {age(now - one.since)})" if one.since else ""
    message = f": {cell(one.message, 300)}" if one.message else ""
    return f"{one.type}: {'yes' if one.status else 'no'}, {cell(one.reason)}{message}{since}"
