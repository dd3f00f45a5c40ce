"""A manifest that was attached to a message, as text for the assistant.

A file is data, whoever wrote it: all of them go into one code block that their text cannot close, so that nothing in
them is read as the person's own words.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent_tools.text import fenced, listed, one_line
from app.core.errors import InvalidInput

SUFFIXES = (".yaml", ".yml")
MAX_BYTES = 256 * 1024


def with_manifests(text: str, elements: list[Any]) -> str:
    """The message with the attached manifests as one YAML block; without words of its own it means "apply this".

    Raises `InvalidInput` for what cannot be read whole: half a manifest may be valid and is not what was meant.
    """
    if not elements:
        return text.strip()
    strange = [_name(element) for element in elements if not str(element.name).lower().endswith(SUFFIXES)]
    if strange:
        raise InvalidInput(f"Only YAML is read, so nothing was done: leave out {listed(strange)}.")
    documents = "\n---\n".join(_read(element) for element in elements)
    return "\n".join((text.strip() or "apply this:", fenced(documents, "yaml")))


def _read(element: Any) -> str:
    """What is not UTF-8 shows as replacement characters and fails in the validator, not here."""
    with Path(str(element.path)).open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise InvalidInput(
            f"{_name(element)} is larger than {MAX_BYTES // 1024} KiB, so nothing was done: apply it in parts, "
            "or in a terminal with kubelite apply -f."
        )
    return raw.decode("utf-8-sig", errors="replace").rstrip()  # the first line stays the first: errors name lines


def _name(element: Any) -> str:
    return one_line(str(element.name), 80)
