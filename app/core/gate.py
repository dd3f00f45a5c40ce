"""The one gate. Decides from typed facts, never from text, for every caller: run, ask a person, or refuse."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.approvals import Mode, Role

MASS = 3
"""Destroying or stopping this many apps, or a filter, always asks."""


class Effect(StrEnum):
    """What a tool may do to the world; declared by the tool, checked here."""

    READ = "read"
    CHANGE = "change"
    DESTROY = "destroy"
    SPEND = "spend"


class Verdict(StrEnum):
    RUN = "run"
    ASK = "ask"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Decision:
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Request:
    """The facts of one call."""

    tool: str
    effect: Effect
    role: Role
    mode: Mode
    apps: int = 1
    """How many apps it deletes or stops, together with the earlier calls of the same turn."""
    by_filter: bool = False
    """"all", a pattern: the person did not name them."""
    disagreement: bool = False
    """The model wants it, a confident reading of the person's sentence does not."""
    unasked: bool = False
    """Nobody asked for it: it began by itself, because an app failed."""
    risky: bool = False
    """It may spoil something that works now."""
    promised: bool = False
    """It takes back what was allowed on the promise that it would be taken back."""


_NEEDS = {
    Effect.READ: Role.VIEWER,
    Effect.CHANGE: Role.OPERATOR,
    Effect.DESTROY: Role.OPERATOR,
    Effect.SPEND: Role.OPERATOR,
}


def decide(request: Request) -> Decision:
    """The rules, in order; the first that applies wins."""
    if request.role.rank < _NEEDS[request.effect].rank:
        return Decision(
            Verdict.REFUSE, f"the role {request.role.value} may only look; {request.tool} needs an operator"
        )
    if request.effect is Effect.READ:
        return Decision(Verdict.RUN, "read only")
    if request.mode is Mode.OBSERVE:
        return Decision(Verdict.REFUSE, "the mode is observe: nothing is changed (set KUBELITE_MODE to ask or auto)")
    if request.promised and request.effect is Effect.CHANGE:
        return Decision(Verdict.RUN, "it takes back what did not help, as was promised")
    if request.mode is Mode.SUGGEST:
        return Decision(Verdict.ASK, "the mode is suggest: every change is shown first")
    if request.effect is Effect.DESTROY:
        return Decision(Verdict.ASK, "this cannot be undone by itself")
    if request.effect is Effect.SPEND:
        return Decision(Verdict.ASK, "this costs money")
    if request.by_filter or request.apps >= MASS:
        return Decision(Verdict.ASK, f"it touches {request.apps} apps at once")
    if request.risky:
        return Decision(Verdict.ASK, "it may spoil something that works now")
    if request.unasked and request.mode is not Mode.AUTO:
        return Decision(Verdict.ASK, "nobody asked for it; in the mode auto it would be done")
    if request.disagreement:
        return Decision(Verdict.ASK, "the model reads the sentence differently from the rules")
    return Decision(Verdict.RUN, f"a {request.effect.value} in mode {request.mode.value}")
