"""The writes of the facade for what is desired beside the apps: checked against what else is there, then stored."""

from __future__ import annotations

from app.core.configuring.usedby import users
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.lookup import find_object, kind_of
from app.core.objects import (
    ConfigMap,
    CronJob,
    KubeObject,
    Namespace,
    ObjectKey,
    Secret,
    Service,
    VolumeClaim,
    key_of,
)
from app.engine.engine import Engine
from app.ports.control import AppliedObject

DEFAULT = "default"


class ObjectWrites:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def put(self, one: KubeObject) -> AppliedObject:
        """Raises `Conflict`, `InvalidInput`."""
        before = self._engine.objects.get(key_of(one))
        if before is not None and before.deleting:
            raise Conflict(f"the {before.key} is still being deleted; try again in a moment")
        self.check_namespace(one.namespace)
        self._check_runtime(one)
        if before is not None:
            _check_frozen(before.object, one)
        if isinstance(one, Service):
            self._check_node_ports(one)
        previous, changed = await self._engine.objects.put(one)
        return AppliedObject(previous, one, changed)

    async def delete(self, kind: str, name: str) -> AppliedObject:
        """Raises `NotFound`; `Conflict` for a claim that an app uses and for the namespace `default`."""
        key = await self._there(kind, name)
        stored = self._engine.objects.get(key)
        if stored is None:
            raise NotFound(f"the {key} is gone")
        if key == ObjectKey("Namespace", "", DEFAULT):
            raise Conflict("the namespace default cannot be deleted; delete what is in it by name")
        if isinstance(stored.object, VolumeClaim):
            self._check_free(stored.object)
        await self._engine.removal.begin(key)
        return AppliedObject(stored.object, None, changed=not stored.deleting)

    def check_namespace(self, namespace: str) -> None:
        """Nothing may move into a namespace that is on its way out. Raises `Conflict`."""
        stored = self._engine.objects.get(ObjectKey("Namespace", "", namespace)) if namespace else None
        if stored is not None and stored.deleting:
            raise Conflict(f"the namespace {namespace} is being deleted; wait until it is gone, then try again")

    async def _there(self, kind: str, name: str) -> ObjectKey:
        """A namespace is there also where nobody declared it but something lives in it."""
        keys = [stored.key for stored in self._engine.objects.all()]
        try:
            return find_object(kind, name, keys)
        except NotFound:
            lived_in = {wish.key.namespace for wish in self._engine.desired.all()} | {key.namespace for key in keys}
            if kind_of(kind) != "Namespace" or name not in lived_in:
                raise
            await self._engine.objects.put(Namespace(name=name))
            return ObjectKey("Namespace", "", name)

    def _check_runtime(self, one: KubeObject) -> None:
        runtime = one.job.runtime if isinstance(one, CronJob) else getattr(one, "runtime", None)
        if runtime is not None and runtime not in self._engine.sites:
            known = ", ".join(self._engine.sites)
            raise InvalidInput(f"the runtime {runtime!r} is not configured; choose one of: {known}", field="runtime")

    def _check_node_ports(self, one: Service) -> None:
        asked = {(port.node_port, port.protocol) for port in one.ports if port.node_port}
        for stored in self._engine.objects.all("Service"):
            other = stored.object
            if not isinstance(other, Service) or stored.key == key_of(one) or other.runtime != one.runtime:
                continue
            taken = asked & {(port.node_port, port.protocol) for port in other.ports if port.node_port}
            if taken:
                number, protocol = min(taken, key=str)
                raise Conflict(f"nodePort {number}/{protocol} is taken by the {stored.key}; choose another one")

    def _check_free(self, claim: VolumeClaim) -> None:
        staying = [wish.spec for wish in self._engine.desired.all() if not wish.deleting]
        apps = [key.name for key in users(claim, staying)]
        if apps:
            raise Conflict(f"{', '.join(apps)} uses the claim {claim.name}; delete {' and '.join(apps)} first")


def _check_frozen(before: KubeObject, after: KubeObject) -> None:
    """What Kubernetes does not let one change either. Raises `Conflict`."""
    key = key_of(before)
    match before, after:
        case ((ConfigMap() | Secret() as old), (ConfigMap() | Secret() as new)):
            if old.immutable and (old.values != new.values or not new.immutable):
                raise Conflict(f"the {key} is immutable: delete it first, or use another name")
        case ((VolumeClaim() | Service() as there), (VolumeClaim() | Service() as asked)):
            if there.runtime != asked.runtime:
                raise Conflict(f"the {key} is on {there.runtime}; delete it there first")
