"""What a remedy is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.diagnosis import Finding, Symptoms
from app.core.spec import AppSpec, Revision
from app.core.template import Container
from app.core.views import AppView, ObjectView
from app.healing.judging import HOLD_SECONDS


@dataclass(frozen=True, slots=True)
class Case:
    """One finding of one app. `revisions` oldest first, the last is the present one; `apps` are all others too, and
    `services` all Services. `now` in epoch seconds; `hold` is how long it must be well before a remedy is kept."""

    finding: Finding
    view: AppView
    symptoms: Symptoms
    revisions: Sequence[Revision] = ()
    apps: Sequence[AppView] = ()
    services: Sequence[ObjectView] = ()
    now: float = 0.0
    hold: float = HOLD_SECONDS

    @property
    def spec(self) -> AppSpec:
        return self.view.spec

    @property
    def container(self) -> Container:
        return self.spec.container

    @property
    def quoted(self) -> str:
        """All that the finding quotes, a line each."""
        return "\n".join(quote.text for quote in self.finding.quotes)

    def with_container(self, **changes: object) -> AppSpec:
        """The spec with other fields of its main container."""
        template = self.spec.template
        first = template.containers[0].model_copy(update=changes)
        containers = (first, *template.containers[1:])
        return self.spec.model_copy(update={"template": template.model_copy(update={"containers": containers})})
