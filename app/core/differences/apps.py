"""What changes between two wishes, in words for people: approval cards, `kubelite diff`, replies and audit rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.core.approvals import Change
from app.core.differences import wording
from app.core.differences.pods import pod_changes
from app.core.differences.wording import NONE
from app.core.differences.words import maps, pair
from app.core.spec import (
    CONFIG_HASH_ANNOTATION,
    RESTARTED_AT_ANNOTATION,
    STOPPED_FROM_ANNOTATION,
    AppSpec,
    Autoscaling,
    Container,
    PodTemplate,
    Strategy,
)


def diff_specs(before: AppSpec | None, after: AppSpec | None) -> tuple[Change, ...]:
    """One line for each thing that differs, most telling first; empty where nothing does. None = no such app.

    Values of variables that look secret are never shown; that they changed is.
    """
    if before is None or after is None:
        return _whole(before, after)
    return tuple(_changes(before, after))


def _whole(before: AppSpec | None, after: AppSpec | None) -> tuple[Change, ...]:
    if after is not None:
        return (Change(what=f"app {after.name}", before=NONE, after="created"), *_described(after))
    if before is None:
        return ()
    return (Change(what=f"app {before.name}", before=_in_short(before), after="deleted"),)


def _described(spec: AppSpec) -> Iterator[Change]:
    """A new app's lines: image and count always, the rest where it is not the default."""
    plain = Container(name=spec.container.name, image="")
    empty = AppSpec(
        name=spec.name,
        namespace=spec.namespace,
        runtime=spec.runtime,
        template=PodTemplate(
            containers=(plain,),
            termination_grace_seconds=spec.template.termination_grace_seconds,
            restart_policy=spec.template.restart_policy,
        ),
        replicas=0,
    )
    yield Change(what="runtime", before=NONE, after=spec.runtime)
    if spec.namespace != "default":
        yield Change(what="namespace", before=NONE, after=spec.namespace)
    if spec.replicas == 0:
        yield Change(what="replicas", before=NONE, after="0")
    for change in _changes(empty, spec):
        yield change.model_copy(update={"before": NONE})


def _in_short(spec: AppSpec) -> str:
    return f"{spec.replicas} {'replica' if spec.replicas == 1 else 'replicas'} of {spec.container.image}"


def _changes(before: AppSpec, after: AppSpec) -> Iterator[Change]:
    yield from pair("kind", before.kind, after.kind)
    yield from pair("name", before.name, after.name)
    yield from pair("namespace", before.namespace, after.namespace)
    yield from pair("runtime", before.runtime, after.runtime)
    yield from pair("replicas", str(before.replicas), str(after.replicas))
    yield from pair("job", wording.job(before.job), wording.job(after.job))
    yield from _autoscaling(before.autoscaling, after.autoscaling)
    yield from pair("rollout", _rollout(before), _rollout(after))
    yield from pod_changes(before.template, after.template)
    yield from _strategy(before.strategy, after.strategy)
    yield from maps("label", before.labels, after.labels)
    yield from maps("annotation", _told(before.annotations), _told(after.annotations))
    yield from maps("pod label", before.template.labels, after.template.labels)
    yield from _pod_annotations(before, after)


def _rollout(spec: AppSpec) -> str:
    return "paused" if spec.paused else "goes on"


def _autoscaling(before: Autoscaling | None, after: Autoscaling | None) -> Iterator[Change]:
    yield from pair("autoscaling", wording.scaling(before), wording.scaling(after))
    if before is not None and after is not None and before.enabled and after.enabled:
        yield from pair("scale up", wording.scaling_rules(before.scale_up), wording.scaling_rules(after.scale_up))
        yield from pair("scale down", wording.scaling_rules(before.scale_down), wording.scaling_rules(after.scale_down))


def _strategy(old: Strategy, new: Strategy) -> Iterator[Change]:
    yield from pair("strategy", old.type, new.type)
    yield from pair("max surge", str(old.max_surge), str(new.max_surge))
    yield from pair("max unavailable", str(old.max_unavailable), str(new.max_unavailable))
    yield from pair("min ready", f"{old.min_ready_seconds} s", f"{new.min_ready_seconds} s")
    was, now = old.progress_deadline_seconds, new.progress_deadline_seconds
    yield from pair("progress deadline", f"{was} s", f"{now} s")
    yield from pair("revisions kept", str(old.revision_history_limit), str(new.revision_history_limit))


def _told(annotations: Mapping[str, str]) -> dict[str, str]:
    """Without our own note of a stop: that the count changes is a line of its own."""
    return {key: value for key, value in annotations.items() if key != STOPPED_FROM_ANNOTATION}


def _pod_annotations(before: AppSpec, after: AppSpec) -> Iterator[Change]:
    old, new = dict(before.template.annotations), dict(after.template.annotations)
    was, now = old.pop(RESTARTED_AT_ANNOTATION, None), new.pop(RESTARTED_AT_ANNOTATION, None)
    if now is not None and was != now:
        yield Change(what="restart", before=was or "never", after=now)
    was, now = old.pop(CONFIG_HASH_ANNOTATION, None), new.pop(CONFIG_HASH_ANNOTATION, None)
    if was is not None and now is not None and was != now:
        yield Change(what="configuration", before=was, after=now)
    yield from maps("pod annotation", old, new)
