"""What a remedy is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.diagnosis import Finding, Symptoms
from app.core.spec import AppSpec, Revision
from app.core.template import Container
from app.core.views import AppView


@dataclass(frozen=True, slots=True)
class Case:
    """One finding of one app. `revisions` oldest first, the last is the present one; `apps` are all others too."""

    finding: Finding
    view: AppView
    symptoms: Symptoms
    revisions: Sequence[Revision] = ()
    apps: Sequence[AppView] = ()

    @property
    def spec(self) -> AppSpec:
        return self.view.spec

    @property
    def container(self) -> Container:
        return self.spec.container

    def with_container(self, **changes: object) -> AppSpec:
        """The spec with other fields of its main container."""
        template = self.spec.template
        first = template.containers[0].model_copy(update=changes)
        containers = (first, *template.containers[1:])
        return self.spec.model_copy(update={"template": template.model_copy(update={"containers": containers})})
