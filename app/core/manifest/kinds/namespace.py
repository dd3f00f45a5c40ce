"""`v1 Namespace`."""

from __future__ import annotations

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.metadata import read_metadata
from app.core.names import check_namespace
from app.core.objects import Namespace


def read_namespace(document: Fields) -> Namespace | None:
    """None (and errors) where it has no name."""
    document.silent("apiVersion", "kind", "status")
    meta = read_metadata(document, check=lambda text: check_namespace(text, field="metadata.name"), runs=False)
    spec = document.fields("spec")
    if spec is not None:
        spec.silent("finalizers")
        spec.close({})
    document.close({})
    if meta is None:
        return None
    return Namespace(name=meta.name, labels=meta.labels, annotations=meta.annotations)
