"""A manifest that was attached to a message, as text for the assistant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SUFFIXES = (".yaml", ".yml")
MAX_BYTES = 256 * 1024


def with_manifests(text: str, elements: list[Any]) -> str:
    """The message with the attached manifests as YAML blocks; without words of its own it means "apply this".

    Other files are named as not read, never silently dropped.
    """
    parts = [text.strip()] if text.strip() else []
    manifests = [element for element in elements if str(element.name).lower().endswith(SUFFIXES)]
    if manifests and not parts:
        parts.append("apply this:")
    parts += [f"```yaml\n{_read(element)}\n```" for element in manifests]
    others = [str(element.name) for element in elements if element not in manifests]
    if others:
        parts.append(f"(not read, only YAML is: {', '.join(others)})")
    return "\n".join(parts)


def _read(element: Any) -> str:
    """At most `MAX_BYTES`; what is not UTF-8 shows as replacement characters and fails in the validator, not here."""
    with Path(str(element.path)).open("rb") as file:
        return file.read(MAX_BYTES).decode("utf-8", errors="replace").strip()
