"""What a refusal of the Engine means, as pure functions: (status, message) becomes an error kind of ours.

The status alone does not tell: a busy port, a missing command and a broken registry are all 500 or 400, so the text
decides. Texts are those of Engines 20.10 to 26.1; an unknown 5xx is `Transient`, an unknown 4xx is `Permanent`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from app.core.errors import Permanent, PortError, Transient


class _Rule(NamedTuple):
    pattern: re.Pattern[str]
    reason: str
    sentence: str
    permanent: bool = True


def _rule(pattern: str, reason: str, sentence: str, *, permanent: bool = True) -> _Rule:
    return _Rule(re.compile(pattern, re.IGNORECASE), reason, sentence, permanent)


_FULL = _rule(
    "no space left on device",
    "NoSpaceLeft",
    "The disk of the container engine is full; free some with `docker system prune`",
    permanent=False,
)

_CALLS = (
    _FULL,
    _rule(
        "port is already allocated|address already in use|ports are not available|access a socket in a way forbidden",
        "PortInUse",
        "The host port is taken by something else; choose another or free it",
    ),
    _rule(
        r"listen (tcp|udp)\S* .*permission denied|cannot expose privileged port",
        "PortNotAllowed",
        "The container engine may not use this host port; choose one above 1023",
    ),
    _rule("no such image", "ImageNotPresent", "The image is not on this machine"),
    _rule("invalid reference format|repository name must be", "InvalidImageName", "The image name is not valid"),
    _rule(
        r"executable file not found|stat .*: no such file or directory",
        "ContainerCannotRun",
        "The container's command does not exist in the image",
    ),
    _rule(
        r"exec: .*(permission denied|is a directory)", "ContainerCannotRun", "The container's command is not executable"
    ),
    _rule("no command specified", "ContainerCannotRun", "Neither the image nor the app says which command to run"),
    _rule("unable to find (user|group)", "ContainerCannotRun", "The image names a user that it does not have"),
    _rule(r"network \S+ not found", "NetworkMissing", "The container's network does not exist"),
    _rule(
        "range of cpus|nanocpus can not be set",
        "InsufficientCPU",
        "The CPU limit is more than this machine has; lower resources.limits.cpu",
    ),
    _rule("minimum memory", "InvalidConfig", "The memory is too small; give resources.limits.memory 6Mi or more"),
    _rule("could not select device driver", "InsufficientGPU", "This container engine offers no GPU"),
    _rule(
        "deadline exceeded|removal of container .* in progress|is marked for removal|try again",
        "EngineBusy",
        "The container engine is busy",
        permanent=False,
    ),
    _rule(
        "oci runtime|failed to create (shim )?task|unable to start container process",
        "ContainerCannotRun",
        "The container engine could not start the process",
    ),
)

_PULLS = (
    _FULL,
    _rule("invalid reference format|repository name must be", "InvalidImageName", "The image name is not valid"),
    _rule(
        "toomanyrequests|rate limit", "ErrImagePull", "The registry allows no more pulls for a while", permanent=False
    ),
    _rule(
        "no basic auth|unauthorized|authentication required|access denied|denied: ",
        "ErrImagePull",
        "The registry refuses: the image does not exist, or it needs a login; `docker login` and `docker pull` it once",
    ),
    _rule("x509:|certificate", "ErrImagePull", "The registry's certificate is not trusted"),
    _rule(
        "server gave http response to https",
        "ErrImagePull",
        "The registry speaks plain HTTP; add it to `insecure-registries` of the Engine to allow that",
    ),
    _rule("no matching manifest", "ErrImagePull", "The image was not built for this kind of machine"),
    _rule(
        r"connection refused|unreachable|no such host|timeout|timed out|deadline exceeded|temporary failure|"
        r"server misbehaving|connection reset|\bEOF\b",
        "ErrImagePull",
        "The registry cannot be reached",
        permanent=False,
    ),
    _rule("manifest unknown|not found|does not exist", "ErrImagePull", "The registry has no such image or tag"),
)


_ENDED = re.compile(r"(network|ipc) of a non[ -]running container|/proc/\d+/ns/", re.IGNORECASE)


def joined_too_late(message: str) -> bool:
    """Whether a start was refused because the container whose network it joins has ended: seen by the Engine before,
    or by runc when the process it was to join was gone a moment later."""
    return _ENDED.search(message) is not None


def classify(status: int, message: str) -> PortError:
    """The error a refused call stands for, in plain words followed by the Engine's own."""
    if known := _first(_CALLS, message):
        return known
    words = _words(message) or f"status {status}"
    if status >= 500 or status == 429:
        return Transient(f"The container engine failed: {words}", reason="EngineError")
    if status in (401, 403):
        return Permanent(f"The container engine does not allow this: {words}", reason="EngineRefused")
    if status == 404:
        return Permanent(f"The container engine does not know this: {words}", reason="NotFound")
    return Permanent(f"The container engine refuses the configuration: {words}", reason="InvalidConfig")


def classify_pull(status: int, message: str) -> PortError:
    """The error a failed pull stands for. `status` is 200 when the failure came as a line of the progress stream."""
    if known := _first(_PULLS, message):
        return known
    words = _words(message) or f"status {status}"
    if 400 <= status < 500:
        return Permanent(f"The image cannot be pulled: {words}", reason="ErrImagePull")
    return Transient(f"The pull did not finish: {words}", reason="ErrImagePull")


def start_failure(message: str) -> str:
    """The reason word for `State.Error` of a container that never started."""
    known = _first(_CALLS, message)
    return known.reason if known else "ContainerCannotRun"


def _first(rules: tuple[_Rule, ...], message: str) -> PortError | None:
    for rule in rules:
        if rule.pattern.search(message):
            kind = Permanent if rule.permanent else Transient
            return kind(f"{rule.sentence}: {_words(message)}", reason=rule.reason)
    return None


def _words(message: str) -> str:
    return " ".join(message.split())
