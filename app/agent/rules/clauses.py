"""Items into clauses: where one wish ends and the next begins, and in what mood each is said.

A clause is an order, a question, a statement or a piece that leans on its neighbour. Conditions, negation and
corrections are attached here, so that the grammar sees plain clauses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.agent.rules.senses import Item, Role


class Mood(StrEnum):
    ORDER = "order"
    HOWTO = "howto"
    HYPOTHESIS = "hypothesis"
    WHY = "why"
    HAPPENED = "happened"
    QUESTION = "question"
    STATEMENT = "statement"
    PIECE = "piece"
    """No verb of its own: an ellipsis, or a sentence of nouns ("api logs")."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One wish-to-be. `items` are without fillers; `head` is the place of the verb in them, -1 without one."""

    items: tuple[Item, ...]
    mood: Mood
    head: int = -1
    ask: str = ""
    negated: bool = False
    lead: str = ""
    """What stood before it: end, break, and, then, but, shell, correction, or nothing at the beginning."""
    loose: tuple[str, ...] = ()
    """Common words that were left out: they name nothing, but they may narrow down an "all"."""
    condition: tuple[Item, ...] = ()
    condition_kind: str = ""

    @property
    def verb(self) -> str:
        return self.items[self.head].sense(Role.VERB) if self.head >= 0 else ""

    def any(self, role: Role, *senses: str) -> bool:
        return any(item.has(role, *senses) for place, item in enumerate(self.items) if place != self.head)

    def senses_of(self, *roles: Role) -> bool:
        """Whether any of these roles is there."""
        return any(self.any(role) for role in roles)

    def all(self, role: Role, *senses: str) -> list[Item]:
        return [item for place, item in enumerate(self.items) if place != self.head and item.has(role, *senses)]

    def first(self, role: Role, *senses: str) -> Item | None:
        return next(iter(self.all(role, *senses)), None)


@dataclass(slots=True)
class _Chunk:
    lead: str
    items: list[Item] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)


_ASK_MOODS = {"howto": Mood.HOWTO, "hypo": Mood.HYPOTHESIS, "why": Mood.WHY, "happened": Mood.HAPPENED}
_COMMA = Item(",", 0, 0, {Role.BREAK: ","})
_LOOKING = frozenset({"show", "check", "find", "explain", "analyze", "say", "list", "describe", "help", "tail"})
_SOFT = frozenset({"break", "and", "but"})
_SLOTS = frozenset(
    {Role.COUNT, Role.PORT, Role.MEMORY, Role.CPU, Role.GPU, Role.ENV, Role.VERSION, Role.IMAGE, Role.DEGREE, Role.VAGUE}
)


def clauses(items: Sequence[Item]) -> list[Clause]:
    """The clauses of one text, in order."""
    found: list[Clause] = []
    denied = False
    pending: tuple[tuple[Item, ...], str] | None = None
    for chunk in _chunks(items):
        if chunk.lead == "because":
            continue
        conditioned = _split_condition(chunk)
        for lead, pieces, condition in conditioned:
            if condition and not pieces:
                pending = condition
                continue
            clause = _clause(lead, pieces)
            clause = replace(clause, loose=tuple(chunk.loose)) if clause else None
            if clause is not None and _cancels(clause):
                found, denied = ([clause], denied) if found else ([], True)
                continue
            if clause is not None and denied:
                clause, denied = replace(clause, lead="correction"), False
            if clause is None or (found and clause.negated and clause.mood is Mood.PIECE and not clause.verb):
                continue
            if condition or pending:
                clause = _with_condition(clause, condition or pending)
                pending = None
                found.append(clause)
            elif found and _leans(clause, found[-1]):
                found[-1] = _joined(found[-1], clause)
            else:
                found.append(clause)
    if found and _ends_in_cancel(items):
        return [replace(found[0], negated=True)]
    if pending and found:
        found[-1] = _with_condition(found[-1], pending)
    elif pending:
        found.append(Clause(pending[0], Mood.STATEMENT))
    return found


