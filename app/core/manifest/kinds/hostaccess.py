"""The host's own namespaces: given to a pod only where an administrator allows it."""

from __future__ import annotations

from app.core.manifest.fields import Fields
from app.core.manifest.kinds.security import ALLOWED_BY, NO_HOST_ACCESS
from app.core.manifest.report import Reason

_FIELDS = {
    "hostNetwork": ("host_network", f"{NO_HOST_ACCESS}; give the port a hostPort instead"),
    "hostPID": ("host_pid", NO_HOST_ACCESS),
    "hostIPC": ("host_ipc", NO_HOST_ACCESS),
}


def read_host_access(pod: Fields) -> dict[str, bool]:
    """The `host_*` fields of a template; an error for each that is asked for and not allowed."""
    found = {}
    for key, (name, says) in _FIELDS.items():
        wanted = bool(pod.boolean(key))
        if wanted and not pod.out.policy.allow_host_access:
            pod.error(key, f"{key} is not supported: {says}", ALLOWED_BY, Reason.NOT_SUPPORTED)
        found[name] = wanted
    return found
