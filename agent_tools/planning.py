"""What applying a manifest comes to, found without doing it: the steps in order, and what each of them does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from agent_tools.changes import ref
from agent_tools.spec import ToolContext
from agent_tools.text import listed, one_line, plural
from agent_tools.wishes import Wish, difference, name_of, object_ref
from app.core.approvals import Change
from app.core.carrying import carried, check_change
from app.core.configuring.usedby import scaled_by, users
from app.core.differences import wording
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.manifest import ManifestReport, parse_manifests
from app.core.objects import ConfigMap, CronJob, HorizontalPodAutoscaler, KubeObject, Secret, Service, key_of
from app.core.spec import AppSpec

LONG_TEXT = 20_000
"""Longer than this, a manifest is read in a thread: the loop must not wait for it."""
MAX_FINDINGS = 30
"""More errors than this in one text are counted, not listed."""


class Does(StrEnum):
    """What a step does to what is there."""

    CREATE = "create"
    REPLACE = "replace replicas"
    SCALE = "scale"
    STOP = "stop"
    CHANGE = "change in place"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Step:
    """One app or object, as it stands and as it is asked for."""

    before: Wish | None
    after: Wish

    @property
    def name(self) -> str:
        return name_of(self.after)

    @property
    def changes(self) -> tuple[Change, ...]:
        return difference(self.before, self.after)

    @property
    def does(self) -> Does:
        if self.before is None:
            return Does.CREATE
        if self.before == self.after:
            return Does.NOTHING
        if not isinstance(self.before, AppSpec) or not isinstance(self.after, AppSpec):
            return Does.CHANGE
        if self.before.replicas and not self.after.replicas:
            return Does.STOP
        if self.before.template != self.after.template and self.before.replicas:
            return Does.REPLACE
        return Does.CHANGE if self.before.replicas == self.after.replicas else Does.SCALE


@dataclass(frozen=True, slots=True)
class Plan:
    """What a valid text asks for, in the order it is done."""

    steps: tuple[Step, ...]
    warnings: tuple[str, ...]
    following: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Of a ConfigMap or Secret that changes: the apps that follow it and are not in the text themselves."""

    @property
    def apps(self) -> tuple[str, ...]:
        return tuple(step.name for step in self.steps if isinstance(step.after, AppSpec))

    @property
    def objects(self) -> tuple[str, ...]:
        return tuple(step.name for step in self.steps if not isinstance(step.after, AppSpec))

    @property
    def moving(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.does is not Does.NOTHING)


_parsed = lru_cache(maxsize=4)(parse_manifests)
"""A text is read for the preview, again for the card's approval and again to apply it."""


async def plan_of(ctx: ToolContext, text: str) -> Plan:
    """Raises `InvalidInput` that lists every error with its place, or `Conflict`."""
    runtime = ctx.control.default_runtime()
    if len(text) > LONG_TEXT:
        report = await asyncio.to_thread(_parsed, text, runtime=runtime, policy=ctx.policy)
    else:
        report = _parsed(text, runtime=runtime, policy=ctx.policy)
    if not report.ok:
        raise InvalidInput(_errors([str(error) for error in report.errors]), field="yaml")
    steps = tuple(_steps(ctx, report))
    warnings = tuple(one_line(str(warning)) for warning in report.warnings)
    return Plan(steps, warnings, tuple(_following(ctx, steps)))


def _errors(errors: Sequence[str]) -> str:
    if not errors:
        return "The manifest has no document; paste at least one, for example a Deployment."
    lines = [f"- {one_line(error, 400)}" for error in errors[:MAX_FINDINGS]]
    if len(errors) > MAX_FINDINGS:
        lines.append(f"- … and {len(errors) - MAX_FINDINGS} more")
    return f"The manifest has {plural(len(errors), 'error')}; nothing was applied.\n" + "\n".join(lines)


def _steps(ctx: ToolContext, report: ManifestReport) -> Iterator[Step]:
    counted = {id(one.spec) for one in report.documents if one.facts.get("replicas_explicit", True)}
    objects = [*report.objects, *(view.object for view in ctx.control.objects("HorizontalPodAutoscaler"))]
    for wish in report.wishes:
        if not isinstance(wish, AppSpec):
            yield Step(_object(ctx, wish), wish)
            continue
        before = _app(ctx, wish)
        check_change(before, wish)
        if before is not None and id(wish) not in counted and scaled_by(wish, objects):
            wish = wish.model_copy(update={"replicas": before.replicas})  # noqa: PLW2901  the autoscaler's count stays
        yield Step(before, carried(wish, before))


