"""Who uses an object beside the apps: mounts a claim, reads a ConfigMap, stands behind a Service. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.core.configuring.references import references
from app.core.objects import CronJob, HorizontalPodAutoscaler, KubeObject, ObjectKey, Service, key_of
from app.core.services import selects
from app.core.spec import AppKey, AppSpec
from app.core.template import Claim, PodTemplate


def claims(template: PodTemplate, namespace: str) -> set[ObjectKey]:
    """The claims whose volumes a replica mounts."""
    return {
        ObjectKey("PersistentVolumeClaim", namespace, volume.source.name)
        for volume in template.volumes
        if isinstance(volume.source, Claim)
    }


def needs(spec: AppSpec) -> set[ObjectKey]:
    """Every ConfigMap, Secret and claim that an app uses."""
    found = claims(spec.template, spec.namespace)
    return found | {one.object for one in references(spec.template, spec.namespace)}


def users(one: KubeObject, specs: Iterable[AppSpec]) -> list[AppKey]:
    """The apps that use it: need it, are selected by it, are scaled by it, or were made by it."""
    return [spec.key for spec in specs if _uses(spec, one)]


def _uses(spec: AppSpec, one: KubeObject) -> bool:
    if spec.namespace != (one.namespace or one.name):
        return False
    match one:
        case Service():
            return one.runtime == spec.runtime and selects(one.selector, spec.template.labels)
        case HorizontalPodAutoscaler():
            return one.target == spec.name
        case CronJob():
            return spec.owner == one.name
    return one.kind == "Namespace" or key_of(one) in needs(spec)


def around(spec: AppSpec, objects: Iterable[KubeObject]) -> Iterator[KubeObject]:
    """What belongs to an app: the objects it uses and those that are there for it, in the order given."""
    for one in objects:
        if one.kind != "Namespace" and _uses(spec, one):
            yield one


def scaled_by(spec: AppSpec, objects: Iterable[KubeObject]) -> bool:
    """An autoscaler sets this app's count: an object's, or its own."""
    if any(isinstance(one, HorizontalPodAutoscaler) and _uses(spec, one) for one in objects):
        return True
    return spec.autoscaling is not None and spec.autoscaling.enabled
