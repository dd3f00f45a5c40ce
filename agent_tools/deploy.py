"""`deploy`: start an app from an image, or bring one that runs this image to what is asked now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, field_validator

from agent_tools.changes import cause, ref, together, watch
from agent_tools.fields import MAX_GPUS, PortNumber, Replicas, exported
from agent_tools.images import default_ports
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import listed, plural
from app.core.approvals import Preview
from app.core.diff import diff_specs
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.gate import Effect
from app.core.images import app_name_from_image, parse_image, same_image
from app.core.names import check_app_name, check_env_name, check_namespace, default_labels
from app.core.quantities import parse_user_cpu, parse_user_memory
from app.core.redact import redact_value
from app.core.spec import Amounts, AppKey, AppSpec, Container, EnvVar, PodTemplate, Port, Resources
from app.core.views import AppView


class DeployArgs(Args):
    """Arguments of `deploy`."""

    name: str | None = Field(default=None, description="name of the app; from the image when left out")
    image: str = Field(description="container image, for example nginx:1.27")
    replicas: Replicas = 1
    ports: list[PortNumber] = Field(default=[], description="container ports to publish")
    env: dict[str, str] = Field(default={}, description="environment variables")
    memory: str | None = Field(default=None, description="memory limit per replica, for example 512Mi")
    cpu: str | None = Field(default=None, description="CPU limit per replica, for example 0.5 or 500m")
    gpu: Annotated[int, Field(strict=True, ge=0, le=MAX_GPUS, description="GPUs per replica")] = 0
    command: list[str] = Field(default=[], description="replaces the image's entrypoint")
    args: list[str] = Field(default=[], description="arguments for the command")
    namespace: str | None = Field(default=None, description="namespace; default when left out")
    runtime: str | None = Field(default=None, description="where to run: simulator or docker; the default when absent")

    @field_validator("env", mode="before")
    @classmethod
    def _plain_values(cls, env: Any) -> Any:
        """Numbers and booleans become the text a shell would export: models write `{"PORT": 8080}`."""
        if not isinstance(env, dict):
            return env
        return {key: exported(value) for key, value in env.items()}


def _key(args: DeployArgs) -> AppKey:
    name = check_app_name(args.name, field="name") if args.name is not None else _named_after(args.image)
    namespace = check_namespace(args.namespace, field="namespace") if args.namespace is not None else "default"
    return AppKey(namespace, name)


def _named_after(image: str) -> str:
    return app_name_from_image(image) or "app"


def _existing(ctx: ToolContext, key: AppKey) -> AppView | None:
    try:
        view = ctx.control.app(str(key))
    except NotFound:
        return None
    return view if view.key == key else None


def wish(ctx: ToolContext, args: DeployArgs) -> tuple[AppSpec | None, AppSpec]:
    """What stands now and what is asked for. Raises `InvalidInput`, or `Conflict` rather than overwrite an app."""
    parse_image(args.image)
    key = _key(args)
    there = _existing(ctx, key)
    if there is None:
        return None, _new(ctx, args, key)
    return there.spec, _changed(ctx, args, there)


def _new(ctx: ToolContext, args: DeployArgs, key: AppKey) -> AppSpec:
    ports = args.ports or default_ports(args.image)
    container = Container(
        name=_container_name(key.name),
        image=args.image,
        command=tuple(args.command),
        args=tuple(args.args),
        env=_env(args.env),
        ports=_ports(ports),
        resources=_resources(args, Resources()),
    )
    return AppSpec(
        name=key.name,
        namespace=key.namespace,
        runtime=_runtime(ctx, args),
        replicas=args.replicas,
        template=PodTemplate(containers=(container,), labels=default_labels(key.name)),
        labels=default_labels(key.name),
    )


def _container_name(app: str) -> str:
    """A container name is a label; an app's name may have dots and be longer."""
    return app.replace(".", "-")[:63].strip("-")


