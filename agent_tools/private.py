"""What is written down for good (audit rows, causes) without the secrets that were typed along with it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from app.core.objects import ConfigMap, CronJob, KubeObject, Secret
from app.core.redact import HIDDEN, looks_secret, redact_value, redact_words
from app.core.revision import HASH_CHARS, content_hash
from app.core.spec import AppSpec
from app.core.template import Container, Exec, HttpGet, Probe

_ABOUT = r"(?:for|on|in|of|at|für|von|bei|de|del|da|do|para|pour|sur|en)"
_LINK = r"(?:to|as|is|be|with|value|auf|zu|als|ist|mit|wert|a|à|como|con|com|valor|comme|avec|valeur|es|est|é)"
_ASSIGNMENT = re.compile(r"([A-Za-z_][\w.-]*)\s*=\s*(\"[^\"]*\"|'[^']*'|\S+)")
_NAME = re.compile(r"[A-Za-z_][\w.-]*\w")
_GIVEN = re.compile(
    rf"(?:\s+{_ABOUT}\s+[\w./-]+)?(?:\s*:\s*|\s+)(?P<link>(?:{_LINK}\s+)*)"
    rf"(?!(?:{_LINK}|{_ABOUT})\b)(?P<value>\"[^\"]*\"|'[^']*'|[^\s,;]+)",
    re.IGNORECASE,
)
_PASTED = re.compile(r"```.*?(?:```|\Z)|^[ \t]*(?:---|apiVersion\s*:|kind\s*:).*", re.DOTALL | re.MULTILINE)
_SENTENCE_CHARS = 500
_READ_CHARS = 4000
_WITH = re.compile(r"\b(?:with|mit|con|com|avec)\s+(?:the\s+|a\s+)?\Z", re.IGNORECASE)


def sentence(text: str) -> str:
    """A person's sentence: values given to secret-looking names are hidden, a token anywhere hides it all. Of text
    that was pasted along nothing is kept: a manifest can hold a Secret in any shape."""
    shown = _PASTED.sub("(pasted text)", text[:_READ_CHARS])
    shown = _ASSIGNMENT.sub(lambda found: f"{found[1]}={redact_value(found[1], found[2])}", shown)
    return redact_value("sentence", _without_said(shown))[:_SENTENCE_CHARS]


def _without_said(text: str) -> str:
    """`set DB_PASSWORD for web to hunter2`. Where nothing links the two, only what is written as a variable counts:
    "delete the secret creds" gives no secret a value."""
    shown, at = "", 0
    for name in _NAME.finditer(text):
        given = _GIVEN.match(text, name.end()) if name.start() >= at and looks_secret(name[0]) else None
        linked = given and (
            given["link"] or ":" in given[0] or name[0].isupper() or _WITH.search(text, at, name.start())
        )
        if given and linked:
            shown += text[at : given.start("value")] + HIDDEN
            at = given.end("value")
    return shown + text[at:]


def arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as others may see them (audit, cards): env values by name, a manifest only as its fingerprint."""
    kept = dict(given)
    if isinstance(env := kept.get("env"), Mapping):
        kept["env"] = shown_env(env)
    for words in ("command", "args"):
        if isinstance(given_words := kept.get(words), list):
            kept[words] = list(redact_words([str(word) for word in given_words]))
    if isinstance(calls := kept.get("calls"), list):
        kept["calls"] = [{**call, "arguments": arguments(call["arguments"])} for call in calls]
    if isinstance(text := kept.get("yaml"), str):
        kept["yaml"] = f"{len(text)} characters, sha256 {hashlib.sha256(text.encode()).hexdigest()}"
    return kept


def shown_env(env: Mapping[str, Any]) -> dict[str, str | None]:
    """Environment variables as others may see them; None (unset it) stays."""
    return {name: None if value is None else redact_value(name, str(value)) for name, value in env.items()}


def action(one: Mapping[str, Any]) -> dict[str, Any]:
    """A canonical action as others may see it."""
    shown = arguments(one)
    if isinstance(then := shown.get("then"), list):
        shown["then"] = [action(each) for each in then]
    return shown


def redacted(spec: AppSpec) -> AppSpec:
    """`spec` with the values of secret-looking variables and options hidden: to be shown, never to be applied."""
    template = spec.template
    shown = {
        "containers": tuple(map(_container, template.containers)),
        "init_containers": tuple(map(_container, template.init_containers)),
    }
    return spec.model_copy(update={"template": template.model_copy(update=shown)})


def _container(one: Container) -> Container:
    env = tuple(var.model_copy(update={"value": redact_value(var.name, var.value)}) for var in one.env)
    words = {"command": redact_words(one.command), "args": redact_words(one.args)}
    probes = {name: _probe(getattr(one, name)) for name in ("liveness", "readiness", "startup")}
    return one.model_copy(update={"env": env, **words, **probes})


def _probe(one: Probe | None) -> Probe | None:
    match one.handler if one else None:
        case HttpGet(headers=headers) as handler if one and headers:
            shown = tuple((name, redact_value(name, value)) for name, value in headers)
            return one.model_copy(update={"handler": handler.model_copy(update={"headers": shown})})
        case Exec(command=command) as handler if one:
            return one.model_copy(update={"handler": handler.model_copy(update={"command": redact_words(command)})})
    return one


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
