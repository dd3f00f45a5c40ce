"""All tools, in the order `help` shows them."""

from __future__ import annotations

from typing import Any

from agent_tools import (
    analyze,
    autoscale,
    budget,
    chaos,
    config,
    cost,
    delete,
    demo,
    deploy,
    describe,
    drift,
    events,
    exporting,
    expose,
    gameday,
    heal,
    health,
    history,
    incidents,
    jobs,
    logs,
    manifest,
    markets,
    metrics,
    move,
    power,
    releases,
    removing,
    restart,
    rollouts,
    scale,
    serving,
    settings,
    status,
    undo,
)
from agent_tools.help import make as make_help
from agent_tools.spec import Tool

_WORK: tuple[Tool[Any], ...] = (
    deploy.TOOL,
    scale.TOOL,
    power.STOP,
    power.START,
    restart.TOOL,
    releases.UPDATE_IMAGE,
    releases.ROLLBACK,
    settings.SET_ENV,
    settings.SET_RESOURCES,
    config.TOOL,
    expose.TOOL,
    autoscale.TOOL,
    rollouts.PAUSE,
    rollouts.RESUME,
    jobs.TOOL,
    move.TOOL,
    serving.TOOL,
    delete.TOOL,
    removing.TOOL,
    undo.TOOL,
    status.TOOL,
    health.TOOL,
    analyze.TOOL,
    heal.TOOL,
    incidents.INCIDENTS,
    incidents.JUDGE,
    incidents.LESSONS,
    chaos.SIMULATE,
    chaos.STOP,
    chaos.EXPERIMENTS,
    gameday.RUN,
    gameday.SHOW,
    demo.TOOL,
    logs.TOOL,
    describe.TOOL,
    events.TOOL,
    history.TOOL,
    metrics.TOOL,
    drift.TOOL,
    cost.TOOL,
    markets.TOOL,
    budget.TOOL,
    manifest.APPLY,
    exporting.TOOL,
)

TOOLS: tuple[Tool[Any], ...] = (*_WORK, make_help(_WORK))


def lookup(name: str) -> Tool[Any] | None:
    """The tool of this name."""
    return next((tool for tool in TOOLS if tool.name == name), None)
