"""Directories of the host: what a manifest names must be what is mounted.

A path was allowed by its spelling. The Engine follows symbolic links in it, and whoever may write below an allowed
directory could lead a mount anywhere with one. So no link is followed: the real directory has to be named.
"""

from __future__ import annotations

import os
import posixpath

from app.core.errors import Permanent
from app.core.template import Container, HostPath, PodTemplate


def sources(template: PodTemplate) -> tuple[str, ...]:
    """The directories of the host that a pod mounts, each once; a part of one (`sub_path`) for itself."""
    paths = {volume.name: volume.source.path for volume in template.volumes if isinstance(volume.source, HostPath)}
    containers: tuple[Container, ...] = (*template.init_containers, *template.containers)
    mounts = [mount for one in containers for mount in one.volume_mounts if mount.name in paths]
    return tuple(dict.fromkeys(posixpath.normpath(posixpath.join(paths[one.name], one.sub_path)) for one in mounts))


def check_no_links(paths: tuple[str, ...]) -> None:
    """Looks at this machine's disk: for an Engine that has the same one. Raises `Permanent` (InvalidConfig)."""
    for path in paths:
        if (real := os.path.realpath(path)) != path:
            raise Permanent(
                f"The host's directory {path} is reached through a symbolic link, which is not followed: it is {real}; "
                "name that one, where it may be mounted",
                reason="InvalidConfig",
            )
