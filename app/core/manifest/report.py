"""What reading a manifest gives: the specs, or every error and warning with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from app.core.objects import KubeObject
from app.core.spec import AppSpec

Wish: TypeAlias = AppSpec | KubeObject
"""What one document asks for."""


class Reason(StrEnum):
    """The class of an error, for programs."""

    INVALID = "invalid"
    SYNTAX = "syntax"
    LIMIT = "limit"
    UNKNOWN_FIELD = "unknown_field"
    UNSUPPORTED_KIND = "unsupported_kind"
    NOT_SUPPORTED = "not_supported"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the text: 0-based document (empty ones not counted), dotted path ("" = the document), 1-based line."""

    document: int
    path: str
    line: int | None

    def __str__(self) -> str:
        parts = [f"document {self.document + 1}"] if self.document else []
        parts += [self.path] if self.path else []
        parts += [f"line {self.line}"] if self.line else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong. `message` names field and value, `hint` the fix (may be empty)."""

    document: int
    path: str
    line: int | None
    message: str
    hint: str = ""
    reason: Reason = Reason.INVALID

    def __str__(self) -> str:
        return _sentence(self)


@dataclass(frozen=True, slots=True)
class FieldWarning:
    """Something that is read otherwise than a cluster would; `message` says what happens instead."""

    document: int
    path: str
    line: int | None
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return _sentence(self)


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """One document that is accepted, or one item of a List: those share its `document`. `facts` is what the document
    says, as plain data (`app.core.manifest.facts`)."""

    document: int
    line: int
    api_version: str
    kind: str
    spec: Wish
    facts: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class ManifestReport:
    """All that one text gave. Nothing of it may be applied unless `ok`."""

    documents: tuple[ParsedDocument, ...] = ()
    errors: tuple[FieldError, ...] = ()
    warnings: tuple[FieldWarning, ...] = ()
    kinds: tuple[str, ...] = ()
    """The kinds that were read, in order, those that are refused too; a List counts as one."""
    refused_kinds: tuple[str, ...] = ()
    """Those of them (or of a List's items) that are not run here."""

    @property
    def ok(self) -> bool:
        return not self.errors and bool(self.documents)

    @property
    def specs(self) -> tuple[AppSpec, ...]:
        """The workloads, in the order of the text."""
        return tuple(one.spec for one in self.documents if isinstance(one.spec, AppSpec))

    @property
    def objects(self) -> tuple[KubeObject, ...]:
        """What is no workload, in the order of the text."""
        return tuple(one.spec for one in self.documents if not isinstance(one.spec, AppSpec))

    @property
    def wishes(self) -> tuple[Wish, ...]:
        """All of it in the order it is applied: what others refer to first."""
        return tuple(sorted((one.spec for one in self.documents), key=_rank))

    @property
    def unsupported_kinds(self) -> tuple[str, ...]:
        """Empty unless kinds that we do not run are all that is wrong."""
        if not self.errors or any(error.reason is not Reason.UNSUPPORTED_KIND for error in self.errors):
            return ()
        return tuple(dict.fromkeys(self.refused_kinds))


_WORKLOAD = "workload"
_APPLIED = (
    "Namespace",
    "ConfigMap",
    "Secret",
    "PersistentVolumeClaim",
    _WORKLOAD,
    "Service",
    "HorizontalPodAutoscaler",
    "CronJob",
)


def _rank(wish: Wish) -> int:
    return _APPLIED.index(_WORKLOAD if isinstance(wish, AppSpec) else wish.kind)


def _sentence(finding: FieldError | FieldWarning) -> str:
    place = str(Place(finding.document, finding.path, finding.line))
    text = f"{place}: {finding.message}" if place else finding.message
    return f"{text}. {finding.hint[:1].upper()}{finding.hint[1:]}" if finding.hint else text
