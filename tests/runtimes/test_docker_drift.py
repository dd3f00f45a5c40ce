"""Drift by comparison: what was asked for, as the label keeps it, against what an Engine shows."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from app.core.pods import Drift, PodId, PodRequest
from app.core.spec import Amounts, AppKey, Container, EnvVar, PodTemplate, Port, Resources
from app.runtimes.docker.bodies import Setting, create_body
from app.runtimes.docker.drift import drift_of, mended_limits, wanted_of
from app.runtimes.docker.wire import Role

MIB = 2**20
POD = PodId(AppKey("shop", "web"), 2, 5)
NAME = "kl.i1.shop.web.2.5"
FULL = Container(
    name="web",
    image="nginx:1.25",
    command=("/bin/sh",),
    args=("-c", "run"),
    working_dir="/srv",
    env=(EnvVar(name="A", value="1"), EnvVar(name="TOKEN", value="s3cret")),
    ports=(Port(container_port=80),),
    resources=Resources(
        limits=Amounts(cpu_millicores=500, memory_bytes=64 * MIB), requests=Amounts(memory_bytes=32 * MIB)
    ),
)
BARE = Container(name="web", image="nginx:1.25")


def shown(container: Container = FULL) -> dict[str, Any]:
    """What the Engine shows of a container that is as it was asked for."""
    request = PodRequest(POD, "abc", PodTemplate(containers=(container,), labels={"tier": "front"}))
    body = create_body(Setting("i1", request, "kl.i1.shop"), Role.MAIN, container)
    host = body.pop("HostConfig")
    return {
        "Name": f"/{NAME}",
        "State": {"Status": "running"},
        "Config": body,
        "HostConfig": host,
        "NetworkSettings": {"Networks": {"kl.i1.shop": {"IPAddress": "172.20.0.2"}}},
    }


def changed(path: str, value: object, container: Container = FULL) -> dict[str, Any]:
    found = deepcopy(shown(container))
    *parents, last = path.split(".")
    place = found
    for parent in parents:
        place = place[parent]
    place[last] = value
    return found


@pytest.mark.parametrize("container", [FULL, BARE])
def test_what_is_as_asked_has_not_drifted(container: Container) -> None:
    assert drift_of(shown(container), NAME) == ()


def test_what_an_image_brings_along_is_no_drift() -> None:
    found = shown(BARE)
    found["Config"] |= {"Env": ["PATH=/bin"], "Cmd": ["nginx"], "WorkingDir": "/", "User": "www"}
    found["Config"]["Labels"]["maintainer"] = "somebody"
    assert drift_of(found, NAME) == ()


def test_a_container_from_before_there_was_a_label_is_left_alone() -> None:
    found = changed("HostConfig.Memory", 1)
    del found["Config"]["Labels"]["kubelite.io/wanted"]
    assert drift_of(found, NAME) == ()


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("Name", "/mine", Drift("name", "mine", NAME, in_place=True)),
        ("State.Status", "paused", Drift("state", "paused", "running", in_place=True)),
        ("HostConfig.Memory", 96 * MIB, Drift("memory limit", "96Mi", "64Mi", in_place=True)),
        ("HostConfig.NanoCpus", 300_000_000, Drift("cpu limit", "300m", "500m", in_place=True)),
        ("HostConfig.CpuShares", 2048, Drift("cpu weight", "2048", "512", in_place=True)),
        ("HostConfig.MemoryReservation", 8 * MIB, Drift("memory request", "8Mi", "32Mi", in_place=True)),
        ("HostConfig.PidsLimit", 7, Drift("process limit", "7", "4096", in_place=True)),
        ("HostConfig.CpuQuota", 50_000, Drift("cpu quota", "50000", "none", in_place=True)),
        ("HostConfig.CpusetCpus", "0", Drift("cpu set", "0", "none")),
        ("HostConfig.RestartPolicy", {"Name": "always"}, Drift("restart policy", "always", "no", in_place=True)),
        ("NetworkSettings.Networks", {}, Drift("network", "none", "kl.i1.shop", in_place=True)),
        ("Config.Image", "nginx:9", Drift("image", "nginx:9", "nginx:1.25")),
        ("Config.Cmd", ["-c", "other"], Drift("args", '"-c other"', '"-c run"')),
        ("Config.Entrypoint", None, Drift("command", '""', '"/bin/sh"')),
        ("Config.WorkingDir", "/", Drift("working directory", '"/"', '"/srv"')),
        ("Config.Env", ["A=1", "TOKEN=other"], Drift("env TOKEN", "another value", "the value asked for")),
        ("Config.Env", ["TOKEN=s3cret"], Drift("env A", "missing", "set")),
        ("HostConfig.PortBindings", {}, Drift("port 80/tcp", "not published", "a free host port")),
    ],
)
def test_each_change_is_told_in_words(path: str, value: object, expected: Drift) -> None:
    assert drift_of(changed(path, value), NAME) == (expected,)


def test_a_changed_label_is_told() -> None:
    found = shown()
    found["Config"]["Labels"]["tier"] = "back"
    assert drift_of(found, NAME) == (Drift("label tier", '"back"', '"front"'),)


def test_a_second_network_is_drift() -> None:
    found = shown()
    found["NetworkSettings"]["Networks"]["other"] = {}
    assert drift_of(found, NAME) == (Drift("network", "kl.i1.shop, other", "kl.i1.shop", in_place=True),)


def test_a_limit_nobody_asked_for_cannot_be_taken_away() -> None:
    assert drift_of(changed("HostConfig.Memory", 64 * MIB, BARE), NAME) == (Drift("memory limit", "64Mi", "none"),)


def test_no_secret_is_in_the_label_or_in_the_words() -> None:
    found = changed("Config.Env", ["A=1", "TOKEN=n3w-s3cret"])
    label = found["Config"]["Labels"]["kubelite.io/wanted"]
    assert "s3cret" not in label
    assert "s3cret" not in str(drift_of(found, NAME))


def test_limits_are_mended_by_what_differs_only() -> None:
    found = changed("HostConfig.Memory", 96 * MIB)
    found["HostConfig"]["RestartPolicy"] = {"Name": "always"}
    wanted = wanted_of(found["Config"]["Labels"])
    assert wanted is not None
    assert mended_limits(wanted, found) == {
        "Memory": 64 * MIB,
        "MemorySwap": 64 * MIB,
        "RestartPolicy": {"Name": "no"},
    }
    assert mended_limits(wanted, shown()) == {}
    assert mended_limits(wanted, changed("HostConfig.CpuQuota", 50_000)) == {"CpuQuota": -1}
