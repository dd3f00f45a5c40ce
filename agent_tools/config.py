"""`set_config`: the command, arguments and labels of an app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, model_validator

from agent_tools.changes import ref, target
from agent_tools.edits import Edit, carried_out, preview_of, with_container
from agent_tools.fields import AppRef
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import listed
from app.core.approvals import Preview
from app.core.errors import InvalidInput
from app.core.gate import Effect
from app.core.names import check_label_key, check_label_value
from app.core.spec import AppSpec

_NOT_YET = {
    "volumes": "volumes",
    "health_path": "health checks",
    "health": "health checks",
    "probe": "health checks",
}
"""What cannot be changed yet: refused by name, so that nobody believes it took effect."""


class SetConfigArgs(Args):
    """Arguments of `set_config`."""

    app: AppRef = Field(description="name of the app")
    command: list[str] | None = Field(
        default=None, description="replaces the image's entrypoint; an empty list goes back to the image's own"
    )
    args: list[str] | None = Field(default=None, description="arguments for the command; an empty list for none")
    labels: dict[str, str | None] | None = Field(
        default=None, description="labels of the app to set; null removes one; others stay"
    )

    @model_validator(mode="before")
    @classmethod
    def _not_yet(cls, given: Any) -> Any:
        asked = [what for name, what in _NOT_YET.items() if isinstance(given, dict) and given.get(name) is not None]
        if asked:
            raise ValueError(
                f"{listed(list(dict.fromkeys(asked)))} of an app cannot be set yet; set_config takes command, args and "
                "labels"
            )
        return given

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.command is None and self.args is None and not self.labels:
            raise ValueError("set_config needs command, args or labels")
        return self


def _config(ctx: ToolContext, args: SetConfigArgs) -> Edit:
    view = target(ctx, args.app, "changed")
    given = args.model_dump(include={"command", "args", "labels"}, exclude_none=True)
    named = listed(list(given))
    return Edit(
        view=view,
        after=_configured(view.spec, args),
        title=f"Set {named} of {ref(view.key)}",
        action={"action": "set_config", "app": view.name, **given},
        cause=f"{named} set",
    )


def _configured(spec: AppSpec, args: SetConfigArgs) -> AppSpec:
    words = {
        field: tuple(value) for field, value in (("command", args.command), ("args", args.args)) if value is not None
    }
    if any("\0" in word for value in words.values() for word in value):
        raise InvalidInput("a command cannot have a NUL character in it", field="command")
    merged = {**spec.labels, **_labels(args.labels or {})}
    labels = {key: value for key, value in merged.items() if value is not None}
    return with_container(spec, **words).model_copy(update={"labels": labels})


def _labels(labels: Mapping[str, str | None]) -> dict[str, str | None]:
    return {
        key if value is None else check_label_key(key): None if value is None else check_label_value(value)
        for key, value in labels.items()
    }


async def preview_config(ctx: ToolContext, args: SetConfigArgs) -> Preview:
    return preview_of(_config(ctx, args))


async def run_config(ctx: ToolContext, args: SetConfigArgs) -> ToolResult:
    return await carried_out(ctx, _config(ctx, args))


TOOL = Tool(
    name="set_config",
    description="Set the command, the arguments or the labels of an app. Not volumes or health checks: those cannot be "
    "set yet.",
    effect=Effect.CHANGE,
    args=SetConfigArgs,
    run=run_config,
    preview=preview_config,
    examples=("label web tier=front", "set the command of worker to python worker.py"),
)
