"""Volumes of a pod as plain data."""

from __future__ import annotations

from app.core.manifest.export.plain import Octal, Plain, given, unless
from app.core.quantities import format_memory
from app.core.spec import Claim, EmptyDir, FileItem, Files, FileSource, HostPath, Volume

_DEFAULT_MODE = 0o644


def volume(of: Volume) -> Plain:
    return {"name": of.name, **_source(of.source)}


def _source(source: EmptyDir | HostPath | Claim | Files) -> Plain:
    if isinstance(source, EmptyDir):
        size = source.size_limit_bytes
        limit = {} if size is None else {"sizeLimit": format_memory(size)}
        return {"emptyDir": {**given(medium=source.medium), **limit}}
    if isinstance(source, HostPath):
        return {"hostPath": {"path": source.path}}
    if isinstance(source, Claim):
        return {"persistentVolumeClaim": {"claimName": source.name, **given(readOnly=source.read_only)}}
    return _files(source)


def _files(files: Files) -> Plain:
    """One source as the volume it is named after, several as a projected one."""
    mode = {} if files.default_mode == _DEFAULT_MODE else {"defaultMode": Octal(files.default_mode)}
    if len(files.sources) != 1:
        return {"projected": {**mode, "sources": [{each.kind: _content(each)} for each in files.sources]}}
    (source,) = files.sources
    content = _content(source)
    if source.kind == "secret":
        content = {"secretName": content.pop("name"), **content}
    return {source.kind: {**content, **mode}}


def _content(source: FileSource) -> Plain:
    told = source.kind == "downwardAPI"
    items = [_told(item) if told else {"key": item.key, **_place(item)} for item in source.items]
    return {**given(name=source.name, items=items, optional=source.optional)}


def _told(item: FileItem) -> Plain:
    container, colon, resource = item.key.partition(":")
    if not colon or "['" in container:
        return {**_place(item), "fieldRef": {"fieldPath": item.key}}
    return {**_place(item), "resourceFieldRef": resource_ref(resource, container)}


def resource_ref(key: str, container: str) -> Plain:
    """`limits.cpu/1m` of a container; "" = the one it stands in."""
    resource, _, divisor = key.partition("/")
    return {**given(containerName=container), "resource": resource, **unless("divisor", divisor, "")}


def _place(item: FileItem) -> Plain:
    return {"path": item.path, **({} if item.mode is None else {"mode": Octal(item.mode)})}
