"""`v1 PersistentVolumeClaim`: a named volume of the runtime."""

from __future__ import annotations

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.metadata import read_metadata
from app.core.manifest.kinds.tables import CLAIM
from app.core.objects import VolumeClaim
from app.core.quantities import parse_memory
from app.core.quoting import listed, quoted

_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
_NOT_ENFORCED = ("ReadOnlyMany", "ReadWriteOncePod")


def read_claim(document: Fields) -> VolumeClaim | None:
    """None (and errors) where it cannot be one. The size is noted, not enforced."""
    document.silent("apiVersion", "kind", "status")
    meta = read_metadata(document)
    spec = document.fields("spec", required=True)
    document.close({}, {"accessModes": "spec.accessModes", "resources": "spec.resources"})
    if spec is None:
        return None
    modes = spec.texts("accessModes")
    for mode in modes:
        if mode not in _MODES:
            spec.error("accessModes", f"accessModes must be {listed(_MODES)}, not {quoted(mode)}")
        elif mode in _NOT_ENFORCED:
            spec.warn("accessModes", f"access mode {mode} is ignored: any replica may mount the volume and write to it")
    size = _size(spec)
    spec.close(CLAIM, {"storage": "spec.resources.requests.storage"})
    if meta is None:
        return None
    return VolumeClaim(
        name=meta.name,
        namespace=meta.namespace,
        runtime=meta.runtime,
        labels=meta.labels,
        annotations=meta.annotations,
        size_bytes=size,
        access_modes=modes or ("ReadWriteOnce",),
    )


def _size(spec: Fields) -> int | None:
    resources = spec.fields("resources")
    if resources is None:
        return None
    requests, limits = resources.fields("requests"), resources.fields("limits")
    resources.close({}, {"storage": "spec.resources.requests.storage"})
    size = None
    for fields in (limits, requests):
        if fields is not None:
            size = fields.amount("storage", parse_memory)
            fields.close({})
    return size
