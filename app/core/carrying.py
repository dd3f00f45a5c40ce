"""What a new wish for an app takes over from the present one, because no manifest says it. Pure; the plan of a dry run
and the write itself use it, so that they agree."""

from __future__ import annotations

from app.core.budgeting import carried_limits
from app.core.errors import Conflict
from app.core.placement import placed
from app.core.revision import content_hash
from app.core.spec import CONFIG_HASH_ANNOTATION, RESTARTED_AT_ANNOTATION, AppSpec
from app.core.stopping import remembering

OURS = (RESTARTED_AT_ANNOTATION, CONFIG_HASH_ANNOTATION)


def carried(spec: AppSpec, before: AppSpec | None) -> AppSpec:
    """`spec` with the marks of the last restart and of its configuration, and with the count of before a stop: a
    manifest without them must not roll everything once more. Its choice of a machine is on its template too, and
    limits of spending stay where it has none."""
    spec = carried_limits(placed(spec), before)
    kept = before.template.annotations if before is not None else {}
    marks = {name: kept[name] for name in OURS if name in kept and name not in spec.template.annotations}
    if not spec.follows_config:
        marks.pop(CONFIG_HASH_ANNOTATION, None)
    if marks:
        annotations = {**spec.template.annotations, **marks}
        spec = spec.model_copy(update={"template": spec.template.model_copy(update={"annotations": annotations})})
    return remembering(spec, before)


def check_change(before: AppSpec | None, after: AppSpec) -> None:
    """Raises `Conflict` for a change that no rollout can make."""
    if before is None:
        return
    name = after.name
    if before.kind != after.kind:
        raise Conflict(f"{name} is a {before.kind} already; give the {after.kind} another name, or delete {name} first")
    if before.runtime != after.runtime and after.job is not None:
        raise Conflict(
            f"{name} runs to completion on {before.runtime}, so it is not moved; delete it there first, or name that "
            "runtime"
        )
    if before.job is None or after.job is None:
        return
    if content_hash(before.template) != content_hash(after.template):
        raise Conflict(
            f"the template of a {after.kind} that runs to completion cannot be changed: delete {name}, then apply it "
            "again, or give it another name"
        )