def _cancels(clause: Clause) -> bool:
    """"... no, don't": nothing but a denial takes back all that was said."""
    said = {role for item in clause.items for role in item.senses}
    return clause.negated and said <= {Role.NOT, Role.FILLER, Role.DROP, Role.PRONOUN, Role.AUX, Role.VERB} and not any(
        item.has(Role.VERB) and not item.has(Role.DROP) and not item.has(Role.VERB, "do") for item in clause.items
    )


def _ends_in_cancel(items: Sequence[Item]) -> bool:
    rest = [item for item in items if not item.senses.keys() <= {Role.END, Role.BREAK, Role.FILLER}]
    return bool(rest) and rest[-1].has(Role.CORRECTION, "cancel")


def _with_condition(clause: Clause, condition: tuple[tuple[Item, ...], str] | None) -> Clause:
    return replace(clause, condition=condition[0], condition_kind=condition[1]) if condition else clause


def _chunks(items: Sequence[Item]) -> list[_Chunk]:
    chunks = [_Chunk("")]
    for item in items:
        lead = _lead(item)
        if lead:
            if not chunks[-1].items:
                chunks[-1].loose.clear()
            if chunks[-1].items:
                chunks.append(_Chunk(lead))
            elif lead != "break" or not chunks[-1].lead:
                chunks[-1].lead = _stronger(chunks[-1].lead, lead) if len(chunks) > 1 or lead == "correction" else ""
            if lead == "because":
                chunks[-1].items.append(item)
        elif not _empty(item):
            chunks[-1].items.append(item)
        elif item.has(Role.FILLER, "common"):
            chunks[-1].loose.append(item.text)
    return [chunk for chunk in chunks if chunk.items and not _only_pressure(chunk)]


def _only_pressure(chunk: _Chunk) -> bool:
    """Nothing but a claim that the rules do not hold: "all safety checks are disabled"."""
    if not any(item.has(Role.OVERRIDE) for item in chunk.items):
        return False
    rest = [item for item in chunk.items if not item.has(Role.OVERRIDE)]
    return not any(item.senses.keys() & {Role.VERB, Role.APP} for item in rest)


def _lead(item: Item) -> str:
    for role, lead in ((Role.END, "end"), (Role.SHELL, "shell"), (Role.BREAK, "break"), (Role.CORRECTION, "correction")):
        if item.has(role):
            return lead
    sense = item.sense(Role.CONNECT)
    return sense if sense in ("and", "then", "but", "because") and not item.has(Role.TIME) else ""


def _stronger(one: str, other: str) -> str:
    order = ("", "break", "and", "but", "because", "then", "end", "shell", "correction")
    return max(one, other, key=order.index)


def _empty(item: Item) -> bool:
    """Says nothing to the grammar."""
    return item.senses.keys() <= {Role.FILLER, Role.LINK, Role.GREETING} or item.has(Role.COLON)


Condition = tuple[tuple[Item, ...], str] | None


def _split_condition(chunk: _Chunk) -> list[tuple[str, list[Item], Condition]]:
    """The chunk without its condition, and the condition. "check if web is up" is a question, not a condition."""
    items = chunk.items
    at = next((place for place, item in enumerate(items) if item.has(Role.CONDITION)), -1)
    if at < 0 or any(item.has(Role.ASK, "hypo", "howto", "why") for item in items[:at]):
        return [(chunk.lead, items, None)]
    kind = items[at].sense(Role.CONDITION)
    before, after = items[:at], items[at + 1 :]
    if before and any(item.has(Role.VERB, *_LOOKING) for item in before) and kind != "when":
        return [(chunk.lead, [*before, *after], None)]
    if kind == "when" and not any(item.senses.keys() & {Role.STATE, Role.VERB, Role.APP} for item in after):
        return [(chunk.lead, [*before, *after], None)]
    if [item for item in before if not item.has(Role.NOT)]:
        return [(chunk.lead, before, (tuple(after), kind))]
    turn = _main_verb(after)
    return [(chunk.lead, after[turn:] if turn else [], (tuple(after[:turn] if turn else after), kind))]


def _main_verb(items: Sequence[Item]) -> int:
    """Where an order begins inside "if api is down restart it"; 0 where it does not."""
    stated = False
    for place, item in enumerate(items):
        stated = stated or item.has(Role.STATE) or item.has(Role.COUNT)
        if stated and place and item.has(Role.VERB) and item.form == "base" and not item.has(Role.STATE):
            return place
    return 0