def _app(ctx: ToolContext, spec: AppSpec) -> AppSpec | None:
    try:
        view = ctx.control.app(str(spec.key))
    except NotFound:
        return None
    if view.key != spec.key:
        return None
    if view.deleting:
        raise Conflict(f"{ref(spec.key)} is being deleted; wait until it is gone, then apply the manifest again.")
    return view.spec


def _object(ctx: ToolContext, wish: KubeObject) -> KubeObject | None:
    key = key_of(wish)
    name = f"{key.namespace}/{key.name}" if key.namespace else key.name
    try:
        view = ctx.control.object(key.kind, name)
    except NotFound:
        return None
    if view.key != key:
        return None
    if view.deleting:
        raise Conflict(f"{object_ref(key)} is being deleted; wait until it is gone, then apply the manifest again.")
    return view.object


def _following(ctx: ToolContext, steps: Sequence[Step]) -> Iterator[tuple[str, tuple[str, ...]]]:
    named = {step.name for step in steps}
    followers = [view.spec for view in ctx.control.apps() if view.spec.follows_config and not view.deleting]
    for step in steps:
        if isinstance(step.after, ConfigMap | Secret) and step.does is Does.CHANGE:
            apps = tuple(name for key in users(step.after, followers) if (name := ref(key)) not in named)
            if apps:
                yield step.name, apps


# -- in words


def sentences(plan: Plan) -> list[str]:
    """One for each step that does something, in order."""
    following = dict(plan.following)
    said = []
    for step in plan.moving:
        apps = following.get(step.name)
        then = f", then replace the replicas of {listed(apps)}, which follow it" if apps else ""
        said.append(f"{_sentence(step)}{then}")
    return said


def _sentence(step: Step) -> str:
    before, after = step.before, step.after
    if not isinstance(after, AppSpec):
        return _of_object(step.does, after)
    was = before if isinstance(before, AppSpec) else None
    count = plural(after.replicas, "replica")
    match step.does:
        case Does.CREATE:
            return f"create {_kind(after)}{step.name}: {_runs(after)} on {after.runtime}"
        case Does.REPLACE if was is not None:
            return _replaced(step.name, was, after)
        case Does.STOP if was is not None:
            return f"stop {step.name}: its {plural(was.replicas, 'replica')} are removed, its settings stay"
        case Does.SCALE if was is not None:
            verb = "start" if after.replicas > was.replicas else "remove"
            return f"scale {step.name} from {was.replicas} to {count}: {verb} {abs(after.replicas - was.replicas)}"
    return f"change {step.name} in place; no replica is touched"


def _kind(spec: AppSpec) -> str:
    return "" if spec.kind == "Deployment" else f"{spec.kind} "


def _runs(spec: AppSpec) -> str:
    image = spec.container.image
    if spec.job is not None:
        return f"{wording.job(spec.job)}, {image}"
    return f"{plural(spec.replicas, 'replica')} of {image}"


def _replaced(name: str, was: AppSpec, after: AppSpec) -> str:
    count = plural(was.replicas, "replica")
    scaled = "" if was.replicas == after.replicas else f", and scale to {after.replicas}"
    if after.paused:
        return f"change {name}; its rollout is paused, so no replica is replaced yet{scaled}"
    if after.kind == "ReplicaSet":
        return f"change {name}; only new replicas get it{scaled}"
    if after.strategy.type == "Recreate":
        return f"restart {name}: stop its {count}, then start {after.replicas} new{scaled}"
    surge, away = after.strategy.max_surge, after.strategy.max_unavailable
    return f"replace the {count} of {name} in turn, at most {surge} more and {away} fewer at a time{scaled}"


def _of_object(does: Does, one: KubeObject) -> str:
    name = object_ref(key_of(one))
    if does is Does.CHANGE:
        return f"change {name} in place"
    match one:
        case Service():
            where = "reached from this host too" if one.published else "reached by the pods of its namespace"
            return f"create {name}, {where}"
        case HorizontalPodAutoscaler():
            return f"create {name}: {one.target} gets {wording.scaling(one.scaling)}"
        case CronJob():
            return f"create {name}: runs {one.job.container.image} at {one.schedule} ({one.time_zone or 'UTC'})"
        case _:
            return f"create {name}"
