"""Text in, specs or every error out. The way in for all callers: command line, chat, API."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz, process

from app.core.manifest.decode import decode
from app.core.manifest.facts import document_facts
from app.core.manifest.fields import Fields, shown
from app.core.manifest.findings import Findings, TooManyErrors
from app.core.manifest.kinds import KINDS, Kind
from app.core.manifest.kinds.unsupported import INSTEAD, foreign_format, instead
from app.core.manifest.loader import Document, load
from app.core.manifest.nodes import Broken, Mapping, plain
from app.core.manifest.report import FieldError, ManifestReport, ParsedDocument, Reason
from app.core.quoting import quoted
from app.core.spec import AppSpec

MAX_BYTES = 1024 * 1024
"""More than Kubernetes stores of one object (etcd: 1.5 MiB a request), and parsed in well under a second."""
MAX_ERRORS = 100
_NEAR_KIND = 80.0


@dataclass(frozen=True, slots=True)
class _Read:
    """What one document gave."""

    kind: str
    parsed: ParsedDocument | None
    findings: Findings
    line: int = 0
    """Of metadata.name."""


def parse_manifests(text: bytes | str, *, runtime: str, max_bytes: int = MAX_BYTES) -> ManifestReport:
    """Every document of a YAML or JSON text. Never raises for what stands in the text.

    `runtime` is where an app runs whose document does not say (annotation `kubelite.io/runtime`). `max_bytes` bounds
    the text (bytes, or characters of a str). All errors of all documents come at once, up to the first place where
    the text is no YAML; past 100 they are only counted.
    """
    decoded = decode(text, max_bytes)
    if isinstance(decoded, FieldError):
        return ManifestReport(errors=(decoded,))
    loaded = load(decoded)
    reads = [_document(document, runtime) for document in loaded.documents]
    errors = [*loaded.errors, *(error for read in reads for error in read.findings.errors)]
    if not reads and not errors:
        message = "the file is empty: there is no document in it, nothing to apply"
        errors.append(FieldError(0, "", None, message, "", Reason.INVALID))
    errors += _duplicates(reads)
    bad = {error.document for error in errors}
    return ManifestReport(
        documents=tuple(read.parsed for read in reads if read.parsed and read.parsed.document not in bad),
        errors=_capped(errors),
        warnings=tuple(warning for read in reads for warning in read.findings.warnings),
        kinds=tuple(read.kind for read in reads),
    )


def _document(document: Document, runtime: str) -> _Read:
    out = Findings(document.index, runtime)
    root = document.root
    if not isinstance(root, Mapping):
        if not isinstance(root, Broken):
            message = f"a manifest must be a mapping with apiVersion and kind, not {shown(root)}"
            out.errors.append(FieldError(document.index, "", document.line, message))
        return _Read("", None, out)
    fields = Fields(root, "", out)
    kind, api_version = _kind(fields)
    known = KINDS.get(kind)
    if known is None or not _right_version(fields, kind, api_version, known):
        return _Read(kind, None, out)
    spec, parsed = _spec(fields, known), None
    if spec is not None and not out.errors:
        facts = document_facts(plain(root))
        parsed = ParsedDocument(document.index, document.line, known.api_version, kind, spec, facts)
    meta = root.entries.get("metadata")
    return _Read(kind, parsed, out, meta.lines.get("name", meta.line) if isinstance(meta, Mapping) else root.line)


def _spec(fields: Fields, kind: Kind) -> AppSpec | None:
    try:
        return kind.read(fields)
    except TooManyErrors:
        return None


def _kind(fields: Fields) -> tuple[str, str]:
    """kind and apiVersion, each "" (and an error) where it is missing or wrong."""
    missing = not fields.has("kind") or not fields.has("apiVersion")
    foreign = foreign_format(fields.node) if missing else None
    if foreign is not None:
        fields.error(None, *foreign)
        return "", ""
    api_version = fields.text("apiVersion", required=True) or ""
    kind = fields.text("kind", required=True) or ""
    if kind and kind not in KINDS:
        _refuse_kind(fields, kind, api_version)
    return kind, api_version


def _refuse_kind(fields: Fields, kind: str, api_version: str) -> None:
    near = process.extractOne(kind, [*KINDS, *INSTEAD], scorer=fuzz.ratio, processor=str.lower, score_cutoff=_NEAR_KIND)
    if near is not None and near[0] != kind and kind not in INSTEAD:
        fields.error("kind", f"there is no kind {quoted(kind)}", f"did you mean {near[0]}?")
        return
    of = f" ({quoted(api_version)[1:-1]})" if api_version else ""
    shown_kind = quoted(kind, 100)[1:-1]
    fields.error("kind", f"kind {shown_kind}{of} is not supported", instead(kind), Reason.UNSUPPORTED_KIND)


def _right_version(fields: Fields, kind: str, api_version: str, known: Kind) -> bool:
    if api_version == known.api_version:
        return True
    if not api_version:
        return False
    group = api_version.partition("/")[0]
    if api_version in known.earlier or group == known.api_version.partition("/")[0]:
        message = f"apiVersion {quoted(api_version)} of a {kind} is not read"
        fields.error("apiVersion", message, f"write apiVersion: {known.api_version}")
    else:
        message = f"kind {kind} ({quoted(api_version)[1:-1]}) is not supported"
        hint = f"KubeLite's {kind} has apiVersion {known.api_version}"
        fields.error("kind", message, hint, Reason.UNSUPPORTED_KIND)
    return False


def _duplicates(reads: list[_Read]) -> list[FieldError]:
    """The last one would win in silence."""
    first: dict[tuple[str, str], ParsedDocument] = {}
    errors = []
    for read in reads:
        parsed = read.parsed
        if parsed is None:
            continue
        earlier = first.setdefault(parsed.spec.key, parsed)
        if earlier is not parsed:
            message = (
                f"duplicate app {quoted(parsed.spec.name)}: document {earlier.document + 1} (line {earlier.line}) "
                "has the same name and namespace"
            )
            errors.append(FieldError(parsed.document, "metadata.name", read.line, message, "rename or remove one"))
    return errors


def _capped(errors: list[FieldError]) -> tuple[FieldError, ...]:
    ordered = sorted(errors, key=lambda error: (error.document, error.line or 0))
    if len(ordered) <= MAX_ERRORS:
        return tuple(ordered)
    more = len(ordered) - MAX_ERRORS
    last = FieldError(ordered[MAX_ERRORS].document, "", None, f"{more} more errors are not listed: too many", "")
    return (*ordered[:MAX_ERRORS], last)
