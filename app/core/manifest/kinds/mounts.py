"""`volumeMounts` of a container: which volume of the pod is seen where."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.errors import InvalidInput
from app.core.manifest.fields import Fields
from app.core.manifest.findings import Unhonoured
from app.core.manifest.kinds.files import check_relative
from app.core.quoting import listed, quoted
from app.core.spec import HostPath, Volume, VolumeMount

_MOUNT = {
    "mountPropagation": Unhonoured("mounts made later are not seen on the other side", harmless=("None",)),
    "recursiveReadOnly": Unhonoured("only the volume itself is read-only", harmless=("Disabled", "IfPossible")),
    "subPathExpr": Unhonoured("the whole volume is mounted; write subPath for one directory of it"),
}


def read_mounts(container: Fields, volumes: Mapping[str, Volume | None]) -> tuple[VolumeMount, ...]:
    """`volumes` are the pod's, by name."""
    first: dict[str, int] = {}
    found = []
    for each in container.each("volumeMounts", hint='write "- name: NAME" and below it "mountPath: /path"'):
        mount = _mount(each, volumes)
        if mount is None:
            continue
        if mount.mount_path in first:
            message = f"duplicate mountPath {quoted(mount.mount_path)}: line {first[mount.mount_path]} has it too"
            each.error("mountPath", message, "mount each volume in a place of its own")
        first.setdefault(mount.mount_path, each.line("mountPath"))
        found.append(mount)
    return tuple(found)


def _mount(each: Fields, volumes: Mapping[str, Volume | None]) -> VolumeMount | None:
    name = each.text("name", required=True)
    path = each.text("mountPath", check=_absolute, required=True)
    sub_path = each.text("subPath", check=_below) or ""
    read_only = bool(each.boolean("readOnly"))
    each.close(_MOUNT, {"path": "mountPath"})
    if name is not None and name not in volumes:
        there = f"the pod's volumes are {listed(tuple(sorted(volumes)[:12]), 'and')}" if volumes else "the pod has none"
        each.error("name", f"there is no volume {quoted(name)} to mount: {there}", "add it to the pod's volumes")
        return None
    if name is None or path is None:
        return None
    volume = volumes[name]
    if volume is not None and isinstance(volume.source, HostPath) and not read_only:
        each.warn("name", f"hostPath volume {quoted(name)} is mounted read-only", "write readOnly: true")
        read_only = True
    return VolumeMount(name=name, mount_path=path, sub_path=sub_path, read_only=read_only)


def _absolute(text: str) -> str:
    if not text.startswith("/") or ":" in text:
        raise InvalidInput(f"mountPath must be an absolute path without ':', such as /data, not {quoted(text)}")
    return text


def _below(text: str) -> str:
    return check_relative(text) if text else text
