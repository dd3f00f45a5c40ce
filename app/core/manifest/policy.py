"""What an administrator allows a manifest to reach of the host. Pure: the caller fills it from the settings."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.manifest.paths import is_below

ALLOW_SETTING = "KUBELITE_ALLOW_HOST_ACCESS"
PATHS_SETTING = "KUBELITE_HOST_PATHS"


@dataclass(frozen=True, slots=True)
class Policy:
    """By default nothing. `host_path_roots` are absolute directories whose content may be mounted (read-only);
    `allow_host_access` allows every path, the host's namespaces, privileged containers and any capability."""

    allow_host_access: bool = False
    host_path_roots: tuple[str, ...] = ()

    def allows_path(self, path: str) -> bool:
        """Whether a directory of the host may be mounted; `path` is absolute and has no `..` in it."""
        return self.allow_host_access or any(is_below(path, root) for root in self.host_path_roots)


NOTHING = Policy()
