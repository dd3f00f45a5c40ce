"""`env` and `envFrom`: variables written out, and where others take their values from when a replica starts."""

from __future__ import annotations

import re
from fractions import Fraction

from app.core.errors import InvalidInput
from app.core.manifest.fields import Fields
from app.core.manifest.kinds.keys import check_key, check_object_name
from app.core.names import check_env_name, check_label_key
from app.core.quantities import parse_memory
from app.core.quoting import listed, quoted
from app.core.spec import EnvSource, EnvVar

MAX_ENV_BYTES = 128 * 1024
"""Linux's MAX_ARG_STRLEN: no process can be given a longer variable."""

_SOURCES = ("configMapKeyRef", "secretKeyRef", "fieldRef", "resourceFieldRef")
_ENV_PATHS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
_FILE_PATHS = ("metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels", "metadata.annotations")
_UNKNOWN_YET = ("status.podIP", "status.podIPs", "status.hostIP", "status.hostIPs")
_SUBSCRIPT = re.compile(r"metadata\.(?:labels|annotations)\['([^']*)'\]")
_AMOUNTS = frozenset(f"{kind}.{name}" for kind in ("limits", "requests") for name in ("cpu", "memory"))
_OTHER_AMOUNTS = re.compile(r"(?:limits|requests)\.(?:ephemeral-storage|hugepages-\w+)")
_DIVISOR = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?m?")


def read_env(fields: Fields, container: str) -> tuple[EnvVar, ...]:
    """`container` is the name of the one they are of."""
    found: dict[str, EnvVar] = {}
    lines: dict[str, int] = {}
    for each in fields.each("env", hint='write "- name: KEY" and below it "value: text"'):
        name = each.text("name", check=check_env_name, required=True)
        variable = _variable(each, name or "", container)
        each.close({})
        if name is None or variable is None:
            continue
        if name in found:
            each.warn("name", f"env {name} is set on line {lines[name]} already: the last one counts")
            del found[name]
        lines[name] = each.line("name")
        found[name] = variable
    return tuple(found.values())


def _variable(each: Fields, name: str, container: str) -> EnvVar | None:
    """None where it is not set: an error, or a source that there is not here (and a warning)."""
    value = each.text("value", check=_env_value)
    source = each.fields("valueFrom")
    if source is None:
        return EnvVar(name=name, value=value or "")
    if value:
        each.error("valueFrom", "valueFrom may not be there when value is not empty", "remove one of them")
    read = _source(source, container)
    return None if read is None else EnvVar(name=name, source=read)


def _source(fields: Fields, container: str) -> EnvSource | None:
    given = [key for key in _SOURCES if fields.has(key)]
    if fields.has("fileKeyRef"):
        fields.warn("fileKeyRef", "fileKeyRef of valueFrom is ignored: the variable is not set")
        fields.silent("fileKeyRef", *given)
        return None
    if len(given) != 1:
        has = "has no source" if not given else f"has {len(given)} sources"
        fields.error(None, f"valueFrom {has}: it needs exactly one of {listed(_SOURCES)}")
        fields.close({})
        return None
    kind, inner = given[0], fields.fields(given[0])
    fields.close({})
    if inner is None:
        return None
    if kind == "fieldRef":
        path = read_field_path(inner, _ENV_PATHS)
        return None if path is None else EnvSource(kind="fieldRef", key=path)
    if kind == "resourceFieldRef":
        return _resource(inner, container)
    name = inner.text("name", check=check_object_name, required=True)
    key = inner.text("key", check=check_key, required=True)
    optional = inner.boolean("optional")
    inner.close({})
    if name is None or key is None:
        return None
    return EnvSource.model_validate({"kind": kind, "name": name, "key": key, "optional": bool(optional)})


def _resource(inner: Fields, container: str) -> EnvSource | None:
    of, key = read_resource(inner)
    if key is None:
        return None
    return EnvSource(kind="resourceFieldRef", name="" if of == container else of, key=key)


def _env_value(text: str) -> str:
    if len(text.encode()) > MAX_ENV_BYTES:
        raise InvalidInput(f"value is longer than the {MAX_ENV_BYTES // 1024} KiB that a process can be given")
    return text


# -- the downward API, the same for variables and files


def read_file_path_ref(fields: Fields) -> str | None:
    return read_field_path(fields, _FILE_PATHS)


def read_field_path(fields: Fields, known: tuple[str, ...]) -> str | None:
    """`fieldRef`: one of the paths a replica may know, or one label or annotation."""
    version = fields.text("apiVersion")
    path = fields.text("fieldPath", required=True)
    fields.close({})
    if version not in (None, "", "v1"):
        fields.error("apiVersion", f"apiVersion of a fieldRef must be v1, not {quoted(version)}")
    if path is None:
        return None
    if found := _SUBSCRIPT.fullmatch(path):
        try:
            check_label_key(found[1].lower())
        except InvalidInput as error:
            fields.error("fieldPath", f"fieldPath: {error}")
            return None
        return path
    if path not in known:
        message = f"fieldPath {quoted(path)} is none that a replica can be told"
        fields.error("fieldPath", message, "write " + listed((*known, "metadata.labels['KEY']")))
        return None
    if path in _UNKNOWN_YET:
        fields.warn("fieldPath", f"fieldPath {path} is empty: an address is known only once the replica runs")
    return path


def read_resource(fields: Fields) -> tuple[str, str | None]:
    """`resourceFieldRef` as (container name or "", `limits.cpu` with `/divisor` behind it where it is not 1).

    None (and a warning) for amounts that nothing limits here, and where it is wrong (and an error)."""
    name = fields.text("containerName") or ""
    resource = fields.text("resource", required=True)
    divisor = fields.amount("divisor", _divisor)
    fields.close({})
    if resource is None:
        return name, None
    if _OTHER_AMOUNTS.fullmatch(resource):
        fields.warn("resource", f"resource {resource} is ignored: only cpu and memory are known here")
        return name, None
    if resource not in _AMOUNTS:
        message = f"resource must be {listed(tuple(sorted(_AMOUNTS)))}, not {quoted(resource)}"
        fields.error("resource", message)
        return name, None
    return name, resource if divisor in (None, "", "1", "0") else f"{resource}/{divisor}"


def _divisor(text: str) -> str:
    """Written without a unit: `1Mi` as `1048576`; `1m` stays."""
    if _DIVISOR.fullmatch(text):
        return text
    size = parse_memory(text)
    return str(Fraction(size))