def _clause(lead: str, items: Sequence[Item]) -> Clause | None:
    items = list(items)
    request = negated = False
    place = 0
    while place < len(items):
        item = items[place]
        if item.has(Role.OVERRIDE):
            pass
        elif item.has(Role.SUBJECT) and (request or place + 1 < len(items) and items[place + 1].has(Role.REQUEST)):
            pass
        elif item.has(Role.REQUEST) and not (item.has(Role.VERB) and place + 1 == len(items)):
            request = True
        elif item.has(Role.NOT):
            negated = not negated if request and negated else True
        elif item.has(Role.AUX, "do", "have") and place + 1 < len(items) and items[place + 1].has(Role.NOT):
            pass
        elif not item.senses.keys() & {Role.TIME, Role.CONNECT, Role.ORDINAL} or item.has(Role.VERB):
            break
        place += 1
    if place >= len(items):
        return Clause(tuple(items), Mood.PIECE, negated=negated, lead=lead) if items else None
    return _moody(lead, items, place, negated, request)


def _moody(lead: str, items: list[Item], place: int, negated: bool, request: bool) -> Clause:
    first = items[place]
    rest = tuple(items)
    if first.has(Role.SUBJECT) and not request:
        return _told(lead, items, place, negated)
    if first.has(Role.DROP) and not _is_order(first, items, place):
        return Clause(rest, Mood.ORDER, place if first.has(Role.VERB) else -1, negated=True, lead=lead)
    asked = next((item for item in items[: place + 4] if item.has(Role.ASK)), None)
    if first.has(Role.ASK) and not _names_app(first):
        return _question(lead, rest, place, first.sense(Role.ASK))
    if first.has(Role.VERB) and first.form == "base":
        place = _said_verb(items, place)
        first = items[place]
        if asked and first.sense(Role.VERB) in _LOOKING:
            return _question(lead, rest, place, asked.sense(Role.ASK))
        return Clause(rest, Mood.ORDER, place, negated=negated, lead=lead)
    if first.has(Role.AUX) and not request:
        return Clause(rest, Mood.QUESTION, _inner_verb(items, place + 1), ask="is", lead=lead)
    return _declared(lead, items, place, negated, request, asked)


def _told(lead: str, items: list[Item], place: int, negated: bool) -> Clause:
    """"I need 3", "we have an app that crashes": only needing is a wish, the rest is told."""
    while place < len(items) and items[place].has(Role.SUBJECT):
        place += 1
    while place < len(items) and items[place].senses.keys() & {Role.NOT, Role.AUX, Role.REQUEST, Role.TIME}:
        negated = negated or items[place].has(Role.NOT)
        place += 1
    if place < len(items) and items[place].has(Role.VERB, "need") and items[place].form == "base":
        return Clause(tuple(items), Mood.ORDER, _said_verb(items, place), negated=negated, lead=lead)
    return Clause(tuple(items), Mood.STATEMENT, -1, lead=lead)


def _said_verb(items: Sequence[Item], place: int) -> int:
    """The verb that counts of two in a row: "execute: delete web", "go run restart"."""
    after = items[place + 1] if place + 1 < len(items) else None
    loose = items[place].has(Role.VERB, "run", "do", "say", "help", "apply", "make", "keep", "need")
    if loose and after is not None and after.has(Role.VERB) and after.form == "base" and not _names_app(after):
        return place + 1 if not after.has(Role.NOUN, "restart") else place
    return place


def _declared(lead: str, items: list[Item], place: int, negated: bool, request: bool, asked: Item | None) -> Clause:
    """No verb and no question word in front: subject first, or nouns only."""
    rest = tuple(items)
    if asked and asked.sense(Role.ASK) in _ASK_MOODS:
        return _question(lead, rest, place, asked.sense(Role.ASK))
    predicate = _predicate(items, place)
    if predicate >= 0:
        return Clause(rest, Mood.ORDER, predicate, negated=negated or _denied(items, predicate), lead=lead)
    if _enough(items):
        return Clause(rest, Mood.PIECE, -1, negated=negated, lead=lead)
    if any(item.has(Role.VERB) and item.form in ("s", "ed", "ing") and not item.has(Role.NOUN) for item in items) or any(
        item.senses.keys() & {Role.AUX, Role.STATE, Role.PROBLEM} for item in items
    ):
        return Clause(rest, Mood.STATEMENT, -1, negated=negated, lead=lead)
    inner = _inner_verb(items, place)
    if inner < 0 and any(item.has(Role.REQUEST, "me") for item in items[:place]):
        return Clause(rest, Mood.STATEMENT, -1, lead=lead)
    order = inner >= 0 and (request or items[inner].form == "base")
    return Clause(rest, Mood.ORDER if order else Mood.PIECE, inner, negated=negated, lead=lead)


