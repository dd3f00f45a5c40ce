"""What one clause comes to: tool calls, or one thing to say. The planner's small alphabet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.agent.rules.reading import Outcome, Wish
from app.agent.rules.replies import Message


@dataclass(frozen=True, slots=True)
class Step:
    """`apps` are what the step is about, for the pronouns after it; a `note` is said without being an outcome."""

    wishes: tuple[Wish, ...] = ()
    say: Message | None = None
    outcome: Outcome | None = None
    about: str = ""
    reason: str = ""
    candidates: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    rule: str = ""
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value cannot be used: a question `about` something, or a refusal with a `reason`."""

    say: Message
    about: str = ""
    reason: str = ""
    candidates: tuple[str, ...] = field(default=())


def do(
    rule: str, *wishes: Wish, apps: Sequence[str] = (), note: Message | None = None, confidence: float = 0.95
) -> Step:
    return Step(wishes, say=note, apps=tuple(apps), rule=rule, confidence=confidence)


def ask(rule: str, about: str, say: Message, *, candidates: Sequence[str] = (), apps: Sequence[str] = ()) -> Step:
    return Step(
        say=say, outcome=Outcome.CLARIFY, about=about, candidates=tuple(candidates), apps=tuple(apps), rule=rule
    )


def refuse(
    rule: str,
    reason: str,
    say: Message,
    *,
    candidates: Sequence[str] = (),
    apps: Sequence[str] = (),
    confidence: float = 0.9,
) -> Step:
    return Step(
        say=say,
        outcome=Outcome.REFUSE,
        reason=reason,
        candidates=tuple(candidates),
        apps=tuple(apps),
        rule=rule,
        confidence=confidence,
    )


def answer(rule: str, say: Message, *, apps: Sequence[str] = (), confidence: float = 0.9) -> Step:
    return Step(say=say, outcome=Outcome.ANSWER, apps=tuple(apps), rule=rule, confidence=confidence)


def stopped_by(rule: str, problem: Problem, apps: Sequence[str] = ()) -> Step:
    if problem.about:
        return ask(rule, problem.about, problem.say, candidates=problem.candidates, apps=apps)
    return refuse(rule, problem.reason, problem.say, candidates=problem.candidates, apps=apps)


def wish(tool: str, arguments: Mapping[str, Any], *, intent: str = "", by_filter: bool = False) -> Wish:
    """A call without the arguments that say nothing."""
    given = {name: value for name, value in arguments.items() if value not in (None, "", (), [], {})}
    return Wish(tool, given, intent or tool, by_filter)
