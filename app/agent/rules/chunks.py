"""Items into chunks, cut at full stops, commas, "and" and "then"; conditions and explanations are taken out here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.agent.rules.senses import Item, Role

LOOKING = frozenset({"show", "check", "find", "explain", "analyze", "say", "list", "describe", "help", "tail"})
"""Verbs that a question may follow: "check if web is up", "tell me why"."""
_ORDER = ("", "break", "and", "but", "because", "then", "end", "semicolon", "shell", "correction")
_CUTS = ((Role.END, "end"), (Role.SHELL, "shell"), (Role.BREAK, "break"), (Role.CORRECTION, "correction"))
_DENIED_FIRST = 3
_EMPTY = frozenset({Role.FILLER, Role.LINK, Role.GREETING})


@dataclass(slots=True)
class Chunk:
    """`lead` is what stood before it; `loose` are common words that were left out."""

    lead: str
    items: list[Item] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    condition: tuple[Item, ...] = ()
    condition_kind: str = ""
    asked: bool = False
    """Ends with a question mark."""
    denied: bool = False
    """Says only what is not wanted."""


def chunks(items: Sequence[Item]) -> list[Chunk]:
    """The chunks that say something. A condition that stands alone is a chunk without items."""
    cut = _cut(_spared(items))
    for place, chunk in enumerate(cut):
        if chunk.lead == "because" and place and _is_aim(chunk, cut[place - 1]):
            chunk.lead = "and"
        if place + 1 < len(cut) and _is_inverted(chunk) and cut[place + 1].lead == "break":
            chunk.items[:] = [chunk.items[0].only(Role.CONDITION, "if"), *chunk.items[1:]]
    found = [_conditioned(part) for chunk in cut if chunk.lead != "because" for part in _instead(chunk)]
    return [chunk for chunk in found if not _only_pressure(chunk)]


def _cut(items: Sequence[Item]) -> list[Chunk]:
    found = [Chunk("")]
    for place, item in enumerate(items):
        lead = _lead(item)
        if item.has(Role.END) and "?" in item.text.replace("？", "?"):
            found[-1].asked = bool(found[-1].items)
        if lead or (item.has(Role.COLON) and _introduces(items, place, found[-1].items)):
            _begin(found, lead or "end")
        elif not (item.senses.keys() <= _EMPTY or item.has(Role.COLON) or _relates(items, place)):
            found[-1].items.append(item)
        elif item.has(Role.FILLER, "common"):
            found[-1].loose.append(item.text)
    return [chunk for chunk in found if chunk.items]


def _spared(items: Sequence[Item]) -> list[Item]:
    """ "all apps but web" spares web: there "but" begins no clause of its own."""
    found = list(items)
    for place, item in enumerate(found[:-1]):
        if not item.has(Role.CONNECT, "but") or not found[place + 1].has(Role.APP):
            continue
        start = next((at + 1 for at in range(place - 1, -1, -1) if _lead(found[at])), 0)
        rest = found[place + 1 :]
        end = next((at for at, other in enumerate(rest) if other.has(Role.VERB) and not other.has(Role.APP)), len(rest))
        ended = any(_lead(other) == "end" for other in rest[:end]) or end == len(rest)
        if any(other.has(Role.ALL) for other in found[start:place]) and ended:
            found[place] = item.only(Role.EXCEPT, "except")
    return found


def _is_aim(chunk: Chunk, before: Chunk) -> bool:
    """ "adjust web so that six copies run": the value stands in the reason."""
    counted = any(item.has(Role.COUNT) for item in chunk.items)
    return counted and not any(item.has(Role.COUNT) for item in before.items)


def _is_inverted(chunk: Chunk) -> bool:
    """ "should web fail, ..." is a condition."""
    asked = len(chunk.items) > 2 and chunk.items[0].has(Role.AUX, "should") and chunk.items[0].text.lower() == "should"
    return asked and bool(chunk.items[1].senses.keys() & {Role.APP, Role.PRONOUN})


def _instead(chunk: Chunk) -> list[Chunk]:
    """ "instead of deleting it stop it": what is not wanted, and what is."""
    items = chunk.items
    if len(items) < _DENIED_FIRST or not items[0].has(Role.NOT, "instead") or items[1].form != "ing":
        return [chunk]
    for place, item in enumerate(items[2:], start=2):
        if item.has(Role.VERB) and item.form == "base" and not item.has(Role.APP):
            unwanted = Chunk(chunk.lead, items[:place], chunk.loose, denied=True)
            return [unwanted, Chunk("then", items[place:])]
    return [chunk]


def _relates(items: Sequence[Item], place: int) -> bool:
    """The "that" of "pods that are down"."""
    if not 0 < place < len(items) - 1 or items[place].text.lower() != "that":
        return False
    told = items[place + 1].senses.keys() & {Role.AUX, Role.VERB}
    return items[place - 1].has(Role.NOUN, "apps", "app") and bool(told)


def _introduces(items: Sequence[Item], colon: int, before: Sequence[Item]) -> bool:
    """Whether what stands before a colon only tells why: "sale today: web to 5"."""
    told = any(item.has(Role.AUX) for item in before)
    return told and colon + 1 < len(items) and items[colon + 1].has(Role.APP)


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
    if chunk.denied or at < 0 or any(item.has(Role.ASK, "hypo", "howto", "why") for item in items[:at]):
        return chunk
    kind = items[at].sense(Role.CONDITION)
    before, after = items[:at], items[at + 1 :]
    if kind == "ifpost":
        return Chunk(chunk.lead, after, chunk.loose, tuple(before), "if") if before else replace(chunk, items=after)
    if _no_condition(kind, before, after):
        once = [items[at]] if items[at].has(Role.JOB) else []
        return Chunk(chunk.lead, [*before, *once, *after], chunk.loose)
    if any(not item.has(Role.NOT) for item in before):
        return Chunk(chunk.lead, before, chunk.loose, tuple(after), kind)
    turn = _main_verb(after)
    rest, condition = (after[turn:], after[:turn]) if turn else ([], after)
    return Chunk(chunk.lead, rest, chunk.loose, tuple(condition), kind)


def _happens(item: Item) -> bool:
    return item.has(Role.PROBLEM) or (item.has(Role.VERB) and item.form in ("s", "ed"))


def _no_condition(kind: str, before: Sequence[Item], after: Sequence[Item]) -> bool:
    """A question ("check if web is up") or a time ("after 5 minutes")."""
    if kind in ("when", "before", "after"):
        return not any(item.senses.keys() & {Role.STATE, Role.VERB, Role.APP} for item in after)
    return any(item.has(Role.VERB, *LOOKING) for item in before)


def _main_verb(items: Sequence[Item]) -> int:
    """Where an order begins inside "if shop has failed start it again"; 0 where it does not."""
    stated = bool(items) and items[0].has(Role.VERB) and items[0].form == "ing"
    for place, item in enumerate(items):
        stated = stated or item.has(Role.STATE) or item.has(Role.COUNT) or _happens(item)
        if stated and place and item.has(Role.VERB) and item.form == "base" and not item.has(Role.STATE):
            return place
    return 0
