"""What a stopped app remembers: how many replicas it had. Pure; every orchestrator applies it to each write."""

from __future__ import annotations

from app.core.spec import MAX_REPLICAS, STOPPED_FROM_ANNOTATION, AppSpec


def remembering(spec: AppSpec, before: AppSpec | None) -> AppSpec:
    """`spec` with the count of before the stop noted where it has no replicas, and without a note where it has some.

    A note that `spec` brings along (an exported manifest, an undo) stays; one that it lacks is taken from `before`.
    """
    annotations = {key: value for key, value in spec.annotations.items() if key != STOPPED_FROM_ANNOTATION}
    if spec.replicas == 0:
        count = before_stop(spec) or (before and (before.replicas or before_stop(before)))
        annotations |= {STOPPED_FROM_ANNOTATION: str(count)} if count else {}
    return spec if annotations == spec.annotations else spec.model_copy(update={"annotations": annotations})


def before_stop(spec: AppSpec) -> int | None:
    """How many replicas a stopped app had, None where that is not known or not a count."""
    text = spec.annotations.get(STOPPED_FROM_ANNOTATION, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_REPLICAS))):
        return None
    return int(text) if 0 < int(text) <= MAX_REPLICAS else None
