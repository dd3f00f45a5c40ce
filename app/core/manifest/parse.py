"""Text in, wishes or every error out. The way in for all callers: command line, chat, API."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.manifest.decode import decode
from app.core.manifest.documents import Read, read_document
from app.core.manifest.loader import load
from app.core.manifest.policy import NOTHING, Policy
from app.core.manifest.report import FieldError, ManifestReport, ParsedDocument, Reason
from app.core.objects import key_of
from app.core.quoting import quoted
from app.core.spec import AppSpec

MAX_BYTES = 1024 * 1024
"""More than Kubernetes stores of one object (etcd: 1.5 MiB a request), and parsed in well under a second."""
MAX_ERRORS = 100


def parse_manifests(
    text: bytes | str, *, runtime: str, max_bytes: int = MAX_BYTES, policy: Policy = NOTHING
) -> ManifestReport:
    """Every document of a YAML or JSON text. Never raises for what stands in the text.

    `runtime` is where an app runs whose document does not say (annotation `kubelite.io/runtime`). `max_bytes` bounds
    the text (bytes, or characters of a str). `policy` is what of the host it may reach. All errors of all documents
    come at once, up to the first place where the text is no YAML; past 100 they are only counted.
    """
    decoded = decode(text, max_bytes)
    if isinstance(decoded, FieldError):
        return ManifestReport(errors=(decoded,))
    loaded = load(decoded)
    documents = [read_document(document, runtime, policy) for document in loaded.documents]
    reads = [read for document in documents for read in document]
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
        kinds=tuple(document[0].kind for document in documents),
        refused_kinds=tuple(kind for read in reads for kind in read.findings.refused_kinds),
    )


def _duplicates(reads: Sequence[Read]) -> list[FieldError]:
    """The last one would win in silence."""
    first: dict[tuple[str, ...], ParsedDocument] = {}
    errors = []
    for read in reads:
        parsed = read.parsed
        if parsed is None:
            continue
        earlier = first.setdefault(_identity(parsed), parsed)
        if earlier is not parsed:
            errors.append(_duplicate(read, parsed, earlier))
    return errors


def _identity(parsed: ParsedDocument) -> tuple[str, ...]:
    """Workloads of every kind share their names: each is an app."""
    wish = parsed.spec
    return ("app", *wish.key) if isinstance(wish, AppSpec) else key_of(wish)


def _duplicate(read: Read, parsed: ParsedDocument, earlier: ParsedDocument) -> FieldError:
    app = isinstance(parsed.spec, AppSpec)
    what = f"app {quoted(parsed.spec.name)}" if app else f"{parsed.kind} {quoted(parsed.spec.name)}"
    both = f", a {earlier.kind}," if earlier.kind != parsed.kind else ""
    message = (
        f"duplicate {what}: document {earlier.document + 1} (line {earlier.line}){both} has the same name and namespace"
    )
    return FieldError(parsed.document, read.path, read.line, message, "rename or remove one")


def _capped(errors: list[FieldError]) -> tuple[FieldError, ...]:
    ordered = sorted(errors, key=lambda error: (error.document, error.line or 0))
    if len(ordered) <= MAX_ERRORS:
        return tuple(ordered)
    more = len(ordered) - MAX_ERRORS
    last = FieldError(ordered[MAX_ERRORS].document, "", None, f"{more} more errors are not listed: too many", "")
    return (*ordered[:MAX_ERRORS], last)
