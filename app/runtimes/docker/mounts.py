"""Volumes of a pod in the Engine's words, as pure functions: which mounts a container gets, what is written into them.

Directories of one attempt (`emptyDir`, files) are volumes of their own, named and labelled as the attempt's, so that
all its containers share them and they are found and removed with it. They come to be with the first container that
mounts them and are never there without one, so a volume nobody uses is always a leftover. Binds are `Mounts`, never
`Binds`: those would make a missing host directory, owned by root, without a word.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.core.errors import Permanent
from app.core.pods import FileContent, PodId, PodRequest
from app.core.template import Claim, Container, EmptyDir, Files, HostPath, PodTemplate, Volume, VolumeMount
from app.runtimes.docker.archive import Entry
from app.runtimes.docker.wire import INSTANCE_LABEL, Json, container_name, pod_labels

VOLUME_LABEL = "kubelite.io/volume"
CLAIM_LABEL = "kubelite.io/claim"

OPEN_MODE = 0o777
"""Of an empty directory: what the kubelet gives one too, so that a container of any user can write."""

WORKBENCH = "kubelite-volumes"
"""Directory of the container that writes the files, in which it has each volume under its name."""

TMPFS_MODE = 0o1777

SUBPATHS = (1, 45)
"""API version (Engine 26) from which a part of a volume can be mounted."""


def attempt_volume(instance: str, pod: PodId, volume: str) -> str:
    """The underscore keeps it apart from every claim and every container."""
    return f"{container_name(instance, pod)}._{volume}"


def claim_volume(instance: str, namespace: str, claim: str) -> str:
    """`kl.<instance>.<namespace>.<claim>`."""
    return f"kl.{instance}.{namespace}.{claim}"


def claim_labels(instance: str, namespace: str, claim: str) -> dict[str, str]:
    return {INSTANCE_LABEL: instance, CLAIM_LABEL: f"{namespace}/{claim}"}


def claims(template: PodTemplate) -> tuple[str, ...]:
    """The claims it mounts, each once."""
    return tuple(dict.fromkeys(volume.source.name for volume in _mounted(template) if isinstance(volume.source, Claim)))


def container_mounts(instance: str, request: PodRequest, container: Container, *, subpaths: bool) -> list[Json]:
    """`HostConfig.Mounts` of one container. Raises `Permanent` (InvalidConfig) for what this Engine cannot mount."""
    volumes = {volume.name: volume for volume in request.template.volumes}
    found = []
    for mount in container.volume_mounts:
        volume = volumes.get(mount.name)
        if volume is None:
            raise _invalid(container, mount, "there is no such volume in the template")
        if isinstance(volume.source, Files) and mount.sub_path:
            if container.security.read_only_root_filesystem:
                raise _invalid(container, mount, "one file cannot be put into a read-only root; mount the whole volume")
            _part(request, container, mount)
        else:
            found.append(_mount(instance, request, container, mount, volume, subpaths=subpaths))
    return found


def placed_files(request: PodRequest, container: Container) -> list[Entry]:
    """The files of a `Files` volume that go into the container one by one (`sub_path`), at their place in it."""
    sources = {volume.name: volume.source for volume in request.template.volumes}
    return [
        Entry(posixpath.join(mount.mount_path, rest).strip("/"), file.mode, file.data)
        for mount in container.volume_mounts
        if mount.sub_path and isinstance(sources.get(mount.name), Files)
        for rest, file in _part(request, container, mount)
    ]


def contents(instance: str, request: PodRequest) -> list[Entry]:
    """What is written into the pod's volumes before it runs, below `WORKBENCH`."""
    return [entry for volume in _mounted(request.template) for entry in _contents(instance, request, volume)]


def workbench_mounts(instance: str, request: PodRequest, entries: Sequence[Entry]) -> list[Json]:
    """Mounts of the container that writes `entries`: the volumes they are for, writable. One that only an init
    container mounts comes to be here, so it gets its labels here too."""
    mine = {attempt_volume(instance, request.id, volume.name): volume.name for volume in request.template.volumes}
    return [
        {
            "Type": "volume",
            "Source": name,
            "Target": f"/{WORKBENCH}/{name}",
            "VolumeOptions": {"NoCopy": True, "Labels": _volume_labels(instance, request.id, mine.get(name, ""))},
        }
        for name in dict.fromkeys(entry.path.split("/")[1] for entry in entries)
    ]


def _volume_labels(instance: str, pod: PodId, volume: str) -> dict[str, str]:
    return {**pod_labels(instance, pod), VOLUME_LABEL: volume}


def _mounted(template: PodTemplate) -> Iterator[Volume]:
    used = {mount.name for one in (*template.containers, *template.init_containers) for mount in one.volume_mounts}
    return (volume for volume in template.volumes if volume.name in used)


def _contents(instance: str, request: PodRequest, volume: Volume) -> Iterator[Entry]:
    name, pod = attempt_volume(instance, request.id, volume.name), request.id
    match volume.source:
        case Files():
            root = f"{WORKBENCH}/{name}"
            yield Entry(root, 0o755, None)
            for file in request.files.get(volume.name, ()):
                yield Entry(f"{root}/{_inside(file)}", file.mode, file.data)
        case EmptyDir() if not _in_memory(request.template, volume):
            yield Entry(f"{WORKBENCH}/{name}", OPEN_MODE, None)
            yield from _parts(request, volume, f"{WORKBENCH}/{name}")
        case Claim(name=claim):
            name = claim_volume(instance, pod.app.namespace, claim)
            yield from _parts(request, volume, f"{WORKBENCH}/{name}")


