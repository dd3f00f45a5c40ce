"""Chunks into clauses: where one wish ends and the next begins, and what a chunk adds to the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.agent.rules.chunks import Chunk, chunks
from app.agent.rules.clause import Clause, Mood
from app.agent.rules.moods import clause_of
from app.agent.rules.postpositions import LAST
from app.agent.rules.senses import Item, Role

MOST = 60
"""Clauses of one message; more is prose, and nothing after them is read as a wish."""
_LONGEST = 150
"""Items of a clause that still takes more; room for a list of some fifty apps."""
_COMMA = Item(",", 0, 0, {Role.BREAK: ","})
_SOFT = frozenset({"break", "and", "but"})
_OWN = frozenset({Mood.STATEMENT, Mood.QUESTION, Mood.WHY, Mood.HOWTO, Mood.HYPOTHESIS, Mood.HAPPENED})
_VALUES = (
    Role.COUNT,
    Role.PORT,
    Role.MEMORY,
    Role.CPU,
    Role.GPU,
    Role.ENV,
    Role.VERSION,
    Role.IMAGE,
    Role.DEGREE,
    Role.VAGUE,
)
_NOUNS = ("logs", "events", "status", "manifest", "history", "metrics", "config")
_SPARED = frozenset({Role.NOT, Role.FILLER, Role.APP, Role.PRODUCT, Role.CATEGORY})
_DENIALS = frozenset({Role.NOT, Role.FILLER, Role.DROP, Role.PRONOUN, Role.AUX, Role.VERB})


def clauses(items: Sequence[Item]) -> list[Clause]:
    """The clauses of one text, in order."""
    builder = _Builder()
    for chunk in chunks(items):
        builder.take(chunk)
    if builder.found and _ends_in_cancel(items):
        return [replace(builder.found[0], negated=True)]
    return builder.finished()


class _Builder:
    """Takes chunks one by one and keeps the clauses they make."""

    def __init__(self) -> None:
        self.found: list[Clause] = []
        self._condition: tuple[tuple[Item, ...], str] | None = None
        self._denied = False
        self._spared: Clause | None = None
        self._taken_back: list[Clause] = []

    def take(self, chunk: Chunk) -> None:
        if not chunk.items:
            self._condition = (chunk.condition, chunk.condition_kind)
            return
        clause = replace(clause_of(chunk.lead, chunk.items), loose=tuple(chunk.loose))
        if chunk.asked and _asks(clause):
            clause = replace(clause, mood=Mood.QUESTION, ask="is")
        if chunk.denied:
            self.found.append(replace(clause, negated=True))
            return
        if _cancels(clause):
            self._cancel(clause)
            return
        if not self.found and self._spared is None and _spares(clause):
            self._spared, self._denied = clause, True
            return
        if self._taken_back and _says_value(clause):
            self.found, self._taken_back = self._taken_back, []
            clause = replace(clause, lead="correction")
        if self._denied:
            clause, self._denied = replace(clause, lead="correction"), False
        if self.found and clause.negated and clause.mood is Mood.PIECE and not clause.verb:
            return
        self._add(clause, (chunk.condition, chunk.condition_kind) if chunk.condition else self._condition)

    def finished(self) -> list[Clause]:
        """The clauses; a condition that was said last belongs to the last of them."""
        if not self.found and self._spared is not None:
            return [self._spared]
        if self._condition is None:
            return [one for clause in self.found for one in _in_order(clause)]
        if not self.found:
            return [Clause(self._condition[0], Mood.STATEMENT)]
        found = [*self.found[:-1], _with_condition(self.found[-1], self._condition)]
        return [one for clause in found for one in _in_order(clause)]

    def _add(self, clause: Clause, condition: tuple[tuple[Item, ...], str] | None) -> None:
        if condition is not None:
            self.found.append(_with_condition(clause, condition))
            self._condition = None
        elif self.found and _carries(clause, self.found[-1]):
            before = self.found[-1]
            items = (*before.items, _COMMA, *clause.items)
            self.found[-1] = replace(clause, items=items, head=clause.head + len(before.items) + 1, lead=before.lead)
        elif self.found and _leans(clause, self.found[-1]):
            self.found[-1] = _joined(self.found[-1], clause)
        else:
            self.found.append(clause)

    def _cancel(self, clause: Clause) -> None:
        """In front, "no" makes what follows a correction; at the end it takes everything back."""
        if self.found:
            self._taken_back, self.found = self.found, [clause]
        else:
            self._denied = True


def _carries(clause: Clause, before: Clause) -> bool:
    """Where the verb comes last it ends a list, and its clause is all of that: "redis:7 を2つ、256Mi でデプロイ"."""
    last = clause.head >= 0 and clause.items[clause.head].value == LAST
    bare = before.mood is Mood.PIECE and not before.verb and not before.negated
    return last and bare and clause.lead in _SOFT and not clause.any_of(Role.APP, Role.IMAGE, Role.PRODUCT)


def _asks(clause: Clause) -> bool:
    """Told in its words, asked by its question mark: "web is up?", "everything green?"."""
    stated = clause.any(Role.STATE) and clause.any_of(Role.APP, Role.ALL, Role.PRONOUN)
    return clause.mood in (Mood.STATEMENT, Mood.PIECE) and not clause.verb and stated


def _says_value(clause: Clause) -> bool:
    """Only a value or an app, or "make it 3"."""
    if clause.verb in ("make", "do", "say"):
        return clause.any(Role.COUNT) and not clause.any_of(Role.APP, Role.NOUN)
    return clause.mood is Mood.PIECE and not clause.verb and clause.any_of(*_VALUES, Role.APP)


def _cancels(clause: Clause) -> bool:
    """Nothing but a denial: "... no, don't"."""
    said = {role for item in clause.items for role in item.senses}
    if not clause.negated or not said <= _DENIALS:
        return False
    return all(item.has(Role.DROP) or item.has(Role.VERB, "do") for item in clause.items if item.has(Role.VERB))


def _spares(clause: Clause) -> bool:
    """Only says what is not meant: "not web, api"."""
    said = {role for item in clause.items for role in item.senses}
    return clause.negated and clause.mood is Mood.PIECE and not clause.verb and said <= _SPARED and Role.APP in said


def _ends_in_cancel(items: Sequence[Item]) -> bool:
    rest = next(
        (item for item in reversed(items) if not item.senses.keys() <= {Role.END, Role.BREAK, Role.FILLER}), None
    )
    return rest is not None and rest.has(Role.CORRECTION, "cancel")


def _in_order(clause: Clause) -> list[Clause]:
    """Two orders out of "before restarting web set A=1" and "after updating web show its logs", as they are to come."""
    first = clause.condition[0] if clause.condition else None
    if first is None or clause.condition_kind not in ("before", "after") or clause.mood is not Mood.ORDER:
        return [clause]
    if not first.has(Role.VERB) or first.form != "ing":
        return [clause]
    other = clause_of("then", (replace(first, form="base"), *clause.condition[1:]))
    apps = () if clause.any_of(Role.APP, Role.PRONOUN) else tuple(other.all(Role.APP))
    own = replace(clause, items=(*clause.items, *apps), condition=(), condition_kind="")
    return [other, own] if clause.condition_kind == "after" else [own, replace(other, lead="then")]


def _with_condition(clause: Clause, condition: tuple[tuple[Item, ...], str]) -> Clause:
    return replace(clause, condition=condition[0], condition_kind=condition[1])


def _leans(clause: Clause, before: Clause) -> bool:
    """Whether a clause is only more of the one before it."""
    if clause.lead not in _SOFT or clause.negated or clause.mood in _OWN or len(before.items) > _LONGEST:
        return False
    if before.ask == "define" and not clause.any(Role.APP):
        return True
    if clause.mood is Mood.ORDER:
        return clause.items[clause.head].form == "ing" and before.mood is Mood.ORDER
    if before.negated and clause.any(Role.COUNT):
        return False
    return not _elliptical(clause, before)


def _elliptical(clause: Clause, before: Clause) -> bool:
    """An app and a value of its own, after a clause that has both: "scale web to 5, api to 3"."""
    if not clause.any(Role.APP) or not before.any(Role.APP):
        return False
    both = any(clause.any(role) and before.any(role) for role in _VALUES)
    both = both or (clause.any(Role.VERSION) and before.any(Role.IMAGE))
    return both or (clause.any(Role.NOUN, *_NOUNS) and before.any(Role.NOUN, *_NOUNS))


def _joined(before: Clause, clause: Clause) -> Clause:
    return replace(before, items=(*before.items, _COMMA, *clause.items), loose=(*before.loose, *clause.loose))
