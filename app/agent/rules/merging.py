"""Clauses that belong together: corrections, ellipses, and values that are said after a deploy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.agent.rules.clause import Clause, Mood
from app.agent.rules.grammar import intent_of
from app.agent.rules.overlay import laid_over
from app.agent.rules.senses import Item, Role

_SLOT_INTENTS = frozenset({"set_env", "set_resources", "expose", "set_config", "vague", "autoscale", "statement"})
_DEPLOY_SLOTS = (
    Role.ENV,
    Role.MEMORY,
    Role.CPU,
    Role.GPU,
    Role.PORT,
    Role.NAME,
    Role.PATH,
    Role.VOLUME,
    Role.ARGUMENTS,
    Role.LABEL,
)


def merged(found: Sequence[Clause]) -> list[Clause]:
    """The clauses, each complete in itself."""
    done: list[Clause] = []
    for clause in map(without_pressure, found):
        before = done[-1] if done else None
        if before is None:
            done.append(clause)
        elif clause.mood is Mood.HAPPENED and (told := _complaint(done)) is not None:
            done.append(replace(clause, mood=Mood.WHY, items=(*clause.items, *_spoken_of(told))))
        elif clause.verb == "use" and clause.any(Role.IMAGE) and not clause.any(Role.APP) and _makes(before):
            done[-1] = laid_over(before, clause)
        elif clause.lead == "correction":
            done[-1] = laid_over(before, clause) if _piece(clause) or _remade(clause) else clause
        elif before.verb == "exec" and (clause.verb in ("run", "exec") or clause.items[0].has(Role.VERB, "run")):
            continue
        elif clause.mood is Mood.WHY and before.mood is Mood.QUESTION and not clause.any_of(Role.APP, Role.PRONOUN):
            done[-1] = replace(before, mood=Mood.WHY)
        elif _belongs(clause, before):
            done[-1] = replace(before, items=(*before.items, *clause.items))
        elif _piece(clause) and _elided(clause, before):
            done.append(laid_over(before, clause))
        else:
            done.append(clause)
    return done


def _complaint(done: Sequence[Clause]) -> Clause | None:
    """The latest thing that was told to be wrong."""
    told = (clause for clause in reversed(done) if clause.mood is Mood.STATEMENT)
    return next((clause for clause in told if intent_of(clause) == "analyze"), None)


def _makes(clause: Clause) -> bool:
    return intent_of(clause) == "deploy" and not clause.negated


def _spoken_of(clause: Clause) -> list[Item]:
    return clause.all(Role.APP) or clause.all(Role.PRONOUN)


def without_pressure(clause: Clause) -> Clause:
    """Without the words that claim authority or wave the checks away."""
    if not clause.any(Role.OVERRIDE):
        return clause
    kept = [place for place, item in enumerate(clause.items) if not item.has(Role.OVERRIDE)]
    head = kept.index(clause.head) if clause.head in kept else -1
    return replace(clause, items=tuple(clause.items[place] for place in kept), head=head)


def _piece(clause: Clause) -> bool:
    return clause.mood is Mood.PIECE and not clause.verb


def _remade(clause: Clause) -> bool:
    """As in "no, make it 3"."""
    return clause.verb in ("make", "do", "say") and clause.any(Role.COUNT) and not clause.any_of(Role.APP, Role.NOUN)


def _elided(clause: Clause, before: Clause) -> bool:
    """As in "scale web to 5, api to 3" or "I don't want 5, 2 is enough"."""
    if before.mood is not Mood.ORDER:
        return False
    if intent_of(before) == "expose" and clause.any(Role.APP) and clause.any(Role.PORT):
        return True
    return intent_of(clause) in ("vague", "bare_app", "scale") and clause.any_of(Role.APP, Role.COUNT)


def _belongs(clause: Clause, before: Clause) -> bool:
    """Values said after a deploy, of no app that is there: "put it up. It should have 256 megs"."""
    if intent_of(before) != "deploy" or before.negated or clause.negated or clause.any(Role.APP):
        return False
    if clause.lead == "shell" or (clause.lead == "semicolon" and (clause.verb or clause.any(Role.UNKNOWN))):
        return False
    slots = clause.any_of(*_DEPLOY_SLOTS) or (clause.verb == "expose" and clause.any(Role.COUNT))
    return slots and intent_of(clause) in _SLOT_INTENTS and clause.mood in (Mood.PIECE, Mood.ORDER, Mood.STATEMENT)
