"""`volumes` of a pod: what is on disk for it, and what of that there is on one host."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.files import read_configmap_files, read_downward_files, read_projected, read_secret_files
from app.core.manifest.kinds.keys import check_object_name
from app.core.manifest.paths import clean, climbs
from app.core.manifest.policy import PATHS_SETTING
from app.core.manifest.report import Reason
from app.core.names import check_container_name
from app.core.quantities import parse_memory
from app.core.quoting import listed, quoted
from app.core.spec import Claim, EmptyDir, Files, HostPath, Volume

Source = EmptyDir | HostPath | Claim | Files

_ELSEWHERE_STORED = re.findall(
    r"\w+",
    "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk gitRepo "
    "glusterfs image iscsi nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume",
)


def read_volumes(pod: Fields) -> dict[str, Volume | None]:
    """By name; None for one that is there but wrong (and an error), so that its mounts are not blamed too."""
    found: dict[str, Volume | None] = {}
    lines: dict[str, int] = {}
    for each in pod.each("volumes", hint='write "- name: NAME" and below it the volume, such as "emptyDir: {}"'):
        name = each.text("name", check=check_container_name, required=True)
        source = _source(each, name or "a volume")
        if name is None:
            continue
        if name in lines:
            message = f"duplicate volume name {quoted(name)}: line {lines[name]} has it too"
            each.error("name", message, "rename one")
        lines.setdefault(name, each.line("name"))
        found[name] = None if source is None else Volume(name=name, source=source)
    return found


def _source(each: Fields, name: str) -> Source | None:
    given = [key for key in (*_READERS, *_ELSEWHERE_STORED) if key in each.node.entries]
    if len(given) > 1:
        each.error(None, f"volume {quoted(name)} has {len(given)} types ({listed(given, 'and')}): it needs exactly one")
    each.silent(*given)
    each.close({}, {"configmap": "configMap", "pvc": "persistentVolumeClaim"})
    if not given:
        return EmptyDir()
    if given[0] in _ELSEWHERE_STORED:
        return _stand_in(each, given[0], name)
    inner = each.fields(given[0])
    if inner is not None:
        return _READERS[given[0]](inner)
    return None if each.has(given[0]) else EmptyDir()


def _stand_in(each: Fields, kind: str, name: str) -> EmptyDir:
    message = (
        f"{kind} of volume {quoted(name)} is not mounted: an empty directory stands in its place, and what is written "
        "there is lost with the replica"
    )
    each.warn(kind, message, "use a persistentVolumeClaim for what must last")
    return EmptyDir()


def _empty_dir(inner: Fields) -> EmptyDir:
    medium = inner.text("medium") or ""
    size = inner.amount("sizeLimit", parse_memory)
    inner.close({})
    if medium.startswith("HugePages"):
        inner.warn("medium", f"medium {medium} is ignored: the directory is on disk")
    elif medium not in ("", "Memory"):
        inner.error("medium", f"medium must be Memory or empty, not {quoted(medium)}")
    return EmptyDir(medium="Memory" if medium == "Memory" else "", size_limit_bytes=size)


def _ephemeral(inner: Fields) -> EmptyDir:
    inner.silent("volumeClaimTemplate")
    inner.close({})
    return EmptyDir()


def _claim(inner: Fields) -> Claim | None:
    name = inner.text("claimName", check=check_object_name, required=True)
    read_only = inner.boolean("readOnly")
    inner.close({}, {"name": "claimName"})
    return None if name is None else Claim(name=name, read_only=bool(read_only))


def _host_path(inner: Fields) -> HostPath | None:
    path = inner.text("path", required=True)
    kind = inner.text("type") or ""
    inner.close({})
    if path is None:
        return None
    if not path.startswith("/") or climbs(path):
        inner.error("path", f"path must be absolute and without .., not {quoted(path)}")
        return None
    shortest = clean(path)
    if not inner.out.policy.allows_path(shortest):
        _refused(inner, shortest)
        return None
    if kind.endswith("OrCreate"):
        inner.warn("type", f"type {kind} is ignored: nothing is created on the host")
    return HostPath(path=shortest)


def _refused(inner: Fields, path: str) -> None:
    at = inner.path
    message = f"hostPath is not allowed: apps get no access to the host's files or sockets ({quoted(path)})"
    hint = f"use a persistentVolumeClaim; an administrator can allow directories: {PATHS_SETTING}"
    inner.error_at(at, inner.line(), message, hint, Reason.NOT_SUPPORTED)


_READERS: dict[str, Callable[[Fields], Source | None]] = {
    "emptyDir": _empty_dir,
    "hostPath": _host_path,
    "persistentVolumeClaim": _claim,
    "configMap": read_configmap_files,
    "secret": read_secret_files,
    "downwardAPI": read_downward_files,
    "projected": read_projected,
    "ephemeral": _ephemeral,
}