def _parts(request: PodRequest, volume: Volume, root: str) -> Iterator[Entry]:
    """Each part of a volume that is mounted for itself: the Engine does not make it."""
    for one in (*request.template.containers, *request.template.init_containers):
        for mount in one.volume_mounts:
            if mount.name == volume.name and mount.sub_path:
                yield Entry(f"{root}/{_clean(one, mount)}", OPEN_MODE, None)


def _mount(
    instance: str, request: PodRequest, container: Container, mount: VolumeMount, volume: Volume, *, subpaths: bool
) -> Json:
    source, pod = volume.source, request.id
    found: Json = {"Type": "volume", "Target": mount.mount_path, "ReadOnly": mount.read_only}
    options: Json = {"NoCopy": True, "Labels": _volume_labels(instance, pod, volume.name)}
    match source:
        case HostPath(path=path):
            part = posixpath.join(path, _clean(container, mount)) if mount.sub_path else path
            return {**found, "Type": "bind", "Source": part, "ReadOnly": True}
        case EmptyDir() if _in_memory(request.template, volume):
            if mount.sub_path:
                raise _invalid(container, mount, "a part of a volume in memory cannot be mounted")
            if _users(request.template, volume.name) == 1:
                return {**found, "Type": "tmpfs", "TmpfsOptions": {"Mode": TMPFS_MODE, **_size(source)}}
            options["DriverConfig"] = _shared_memory(source)
            found["Source"] = attempt_volume(instance, pod, volume.name)
        case Claim(name=claim, read_only=read_only):
            options["Labels"] = claim_labels(instance, pod.app.namespace, claim)
            found["Source"] = claim_volume(instance, pod.app.namespace, claim)
            found["ReadOnly"] = mount.read_only or read_only
        case Files():
            found["Source"] = attempt_volume(instance, pod, volume.name)
            found["ReadOnly"] = True
        case _:
            found["Source"] = attempt_volume(instance, pod, volume.name)
    if mount.sub_path:
        if not subpaths:
            words = "this Docker Engine (below 26) mounts whole volumes only; leave subPath out, or update the Engine"
            raise _invalid(container, mount, words)
        options["Subpath"] = _clean(container, mount)
    return {**found, "VolumeOptions": options}


def _in_memory(template: PodTemplate, volume: Volume) -> bool:
    """A tmpfs is gone when the last container lets go of it, so what an init container writes would not reach the
    others: such a volume is kept on disk."""
    if not isinstance(volume.source, EmptyDir) or volume.source.medium != "Memory":
        return False
    return not any(mount.name == volume.name for one in template.init_containers for mount in one.volume_mounts)


def _users(template: PodTemplate, volume: str) -> int:
    return sum(mount.name == volume for one in template.containers for mount in one.volume_mounts)


def _size(source: EmptyDir) -> Json:
    return {"SizeBytes": source.size_limit_bytes} if source.size_limit_bytes else {}


def _shared_memory(source: EmptyDir) -> Json:
    size = f",size={source.size_limit_bytes}" if source.size_limit_bytes else ""
    return {"Name": "local", "Options": {"type": "tmpfs", "device": "tmpfs", "o": f"mode={TMPFS_MODE:o}{size}"}}


def _part(request: PodRequest, container: Container, mount: VolumeMount) -> list[tuple[str, FileContent]]:
    """The files of one `sub_path` and where each goes below the mount path: "" for the file itself."""
    part = _clean(container, mount)
    found = [
        (_inside(file).removeprefix(part).strip("/"), file)
        for file in request.files.get(mount.name, ())
        if f"{_inside(file)}/".startswith(f"{part}/")
    ]
    # Without any file it is a source that may be missing (`optional`).
    if not found and request.files.get(mount.name):
        raise _invalid(container, mount, "the volume has no such file")
    return found


def _clean(container: Container, mount: VolumeMount) -> str:
    if (found := _relative(mount.sub_path)) is None:
        raise _invalid(container, mount, "it must be a relative path without `..`")
    return found


def _inside(file: FileContent) -> str:
    if (found := _relative(file.path)) is None:
        raise Permanent(f"The file path {file.path!r} must be relative and without `..`.", reason="InvalidConfig")
    return found


def _relative(path: str) -> str | None:
    found = posixpath.normpath(path)
    return None if found.startswith(("/", "..")) or found == "." else found


def _invalid(container: Container, mount: VolumeMount, words: str) -> Permanent:
    where = f"The mount of volume {mount.name!r} in container {container.name!r}"
    part = f" with subPath {mount.sub_path!r}" if mount.sub_path else ""
    return Permanent(f"{where}{part} is not possible: {words}.", reason="InvalidConfig")


def volume_names(inspected: Mapping[str, Any]) -> tuple[str, ...]:
    """The volumes a container mounts, by name."""
    return tuple(
        str(mount["Name"])
        for mount in inspected.get("Mounts") or ()
        if mount.get("Type") == "volume" and mount.get("Name")
    )
