"""`set_config`: the command, arguments, labels, volumes and health check of an app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from agent_tools.changes import ref, target
from agent_tools.edits import Edit, carried_out, missing_claims, priced_preview, with_container
from agent_tools.fields import AppRef
from agent_tools.setup import MAX_VOLUMES, mounted, with_health, with_volumes, without_volumes
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import listed
from app.core.approvals import Preview
from app.core.errors import InvalidInput
from app.core.gate import Effect
from app.core.names import check_label_key, check_label_value
from app.core.objects import VolumeClaim
from app.core.spec import AppSpec

_PARTS = ("command", "args", "labels", "volumes", "health_path")
_WORDS = {"health_path": "health check"}


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

    volumes: list[str] | None = Field(
        default=None, max_length=MAX_VOLUMES, description="to add, as name:/path; an empty list for none"
    )
    health_path: str | None = Field(default=None, description="HTTP path of the health check; empty for none")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if all(getattr(self, name) is None for name in _PARTS if name != "labels") and not self.labels:
            raise ValueError(f"set_config needs {listed(_PARTS, word='or')}")
        return self


def _config(ctx: ToolContext, args: SetConfigArgs) -> Edit:
    view = target(ctx, args.app, "changed")
    given = args.model_dump(include=set(_PARTS), exclude_none=True)
    named = listed([_WORDS.get(name, name) for name in given])
    after, claims = _with_volumes(ctx, _configured(view.spec, args), args)
    return Edit(
        view=view,
        after=after,
        claims=claims,
        title=f"Set {named} of {ref(view.key)}",
        action={"action": "set_config", "app": view.name, **given},
        cause=f"{named} set",
    )


def _with_volumes(ctx: ToolContext, spec: AppSpec, args: SetConfigArgs) -> tuple[AppSpec, tuple[VolumeClaim, ...]]:
    if args.health_path is not None:
        spec = with_health(spec, args.health_path)
    if args.volumes is None:
        return spec, ()
    if not args.volumes:
        return without_volumes(spec), ()
    given = mounted(args.volumes, app=spec.name, namespace=spec.namespace, runtime=spec.runtime, policy=ctx.policy)
    return with_volumes(spec, given), missing_claims(ctx, given.claims)


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
    return await priced_preview(ctx, _config(ctx, args))


async def run_config(ctx: ToolContext, args: SetConfigArgs) -> ToolResult:
    return await carried_out(ctx, _config(ctx, args))


TOOL = Tool(
    name="set_config",
    description="Set the command, arguments, labels, volumes or health check of an app; its replicas are replaced in "
    "turn.",
    effect=Effect.CHANGE,
    args=SetConfigArgs,
    run=run_config,
    preview=preview_config,
    examples=("label web tier=front", "set the command of worker to python worker.py"),
)
