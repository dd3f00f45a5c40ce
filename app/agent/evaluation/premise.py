"""A world in which a recorded turn can have been made: a record gives the apps as they are in the end, so that what
the turn did is often there already, and doing it would change nothing that could be undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.agent.evaluation.world import StillWorld
from app.core.errors import InvalidInput, NotFound
from app.core.images import parse_image, same_image
from app.core.spec import AppSpec

_CAUSE = "before the recorded turn"
_EARLIER_TAG = "earlier"


async def as_before(world: StillWorld, did: Sequence[Mapping[str, Any]]) -> None:
    """Changes what is already as `did` would make it, so that doing it changes it back."""
    for action in did:
        name = str(action.get("app") or "").removeprefix("~")
        try:
            spec = world.app(name).spec
        except NotFound:
            continue
        if action["action"] == "deploy":
            await world.delete(name, cause=_CAUSE)
        elif (earlier := _earlier(action, spec)) is not None:
            await world.apply(earlier, cause=_CAUSE)


def _earlier(action: Mapping[str, Any], spec: AppSpec) -> AppSpec | None:
    """The app before the action, None where the action changes something as it is."""
    word = action["action"]
    if word in ("scale", "stop", "start"):
        goal = 0 if word == "stop" else int(action.get("replicas") or spec.replicas)
        return _counted(spec, goal, word) if spec.replicas == goal else None
    if word == "update_image" and same_image(spec.container.image, str(action.get("image"))):
        return _with_container(spec, image=_earlier_image(spec.container.image))
    if word == "set_env":
        env = dict(action.get("env") or {})
        kept = tuple(variable for variable in spec.container.env if env.get(variable.name, "") != variable.value)
        return _with_container(spec, env=kept) if kept != spec.container.env else None
    return None


def _counted(spec: AppSpec, goal: int, word: str) -> AppSpec:
    before = 0 if word == "start" else max(goal - 1, 1) if goal != 1 else goal + 1
    return spec.model_copy(update={"replicas": before})


def _earlier_image(image: str) -> str:
    try:
        return parse_image(image).with_tag(_EARLIER_TAG).familiar
    except InvalidInput:
        return image


def _with_container(spec: AppSpec, **update: Any) -> AppSpec:
    container = spec.container.model_copy(update=update)
    template = spec.template.model_copy(update={"containers": (container, *spec.template.containers[1:])})
    return spec.model_copy(update={"template": template})
