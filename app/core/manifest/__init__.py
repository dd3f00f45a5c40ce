"""Manifests in and out: text to specs or to every error with its line; a spec to YAML."""

from __future__ import annotations

from app.core.manifest.export import export_manifest, export_manifests
from app.core.manifest.parse import MAX_BYTES, parse_manifests
from app.core.manifest.policy import Policy
from app.core.manifest.report import FieldError, FieldWarning, ManifestReport, ParsedDocument, Reason, Wish

__all__ = [
    "MAX_BYTES",
    "FieldError",
    "FieldWarning",
    "ManifestReport",
    "ParsedDocument",
    "Policy",
    "Reason",
    "Wish",
    "export_manifest",
    "export_manifests",
    "parse_manifests",
]
