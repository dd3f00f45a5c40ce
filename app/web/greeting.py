"""The first message: which runtime was found, how much happens unasked, and who answers."""

from __future__ import annotations

from app.core.approvals import Mode
from app.core.views import RuntimeView
from app.ports.control import Control

MODES = {
    Mode.OBSERVE: "I only look, nothing is changed",
    Mode.SUGGEST: "I show each change before it is made",
    Mode.ASK: "I ask before anything is destroyed or costs money",
    Mode.AUTO: "I act at once and ask only before something is destroyed",
}


def greeting(control: Control, model: str) -> str:
    """One line each for the runtime, the mode and the answerer."""
    count = len(control.apps())
    apps = "no apps yet" if count == 0 else "1 app" if count == 1 else f"{count} apps"
    default = next((view for view in control.runtimes() if view.default), None)
    mode = control.mode()
    who = "**rules** (no language model is configured)" if model == "rules" else f"**{model}**"
    return f"{_runtime(default)} {apps.capitalize()}. Mode **{mode.value}**: {MODES[mode]}. Answers come from {who}."


def _runtime(view: RuntimeView | None) -> str:
    if view is None:
        return "No runtime was found; `kubelite doctor` says why."
    detail = f" ({view.detail})" if view.detail else ""
    if view.reachable is None:
        return f"The **{view.name}** runtime is being contacted."
    if not view.reachable:
        return f"The **{view.name}** runtime does not answer{detail}."
    return f"The **{view.name}** runtime is connected{detail}."
