"""What is found in one document, bounded, and the rule for a field that has no effect here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.core.manifest.policy import NOTHING, Policy
from app.core.manifest.report import FieldError, FieldWarning

MAX_FINDINGS = 100
"""Of each sort, in one document."""


class TooManyErrors(Exception):
    """Nobody reads that many; reading the document ends here."""


@dataclass(slots=True)
class Findings:
    """What is found in one document."""

    document: int
    runtime: str
    """Where an app runs if the document does not say."""
    policy: Policy = NOTHING
    item: int | None = None
    """Which item of a List (from 0); None = a document of its own."""
    refused_kinds: list[str] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)
    warnings: list[FieldWarning] = field(default_factory=list)

    def add_error(self, error: FieldError) -> None:
        """Raises `TooManyErrors` past the limit, so that a hostile file costs no more than an honest one."""
        if len(self.errors) >= MAX_FINDINGS:
            raise TooManyErrors
        self.errors.append(error)

    def add_warning(self, warning: FieldWarning) -> None:
        """Past the limit warnings are dropped: the spec is right without them."""
        if len(self.warnings) < MAX_FINDINGS:
            self.warnings.append(warning)


@dataclass(frozen=True, slots=True)
class Unhonoured:
    """A field of Kubernetes' that has no effect here. Refused where leaving it out would change what the app means."""

    says: str
    refuse: bool = False
    harmless: tuple[Any, ...] = ()
    """Values that ask for what happens anyway; empty ones always do."""
