"""A limit other than memory that a wish can hold: shared memory, as a volume in memory at /dev/shm."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.core.diagnosis import RemedyClass
from app.core.incidents import Proposal, Risk
from app.core.quantities import format_memory
from app.core.runtimenames import NOSANA
from app.core.spec import AppSpec
from app.core.template import EmptyDir, Volume, VolumeMount
from app.healing.remedies.case import Case

SHM = "/dev/shm"  # noqa: S108  the path inside the container
FIRST_BYTES = 256 * 1024 * 1024
"""Four times of what an engine gives by itself."""
CEILING_BYTES = 4 * 1024 * 1024 * 1024
_SPEAKS_OF_IT = re.compile(r"shm|shared memory|bus error", re.IGNORECASE)


def raise_limit(case: Case) -> Iterator[Proposal]:
    """Twice the shared memory it has, or a first volume for it. Other limits are the host's, or the image's."""
    if not _SPEAKS_OF_IT.search(case.quoted) or case.spec.runtime == NOSANA:
        return
    mount = next((one for one in case.container.volume_mounts if one.mount_path.rstrip("/") == SHM), None)
    if mount is None:
        yield _proposal(case, None, FIRST_BYTES, _with_volume(case))
        return
    volume = next(one for one in case.spec.template.volumes if one.name == mount.name)
    source = volume.source
    if not isinstance(source, EmptyDir) or source.size_limit_bytes is None:
        return
    size = 2 * source.size_limit_bytes
    if size <= CEILING_BYTES:
        yield _proposal(case, source.size_limit_bytes, size, _with_size(case, volume, size))


def _proposal(case: Case, old: int | None, new: int, after: AppSpec) -> Proposal:
    was = format_memory(old) if old is not None else "what the engine gives"
    return Proposal(
        remedy=RemedyClass.RAISE_LIMIT,
        way="shm",
        what=f"raise its shared memory (/dev/shm) from {was} to {format_memory(new)}",
        risk=Risk.SAFE,
        after=after,
        undo=f"the volumes of revision {case.view.revision} come back",
        cost=f"up to {format_memory(new - (old or 0))} more memory per replica",
    )


def _with_volume(case: Case) -> AppSpec:
    taken = {one.name for one in case.spec.template.volumes}
    name = next(one for one in ("shm", "kubelite-shm", "kubelite-shm-2") if one not in taken)
    volume = Volume(name=name, source=EmptyDir(medium="Memory", size_limit_bytes=FIRST_BYTES))
    mounts = (*case.container.volume_mounts, VolumeMount(name=name, mount_path=SHM))
    return _with_volumes(case.with_container(volume_mounts=mounts), (*case.spec.template.volumes, volume))


def _with_size(case: Case, volume: Volume, size: int) -> AppSpec:
    larger = volume.model_copy(update={"source": volume.source.model_copy(update={"size_limit_bytes": size})})
    return _with_volumes(case.spec, tuple(larger if one is volume else one for one in case.spec.template.volumes))


def _with_volumes(spec: AppSpec, volumes: tuple[Volume, ...]) -> AppSpec:
    return spec.model_copy(update={"template": spec.template.model_copy(update={"volumes": volumes})})
