"""What an administrator allows a manifest to reach of the host. Pure: the caller fills it from the settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.manifest.paths import climbs, is_below
from app.core.template import HostPath, PodTemplate

ALLOW_SETTING = "KUBELITE_ALLOW_HOST_ACCESS"
PATHS_SETTING = "KUBELITE_HOST_PATHS"

DEFAULT_CAPABILITIES = frozenset(
    re.findall(
        r"\w+",
        "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP "
        "SETUID SYS_CHROOT",
    )
)
"""What Docker gives every container (moby `oci/caps/defaults.go`): asking for these asks for nothing more."""


@dataclass(frozen=True, slots=True)
class Policy:
    """By default nothing. `host_path_roots` are absolute directories whose content may be mounted (read-only);
    `allow_host_access` allows every path, the host's namespaces, privileged containers and any capability."""

    allow_host_access: bool = False
    host_path_roots: tuple[str, ...] = ()

    def allows_path(self, path: str) -> bool:
        """Whether a directory of the host may be mounted; `path` is absolute and has no `..` in it."""
        return self.allow_host_access or any(is_below(path, root) for root in self.host_path_roots)

    def beyond(self, template: PodTemplate) -> tuple[str, ...]:
        """In words, what a template has of the host that this policy does not allow: one that was read under another
        policy (a kept revision, an undo) may have what no manifest may say today."""
        return () if self.allow_host_access else tuple(self._beyond(template))

    def _beyond(self, template: PodTemplate) -> Iterator[str]:
        yield from (f"the host's {name}" for name in ("network", "pid", "ipc") if getattr(template, f"host_{name}"))
        for one in (*template.init_containers, *template.containers):
            if one.security.privileged:
                yield f"the privileged container {one.name}"
            yield from (
                f"the capability {name}" for name in one.security.add_capabilities if name not in DEFAULT_CAPABILITIES
            )
        paths = [volume.source.path for volume in template.volumes if isinstance(volume.source, HostPath)]
        yield from (f"the host's directory {path}" for path in paths if climbs(path) or not self.allows_path(path))


NOTHING = Policy()
