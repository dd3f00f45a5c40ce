"""Wishes as YAML that `kubectl` accepts and `parse_manifests` reads back as equal ones."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.manifest.export.objects import document
from app.core.manifest.export.text import as_yaml
from app.core.manifest.export.workloads import workload
from app.core.manifest.report import Wish
from app.core.spec import AppSpec

__all__ = ["export_manifest", "export_manifests"]


def export_manifest(wish: Wish, *, secrets: bool = False) -> str:
    """YAML of one document, in Kubernetes' order of keys, with only what differs from the defaults.

    Values of a Secret are `(hidden)` unless `secrets`; such a document is refused when it is read again.
    """
    return as_yaml(workload(wish) if isinstance(wish, AppSpec) else document(wish, secrets=secrets))


def export_manifests(wishes: Iterable[Wish], *, secrets: bool = False) -> str:
    """Several documents, `---` between them."""
    return "---\n".join(export_manifest(wish, secrets=secrets) for wish in wishes)
