"""`v1 ConfigMap`."""

from __future__ import annotations

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.metadata import read_metadata
from app.core.manifest.kinds.values import check_size, read_blobs, read_texts
from app.core.objects import ConfigMap
from app.core.quoting import quoted

_ELSEWHERE = {"spec": "data (a ConfigMap has no spec)", "stringData": "data"}


def read_configmap(document: Fields) -> ConfigMap | None:
    """None (and errors) where it has no name."""
    document.silent("apiVersion", "kind")
    meta = read_metadata(document, runs=False)
    data = read_texts(document, "data", "text")
    binary = read_blobs(document, "binaryData")
    immutable = document.boolean("immutable")
    document.close({}, _ELSEWHERE)
    inner = document.fields("binaryData")
    for key in data.keys() & binary.keys():
        if inner is not None:
            inner.error(key, f"binaryData {quoted(key)} is in data too: a key may be in one of them only")
    if meta is None:
        return None
    found = ConfigMap(
        name=meta.name,
        namespace=meta.namespace,
        labels=meta.labels,
        annotations=meta.annotations,
        data=data,
        binary_data=binary,
        immutable=bool(immutable),
    )
    check_size(document, "ConfigMap", found.values)
    return found
