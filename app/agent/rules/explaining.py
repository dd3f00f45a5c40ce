"""How a reading came about, for `kubelite ask --explain`: the same stages as `read`, with what each of them saw.

Nothing is decided here: the reading itself is the one that `read` makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from app.agent.rules.canonical import canonical
from app.agent.rules.clause import Clause
from app.agent.rules.compose import compose
from app.agent.rules.context import focus_of
from app.agent.rules.filters import Focus
from app.agent.rules.grammar import candidates_of
from app.agent.rules.lexicon import lexicon
from app.agent.rules.names import AppIndex
from app.agent.rules.plan import steps_for
from app.agent.rules.reader import MAX_TOKENS, clauses_of, items_of, language_of, read
from app.agent.rules.reading import Reading, World
from app.agent.rules.segments import spaced
from app.agent.rules.senses import Item, Role
from app.agent.rules.text import MAX_CHARS, split_message
from app.agent.rules.tokens import Token, tokenize

_MOST_CANDIDATES = 6
"""Candidates that are shown of one clause."""
_DULL = frozenset({Role.BREAK, Role.END, Role.COLON, Role.FILLER})


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that a clause can mean. `because` is the object of the rule's row; `score` is 0 to 1."""

    intent: str
    because: str
    score: float
    rule: str
    won: bool = False


@dataclass(frozen=True, slots=True)
class Clausal:
    """A clause as it was understood."""

    text: str
    mood: str
    verb: str
    negated: bool
    condition: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Every stage of one reading. `entities` are (text, meaning)."""

    language: str
    tokens: tuple[tuple[str, str], ...]
    entities: tuple[tuple[str, str], ...]
    clauses: tuple[Clausal, ...]
    reading: Reading = field(default_factory=Reading)

    def as_json(self) -> dict[str, Any]:
        """Plain values, with the canonical actions beside the reading's own words."""
        found = {name: value for name, value in asdict(self).items() if name != "reading"}
        reading = self.reading
        return {
            **found,
            "rule": reading.rule,
            "score": round(reading.confidence, 2),
            "actions": canonical(reading),
            "say": reading.say,
        }


def explain(text: str, world: World) -> Explanation:
    """`text` through all stages, in `world`; changes nothing. Never raises for any text."""
    reading = read(text, world)
    prose = spaced(split_message(text[:MAX_CHARS]).prose)
    index = AppIndex(world.apps, world.objects)
    code = language_of(prose, index)
    tokens = tokenize(prose, lexicon(code).contractions, most=MAX_TOKENS)[:MAX_TOKENS]
    items = items_of(prose, tokens, code, index)
    focus = focus_of(world, index)
    clauses = tuple(_clausal(clause, index, focus, world) for clause in clauses_of(prose, world))
    return Explanation(code, tuple(map(_token, tokens)), tuple(map(_entity, _telling(items))), clauses, reading)


def lines(found: Explanation) -> Iterator[str]:
    """The explanation for a terminal."""
    yield f"language  {found.language}"
    yield f"tokens    {'  '.join(f'{text}[{shape}]' for text, shape in found.tokens) or '-'}"
    yield "entities"
    yield from (f"  {text!r}: {meaning}" for text, meaning in found.entities)
    for number, clause in enumerate(found.clauses, start=1):
        yield f"clause {number}  {clause.text!r}"
        said = [clause.mood, f"verb {clause.verb or '-'}", *(["negated"] if clause.negated else [])]
        yield f"  {', '.join(said)}{f', only where {clause.condition!r}' if clause.condition else ''}"
        for one in clause.candidates:
            mark = ">" if one.won else " "
            yield f"  {mark} {one.score:.2f}  {one.intent} (by {one.because}): {one.rule}"
    yield f"rule      {found.reading.rule or '-'}"
    yield f"score     {found.reading.confidence:.2f}"
    yield from (f"action    {action}" for action in canonical(found.reading))
    if found.reading.say:
        yield f"says      {found.reading.say}"


def _clausal(clause: Clause, index: AppIndex, focus: Focus, world: World) -> Clausal:
    made = []
    for place, (because, intent) in enumerate(candidates_of(clause)[:_MOST_CANDIDATES]):
        read_so = compose(steps_for(clause, intent, index, focus, world.tools), "en")
        made.append(Candidate(intent, because, round(read_so.confidence, 2), read_so.rule, won=place == 0))
    return Clausal(
        _said(clause.items), clause.mood.value, clause.verb, clause.negated, _said(clause.condition), tuple(made)
    )


def _said(items: Sequence[Item]) -> str:
    return " ".join(item.text for item in items)


def _telling(items: Sequence[Item]) -> list[Item]:
    return [item for item in items if not item.senses.keys() <= _DULL]


def _token(token: Token) -> tuple[str, str]:
    return token.text, token.shape.value


def _entity(item: Item) -> tuple[str, str]:
    senses = [f"{role.value} {sense}".strip() for role, sense in item.senses.items() if role is not Role.FILLER]
    value = f" = {item.value}" if item.value is not None else ""
    return item.text, f"{', '.join(senses)}{value}"
