"""The identity of a revision: a hash of what one replica is. The engine compares it instead of whole templates."""

from __future__ import annotations

import hashlib
import json

from app.core.spec import RESTARTED_AT_ANNOTATION, PodTemplate

HASH_CHARS = 10


def template_hash(template: PodTemplate) -> str:
    """10 hex characters of SHA-256 over the template's canonical JSON.

    Fields at their default are left out, so a release that adds a field with a default does not roll every app.
    Order matters where it matters to the process (args, env, ports), not in labels and annotations.
    """
    content = template.model_dump(mode="json", exclude_defaults=True)
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:HASH_CHARS]


def with_restart_of(template: PodTemplate, present: PodTemplate | None) -> PodTemplate:
    """`template` with the restart mark that `present` has, or with none: going back to an earlier template must not
    undo a restart, nor be told apart from it by one."""
    marks = present.annotations if present is not None else {}
    mark = {key: value for key, value in marks.items() if key == RESTARTED_AT_ANNOTATION}
    plain = {key: value for key, value in template.annotations.items() if key != RESTARTED_AT_ANNOTATION}
    return template.model_copy(update={"annotations": {**plain, **mark}})


def content_hash(template: PodTemplate) -> str:
    """The hash of what a template sets up, whenever it was restarted last."""
    return template_hash(with_restart_of(template, None))
