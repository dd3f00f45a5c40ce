"""The kinds that are run, by name. A new kind is one module here and one line in `KINDS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.application import read_application
from app.core.manifest.kinds.deployment import read_deployment
from app.core.spec import AppSpec


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: where it lives and how it is read."""

    api_version: str
    read: Callable[[Fields], AppSpec | None]
    earlier: tuple[str, ...] = ()
    """API versions that Kubernetes once had it under, and those that are often written by mistake."""


KINDS = {
    "Application": Kind("kubelite.io/v1", read_application, ("v1", "kubelite.io/v1alpha1", "kubelite.io/v1beta1")),
    "Deployment": Kind(
        "apps/v1",
        read_deployment,
        ("v1", "apps", "extensions/v1beta1", "apps/v1beta1", "apps/v1beta2", "kubelite.io/v1"),
    ),
}
