"""The intent that changes how an app is set up beside image, environment and limits: volumes, health check, command,
arguments, labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.agent.rules.plan_changes import each, unsettled
from app.agent.rules.plan_looks import apps_of
from app.agent.rules.reading import Wish
from app.agent.rules.replies import msg
from app.agent.rules.scene import Scene
from app.agent.rules.senses import Role
from app.agent.rules.setup import TAKING_AWAY, labels, setup_of
from app.agent.rules.steps import Problem, Step, ask, do, stopped_by


def _set_config(scene: Scene) -> Step:
    if scene.clause.verb in TAKING_AWAY:
        return _taken_away(scene)
    found = setup_of(scene.clause)
    if isinstance(found, Problem):
        return unsettled(scene) or stopped_by("set_config.value", found, scene.target.names)
    if not found:
        return unsettled(scene) or ask("set_config.value", "value", msg("change_what", name=scene.target.names))
    return each(scene, lambda _name: found, "set_config")


def _taken_away(scene: Scene) -> Step:
    """Parts back to none. One volume of several cannot be named to the tool, so it is asked about."""
    clause = scene.clause
    gone: dict[str, Any] = {}
    if clause.any(Role.NOUN, "health") or clause.any(Role.MARK, "health"):
        gone["health_path"] = ""
    if clause.any(Role.NOUN, "volume") or clause.any(Role.MARK, "volume"):
        if clause.any_of(Role.UNKNOWN, Role.NAME, Role.PATH):
            return unsettled(scene) or ask("set_config.volume", "value", msg("whole_volumes", name=scene.target.names))
        gone["volumes"] = []
    if clause.any(Role.NOUN, "command") or clause.any(Role.MARK, "command"):
        gone["command"] = []
    if clause.any(Role.MARK, "args"):
        gone["args"] = []
    if not gone and (named := labels(clause)):
        return each(scene, lambda _name: {"labels": named}, "set_config")
    if not gone:
        return unsettled(scene) or ask("set_config.value", "value", msg("change_what", name=scene.target.names))
    stop = unsettled(scene)
    if stop is not None:
        return stop
    names = apps_of(scene)
    wishes = (Wish("set_config", {"app": name, **gone}, "set_config") for name in names)
    return do("set_config", *wishes, apps=names)


HANDLERS: Mapping[str, Callable[[Scene], Step]] = {"set_config": _set_config}
