"""What changes between two objects beside the apps, field by field in words. A Secret's values are never shown: only
that they changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.core.approvals import Change
from app.core.differences import wording
from app.core.differences.apps import diff_specs
from app.core.differences.wording import NONE
from app.core.differences.words import maps, pair
from app.core.objects import (
    ConfigMap,
    CronJob,
    HorizontalPodAutoscaler,
    KubeObject,
    Secret,
    Service,
    VolumeClaim,
)
from app.core.redact import HIDDEN, redact_value

VALUE_CHARS = 60
"""Longer values of a ConfigMap are counted, not shown."""


def diff_objects(before: KubeObject | None, after: KubeObject | None) -> tuple[Change, ...]:
    """One line for each thing that differs; empty where nothing does. None = no such object."""
    if before is not None and after is None:
        return (Change(what=before.kind, before="is there", after="deleted"),)
    if after is None:
        return ()
    if before is None:
        created = Change(what=after.kind, before=NONE, after="created")
        described = (one.model_copy(update={"before": NONE}) for one in _changes(_empty(after), after))
        return (created, *described)
    return tuple(_changes(before, after))


def _empty(one: KubeObject) -> KubeObject:
    """As little as an object of this kind can say."""
    plain: dict[str, Any] = {"labels": {}, "annotations": {}}
    match one:
        case ConfigMap():
            plain |= {"data": {}, "binary_data": {}, "immutable": False}
        case Secret():
            plain |= {"data": {}, "immutable": False}
        case VolumeClaim():
            plain |= {"size_bytes": None, "access_modes": ()}
        case Service():
            plain |= {"selector": {}, "ports": (), "session_affinity": False, "type": "ClusterIP"}
        case HorizontalPodAutoscaler():
            plain |= {"scaling": one.scaling.model_copy(update={"enabled": False}), "target": ""}
        case CronJob():
            plain |= {"schedule": "", "time_zone": "", "suspend": False}
    return one.model_copy(update=plain)


def _changes(before: KubeObject, after: KubeObject) -> Iterator[Change]:
    match before, after:
        case ConfigMap(), ConfigMap():
            yield from _config(before, after)
        case Secret(), Secret():
            yield from _secret(before, after)
        case VolumeClaim(), VolumeClaim():
            yield from pair("runtime", before.runtime, after.runtime)
            yield from pair("size", wording.memory(before.size_bytes), wording.memory(after.size_bytes))
            yield from pair("access modes", _list(before.access_modes), _list(after.access_modes))
        case Service(), Service():
            yield from _service(before, after)
        case HorizontalPodAutoscaler(), HorizontalPodAutoscaler():
            yield from _autoscaler(before, after)
        case CronJob(), CronJob():
            yield from _cron(before, after)
    yield from maps("label", before.labels, after.labels)
    yield from maps("annotation", before.annotations, after.annotations)


def _list(values: tuple[str, ...]) -> str:
    return ", ".join(values) or NONE


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _config(before: ConfigMap, after: ConfigMap) -> Iterator[Change]:
    yield from _values(before.values, after.values, hidden=False)
    yield from pair("immutable", _yes(before.immutable), _yes(after.immutable))


def _secret(before: Secret, after: Secret) -> Iterator[Change]:
    yield from pair("type", before.type, after.type)
    yield from _values(before.values, after.values, hidden=True)
    yield from pair("immutable", _yes(before.immutable), _yes(after.immutable))


def _values(before: Mapping[str, bytes], after: Mapping[str, bytes], *, hidden: bool) -> Iterator[Change]:
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        shown = [NONE if value is None else HIDDEN if hidden else _value(key, value) for value in (old, new)]
        if shown[0] == shown[1]:
            shown[1] += ", changed"
        yield Change(what=f"key {key}", before=shown[0], after=shown[1])


def _value(key: str, value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return f"{len(value)} bytes"
    shown = redact_value(key, text)
    if shown == HIDDEN or (len(shown) <= VALUE_CHARS and "\n" not in shown):
        return shown or "(empty)"
    lines = shown.count("\n") + (not shown.endswith("\n"))
    return f"{len(text)} characters, {lines} {'line' if lines == 1 else 'lines'}"


def _service(before: Service, after: Service) -> Iterator[Change]:
    yield from pair("runtime", before.runtime, after.runtime)
    yield from pair("type", before.type, after.type)
    yield from pair("selector", _map(before.selector), _map(after.selector))
    old, new = ([wording.service_port(port) for port in one.ports] for one in (before, after))
    yield from pair("ports", "; ".join(old) or NONE, "; ".join(new) or NONE)
    yield from pair("session affinity", _yes(before.session_affinity), _yes(after.session_affinity))


def _map(values: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(values.items())) or NONE


def _autoscaler(before: HorizontalPodAutoscaler, after: HorizontalPodAutoscaler) -> Iterator[Change]:
    yield from pair("target", before.target or NONE, after.target)
    yield from pair("autoscaling", wording.scaling(before.scaling), wording.scaling(after.scaling))
    for what in ("scale_up", "scale_down"):
        old, new = getattr(before.scaling, what), getattr(after.scaling, what)
        yield from pair(what.replace("_", " "), wording.scaling_rules(old), wording.scaling_rules(new))


def _cron(before: CronJob, after: CronJob) -> Iterator[Change]:
    yield from pair("schedule", before.schedule or NONE, after.schedule)
    yield from pair("time zone", before.time_zone or "UTC", after.time_zone or "UTC")
    yield from pair("concurrency", before.concurrency, after.concurrency)
    deadlines = [
        NONE if one.starting_deadline_seconds is None else f"{one.starting_deadline_seconds} s"
        for one in (before, after)
    ]
    yield from pair("starting deadline", *deadlines)
    yield from pair("suspended", _yes(before.suspend), _yes(after.suspend))
    yield from pair("succeeded jobs kept", str(before.keep_succeeded), str(after.keep_succeeded))
    yield from pair("failed jobs kept", str(before.keep_failed), str(after.keep_failed))
    for change in diff_specs(before.job, after.job):
        yield change.model_copy(update={"what": f"job: {change.what}"})
