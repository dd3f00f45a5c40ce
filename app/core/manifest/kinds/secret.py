"""`v1 Secret`. No message of ours ever holds a value of it."""

from __future__ import annotations

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.metadata import read_metadata
from app.core.manifest.kinds.values import check_size, read_blobs, read_texts
from app.core.objects import Secret

_ELSEWHERE = {"spec": "data or stringData (a Secret has no spec)", "binaryData": "data"}
_NEEDED = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


def read_secret(document: Fields) -> Secret | None:
    """None (and errors) where it has no name. `stringData` counts more than `data`, as in Kubernetes."""
    document.silent("apiVersion", "kind")
    meta = read_metadata(document, runs=False)
    before = len(document.out.errors)
    plain = {key: text.encode() for key, text in read_texts(document, "stringData", "text").items()}
    data = {**read_blobs(document, "data"), **plain}
    kind = document.text("type") or "Opaque"
    immutable = document.boolean("immutable")
    document.close({}, _ELSEWHERE)
    if len(document.out.errors) == before:
        for key in _NEEDED.get(kind, ()):
            if key not in data:
                document.error("data", f"data lacks the key {key}, which a Secret of type {kind} must have")
    if meta is None:
        return None
    check_size(document, "Secret", data)
    return Secret(
        name=meta.name,
        namespace=meta.namespace,
        labels=meta.labels,
        annotations=meta.annotations,
        type=kind,
        data=data,
        immutable=bool(immutable),
    )