def _changed(ctx: ToolContext, args: DeployArgs, there: AppView) -> AppSpec:
    """The app as it is, with what was given this time laid over it; env adds to what is there."""
    spec, name = there.spec, ref(there.key)
    if there.deleting:
        raise Conflict(f"{name} is being deleted; wait until it is gone, then deploy it again.")
    if not same_image(spec.container.image, args.image):
        raise Conflict(
            f"{name} runs {spec.container.image} already. A deploy never replaces an app's image: "
            f"update {name} to {args.image}, or choose another name."
        )
    given = args.model_fields_set
    if "runtime" in given and _runtime(ctx, args) != spec.runtime:
        raise Conflict(f"{name} runs on {spec.runtime}. Delete it first to move it, or choose another name.")
    old = spec.container
    container = old.model_copy(
        update={
            "env": _env({var.name: var.value for var in old.env} | args.env),
            "ports": _ports(args.ports) if args.ports else old.ports,
            "command": tuple(args.command) or old.command,
            "args": tuple(args.args) or old.args,
            "resources": _resources(args, old.resources),
        }
    )
    template = spec.template.model_copy(update={"containers": (container, *spec.template.containers[1:])})
    replicas = args.replicas if "replicas" in given else spec.replicas
    return spec.model_copy(update={"template": template, "replicas": replicas})


def _runtime(ctx: ToolContext, args: DeployArgs) -> str:
    if args.runtime is None:
        return ctx.control.default_runtime()
    names = [runtime.name for runtime in ctx.control.runtimes()]
    if args.runtime not in names:
        raise InvalidInput(
            f'There is no runtime "{args.runtime}" here; use {listed(names, word="or")}.', field="runtime"
        )
    return args.runtime


def _env(env: dict[str, str]) -> tuple[EnvVar, ...]:
    return tuple(EnvVar(name=check_env_name(name, field="env"), value=value) for name, value in env.items())


def _ports(ports: Sequence[int]) -> tuple[Port, ...]:
    return tuple(Port(container_port=port) for port in dict.fromkeys(ports))


def _resources(args: DeployArgs, old: Resources) -> Resources:
    cpu = parse_user_cpu(args.cpu) if args.cpu is not None else old.limits.cpu_millicores
    memory = parse_user_memory(args.memory) if args.memory is not None else old.limits.memory_bytes
    gpus = args.gpu if "gpu" in args.model_fields_set else old.gpus
    return old.model_copy(update={"limits": Amounts(cpu_millicores=cpu, memory_bytes=memory), "gpus": gpus})


def canonical(args: DeployArgs, name: str) -> dict[str, Any]:
    """What was asked, in the canonical form: fields at their default stay out."""
    action: dict[str, Any] = {"action": "deploy", "app": name, "image": args.image, "replicas": args.replicas}
    for field in ("ports", "memory", "cpu", "gpu", "command", "args", "namespace"):
        if value := getattr(args, field):
            action[field] = value
    if args.env:
        action["env"] = {name: redact_value(name, value) for name, value in args.env.items()}
    return action


async def preview(ctx: ToolContext, args: DeployArgs) -> Preview:
    before, after = wish(ctx, args)
    verb = f"Deploy {after.name}" if before is None else f"Change {after.name}"
    return Preview(
        title=f"Deploy {plural(after.replicas, 'replica')} of {args.image} as {after.name}",
        verb=verb,
        apps=(ref(after.key),),
        changes=diff_specs(before, after),
        undo=f"Delete {after.name} again." if before is None else f"Deploy {after.name} with the values of before.",
        canonical=(canonical(args, after.name),),
    )


async def run(ctx: ToolContext, args: DeployArgs) -> ToolResult:
    _, after = wish(ctx, args)
    applied = await ctx.control.apply(after, cause=cause(ctx, "deployed"))
    seen = together([await watch(ctx, after.key)])
    same = "" if applied.changed else "Nothing to change: it is as asked already. "
    return ToolResult(
        ok=seen.ok,
        summary=same + seen.text,
        next=seen.next,
        data={"app": ref(after.key), "changed": applied.changed},
        actions=[canonical(args, after.name)],
    )


def stops(args: DeployArgs) -> bool:
    return args.replicas == 0


TOOL = Tool(
    name="deploy",
    description="Start an app: run replicas of a container image. Not for changing the image of an app that exists.",
    effect=Effect.CHANGE,
    args=DeployArgs,
    run=run,
    preview=preview,
    stops=stops,
    examples=("deploy 3 nginx", "run redis with 256Mi of memory on port 6379"),
)
