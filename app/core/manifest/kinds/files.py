"""Volumes whose files are written when a replica starts: configMap, secret, downwardAPI, projected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from app.core.errors import InvalidInput
from app.core.manifest.fields import Fields
from app.core.manifest.findings import Unhonoured
from app.core.manifest.kinds.env import read_file_path_ref, read_resource
from app.core.manifest.kinds.keys import check_key, check_object_name
from app.core.manifest.paths import climbs
from app.core.quoting import quoted
from app.core.spec import FileItem, Files, FileSource

_MODE = 0o644
_UNKNOWN_SOURCES = {
    "serviceAccountToken": Unhonoured("there is no Kubernetes API to call: the file is not there"),
    "clusterTrustBundle": Unhonoured("there is no cluster to trust: the file is not there"),
    "podCertificate": Unhonoured("there is no cluster that signs: the file is not there"),
}


def read_configmap_files(inner: Fields) -> Files | None:
    return _whole(inner, _configmap(inner))


def read_secret_files(inner: Fields) -> Files | None:
    name = inner.text("secretName", check=check_object_name, required=True)
    return _whole(inner, _named(inner, "secret", name))


def read_downward_files(inner: Fields) -> Files | None:
    return _whole(inner, _downward(inner))


def read_projected(inner: Fields) -> Files | None:
    """Sources that do not exist here are left out (and a warning)."""
    mode = inner.mode("defaultMode")
    sources = [_projected(each) for each in inner.each("sources")]
    inner.close({})
    found = tuple(source for source in sources if source is not None)
    return Files(sources=found, default_mode=_MODE if mode is None else mode)


def _whole(inner: Fields, source: FileSource | None) -> Files | None:
    mode = inner.mode("defaultMode")
    inner.close({}, {"secretname": "secretName", "name": "secretName"})
    return None if source is None else Files(sources=(source,), default_mode=_MODE if mode is None else mode)


def _configmap(inner: Fields) -> FileSource | None:
    return _named(inner, "configMap", inner.text("name", check=check_object_name, required=True))


def _secret(inner: Fields) -> FileSource | None:
    return _named(inner, "secret", inner.text("name", check=check_object_name, required=True))


def _named(inner: Fields, kind: Literal["configMap", "secret"], name: str | None) -> FileSource | None:
    items = tuple(item for item in map(_item, inner.each("items")) if item is not None)
    optional = inner.boolean("optional")
    return None if name is None else FileSource(kind=kind, name=name, items=items, optional=bool(optional))


def _downward(inner: Fields) -> FileSource:
    items = tuple(item for item in map(_told, inner.each("items")) if item is not None)
    return FileSource(kind="downwardAPI", items=items)


_SOURCES: dict[str, Callable[[Fields], FileSource | None]] = {
    "configMap": _configmap,
    "secret": _secret,
    "downwardAPI": _downward,
}


def _projected(each: Fields) -> FileSource | None:
    given = [key for key in _SOURCES if key in each.node.entries]
    others = [key for key in _UNKNOWN_SOURCES if key in each.node.entries]
    each.silent(*given)
    each.close(_UNKNOWN_SOURCES)
    if len(given) + len(others) != 1:
        each.error(None, f"an item of sources needs exactly one source, not {len(given) + len(others)}")
        return None
    inner = each.fields(given[0]) if given else None
    if inner is None:
        return None
    source = _SOURCES[given[0]](inner)
    inner.close({})
    return source


def _item(each: Fields) -> FileItem | None:
    key = each.text("key", check=check_key, required=True)
    path = each.text("path", check=check_relative, required=True)
    mode = each.mode("mode")
    each.close({})
    return None if key is None or path is None else FileItem(key=key, path=path, mode=mode)


def _told(each: Fields) -> FileItem | None:
    path = each.text("path", check=check_relative, required=True)
    mode = each.mode("mode")
    given = [key for key in ("fieldRef", "resourceFieldRef") if each.has(key)]
    inner = each.fields(given[0]) if len(given) == 1 else None
    each.silent("fieldRef", "resourceFieldRef")
    each.close({})
    if len(given) != 1:
        each.error(None, "an item of downwardAPI needs exactly one of fieldRef or resourceFieldRef")
    if inner is None:
        return None
    key = read_file_path_ref(inner) if given == ["fieldRef"] else _resource(inner)
    return None if key is None or path is None else FileItem(key=key, path=path, mode=mode)


def _resource(inner: Fields) -> str | None:
    if not inner.has("containerName"):
        inner.error("containerName", "containerName is missing: name the container whose resources are meant")
    name, resource = read_resource(inner)
    return None if resource is None else f"{name}:{resource}"


def check_relative(text: str) -> str:
    """A path below the mount: not absolute, without `..`."""
    if not text or text.startswith("/") or climbs(text):
        raise InvalidInput(
            f"{quoted(text)} is not a path below the mount: write one without a leading / and without .."
        )
    return text
