"""What would settle a doubt: for each cause the one look that proves or disproves it."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.diagnosis import Cause

SURE = 0.8
"""From here on nothing more is asked for."""

LOOKS: dict[Cause, str] = {
    Cause.OUT_OF_MEMORY: "the OOM flag of the ended container, its memory use before the end, and the kernel's log",
    Cause.APPLICATION_CRASH: "whether the version before runs with the same configuration",
    Cause.BAD_COMMAND: "the image's entrypoint and whether the file is there, executable and without carriage returns",
    Cause.MISSING_CONFIG: "which variables, ConfigMaps and Secrets the program asks for and which are set",
    Cause.INVALID_CONFIG: "the configuration as the container sees it, checked by the program's own test command",
    Cause.MISSING_FILE: "a listing of the path inside the image and of the mount's source",
    Cause.PORT_CONFLICT: "what listens on that port on the host and inside the container",
    Cause.IMAGE_NOT_FOUND: "the registry's list of tags for this name, asked with a login",
    Cause.IMAGE_AUTH: "a pull with a credential that is known to work",
    Cause.RATE_LIMITED: "the same pull an hour later or with a login",
    Cause.REGISTRY: "the registry's /v2/ asked from the same node with curl",
    Cause.ARCHITECTURE: "the image's platform beside the node's",
    Cause.PERMISSION: "the owner and mode of the path and the user the process runs as",
    Cause.DISK_FULL: "the free space of the node and of the volume",
    Cause.DEPENDENCY: "whether the service answers from inside this container's network",
    Cause.DNS: "a lookup of the name from inside the container, beside one of another name",
    Cause.AUTH: "a login to the service with the same credential by hand",
    Cause.PROBE: "the probe's command run by hand inside the container while the application runs",
    Cause.GPU: "nvidia-smi on the node and inside a container",
    Cause.GPU_MEMORY: "the card's memory in use beside what the model asks for",
    Cause.TLS: "the certificate's dates and issuer as the server sends it, and the container's clock",
    Cause.LIMIT: "the limit as the process sees it (ulimit -a, /proc/sys, df /dev/shm)",
    Cause.COMPLETED: "the exit code of the last run",
    Cause.KILLED: "who stopped it: the engine's events and the host's log at that moment",
    Cause.HANG: "a stack dump of the process while it stands still",
    Cause.STATE: "a start on an empty volume",
    Cause.UNKNOWN: "the exit code, the OOM flag, the last 200 lines of the ended attempt and what was changed last",
}


def settle(cause: Cause, others: Sequence[Cause], chance: float) -> str:
    """One sentence, or empty where `cause` is sure enough."""
    if cause is not Cause.UNKNOWN and chance >= SURE:
        return ""
    rival = next((other for other in others if other is not Cause.UNKNOWN), None)
    against = f" (against {rival.value}: {LOOKS[rival]})" if rival is not None and cause is not Cause.UNKNOWN else ""
    return f"To settle it, look at {LOOKS[cause]}{against}."
