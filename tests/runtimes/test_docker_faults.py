"""What a refusal of the Engine means. The texts are those of real Engines (20.10 and 26.1)."""

from __future__ import annotations

import pytest

from app.core.errors import Permanent, PortError, Transient
from app.runtimes.docker.faults import classify, classify_pull, joined_too_late, start_failure

OCI = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "


@pytest.mark.parametrize(
    ("status", "message", "kind", "reason"),
    [
        (404, "No such image: nosuch:1", Permanent, "ImageNotPresent"),
        (400, OCI + 'exec: "x": executable file not found in $PATH: unknown', Permanent, "ContainerCannotRun"),
        (400, OCI + 'exec: "/no": stat /no: no such file or directory: unknown', Permanent, "ContainerCannotRun"),
        (400, OCI + 'exec: "/etc/passwd": permission denied: unknown', Permanent, "ContainerCannotRun"),
        (400, "failed to create task for container: failed to create shim task", Permanent, "ContainerCannotRun"),
        (500, OCI + "error setting rlimit type 7: operation not permitted", Permanent, "ContainerCannotRun"),
        (400, "No command specified", Permanent, "ContainerCannotRun"),
        (400, "no command specified", Permanent, "ContainerCannotRun"),
        (500, "unable to find user ghost: no matching entries in passwd file", Permanent, "ContainerCannotRun"),
        (500, "Bind for 0.0.0.0:18080 failed: port is already allocated", Permanent, "PortInUse"),
        (500, "listen tcp4 0.0.0.0:18081: bind: address already in use", Permanent, "PortInUse"),
        (500, "listen tcp4 127.0.0.1:80: bind: permission denied", Permanent, "PortNotAllowed"),
        (404, "network nosuchnet not found", Permanent, "NetworkMissing"),
        (400, "Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available", Permanent, "InsufficientCPU"),
        (400, "Minimum memory limit allowed is 6MB", Permanent, "InvalidConfig"),
        (500, 'could not select device driver "" with capabilities: [[gpu]]', Permanent, "InsufficientGPU"),
        (400, "invalid reference format: repository name must be lowercase", Permanent, "InvalidImageName"),
        (400, "Invalid container name (f), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", Permanent, "InvalidConfig"),
        (403, "forbidden by policy", Permanent, "EngineRefused"),
        (500, "write /x: no space left on device", Transient, "NoSpaceLeft"),
        (500, "context deadline exceeded", Transient, "EngineBusy"),
        (409, "removal of container 1f is already in progress", Transient, "EngineBusy"),
        (500, "something never seen before", Transient, "EngineError"),
        (503, "", Transient, "EngineError"),
    ],
)
def test_a_refused_call(status: int, message: str, kind: type[PortError], reason: str) -> None:
    error = classify(status, message)
    assert (type(error), error.reason) == (kind, reason)
    assert message in str(error)


@pytest.mark.parametrize(
    "message",
    [
        "cannot join network of a non running container: 1f",
        "cannot join IPC of a non-running container: 1f",
        OCI + "namespace path: lstat /proc/6203/ns/ipc: no such file or directory: unknown",
    ],
)
def test_what_came_too_late_to_join_is_no_failure_of_its_command(message: str) -> None:
    assert joined_too_late(message)
    assert not joined_too_late(OCI + 'exec: "/no": stat /no: no such file or directory: unknown')


def test_the_plain_words_come_first_and_stay_on_one_line() -> None:
    assert str(classify(500, "driver failed:\n  port is already allocated")) == (
        "The host port is taken by something else; choose another or free it: driver failed: port is already allocated"
    )


@pytest.mark.parametrize(
    ("status", "message", "kind", "reason"),
    [
        (404, "manifest for r/nginx:9.99 not found: manifest unknown: manifest unknown", Permanent, "ErrImagePull"),
        (404, "pull access denied for x, repository does not exist", Permanent, "ErrImagePull"),
        (500, 'Head "http://r/v2/kl/tiny/manifests/1": no basic auth credentials', Permanent, "ErrImagePull"),
        (500, "unauthorized: authentication required", Permanent, "ErrImagePull"),
        (500, 'Get "https://r/v2/": x509: cannot validate certificate for 172.17.0.1', Permanent, "ErrImagePull"),
        (500, "http: server gave HTTP response to HTTPS client", Permanent, "ErrImagePull"),
        (500, "no matching manifest for linux/arm64/v8 in the manifest list entries", Permanent, "ErrImagePull"),
        (400, "invalid reference format: repository name must be lowercase", Permanent, "InvalidImageName"),
        (500, 'Get "http://r/v2/": dial tcp r: connect: connection refused', Transient, "ErrImagePull"),
        (500, "dial tcp: lookup r on 10.0.0.1:53: connect: network is unreachable", Transient, "ErrImagePull"),
        (500, "net/http: TLS handshake timeout", Transient, "ErrImagePull"),
        (500, "toomanyrequests: You have reached your pull rate limit", Transient, "ErrImagePull"),
        (200, "filesystem layer verification failed for digest sha256:0", Transient, "ErrImagePull"),
        (200, "write /var/lib/docker/tmp/x: no space left on device", Transient, "NoSpaceLeft"),
    ],
)
def test_a_failed_pull(status: int, message: str, kind: type[PortError], reason: str) -> None:
    error = classify_pull(status, message)
    assert (type(error), error.reason) == (kind, reason)
    assert message in str(error)


def test_the_reason_of_a_container_that_never_started() -> None:
    assert start_failure("Bind for 0.0.0.0:1 failed: port is already allocated") == "PortInUse"
    assert start_failure("") == "ContainerCannotRun"
