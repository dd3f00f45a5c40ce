"""What a person most likely meant by a field that is unknown, or a text where a list belongs."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

from rapidfuzz import fuzz, process

from app.core.quoting import listed

NEAR = 75.0
"""How alike (0 to 100) a misspelt field must be to a known one to be offered."""


def as_list(text: str) -> str:
    """How the words of a text are written as a list."""
    if len(text) > 200:
        return ""
    try:
        return f"write {json.dumps(shlex.split(text), ensure_ascii=False)}"
    except ValueError:
        return ""


def meant(key: str, known: tuple[str, ...], elsewhere: Mapping[str, str]) -> str:
    """A hint for an unknown field among `known` ones; `elsewhere` says where a misplaced one belongs."""
    if key in elsewhere:
        return f"it belongs at {elsewhere[key]}"
    best = process.extractOne(key.lower(), {each: each.lower() for each in known}, scorer=fuzz.ratio, score_cutoff=NEAR)
    if best is not None:
        return f"did you mean {best[2]}?"
    return f"fields here are {listed(tuple(sorted(known)[:12]))}" if 0 < len(known) <= 12 else "remove it"
