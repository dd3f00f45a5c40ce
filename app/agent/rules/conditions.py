"""Conditions and times of a wish: what can be judged by what is known now is judged, the rest is refused.

The rules act at once and keep no calendar: "if api is down" is looked up, "when it crashes again" is not promised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.agent.rules.clause import Clause, Mood
from app.agent.rules.filters import Focus, Target
from app.agent.rules.names import AppIndex, health
from app.agent.rules.replies import cited, msg
from app.agent.rules.scene import Scene
from app.agent.rules.senses import Count, Role
from app.agent.rules.steps import Step, answer, refuse
from app.agent.rules.targets import target_of

_FITTING: Mapping[str, frozenset[str]] = {
    "good": frozenset({"good"}),
    "bad": frozenset({"bad", "stopped"}),
    "stopped": frozenset({"stopped"}),
    "pending": frozenset({"pending"}),
}
"""State that is said -> health that fits it: a stopped app is "down", too."""
_LESS = frozenset({"fewer", "less", "under", "below"})
_MORE = frozenset({"more", "over", "above", "exceeds"})


def timed(clause: Clause, *, scheduled: bool = False) -> bool:
    """Meant for later or for a while: "tomorrow", "in 10 minutes", "at 5pm", and where it is not `scheduled` by a tool
    that can, "every night"."""
    if clause.any(Role.PREP, "than") or clause.any(Role.MARK, "since"):
        return False
    again = clause.any(Role.SCHEDULE) and not scheduled
    return again or clause.any(Role.TIME, "future") or clause.any_of(Role.SPAN, Role.DATE)


def supposition(clause: Clause) -> Clause | None:
    """The wish inside "if I scale web to 0, what happens?"."""
    verb = next((place for place, item in enumerate(clause.condition) if item.has(Role.VERB)), None)
    return None if verb is None else replace(clause, items=clause.condition, head=verb, condition=())


def under_condition(here: Scene) -> tuple[Scene, Step | None]:
    """The scene with the condition's app as "it", or the step that is made instead."""
    clause = here.clause
    about = replace(clause, items=clause.condition, head=-1, condition=(), mood=Mood.STATEMENT)
    subject = target_of(about, here.index, here.focus)
    if not subject.settled and subject.doubt in ("none", "") and here.target.settled:
        subject = here.target
    changed = set(subject.names) & set(here.focus.changed)
    verdict = None if changed else _holds(about, subject, here.index)
    if verdict is None:
        text = cited(" ".join(item.text for item in clause.condition))
        return here, refuse("condition", "unsupported", msg("condition_unknown", text=text))
    if verdict == (clause.condition_kind == "unless"):
        name = subject.names[0]
        say = msg("condition_false", name=name, status=here.index.apps[name].status.lower())
        return here, answer("condition", say, apps=subject.names)
    alone = len(subject.names) == 1
    return here.seen_from(Focus(subject.names, implied=True)) if alone else here, None


def _holds(clause: Clause, subject: Target, index: AppIndex) -> bool | None:
    """Whether the condition is so; None where nobody can know that now."""
    if not subject.settled or clause.any_of(Role.PERCENT, Role.TIME, Role.MEMORY):
        return None
    if clause.any(Role.COUNT):
        return _compares(clause, index.apps[subject.names[0]].replicas)
    states = {item.sense(Role.STATE) for item in clause.all(Role.STATE)}
    known = {health(index.apps[name].status) for name in subject.names}
    if not states or "unknown" in known:
        return None
    fits = all(any(status in _FITTING.get(state, ()) for state in states) for status in known)
    return fits != clause.any(Role.NOT)


def _compares(clause: Clause, present: int) -> bool | None:
    """A count against the present one: "fewer than 3", "more than 5", "only 1"."""
    count = next((item.value for item in clause.all(Role.COUNT) if isinstance(item.value, Count)), None)
    if count is None or count.value is None:
        return None
    words = {item.text.lower() for item in clause.items} | set(clause.loose)
    if words & _LESS or count.change < 0:
        return present < count.value
    if words & _MORE or count.change > 0:
        return present > count.value
    return present == count.value
