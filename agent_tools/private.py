"""What is written down for good (audit rows, causes) without the secrets that were typed along with it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from app.core.objects import ConfigMap, CronJob, KubeObject, Secret
from app.core.redact import HIDDEN, redact_value
from app.core.revision import HASH_CHARS, content_hash
from app.core.spec import AppSpec

_ASSIGNMENT = re.compile(r"([A-Za-z_][\w.-]*)=(\S+)")
_SENTENCE_CHARS = 500


def sentence(text: str) -> str:
    """A person's sentence: values given to secret-looking names are hidden, a token anywhere hides it all."""
    shown = _ASSIGNMENT.sub(lambda found: f"{found[1]}={redact_value(found[1], found[2])}", text)
    return redact_value("sentence", shown)[:_SENTENCE_CHARS]


def arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as others may see them (audit, cards): env values by name, a manifest only as its fingerprint."""
    kept = dict(given)
    if isinstance(env := kept.get("env"), Mapping):
        kept["env"] = shown_env(env)
    if isinstance(calls := kept.get("calls"), list):
        kept["calls"] = [{**call, "arguments": arguments(call["arguments"])} for call in calls]
    if isinstance(text := kept.get("yaml"), str):
        kept["yaml"] = f"{len(text)} characters, sha256 {hashlib.sha256(text.encode()).hexdigest()}"
    return kept


def shown_env(env: Mapping[str, Any]) -> dict[str, str | None]:
    """Environment variables as others may see them; None (unset it) stays."""
    return {name: None if value is None else redact_value(name, str(value)) for name, value in env.items()}


def redacted(spec: AppSpec) -> AppSpec:
    """`spec` with the values of secret-looking variables hidden: to be shown, never to be applied."""
    containers = tuple(
        container.model_copy(
            update={
                "env": tuple(
                    variable.model_copy(update={"value": redact_value(variable.name, variable.value)})
                    for variable in container.env
                )
            }
        )
        for container in spec.template.containers
    )
    return spec.model_copy(update={"template": spec.template.model_copy(update={"containers": containers})})


def redacted_object(one: KubeObject) -> KubeObject:
    """`one` without a Secret's values and without those of a ConfigMap that look secret: to be shown, never applied."""
    if isinstance(one, Secret):
        return one.model_copy(update={"data": dict.fromkeys(one.data, HIDDEN.encode())})
    if isinstance(one, ConfigMap):
        return one.model_copy(update={"data": {key: redact_value(key, value) for key, value in one.data.items()}})
    return one.model_copy(update={"job": redacted(one.job)}) if isinstance(one, CronJob) else one


def dump(one: AppSpec | KubeObject) -> dict[str, Any]:
    """A wish as JSON without defaults and without secret values."""
    if isinstance(one, AppSpec):
        return redacted(one).model_dump(mode="json", exclude_defaults=True)
    return {"kind": one.kind, **redacted_object(one).model_dump(mode="json", exclude_defaults=True)}


def whole(one: AppSpec | KubeObject) -> dict[str, Any]:
    """A wish as JSON with all that is in it: for `AuditRow.kept` alone."""
    given = one.model_dump(mode="json", exclude_defaults=True)
    return given if isinstance(one, AppSpec) else {"kind": one.kind, **given}


def content(one: AppSpec | KubeObject) -> str:
    """The hash that tells whether something is as it was: of an app its template, of an object all of it."""
    if isinstance(one, AppSpec):
        return content_hash(one.template)
    canonical = json.dumps(whole(one), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:HASH_CHARS]


def fingerprint(tool: str, given: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a call: what an approval is for."""
    canonical = json.dumps([tool, given], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
