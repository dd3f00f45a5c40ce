"""The identity of a revision: a hash of what one replica is. The engine compares it instead of whole templates."""

from __future__ import annotations

import hashlib
import json

from app.core.spec import PodTemplate

HASH_CHARS = 10


def template_hash(template: PodTemplate) -> str:
    """10 hex characters of SHA-256 over the template's canonical JSON.

    Fields at their default are left out, so a release that adds a field with a default does not roll every app.
    Order matters where it matters to the process (args, env, ports), not in labels and annotations.
    """
    content = template.model_dump(mode="json", exclude_defaults=True)
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:HASH_CHARS]
