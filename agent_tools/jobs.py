"""`run_job`: run a command to its end, once or by a schedule."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator

from agent_tools.changes import cause, ref, watch
from agent_tools.fields import exported
from agent_tools.objects import see_object
from agent_tools.pricing import priced_plan
from agent_tools.private import shown_env
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.wishes import Wish, difference, name_of, standing
from app.core.approvals import Preview
from app.core.errors import Conflict, InvalidInput
from app.core.gate import Effect
from app.core.images import app_name_from_image, parse_image
from app.core.names import check_app_name, check_env_name, check_namespace, default_labels
from app.core.objects import CronJob
from app.core.quantities import parse_user_cpu, parse_user_memory
from app.core.schedule import parse_schedule
from app.core.spec import MAX_REPLICAS, AppSpec, JobSpec
from app.core.template import Amounts, Container, EnvVar, PodTemplate, Resources

Count = Annotated[int, Field(strict=True, ge=1, le=MAX_REPLICAS)]


class RunJobArgs(Args):
    """Arguments of `run_job`."""

    name: str | None = Field(default=None, description="from the image when left out")
    image: str = Field(description="container image")
    command: list[str] = Field(default=[], description="replaces the image's entrypoint")
    args: list[str] = Field(default=[], description="its arguments")
    env: dict[str, str] = Field(default={}, description="environment variables")
    completions: Count = Field(default=1, description="runs that have to succeed")
    parallelism: Count = Field(default=1, description="runs at the same time")
    retries: Annotated[int, Field(strict=True, ge=0, le=100)] = Field(
        default=6, description="failures until it is given up"
    )
    schedule: str | None = Field(default=None, description="cron schedule; once, now, when left out")
    time_zone: str = Field(default="", description="of the schedule, such as Europe/Berlin")
    memory: str | None = Field(default=None, description="limit, such as 512Mi")
    cpu: str | None = Field(default=None, description="limit, such as 500m")
    namespace: str | None = Field(default=None, description="default when left out")

    @field_validator("env", mode="before")
    @classmethod
    def _plain_values(cls, env: Any) -> Any:
        return {key: exported(value) for key, value in env.items()} if isinstance(env, dict) else env


def _wish(ctx: ToolContext, args: RunJobArgs) -> AppSpec | CronJob:
    """Raises `InvalidInput`; `Conflict` where the name is taken."""
    parse_image(args.image)
    if args.time_zone and args.schedule is None:
        raise InvalidInput("a time zone is only for a schedule", field="time_zone")
    name = (
        check_app_name(args.name, field="name") if args.name is not None else app_name_from_image(args.image) or "job"
    )
    namespace = check_namespace(args.namespace, field="namespace") if args.namespace is not None else "default"
    job = _job(ctx, args, name, namespace)
    wanted: AppSpec | CronJob = job
    if args.schedule is not None:
        parse_schedule(args.schedule, args.time_zone, field="schedule")
        wanted = CronJob(name=name, namespace=namespace, schedule=args.schedule, time_zone=args.time_zone, job=job)
    if name_of(wanted) in standing(ctx.control, [name_of(wanted)]):
        raise Conflict(f"There is a {name_of(wanted)} already; choose another name, or delete it first.")
    return wanted


def _job(ctx: ToolContext, args: RunJobArgs, name: str, namespace: str) -> AppSpec:
    limits = Amounts(
        cpu_millicores=parse_user_cpu(args.cpu) if args.cpu is not None else None,
        memory_bytes=parse_user_memory(args.memory) if args.memory is not None else None,
    )
    container = Container(
        name=name.replace(".", "-")[:63].strip("-"),
        image=args.image,
        command=tuple(args.command),
        args=tuple(args.args),
        env=tuple(EnvVar(name=check_env_name(key, field="env"), value=value) for key, value in args.env.items()),
        resources=Resources(limits=limits),
    )
    return AppSpec(
        name=name,
        namespace=namespace,
        runtime=ctx.control.default_runtime(),
        replicas=args.parallelism,
        template=PodTemplate(containers=(container,), labels=default_labels(name), restart_policy="Never"),
        labels=default_labels(name),
        kind="Job",
        job=JobSpec(completions=args.completions, parallelism=args.parallelism, backoff_limit=args.retries),
    )


def _action(args: RunJobArgs, wish: Wish) -> dict[str, Any]:
    given = args.model_dump(exclude_defaults=True)
    if args.env:
        given["env"] = shown_env(args.env)
    return {"action": "run_job", **given, "name": wish.name}


async def preview(ctx: ToolContext, args: RunJobArgs) -> Preview:
    wish = _wish(ctx, args)
    name = wish.name
    when = f" at {args.schedule}" if args.schedule else ""
    card = Preview(
        title=f"Run {args.image} as {name}{when}",
        verb=f"Run {name}",
        apps=(name_of(wish),) if isinstance(wish, AppSpec) else (),
        objects=() if isinstance(wish, AppSpec) else (name_of(wish),),
        changes=difference(None, wish),
        undo="Undo it in this conversation: it is deleted.",
        canonical=(_action(args, wish),),
    )
    return await priced_plan(ctx, card, [(None, wish)])


async def run(ctx: ToolContext, args: RunJobArgs) -> ToolResult:
    wish = _wish(ctx, args)
    why = cause(ctx, "job made")
    if isinstance(wish, AppSpec):
        await ctx.control.apply(wish, cause=why)
        seen = await watch(ctx, wish.key)
        hint = seen.next or f'Say "logs {ref(wish.key)}" for what it printed.'
    else:
        await ctx.control.put_object(wish, cause=why)
        seen = await see_object(ctx, name_of(wish))
        hint = f'Each run is an app of its own: "status" shows them, "delete the cron job {wish.name}" ends it.'
    return ToolResult(
        ok=seen.ok, summary=seen.text, next=hint, data={"name": name_of(wish)}, actions=[_action(args, wish)]
    )


TOOL = Tool(
    name="run_job",
    description="Run a command to its end in a container, once or by a cron schedule: batch work, migrations, backups.",
    effect=Effect.CHANGE,
    args=RunJobArgs,
    run=run,
    preview=preview,
    examples=("run the job alpine with the command echo hello", "every night at 3 run acme/backup:1"),
)
