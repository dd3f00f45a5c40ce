"""All a handler may look at: the clause, its intent, the apps it means, and the tools there are."""

from __future__ import annotations

from dataclasses import dataclass

from app.agent.rules.clause import Clause
from app.agent.rules.filters import Focus, Target
from app.agent.rules.names import AppIndex
from app.agent.rules.targets import target_of


@dataclass(frozen=True, slots=True)
class Scene:
    clause: Clause
    intent: str
    index: AppIndex
    focus: Focus
    tools: frozenset[str]
    target: Target

    def seen_from(self, focus: Focus) -> Scene:
        """The same clause where other apps were spoken of last."""
        return scene(self.clause, self.intent, self.index, focus, self.tools)


def scene(clause: Clause, intent: str, index: AppIndex, focus: Focus, tools: frozenset[str]) -> Scene:
    return Scene(clause, intent, index, focus, tools, target_of(clause, index, focus))
