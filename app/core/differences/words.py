"""The lines of a diff: one for a pair of texts, one for each key of two maps. None of the values is hidden here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.core.approvals import Change
from app.core.differences.wording import NONE


def pair(what: str, before: str, after: str) -> Iterator[Change]:
    if before != after:
        yield Change(what=what, before=before, after=after)


def maps(what: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for key in dict.fromkeys((*before, *after)):
        yield from pair(f"{what} {key}", before.get(key, NONE), after.get(key, NONE))
