"""What ConfigMaps and Secrets hold: texts and base64 by key, bounded. Values never stand in a message."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error

from app.core.errors import InvalidInput
from app.core.manifest.fields import Fields
from app.core.manifest.kinds.keys import check_key
from app.core.manifest.nodes import Node, Scalar, ScalarKind
from app.core.quoting import quoted
from app.core.redact import HIDDEN

MAX_BYTES = 1024 * 1024
"""Kubernetes' MaxSecretSize; a ConfigMap's is the same."""


def read_texts(document: Fields, key: str, what: str) -> dict[str, str]:
    """A mapping of texts, such as `data` of a ConfigMap. `what` says what a value is."""
    return dict(_entries(document, key, what))


def read_blobs(document: Fields, key: str) -> dict[str, bytes]:
    """A mapping of base64 texts, decoded."""
    found = {}
    for name, text in _entries(document, key, "base64 text"):
        inner = document.fields(key)
        try:
            found[name] = b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
        except (Error, ValueError):
            if inner is not None:
                inner.error(name, f"{key} {quoted(name)} is not valid base64", _base64_hint(key, text))
    return found


def check_size(document: Fields, kind: str, values: dict[str, bytes]) -> None:
    size = sum(map(len, values.values()))
    if size > MAX_BYTES:
        message = f"data of a {kind} is {size:,} bytes, the limit is {MAX_BYTES:,}"
        document.error("data", message, "mount large files from a volume")


def _entries(document: Fields, key: str, what: str) -> list[tuple[str, str]]:
    inner = document.fields(key)
    if inner is None:
        return []
    found = []
    for name, node in inner.node.entries.items():
        try:
            check_key(name)
        except InvalidInput as error:
            inner.error(name, f"the key of {key}: {error}")
            continue
        text = "" if not inner.has(name) else _text(node)
        if text is None:
            is_what = f" (it reads as {node.kind})" if isinstance(node, Scalar) else ""
            inner.error(name, f"{key} {quoted(name)} must be {what}{is_what}", "put the value in quotes")
        else:
            found.append((name, text))
    return found


def _text(node: Node) -> str | None:
    return node.text if isinstance(node, Scalar) and node.kind is ScalarKind.STRING else None


def _base64_hint(key: str, text: str) -> str:
    if text == HIDDEN:
        return "this is an export with its secrets hidden: export it with them, or write the value"
    return "write plain text under stringData" if key == "data" else "encode it with `base64 -w0`"
