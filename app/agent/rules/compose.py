"""The steps of all clauses as one reading: calls in order, deletions in one call, and at most one thing to say."""

from __future__ import annotations

from collections.abc import Sequence

from app.agent.rules.reading import Outcome, Reading, Wish
from app.agent.rules.replies import msg, words
from app.agent.rules.steps import Step

MOST_DELETED = 200
"""Apps in one call, as the tool takes them."""
_LOOKS = frozenset({"status", "logs", "describe", "events", "list", "analyze", "metrics", "history", "diff"})


def compose(steps: Sequence[Step], language: str) -> Reading:
    """One reading. Where a step asks or refuses, the calls after it that touch the same apps are left out."""
    wishes: list[Wish] = []
    spoken: Step | None = None
    blocked: set[str] = set()
    notes: list[str] = []
    for step in steps:
        if wishes and step.outcome is not None and _aside(step):
            notes.append(words(msg("not_understood_part_of"), language))
            continue
        if step.outcome is not None:
            blocked.update(step.apps)
            if spoken is None or (spoken.outcome is Outcome.ANSWER and step.outcome is not Outcome.ANSWER):
                spoken = step
            continue
        if blocked & set(step.apps) and step.outcome is None and spoken and spoken.outcome is not Outcome.ANSWER:
            continue
        wishes.extend(wish for wish in step.wishes if wish not in wishes or wish.tool not in _LOOKS)
        if step.wishes and step.say is not None:
            notes.append(words(step.say, language))
    if not wishes and spoken is None:
        spoken = _nothing(steps)
    if wishes and spoken is not None and spoken.outcome is Outcome.ANSWER:
        spoken = None
    return _reading(_one_delete(wishes), spoken, notes, steps, language)


def _aside(step: Step) -> bool:
    """A look at something unknown, after something was understood: said, but no reason to refuse."""
    return step.reason == "not_found" and step.rule.partition(".")[0] in _LOOKS


def _reading(
    wishes: Sequence[Wish], spoken: Step | None, notes: Sequence[str], steps: Sequence[Step], language: str
) -> Reading:
    leading = spoken or next((step for step in steps if step.wishes), steps[0])
    say = [*notes, *([words(spoken.say, language)] if spoken is not None and spoken.say is not None else [])]
    return Reading(
        wishes=tuple(wishes),
        say=" ".join(say),
        outcome=spoken.outcome if spoken else None,
        about=spoken.about if spoken else "",
        reason=spoken.reason if spoken else "",
        candidates=spoken.candidates if spoken else (),
        confidence=min((step.confidence for step in steps if step.wishes or step is spoken), default=0.2),
        rule=leading.rule,
    )


def _nothing(steps: Sequence[Step]) -> Step:
    """No call and nothing said: the words were not understood."""
    about_app = any(step.apps for step in steps)
    outcome = Outcome.CLARIFY if about_app else Outcome.ANSWER
    return Step(say=msg("not_understood"), outcome=outcome, about="intent", rule="unknown", confidence=0.2)


def _one_delete(wishes: Sequence[Wish]) -> list[Wish]:
    """All deletions of a turn as one call where the first stood, so that one question names them all."""
    gone = [wish for wish in wishes if wish.tool == "delete"]
    if not gone:
        return list(wishes)
    apps = list(dict.fromkeys(app for wish in gone for app in wish.arguments["apps"]))
    filtered = any(wish.by_filter for wish in gone)
    parts = [
        Wish("delete", {"apps": apps[at : at + MOST_DELETED]}, "delete", filtered)
        for at in range(0, len(apps), MOST_DELETED)
    ]
    first = next(place for place, wish in enumerate(wishes) if wish.tool == "delete")
    rest = [wish for wish in wishes[first:] if wish.tool != "delete"]
    return [*wishes[:first], *parts, *rest]
