"""One document to what it asks for: its kind and version first, then that kind's reader; a List item by item."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz, process

from app.core.manifest.facts import document_facts
from app.core.manifest.fields import Fields, shown
from app.core.manifest.findings import Findings, TooManyErrors
from app.core.manifest.kinds import KINDS, Kind
from app.core.manifest.kinds.tables import METADATA_SERVER_FIELDS
from app.core.manifest.kinds.unsupported import INSTEAD, foreign_format, instead, of_group
from app.core.manifest.loader import Document
from app.core.manifest.nodes import Broken, Listing, Mapping, Node, join, plain
from app.core.manifest.policy import Policy
from app.core.manifest.report import FieldError, ParsedDocument, Reason, Wish
from app.core.quoting import quoted

LIST = "List"
LIST_VERSION = "v1"
MAX_ITEMS = 1000
_NEAR_KIND = 80.0


@dataclass(frozen=True, slots=True)
class Read:
    """What one document, or one item of a List, gave. `path` and `line` are those of its name."""

    kind: str
    parsed: ParsedDocument | None
    findings: Findings
    path: str = ""
    line: int = 0


def read_document(document: Document, runtime: str, policy: Policy) -> tuple[Read, ...]:
    """The first is of the document itself, the others of a List's items."""
    out = Findings(document.index, runtime, policy)
    root = document.root
    if isinstance(root, Mapping) and _is_list(root):
        return (Read(LIST, None, out), *_items(root, out, runtime, policy))
    return (_read(root, "", out),)


def _read(root: Node, path: str, out: Findings) -> Read:
    if not isinstance(root, Mapping):
        if not isinstance(root, Broken):
            message = f"a manifest must be a mapping with apiVersion and kind, not {shown(root)}"
            out.errors.append(FieldError(out.document, path, root.line, message))
        return Read("", None, out)
    fields = Fields(root, path, out)
    kind, api_version = _kind(fields)
    known = KINDS.get(kind)
    if known is None or not _right_version(fields, kind, api_version, known):
        return Read(kind, None, out)
    wish, parsed = _wish(fields, known), None
    if wish is not None and not out.errors:
        parsed = ParsedDocument(out.document, root.line, api_version, kind, wish, document_facts(plain(root)))
    meta = root.entries.get("metadata")
    line = meta.lines.get("name", meta.line) if isinstance(meta, Mapping) else root.line
    return Read(kind, parsed, out, fields.at("metadata", "name"), line)


def _wish(fields: Fields, kind: Kind) -> Wish | None:
    try:
        return kind.read(fields)
    except TooManyErrors:
        return None


# -- a List


def _is_list(root: Mapping) -> bool:
    kind = plain(root.entries.get("kind"))
    return bool(kind == LIST and plain(root.entries.get("apiVersion")) == LIST_VERSION)


def _items(root: Mapping, out: Findings, runtime: str, policy: Policy) -> list[Read]:
    """Each with findings of its own, so that one bad item does not hide what is wrong with the next."""
    fields = Fields(root, "", out)
    fields.silent("apiVersion", "kind")
    meta = fields.fields("metadata")
    if meta is not None:
        meta.silent(*METADATA_SERVER_FIELDS, "continue", "remainingItemCount")
        meta.close({})
    node = fields.get("items")
    if not isinstance(node, Listing):
        is_what = "is missing" if node is None else f"must be a list, not {shown(node)}"
        fields.error("items", f"items {is_what}: a List has its documents there")
        return []
    fields.close({})
    if not node.items:
        fields.error("items", "the List is empty: there is nothing to apply in it")
    if len(node.items) > MAX_ITEMS:
        fields.error("items", f"items has more than {MAX_ITEMS:,} documents: the limit for one List", "split it")
        return []
    return [_item(item, at, out.document, runtime, policy) for at, item in enumerate(node.items)]


def _item(item: Node, at: int, document: int, runtime: str, policy: Policy) -> Read:
    found = Findings(document, runtime, policy, item=at)
    path = join("items", at)
    if isinstance(item, Mapping) and plain(item.entries.get("kind")) == LIST:
        Fields(item, path, found).error("kind", "a List may not stand in a List", "give its items in the outer one")
        return Read(LIST, None, found)
    return _read(item, path, found)


# -- kind and version


def _kind(fields: Fields) -> tuple[str, str]:
    """kind and apiVersion, each "" (and an error) where it is missing or wrong."""
    missing = not fields.has("kind") or not fields.has("apiVersion")
    foreign = foreign_format(fields.node) if missing else None
    if foreign is not None:
        fields.error(None, *foreign)
        return "", ""
    api_version = _filled(fields, "apiVersion")
    kind = _filled(fields, "kind")
    if kind and kind not in KINDS:
        _refuse_kind(fields, kind, api_version)
    return kind, api_version


def _filled(fields: Fields, key: str) -> str:
    text = fields.text(key, required=True)
    if text == "":
        fields.error(key, f"{key} is empty: text is required here")
    return text or ""


def _refuse_kind(fields: Fields, kind: str, api_version: str) -> None:
    known = [*KINDS, LIST, *INSTEAD]
    near = process.extractOne(kind, known, scorer=fuzz.ratio, processor=str.lower, score_cutoff=_NEAR_KIND)
    if kind == LIST:
        fields.error("apiVersion", f"apiVersion {quoted(api_version)} of a List is not read", "write apiVersion: v1")
        return
    if near is not None and near[0] != kind and kind not in INSTEAD and not _foreign(api_version):
        fields.error("kind", f"there is no kind {quoted(kind)}", f"did you mean {near[0]}?")
        return
    fields.out.refused_kinds.append(kind)
    message = f"{_named(fields, kind, api_version)} is not supported"
    fields.error("kind", message, instead(kind, api_version), Reason.UNSUPPORTED_KIND)


def _named(fields: Fields, kind: str, api_version: str) -> str:
    of = f" ({quoted(api_version)[1:-1]})" if api_version else ""
    item = "" if fields.out.item is None else f", item {fields.out.item + 1} of the List,"
    return f"kind {quoted(kind, 100)[1:-1]}{of}{item}"


def _foreign(api_version: str) -> bool:
    """A group with a dot that is none of Kubernetes' own: somebody's custom resource, whatever its kind is called."""
    group, slash, _ = api_version.partition("/")
    return bool(slash) and "." in group and not group.endswith((".k8s.io", "kubelite.io"))


def _right_version(fields: Fields, kind: str, api_version: str, known: Kind) -> bool:
    if api_version in known.versions:
        return True
    if not api_version:
        return False
    present = known.versions[0]
    if api_version in known.earlier or _mistaken(api_version, present):
        message = f"apiVersion {quoted(api_version)} of a {kind} is not read"
        fields.error("apiVersion", message, f"write apiVersion: {present}")
    else:
        fields.out.refused_kinds.append(kind)
        message = f"{_named(fields, kind, api_version)} is not supported"
        hint = of_group(api_version) or f"KubeLite's {kind} has apiVersion {present}"
        fields.error("kind", message, hint, Reason.UNSUPPORTED_KIND)
    return False


def _mistaken(api_version: str, present: str) -> bool:
    """A version of the same group or ours, or of another of Kubernetes' own groups, for a kind of Kubernetes'."""
    group = api_version.rpartition("/")[0]
    return group in (present.rpartition("/")[0], "kubelite.io") or (_own(group) and "." not in present)


def _own(group: str) -> bool:
    return "." not in group or group.endswith(".k8s.io")
