"""What changes between two wishes, in words for people: approval cards, `kubelite diff`, replies and audit rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from app.core.approvals import Change
from app.core.quantities import format_cpu, format_memory
from app.core.redact import HIDDEN, redact_value
from app.core.spec import (
    RESTARTED_AT_ANNOTATION,
    STOPPED_FROM_ANNOTATION,
    AppSpec,
    Autoscaling,
    Container,
    Port,
    Resources,
)

NONE = "none"


def diff_specs(before: AppSpec | None, after: AppSpec | None) -> tuple[Change, ...]:
    """One line for each thing that differs, most telling first; empty where nothing does. None = no such app.

    Values of variables that look secret are never shown; that they changed is.
    """
    if before is None or after is None:
        return _whole(before, after)
    return tuple(_changes(before, after))


def _whole(before: AppSpec | None, after: AppSpec | None) -> tuple[Change, ...]:
    if after is not None:
        return (Change(what=f"app {after.name}", before=NONE, after="created"), *_described(after))
    if before is None:
        return ()
    return (Change(what=f"app {before.name}", before=_in_short(before), after="deleted"),)


def _described(spec: AppSpec) -> Iterator[Change]:
    """A new app's lines: image and count always, the rest where it is not the default."""
    plain = Container(name=spec.container.name, image="")
    empty = AppSpec(
        name=spec.name,
        namespace=spec.namespace,
        runtime=spec.runtime,
        template=spec.template.model_copy(update={"containers": (plain,), "labels": {}, "annotations": {}}),
        replicas=0,
    )
    yield Change(what="runtime", before=NONE, after=spec.runtime)
    if spec.namespace != "default":
        yield Change(what="namespace", before=NONE, after=spec.namespace)
    if spec.replicas == 0:
        yield Change(what="replicas", before=NONE, after="0")
    for change in _changes(empty, spec):
        yield change.model_copy(update={"before": NONE})


def _in_short(spec: AppSpec) -> str:
    return f"{spec.replicas} {'replica' if spec.replicas == 1 else 'replicas'} of {spec.container.image}"


def _changes(before: AppSpec, after: AppSpec) -> Iterator[Change]:
    yield from _pair("name", before.name, after.name)
    yield from _pair("namespace", before.namespace, after.namespace)
    yield from _pair("runtime", before.runtime, after.runtime)
    yield from _pair("replicas", str(before.replicas), str(after.replicas))
    yield from _pair("autoscaling", _autoscaling(before.autoscaling), _autoscaling(after.autoscaling))
    yield from _containers(before, after)
    grace = "termination grace"
    old, new = before.template.termination_grace_seconds, after.template.termination_grace_seconds
    yield from _pair(grace, f"{old} s", f"{new} s")
    yield from _strategy(before, after)
    yield from _maps("label", before.labels, after.labels)
    yield from _maps("annotation", _told(before.annotations), _told(after.annotations))
    yield from _maps("pod label", before.template.labels, after.template.labels)
    yield from _pod_annotations(before, after)


def _pair(what: str, before: str, after: str) -> Iterator[Change]:
    if before != after:
        yield Change(what=what, before=before, after=after)


def _autoscaling(value: Autoscaling | None) -> str:
    if value is None or not value.enabled:
        return "off"
    return f"{value.min_replicas} to {value.max_replicas} replicas at {value.target_cpu_percent} % CPU"


def _strategy(before: AppSpec, after: AppSpec) -> Iterator[Change]:
    old, new = before.strategy, after.strategy
    yield from _pair("strategy", old.type, new.type)
    yield from _pair("max surge", str(old.max_surge), str(new.max_surge))
    yield from _pair("max unavailable", str(old.max_unavailable), str(new.max_unavailable))
    yield from _pair("min ready", f"{old.min_ready_seconds} s", f"{new.min_ready_seconds} s")


def _containers(before: AppSpec, after: AppSpec) -> Iterator[Change]:
    """Containers pair up by place, so that a renamed container is one line; only extra ones come or go whole."""
    olds, news = before.template.containers, after.template.containers
    several = max(len(olds), len(news)) > 1
    for at, (old, new) in enumerate(zip(olds, news, strict=False)):
        for change in _container(old, new):
            prefix = f"container {new.name}: " if several and at else ""
            yield change.model_copy(update={"what": prefix + change.what})
    for gone in olds[len(news) :]:
        yield Change(what=f"container {gone.name}", before=gone.image, after=NONE)
    for added in news[len(olds) :]:
        yield Change(what=f"container {added.name}", before=NONE, after=added.image)


def _container(old: Container, new: Container) -> Iterator[Change]:
    yield from _pair("image", old.image, new.image)
    yield from _pair("container name", old.name, new.name)
    yield from _pair("command", _words(old.command), _words(new.command))
    yield from _pair("args", _words(old.args), _words(new.args))
    yield from _env(old, new)
    yield from _pair("ports", _ports(old.ports), _ports(new.ports))
    yield from _resources(old.resources, new.resources)


def _words(words: tuple[str, ...]) -> str:
    return json.dumps(list(words), ensure_ascii=False) if words else NONE


def _env(old: Container, new: Container) -> Iterator[Change]:
    before = {var.name: var.value for var in old.env}
    after = {var.name: var.value for var in new.env}
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield _env_change(name, before.get(name), after.get(name))


def _env_change(name: str, before: str | None, after: str | None) -> Change:
    shown = [NONE if value is None else redact_value(name, value) or "(empty)" for value in (before, after)]
    if shown[0] == shown[1] and HIDDEN in shown[1]:
        shown[1] = f"{shown[1]}, changed"
    return Change(what=f"env {name}", before=shown[0], after="unset" if after is None else shown[1])


def _ports(ports: tuple[Port, ...]) -> str:
    return ", ".join(_port(port) for port in ports) or NONE


def _port(port: Port) -> str:
    name = f"{port.name} " if port.name else ""
    host = f" on host port {port.host_port}" if port.host_port else ""
    return f"{name}{port.container_port}/{port.protocol}{host}"


def _resources(old: Resources, new: Resources) -> Iterator[Change]:
    for kind in ("limit", "request"):
        was, now = getattr(old, f"{kind}s"), getattr(new, f"{kind}s")
        yield from _pair(f"cpu {kind}", _cpu(was.cpu_millicores), _cpu(now.cpu_millicores))
        yield from _pair(f"memory {kind}", _memory(was.memory_bytes), _memory(now.memory_bytes))
    yield from _pair("gpus", str(old.gpus), str(new.gpus))


def _cpu(millicores: int | None) -> str:
    return NONE if millicores is None else format_cpu(millicores)


def _memory(size: int | None) -> str:
    return NONE if size is None else format_memory(size)


def _told(annotations: Mapping[str, str]) -> dict[str, str]:
    """Without our own note of a stop: that the count changes is a line of its own."""
    return {key: value for key, value in annotations.items() if key != STOPPED_FROM_ANNOTATION}


def _pod_annotations(before: AppSpec, after: AppSpec) -> Iterator[Change]:
    old, new = dict(before.template.annotations), dict(after.template.annotations)
    was, now = old.pop(RESTARTED_AT_ANNOTATION, None), new.pop(RESTARTED_AT_ANNOTATION, None)
    if now is not None and was != now:
        yield Change(what="restart", before=was or "never", after=now)
    yield from _maps("pod annotation", old, new)


def _maps(what: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if old != new:
            yield Change(what=f"{what} {key}", before=NONE if old is None else old, after=NONE if new is None else new)
