"""The objects beside the apps of a world that holds still: what is put is there, and well, at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.core.configuring.usedby import users
from app.core.errors import Conflict
from app.core.lookup import find_object, kind_of
from app.core.objects import KINDS, KubeObject, Namespace, ObjectKey, Service, VolumeClaim, key_of
from app.core.services import selects
from app.core.spec import AppKey, AppSpec
from app.core.usage import UsageSample
from app.core.views import AppView, ObjectView, ServiceAddress
from app.ports.control import AppliedObject

FIRST_PORT = 30_000
"""A published Service without a port of its own gets this plus its port, so that it is the same every time."""


class StillObjects(ABC):
    """The part of `app.ports.control.Control` that is about objects."""

    def __init__(self) -> None:
        self._objects: dict[ObjectKey, KubeObject] = {}

    @abstractmethod
    def _specs(self) -> Iterable[AppSpec]:
        """The apps there are."""

    @abstractmethod
    def _leave(self, key: AppKey) -> None:
        """Its namespace is gone, so it is."""

    def objects(self, kind: str | None = None) -> Sequence[ObjectView]:
        wanted = KINDS if kind is None else (kind_of(kind),)
        return [_seen(self._objects[key]) for one in wanted for key in sorted(self._objects) if key.kind == one]

    def object(self, kind: str, name: str) -> ObjectView:
        return _seen(self._objects[find_object(kind, name, self._objects)])

    async def usage(self, name: str, *, seconds: float) -> Sequence[UsageSample]:  # noqa: ARG002
        """Nothing is used where nothing happens."""
        return ()

    async def put_object(self, one: KubeObject, *, cause: str) -> AppliedObject:  # noqa: ARG002
        before = self._objects.get(key_of(one))
        self._objects[key_of(one)] = one
        return AppliedObject(before, one, before != one)

    async def delete_object(self, kind: str, name: str, *, cause: str) -> AppliedObject:  # noqa: ARG002
        key = find_object(kind, name, self._objects)
        one = self._objects[key]
        if isinstance(one, VolumeClaim) and (apps := users(one, self._specs())):
            raise Conflict(f"{apps[0].name} uses the claim {one.name}; delete {apps[0].name} first")
        gone = [key, *(other for other in self._objects if isinstance(one, Namespace) and other.namespace == one.name)]
        for other in gone:
            del self._objects[other]
        for app in users(one, list(self._specs())) if isinstance(one, Namespace) else ():
            self._leave(app)
        return AppliedObject(one, None, changed=True)

    async def wait_object(
        self,
        kind: str,
        name: str,
        *,
        seconds: float,  # noqa: ARG002  all is done already
        gone: bool = False,  # noqa: ARG002
    ) -> ObjectView | None:
        namespace, _, plain = name.rpartition("/")
        home = "" if kind == "Namespace" else namespace or "default"
        found = self._objects.get(ObjectKey(kind, home, plain))
        return _seen(found) if found else None

    def _with_services(self, view: AppView) -> AppView:
        behind = [
            one
            for one in self._objects.values()
            if isinstance(one, Service)
            and one.namespace == view.key.namespace
            and selects(one.selector, view.spec.template.labels)
        ]
        return replace(view, services=tuple(_address(one) for one in behind)) if behind else view


def _address(one: Service) -> ServiceAddress:
    port = one.ports[0].port if one.ports else 80
    return ServiceAddress(one.name, f"{one.name}.{one.namespace}:{port}", _urls(one))


def _urls(one: Service) -> tuple[str, ...]:
    if not one.published:
        return ()
    return tuple(f"http://127.0.0.1:{port.node_port or FIRST_PORT + port.port}" for port in one.ports)


def _seen(one: KubeObject) -> ObjectView:
    return ObjectView(key_of(one), one, generation=1, urls=_urls(one) if isinstance(one, Service) else ())
