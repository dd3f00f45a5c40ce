"""What the Engine shows, by equality: inspect and list JSON."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.pods import ExitInfo, ObservedContainer, ObservedPod, PodId, PodPhase, PublishedPort
from app.core.spec import AppKey, Protocol
from app.runtimes.docker.grouping import group, observed
from app.runtimes.docker.observe import epoch, exit_info, seen_container, signature

ID = "d929aaaa990c"
ZERO_TIME = "0001-01-01T00:00:00Z"
RUNNING = {
    "Status": "running",
    "Running": True,
    "OOMKilled": False,
    "ExitCode": 0,
    "Error": "",
    "StartedAt": "2026-11-24T13:28:08.5Z",
    "FinishedAt": ZERO_TIME,
}


def inspected(state: dict[str, Any] | None = None, ports: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "Id": ID,
        "Name": "/kl.i1.shop.web.2.5",
        "Created": "2026-11-24T13:28:08.25Z",
        "State": {**RUNNING, **(state or {})},
        "Config": {
            "Image": "nginx:1.25",
            "Labels": {
                "kubelite.io/instance": "i1",
                "kubelite.io/app": "shop/web",
                "kubelite.io/slot": "2",
                "kubelite.io/attempt": "5",
                "kubelite.io/template-hash": "abc",
            },
        },
        "NetworkSettings": {"Ports": ports or {}, "Networks": {"kl.i1.shop": {"IPAddress": "172.20.0.2"}}},
    }


def seen(state: dict[str, Any] | None = None, ports: dict[str, Any] | None = None) -> ObservedPod:
    pod = observed_pod("i1", inspected(state, ports))
    assert pod is not None
    return pod


def observed_pod(instance: str, shown: dict[str, Any], reach_host: str = "127.0.0.1") -> ObservedPod | None:
    """A pod that is this one container."""
    one = seen_container(instance, shown, reach_host)
    found = None if one is None else group([one])
    return None if found is None else observed(found, reach_host)


def test_a_running_container() -> None:
    ports = {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "32769"}], "443/tcp": None}
    assert seen(ports=ports) == ObservedPod(
        id=PodId(AppKey("shop", "web"), 2, 5),
        template_hash="abc",
        phase=PodPhase.RUNNING,
        ready=True,
        image="nginx:1.25",
        runtime_id=ID,
        created_at=1795526888.25,
        started_at=1795526888.5,
        ports=(PublishedPort(80, "127.0.0.1", 32769),),
        containers=(ObservedContainer("", "nginx:1.25", running=True, started_at=1795526888.5),),
        address="172.20.0.2",
    )


def test_another_instance_sees_nothing() -> None:
    assert observed_pod("i2", inspected()) is None


@pytest.mark.parametrize(("health", "ready"), [("healthy", True), ("starting", False), ("unhealthy", False)])
def test_ready_follows_the_health_check(health: str, ready: bool) -> None:
    assert seen({"Health": {"Status": health}}).ready is ready


@pytest.mark.parametrize("status", ["paused", "restarting"])
def test_running_in_name_only_is_not_ready(status: str) -> None:
    pod = seen({"Status": status})
    assert (pod.phase, pod.ready) == (PodPhase.RUNNING, False)


def test_created_and_not_yet_started_is_pending() -> None:
    pod = seen({"Status": "created", "StartedAt": ZERO_TIME})
    assert (pod.phase, pod.started_at, pod.exit) == (PodPhase.PENDING, None, None)


def test_created_with_an_error_never_started() -> None:
    words = "Bind for 0.0.0.0:80 failed: port is already allocated"
    pod = seen({"Status": "created", "StartedAt": ZERO_TIME, "ExitCode": 128, "Error": words})
    assert (pod.phase, pod.exit) == (PodPhase.FAILED, ExitInfo(None, "PortInUse", words))


def test_exited_with_zero_succeeded() -> None:
    pod = seen({"Status": "exited", "FinishedAt": "2026-11-24T13:28:09Z"})
    assert (pod.phase, pod.ready, pod.finished_at, pod.exit) == (
        PodPhase.SUCCEEDED,
        False,
        1795526889.0,
        ExitInfo(0, "Completed"),
    )


def test_it_never_ends_before_it_began() -> None:
    pod = seen({"Status": "exited", "ExitCode": 3, "FinishedAt": "2026-11-24T13:28:08.499Z"})
    assert pod.finished_at == pod.started_at == 1795526888.5


@pytest.mark.parametrize("status", ["exited", "dead", "removing"])
def test_ended_with_a_code_failed(status: str) -> None:
    pod = seen({"Status": status, "ExitCode": 3})
    assert (pod.phase, pod.exit) == (PodPhase.FAILED, ExitInfo(3, "Error"))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"ExitCode": 0}, ExitInfo(0, "Completed")),
        ({"ExitCode": 5}, ExitInfo(5, "Error")),
        ({"ExitCode": 143}, ExitInfo(143, "Error")),
        ({"ExitCode": 137}, ExitInfo(137, "Killed")),
        ({"ExitCode": 137, "OOMKilled": True}, ExitInfo(137, "OOMKilled", oom_killed=True)),
        ({"ExitCode": 5, "OOMKilled": True}, ExitInfo(5, "Error", oom_killed=True)),
        ({"ExitCode": 0, "OOMKilled": True}, ExitInfo(0, "Completed", oom_killed=True)),
    ],
)
def test_how_it_ended(state: dict[str, Any], expected: ExitInfo) -> None:
    assert exit_info({"Status": "exited", **state}) == expected


def test_255_is_an_end_nobody_saw() -> None:
    how = exit_info({"Status": "exited", "ExitCode": 255})
    assert (how.code, how.reason) == (255, "Unknown")
    assert "did not watch" in how.message


def test_a_port_on_every_address_is_shown_once_and_reachable() -> None:
    ports = {"53/udp": [{"HostIp": "0.0.0.0", "HostPort": "5353"}, {"HostIp": "::", "HostPort": "5353"}]}
    pod = observed_pod("i1", inspected(ports=ports), "box")
    assert pod is not None
    assert pod.ports == (PublishedPort(53, "box", 5353, Protocol.UDP),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24T13:28:08.757942123Z", 1795526888.757942),
        ("2026-11-24T14:28:08+01:00", 1795526888.0),
        (ZERO_TIME, None),
        ("", None),
        (None, None),
    ],
)
def test_times(text: str | None, expected: float | None) -> None:
    assert epoch(text) == expected


ENTRY: dict[str, Any] = {
    "Id": ID,
    "State": "running",
    "Status": "Up 8 seconds (healthy)",
    "Ports": [{"IP": "127.0.0.1", "PrivatePort": 80, "PublicPort": 32769, "Type": "tcp"}],
    "Names": ["/kl.i1.shop.web.2.5"],
    "NetworkSettings": {"Networks": {"kl.i1.shop": {"IPAddress": "172.20.0.2"}}},
}


def test_the_signature_holds_while_only_time_passes() -> None:
    assert signature(ENTRY) == signature({**ENTRY, "Status": "Up 2 hours (healthy)"})


@pytest.mark.parametrize(
    "change",
    [
        {"Id": "other"},
        {"State": "exited", "Status": "Exited (1) 3 seconds ago"},
        {"Status": "Up 8 seconds (unhealthy)"},
        {"Ports": [{"IP": "127.0.0.1", "PrivatePort": 80, "PublicPort": 32770, "Type": "tcp"}]},
        {"Ports": None},
        {"State": "paused", "Status": "Up 8 seconds (Paused)"},
        {"Names": ["/mine"]},
        {"NetworkSettings": {"Networks": {}}},
        {"NetworkSettings": {"Networks": {"kl.i1.shop": {"IPAddress": "172.20.0.3"}}}},
    ],
    ids=["container", "state", "health", "port", "no ports", "paused", "name", "network", "address"],
)
def test_the_signature_changes_with_what_an_inspect_would_show(change: dict[str, Any]) -> None:
    assert signature(ENTRY) != signature({**ENTRY, **change})
