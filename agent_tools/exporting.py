"""`export_manifest`: an app with what belongs to it, a namespace, or all there is, as YAML to be applied again."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from agent_tools import private
from agent_tools.fields import AppRef
from agent_tools.spec import OUTPUT_CHARS, Args, Tool, ToolContext, ToolResult
from agent_tools.text import cap, fenced, listed
from agent_tools.wishes import Wish, name_of
from app.core.approvals import Preview
from app.core.configuring.usedby import around
from app.core.gate import Effect
from app.core.manifest import export_manifests
from app.core.objects import KINDS, KubeObject, Secret
from app.core.spec import CONFIG_HASH_ANNOTATION, AppSpec
from app.core.views import AppView

_HEADER_ROOM = 600
_AFTER_APPS = ("Service", "HorizontalPodAutoscaler", "CronJob")


class ExportArgs(Args):
    """Arguments of `export_manifest`."""

    app: AppRef | None = Field(default=None, description="name of one app; all apps when left out")
    namespace: str | None = Field(default=None, description="only what is in this namespace")
    secrets: bool = Field(default=False, strict=True, description="with the Secrets; they are left out otherwise")


def _action(args: ExportArgs) -> dict[str, str]:
    return {"action": "export_manifest", "app": args.app} if args.app else {"action": "export_manifest"}


def _what(args: ExportArgs) -> str:
    return args.app or (f"the namespace {args.namespace}" if args.namespace else "all apps")


async def preview(ctx: ToolContext, args: ExportArgs) -> Preview:
    if args.app:
        ctx.control.app(args.app)
    return Preview(title=f"Export {_what(args)}", verb="Export", canonical=(_action(args),))


async def run(ctx: ToolContext, args: ExportArgs) -> ToolResult:
    wishes, left_out = _chosen(ctx, args)
    if not wishes:
        return ToolResult(
            ok=True,
            summary="There are no apps to export.",
            next='Say "deploy nginx" to start one.',
            data={"yaml": "", "left_out": left_out},
            actions=[_action(args)],
        )
    shown = export_manifests(tuple(map(_redacted, wishes)))
    text = export_manifests(wishes, secrets=args.secrets)
    hidden = "" if shown == text else " Secret-looking values are hidden here, not in the exported data."
    lack = f" {listed(left_out)} left out: ask for the export with secrets." if left_out else ""
    return ToolResult(
        ok=True,
        summary=f"The manifest of {listed([name_of(one) for one in wishes])}.{hidden}{lack}\n\n"
        + fenced(cap(shown, OUTPUT_CHARS - _HEADER_ROOM), "yaml"),
        data={"yaml": text, "left_out": left_out},
        actions=[_action(args)],
    )


def _chosen(ctx: ToolContext, args: ExportArgs) -> tuple[tuple[Wish, ...], list[str]]:
    """In the order they are applied, and the names of the Secrets that are left out."""
    views = [ctx.control.app(args.app)] if args.app else sorted(ctx.control.apps(), key=lambda view: view.key)
    specs = [_plain(view.spec) for view in views if _exported(view, args)]
    objects = [view.object for view in ctx.control.objects() if not view.deleting]
    if args.app:
        objects = list(around(views[0].spec, objects))
    elif args.namespace:
        objects = [one for one in objects if (one.namespace or one.name) == args.namespace]
    left_out = [name_of(one) for one in objects if isinstance(one, Secret) and not args.secrets]
    kept = [one for one in objects if args.secrets or not isinstance(one, Secret)]
    return _ordered(specs, kept), left_out


def _exported(view: AppView, args: ExportArgs) -> bool:
    """Not what is on its way out, nor the Jobs of a CronJob: it makes its own."""
    if args.app:
        return True
    return not view.deleting and not view.spec.owner and args.namespace in (None, view.key.namespace)


def _ordered(specs: Sequence[AppSpec], objects: Sequence[KubeObject]) -> tuple[Wish, ...]:
    first = [one for kind in KINDS for one in objects if one.kind == kind and kind not in _AFTER_APPS]
    last = [one for kind in _AFTER_APPS for one in objects if one.kind == kind]
    return (*first, *specs, *last)


def _plain(spec: AppSpec) -> AppSpec:
    """Without the hash of its configuration: wherever it is applied, it is made anew."""
    if CONFIG_HASH_ANNOTATION not in spec.template.annotations:
        return spec
    annotations = {key: value for key, value in spec.template.annotations.items() if key != CONFIG_HASH_ANNOTATION}
    return spec.model_copy(update={"template": spec.template.model_copy(update={"annotations": annotations})})


def _redacted(one: Wish) -> Wish:
    return private.redacted(one) if isinstance(one, AppSpec) else private.redacted_object(one)


TOOL = Tool(
    name="export_manifest",
    description="Show the YAML manifest of an app with what belongs to it, of a namespace, or of everything. Changes "
    "nothing.",
    effect=Effect.READ,
    args=ExportArgs,
    run=run,
    preview=preview,
    examples=("export web",),
)
