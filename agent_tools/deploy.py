"""`deploy`: start an app from an image, or bring one that runs this image to what is asked now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, field_validator

from agent_tools.autoscale import Bounds, autoscaler, bounds_of, present_autoscaler, scaling_of
from agent_tools.changes import cause, ref, together, watch
from agent_tools.edits import missing_claims
from agent_tools.fields import MAX_GPUS, PortNumber, Replicas, exported
from agent_tools.images import default_ports
from agent_tools.pricing import priced_plan
from agent_tools.renting import RENTED, Hours, Rent, rented, where_rented
from agent_tools.setup import MAX_VOLUMES, mounted, with_health, with_volumes
from agent_tools.spec import Args, Tool, ToolContext, ToolResult
from agent_tools.text import listed, plural
from agent_tools.wishes import name_of
from app.core.approvals import Preview
from app.core.differences.apps import diff_specs
from app.core.differences.objects import diff_objects
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.gate import Effect
from app.core.images import app_name_from_image, parse_image, same_image
from app.core.names import (
    check_app_name,
    check_env_name,
    check_label_key,
    check_label_value,
    check_namespace,
    default_labels,
)
from app.core.objects import HorizontalPodAutoscaler, KubeObject, VolumeClaim
from app.core.quantities import parse_user_cpu, parse_user_memory
from app.core.redact import redact_value
from app.core.runtimenames import not_here
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
    volumes: list[str] = Field(default=[], max_length=MAX_VOLUMES, description="as name:/path; kept over restarts")
    health_path: str | None = Field(default=None, description="HTTP path of the health check")
    labels: dict[str, str] = Field(default={}, description="labels of the app")
    autoscale: dict[str, Annotated[int, Field(strict=True)]] | None = Field(
        default=None, description="let the count follow the load: min, max, cpu_percent, memory_percent"
    )
    namespace: str | None = Field(default=None, description="namespace; default when left out")
    runtime: str | None = Field(
        default=None, description="where to run: simulator, docker or nosana; the default when absent"
    )
    gpu_model: str | None = Field(default=None, description="GPU to rent, such as RTX 4090")
    gpu_memory: str | None = Field(default=None, description="GPU memory to rent, such as 24GB")
    market: str | None = Field(default=None, description="market to rent in")
    hours: Hours | None = Field(default=None, description="stop it after so many hours; 24 when rented")
    budget: str | None = Field(default=None, description="stop it after so many US dollars")
    no_limit: bool = Field(default=False, strict=True, description="rent without end")

    @field_validator("env", mode="before")
    @classmethod
    def _plain_values(cls, env: Any) -> Any:
        """Numbers and booleans become the text a shell would export: models write `{"PORT": 8080}`."""
        if not isinstance(env, dict):
            return env
        return {key: exported(value) for key, value in env.items()}

    @field_validator("autoscale")
    @classmethod
    def _bounded(cls, given: dict[str, int] | None) -> dict[str, int] | None:
        bounds_of(given)
        return given

    @property
    def rent(self) -> Rent:
        return Rent(self.gpu_model, self.gpu_memory, self.market, self.hours, self.budget, self.no_limit)

    @property
    def bounds(self) -> Bounds | None:
        return bounds_of(self.autoscale)


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


@dataclass(frozen=True, slots=True)
class Wished:
    """What stands now (None = nothing) and what is asked for; `claims` before the app, `autoscaler` after it."""

    before: AppSpec | None
    after: AppSpec
    claims: tuple[VolumeClaim, ...] = ()
    autoscaler: HorizontalPodAutoscaler | None = None

    @property
    def objects(self) -> tuple[KubeObject, ...]:
        return (*self.claims, *((self.autoscaler,) if self.autoscaler else ()))


def wish(ctx: ToolContext, args: DeployArgs) -> Wished:
    """Raises `InvalidInput`, or `Conflict` rather than overwrite an app."""
    parse_image(args.image)
    key = _key(args)
    there = _existing(ctx, key)
    before = None if there is None else there.spec
    after = _new(ctx, args, key) if there is None else _changed(ctx, args, there)
    given = mounted(args.volumes, app=key.name, namespace=key.namespace, runtime=after.runtime, policy=ctx.policy)
    if given.mounts:
        after = with_volumes(after, given)
    if args.health_path is not None:
        after = with_health(after, args.health_path)
    after = rented(ctx, after, args.rent)
    return Wished(before, after, missing_claims(ctx, given.claims), _autoscaler(ctx, args, there, after))


def _autoscaler(
    ctx: ToolContext, args: DeployArgs, there: AppView | None, spec: AppSpec
) -> HorizontalPodAutoscaler | None:
    if args.bounds is None:
        return None
    present = present_autoscaler(ctx, there) if there is not None else None
    if present is None:
        return autoscaler(spec, args.bounds)
    return present.model_copy(update={"scaling": scaling_of(args.bounds, present.scaling)})


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
        labels={**default_labels(key.name), **_labels(args.labels)},
    )


def _labels(labels: dict[str, str]) -> dict[str, str]:
    return {check_label_key(key): check_label_value(value) for key, value in labels.items()}


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
        raise Conflict(f'{name} runs on {spec.runtime}. Say "move {name} to {args.runtime}", or choose another name.')
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
    labels = {**spec.labels, **_labels(args.labels)}
    return spec.model_copy(update={"template": template, "replicas": replicas, "labels": labels})


def _runtime(ctx: ToolContext, args: DeployArgs) -> str:
    if args.runtime is None:
        return where_rented(ctx) if args.rent.chooses else ctx.control.default_runtime()
    names = [runtime.name for runtime in ctx.control.runtimes()]
    if args.runtime not in names:
        raise InvalidInput(not_here(args.runtime, names), field="runtime")
    return args.runtime


def _env(env: dict[str, str]) -> tuple[EnvVar, ...]:
    return tuple(EnvVar(name=check_env_name(name, field="env"), value=value) for name, value in env.items())


def _ports(ports: Sequence[int]) -> tuple[Port, ...]:
    return tuple(Port(container_port=port) for port in dict.fromkeys(ports))


def _resources(args: DeployArgs, old: Resources) -> Resources:
    cpu = parse_user_cpu(args.cpu) if args.cpu is not None else old.limits.cpu_millicores
    memory = parse_user_memory(args.memory) if args.memory is not None else old.limits.memory_bytes
    gpus = args.gpu if "gpu" in args.model_fields_set else max(old.gpus, int(args.rent.needs_gpu))
    return old.model_copy(update={"limits": Amounts(cpu_millicores=cpu, memory_bytes=memory), "gpus": gpus})


_SAID = (
    *("ports", "memory", "cpu", "gpu", "volumes", "command", "args", "health_path", "labels", "namespace"),
    *RENTED,
)


def canonical(args: DeployArgs, name: str) -> dict[str, Any]:
    """What was asked, in the canonical form: fields at their default stay out."""
    action: dict[str, Any] = {"action": "deploy", "app": name, "image": args.image, "replicas": args.replicas}
    for field in _SAID:
        if value := getattr(args, field):
            action[field] = value
    if args.autoscale is not None:
        action["autoscale"] = args.autoscale
    if args.env:
        action["env"] = {name: redact_value(name, value) for name, value in args.env.items()}
    return action


async def preview(ctx: ToolContext, args: DeployArgs) -> Preview:
    asked = wish(ctx, args)
    before, after = asked.before, asked.after
    verb = f"Deploy {after.name}" if before is None else f"Change {after.name}"
    made = (change for one in asked.objects for change in diff_objects(None, one)[:1])
    card = Preview(
        title=f"Deploy {plural(after.replicas, 'replica')} of {args.image} as {after.name}",
        verb=verb,
        apps=(ref(after.key),),
        objects=tuple(name_of(one) for one in asked.objects),
        changes=(*diff_specs(before, after), *made),
        undo=f"Delete {after.name} again." if before is None else f"Deploy {after.name} with the values of before.",
        canonical=(canonical(args, after.name),),
    )
    there = present_autoscaler(ctx, ctx.control.app(ref(after.key))) if before is not None else None
    scalers = [(there, asked.autoscaler)] if asked.autoscaler is not None else []
    return await priced_plan(ctx, card, [(before, after), *scalers])


async def run(ctx: ToolContext, args: DeployArgs) -> ToolResult:
    asked = wish(ctx, args)
    after, why = asked.after, cause(ctx, "deployed")
    for claim in asked.claims:
        await ctx.control.put_object(claim, cause=why)
    applied = await ctx.control.apply(after, cause=why)
    if asked.autoscaler is not None:
        await ctx.control.put_object(asked.autoscaler, cause=why)
    seen = together([await watch(ctx, after.key)])
    same = "" if applied.changed else "Nothing to change: it is as asked already. "
    kept = f" What is written to {listed([claim.name for claim in asked.claims])} is kept." if asked.claims else ""
    return ToolResult(
        ok=seen.ok,
        summary=same + seen.text + kept,
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