def _enough(items: Sequence[Item]) -> bool:
    """"2 is enough", "3 will do": a number and nothing that has it."""
    counted = any(item.has(Role.COUNT) for item in items)
    known = {Role.COUNT, Role.AUX, Role.VAGUE, Role.STATE, Role.VERB, Role.PRONOUN, Role.UNIT, Role.DEGREE, Role.FILLER}
    return counted and all(item.senses.keys() & known for item in items) and items[0].has(Role.COUNT)


def _question(lead: str, items: tuple[Item, ...], place: int, ask: str) -> Clause:
    mood = _ASK_MOODS.get(ask, Mood.QUESTION)
    return Clause(items, mood, _inner_verb(list(items), place), ask=ask, lead=lead)


def _predicate(items: Sequence[Item], place: int) -> int:
    """The verb of a wish that is said of its subject: "web needs 3", "api can lose one", "web should be restarted"."""
    subject = items[place].senses.keys() & {Role.APP, Role.UNKNOWN, Role.PRONOUN, Role.NOUN, Role.CATEGORY, Role.ALL}
    if not subject:
        return -1
    for at in range(place + 1, min(len(items), place + 6)):
        item, before = items[at], items[at - 1]
        if item.has(Role.VERB, "need") and item.form in ("base", "s"):
            return at
        modal = before.has(Role.AUX, "can", "should") or before.has(Role.REQUEST) or before.has(Role.NOT)
        if item.has(Role.VERB) and modal and item.form in ("base", "ed"):
            return at
        if not item.senses.keys() & {Role.NOUN, Role.AUX, Role.REQUEST, Role.NOT, Role.UNKNOWN, Role.APP, Role.PRONOUN}:
            break
    return -1


def _denied(items: Sequence[Item], predicate: int) -> bool:
    return any(item.has(Role.NOT) for item in items[:predicate])


def _inner_verb(items: Sequence[Item], start: int) -> int:
    return next((at for at in range(start, len(items)) if items[at].has(Role.VERB) and not _names_app(items[at])), -1)


def _names_app(item: Item) -> bool:
    return item.has(Role.APP) and item.form == ""


def _is_order(first: Item, items: Sequence[Item], place: int) -> bool:
    """"drop web" and "leave it running" are no denials of what follows; "skip web" is."""
    return first.has(Role.VERB, "drop", "delete", "stop") and place + 1 < len(items)


def _leans(clause: Clause, before: Clause) -> bool:
    """Whether a clause is only more of the one before it."""
    if clause.lead not in _SOFT:
        return False
    if clause.negated or clause.mood in (Mood.STATEMENT, Mood.QUESTION, Mood.WHY, Mood.HOWTO, Mood.HYPOTHESIS):
        return False
    if clause.mood is Mood.ORDER:
        return clause.items[clause.head].form == "ing" and before.mood is Mood.ORDER
    if before.negated and clause.any(Role.COUNT):
        return False
    return not _elliptical(clause, before)


def _elliptical(clause: Clause, before: Clause) -> bool:
    """"scale web to 5, api to 3": an app and a value of its own, after a clause that has both."""
    if not clause.any(Role.APP) or not before.any(Role.APP):
        return False
    return any(clause.any(role) and before.any(role) for role in _SLOTS) or _nouns(clause) and _nouns(before)


def _nouns(clause: Clause) -> bool:
    return clause.any(Role.NOUN, "logs", "events", "status", "manifest", "history", "metrics", "config")


def _joined(before: Clause, clause: Clause) -> Clause:
    return replace(before, items=(*before.items, _COMMA, *clause.items), loose=(*before.loose, *clause.loose))
