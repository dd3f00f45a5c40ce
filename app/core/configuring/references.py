"""Which ConfigMaps, Secrets and claims a pod template needs, and which of them are not there. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.core.objects import ConfigMap, ObjectKey, Secret
from app.core.template import Claim, Container, Files, FileSource, PodTemplate

Lookup = Callable[[ObjectKey], ConfigMap | Secret | None]
"""None = there is no such object."""

KIND_OF = {
    "configMapKeyRef": "ConfigMap",
    "secretKeyRef": "Secret",
    "configMapRef": "ConfigMap",
    "secretRef": "Secret",
    "configMap": "ConfigMap",
    "secret": "Secret",
}
"""The object behind each way to refer to one."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`key` None = the whole object. With `optional` neither the object nor the key has to be there."""

    object: ObjectKey
    key: str | None = None
    optional: bool = False


def references(template: PodTemplate, namespace: str) -> tuple[Reference, ...]:
    """Every ConfigMap and Secret this template refers to, each way once, in the order of the template."""
    found = [one for container in every_container(template) for one in _of_container(container, namespace)]
    for volume in template.volumes:
        if isinstance(volume.source, Files):
            for source in volume.source.sources:
                found += _of_files(source, namespace)
    return tuple(dict.fromkeys(found))


def claims(template: PodTemplate, namespace: str) -> tuple[ObjectKey, ...]:
    """The claims its volumes are, each once."""
    names = (volume.source.name for volume in template.volumes if isinstance(volume.source, Claim))
    return tuple(ObjectKey("PersistentVolumeClaim", namespace, name) for name in dict.fromkeys(names))


def every_container(template: PodTemplate) -> tuple[Container, ...]:
    return (*template.init_containers, *template.containers)


def missing(wanted: tuple[Reference, ...], lookup: Lookup) -> str:
    """The first one that must be there and is not, as a sentence; "" when all are."""
    return next((lack for one in wanted if (lack := _lack(one, lookup))), "")


def absent_object(key: ObjectKey) -> str:
    return f"{key} is missing"


def absent_key(key: ObjectKey, name: str) -> str:
    return f"{key} has no key {name!r}"


def _lack(one: Reference, lookup: Lookup) -> str:
    if one.optional:
        return ""
    found = lookup(one.object)
    if found is None:
        return absent_object(one.object)
    return "" if one.key is None or one.key in found.values else absent_key(one.object, one.key)


def _of_container(container: Container, namespace: str) -> Iterator[Reference]:
    for source in container.env_from:
        yield Reference(ObjectKey(KIND_OF[source.kind], namespace, source.name), None, source.optional)
    for var in container.env:
        if var.source is not None and var.source.kind in KIND_OF:
            key = ObjectKey(KIND_OF[var.source.kind], namespace, var.source.name)
            yield Reference(key, var.source.key, var.source.optional)


def _of_files(source: FileSource, namespace: str) -> Iterator[Reference]:
    if source.kind in KIND_OF:
        key = ObjectKey(KIND_OF[source.kind], namespace, source.name)
        yield Reference(key, None, source.optional)
        for item in source.items:
            yield Reference(key, item.key, source.optional)
