"""Items into chunks, cut at full stops, commas, "and" and "then"; conditions and explanations are taken out here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.agent.rules.senses import Item, Role

LOOKING = frozenset({"show", "check", "find", "explain", "analyze", "say", "list", "describe", "help", "tail"})
"""Verbs that a question may follow: "check if web is up", "tell me why"."""
_ORDER = ("", "break", "and", "but", "because", "then", "end", "semicolon", "shell", "correction")
_CUTS = ((Role.END, "end"), (Role.SHELL, "shell"), (Role.BREAK, "break"), (Role.CORRECTION, "correction"))
_EMPTY = frozenset({Role.FILLER, Role.LINK, Role.GREETING})


@dataclass(slots=True)
class Chunk:
    """`lead` is what stood before it; `loose` are common words that were left out."""

    lead: str
    items: list[Item] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    condition: tuple[Item, ...] = ()
    condition_kind: str = ""


def chunks(items: Sequence[Item]) -> list[Chunk]:
    """The chunks that say something. A condition that stands alone is a chunk without items."""
    found = [_conditioned(chunk) for chunk in _cut(items) if chunk.lead != "because"]
    return [chunk for chunk in found if not _only_pressure(chunk)]


def _cut(items: Sequence[Item]) -> list[Chunk]:
    found = [Chunk("")]
    for item in items:
        lead = _lead(item)
        if lead:
            _begin(found, lead)
        elif not (item.senses.keys() <= _EMPTY or item.has(Role.COLON)):
            found[-1].items.append(item)
        elif item.has(Role.FILLER, "common"):
            found[-1].loose.append(item.text)
    return [chunk for chunk in found if chunk.items]


def _begin(found: list[Chunk], lead: str) -> None:
    """A new chunk, or a stronger lead for one that is still empty."""
    last = found[-1]
    if last.items:
        found.append(Chunk(lead))
        return
    last.loose.clear()
    if len(found) > 1 or lead == "correction":
        last.lead = max(last.lead, lead, key=_ORDER.index)


def _lead(item: Item) -> str:
    for role, lead in _CUTS:
        if item.has(role):
            return "semicolon" if item.sense(role) == ";" else lead
    sense = item.sense(Role.CONNECT)
    return sense if sense in _ORDER and not item.has(Role.TIME) else ""


def _only_pressure(chunk: Chunk) -> bool:
    """Nothing but a claim that the rules do not hold: "the usual limits are off today"."""
    if not any(item.has(Role.OVERRIDE) for item in chunk.items):
        return False
    rest = [item for item in chunk.items if not item.has(Role.OVERRIDE)]
    return not any(item.senses.keys() & {Role.VERB, Role.APP} for item in rest)


def _conditioned(chunk: Chunk) -> Chunk:
    """The chunk with its condition apart."""
    items = chunk.items
    at = next((place for place, item in enumerate(items) if item.has(Role.CONDITION)), -1)
    if at < 0 or any(item.has(Role.ASK, "hypo", "howto", "why") for item in items[:at]):
        return chunk
    kind = items[at].sense(Role.CONDITION)
    before, after = items[:at], items[at + 1 :]
    if _no_condition(kind, before, after):
        once = [items[at]] if items[at].has(Role.JOB) else []
        return Chunk(chunk.lead, [*before, *once, *after], chunk.loose)
    if any(not item.has(Role.NOT) for item in before):
        return Chunk(chunk.lead, before, chunk.loose, tuple(after), kind)
    turn = _main_verb(after)
    rest, condition = (after[turn:], after[:turn]) if turn else ([], after)
    return Chunk(chunk.lead, rest, chunk.loose, tuple(condition), kind)


def _no_condition(kind: str, before: Sequence[Item], after: Sequence[Item]) -> bool:
    """A question ("check if web is up") or a time ("after 5 minutes")."""
    if kind == "when":
        return not any(item.senses.keys() & {Role.STATE, Role.VERB, Role.APP} for item in after)
    return any(item.has(Role.VERB, *LOOKING) for item in before)


def _main_verb(items: Sequence[Item]) -> int:
    """Where an order begins inside "if shop has failed start it again"; 0 where it does not."""
    stated = False
    for place, item in enumerate(items):
        stated = stated or item.has(Role.STATE) or item.has(Role.COUNT)
        if stated and place and item.has(Role.VERB) and item.form == "base" and not item.has(Role.STATE):
            return place
    return 0
