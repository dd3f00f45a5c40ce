"""`set_env` and `set_resources`: the environment and the limits of an app's main container."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from agent_tools.changes import ref, target
from agent_tools.edits import Edit, carried_out, priced_preview, with_container
from agent_tools.fields import MAX_GPUS, AppRef, exported
from agent_tools.private import shown_env
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import listed, one_line
from app.core.approvals import Preview
from app.core.errors import InvalidInput
from app.core.gate import Effect
from app.core.names import check_env_name
from app.core.quantities import parse_user_cpu, parse_user_memory
from app.core.spec import Amounts, EnvVar, Resources

NO_LIMIT = "none"
"""For `memory` and `cpu`: take the limit away."""


class SetEnvArgs(Args):
    """Arguments of `set_env`."""

    app: AppRef = Field(description="name of the app")
    env: dict[str, str | None] = Field(min_length=1, description="variables to set; null unsets one; others stay")

    @field_validator("env", mode="before")
    @classmethod
    def _plain_values(cls, env: Any) -> Any:
        return {key: exported(value) for key, value in env.items()} if isinstance(env, dict) else env


def _env(ctx: ToolContext, args: SetEnvArgs) -> Edit:
    view = target(ctx, args.app, "changed")
    old = {var.name: var.value for var in view.spec.container.env}
    absent = [name for name, value in args.env.items() if value is None and name not in old]
    named = listed([_env_name(name, unset=value is None) for name, value in args.env.items()])
    return Edit(
        view=view,
        after=with_container(view.spec, env=_merged(old, args.env)),
        title=f"Change the environment of {ref(view.key)}: {named}",
        action={"action": "set_env", "app": view.name, "env": shown_env(args.env)},
        cause=f"environment changed ({named})",
        notes=(f"{listed(absent)} was not set.",) if absent else (),
    )


def _env_name(name: str, *, unset: bool) -> str:
    """A name to be unset may be one that no check of ours would let in: it came with a manifest."""
    return f"without {one_line(name, 80)}" if unset else check_env_name(name, field="env")


def _merged(old: Mapping[str, str], given: Mapping[str, str | None]) -> tuple[EnvVar, ...]:
    if any("\0" in value for value in given.values() if value):
        raise InvalidInput("an environment variable cannot have a NUL character in it", field="env")
    new: dict[str, str | None] = {**old, **given}
    return tuple(EnvVar(name=name, value=value) for name, value in new.items() if value is not None)


async def preview_env(ctx: ToolContext, args: SetEnvArgs) -> Preview:
    return await priced_preview(ctx, _env(ctx, args))


async def run_env(ctx: ToolContext, args: SetEnvArgs) -> ToolResult:
    return await carried_out(ctx, _env(ctx, args))


class SetResourcesArgs(Args):
    """Arguments of `set_resources`."""

    app: AppRef = Field(description="name of the app")
    memory: str | None = Field(
        default=None, description='memory limit per replica, for example 512Mi; "none" for no limit'
    )
    cpu: str | None = Field(
        default=None, description='CPU limit per replica, for example 0.5 or 500m; "none" for no limit'
    )
    gpu: Annotated[int, Field(strict=True, ge=0, le=MAX_GPUS)] | None = Field(
        default=None, description="GPUs per replica"
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.memory is None and self.cpu is None and self.gpu is None:
            raise ValueError("set_resources needs memory, cpu or gpu")
        return self


def _resources(ctx: ToolContext, args: SetResourcesArgs) -> Edit:
    view = target(ctx, args.app, "changed")
    given = args.model_dump(include={"memory", "cpu", "gpu"}, exclude_none=True)
    named = ", ".join(f"{field} {value}" for field, value in given.items())
    after = with_container(view.spec, resources=_limited(view.spec.container.resources, args))
    return Edit(
        view=view,
        after=after,
        title=f"Set {named} for each replica of {ref(view.key)}",
        action={"action": "set_resources", "app": view.name, **given},
        cause=f"{named} set",
    )


def _limited(old: Resources, args: SetResourcesArgs) -> Resources:
    """A request is never more than its limit, so it goes down with it."""
    cpu = _limit(args.cpu, old.limits.cpu_millicores, parse_user_cpu)
    memory = _limit(args.memory, old.limits.memory_bytes, parse_user_memory)
    requests = Amounts(
        cpu_millicores=_least(old.requests.cpu_millicores, cpu),
        memory_bytes=_least(old.requests.memory_bytes, memory),
    )
    gpus = old.gpus if args.gpu is None else args.gpu
    return Resources(requests=requests, limits=Amounts(cpu_millicores=cpu, memory_bytes=memory), gpus=gpus)


def _limit(text: str | None, present: int | None, parse: Any) -> int | None:
    if text is None:
        return present
    return None if text.strip().lower() == NO_LIMIT else int(parse(text))


def _least(request: int | None, limit: int | None) -> int | None:
    return min(request, limit) if request is not None and limit is not None else request


async def preview_resources(ctx: ToolContext, args: SetResourcesArgs) -> Preview:
    return await priced_preview(ctx, _resources(ctx, args))


async def run_resources(ctx: ToolContext, args: SetResourcesArgs) -> ToolResult:
    return await carried_out(ctx, _resources(ctx, args))


SET_ENV = Tool(
    name="set_env",
    description="Set or unset environment variables of an app; the others stay. Its replicas are replaced in turn.",
    effect=Effect.CHANGE,
    args=SetEnvArgs,
    run=run_env,
    preview=preview_env,
    examples=("set VERBOSE=1 on api", "remove the variable VERBOSE from api"),
)
SET_RESOURCES = Tool(
    name="set_resources",
    description="Set the memory and CPU limits or the GPUs of each replica of an app. Its replicas are replaced in "
    "turn.",
    effect=Effect.CHANGE,
    args=SetResourcesArgs,
    run=run_resources,
    preview=preview_resources,
    examples=("give api 1Gi of memory", "double api's memory"),
)
