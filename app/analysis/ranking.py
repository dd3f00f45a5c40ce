"""From clues to findings: per cause the best clue and what supports it; the first error before the last.

What a cause scores is its best clue's weight, plus a little for independent support. Of causes that score alike the one
whose words came first wins, because what follows is mostly its consequence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.analysis.clues import SPECIFIC, Clue
from app.core.diagnosis import Cause, Source

SUPPORT = 0.12
MAX_SUPPORT = 0.36
CHANGED = 0.3
"""What speaks for a cause besides counts more when just that was changed before it failed."""
ALIKE = 0.35
"""Scores closer than this are alike: then the order decides."""
ENOUGH = 1.75
"""Below this nothing is settled, so the answer is `unknown`."""

_CONSEQUENCES: dict[Cause, frozenset[Cause]] = {
    Cause.APPLICATION_CRASH: frozenset(Cause)
    - {Cause.APPLICATION_CRASH, Cause.UNKNOWN, Cause.COMPLETED, Cause.KILLED, Cause.PROBE, Cause.HANG},
    Cause.INVALID_CONFIG: frozenset({Cause.PERMISSION, Cause.DISK_FULL, Cause.PORT_CONFLICT, Cause.TLS}),
    Cause.DEPENDENCY: frozenset({Cause.TLS, Cause.AUTH, Cause.DNS, Cause.DISK_FULL, Cause.LIMIT}),
    Cause.STATE: frozenset({Cause.DISK_FULL, Cause.PERMISSION, Cause.OUT_OF_MEMORY, Cause.LIMIT}),
    Cause.HANG: frozenset({Cause.DEPENDENCY, Cause.DNS, Cause.PROBE}),
    Cause.KILLED: frozenset({Cause.PROBE, Cause.OUT_OF_MEMORY}),
    Cause.MISSING_FILE: frozenset({Cause.BAD_COMMAND, Cause.GPU}),
}
"""A cause that is often only the visible end of another one yields to it when both are shown about as strongly."""
YIELDS = 0.6


@dataclass(frozen=True, slots=True)
class Ranked:
    """One cause with its clues, best first."""

    cause: Cause
    score: float
    clues: tuple[Clue, ...]

    @property
    def best(self) -> Clue:
        return self.clues[0]

    @property
    def ambiguous(self) -> bool:
        return self.best.ambiguous


def rank(clues: Iterable[Clue]) -> Sequence[Ranked]:
    """Causes by score, the likeliest first. Empty = no clue at all."""
    by_cause: dict[Cause, list[Clue]] = defaultdict(list)
    for clue in clues:
        by_cause[clue.cause].append(clue)
    ranked = [_ranked(cause, found) for cause, found in by_cause.items()]
    ranked.sort(key=lambda one: (-one.score, one.best.order))
    if not ranked:
        return ()
    first = _first(ranked)
    return [first, *(one for one in ranked if one is not first)]


def _ranked(cause: Cause, clues: list[Clue]) -> Ranked:
    clues.sort(key=lambda clue: (-clue.weight, clue.order))
    items = {quote.item for clue in clues[1:] for quote in clue.quotes} - {quote.item for quote in clues[0].quotes}
    changed = {item for item in items if item.startswith(Source.CHANGE.value)}
    support = min(MAX_SUPPORT, SUPPORT * len(items - changed)) + (CHANGED if changed else 0.0)
    return Ranked(cause, clues[0].weight + support, tuple(clues))


def _first(ranked: Sequence[Ranked]) -> Ranked:
    """Among those that score alike: who is not a consequence of another, then who came first."""
    top = ranked[0]
    if top.cause is Cause.UNKNOWN:
        return top
    alike = [one for one in ranked if top.score - one.score <= ALIKE and one.cause is not Cause.UNKNOWN]
    behind = [
        one for one in ranked if 0 <= top.score - one.score <= YIELDS and one.cause in _CONSEQUENCES.get(top.cause, ())
    ]
    if behind:
        return behind[0]
    standing = [one for one in alike if not any(other.cause in _CONSEQUENCES.get(one.cause, ()) for other in alike)]
    chosen = standing or alike
    certain = [one for one in chosen if one.best.weight >= SPECIFIC] or chosen
    return min(certain, key=lambda one: one.best.order)
