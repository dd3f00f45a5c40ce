"""What the machine behind an Engine has: capacity, GPUs, and whether its containers can be reached from here."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.errors import Permanent, Transient
from app.core.pods import Capacity
from app.core.spec import Container, PodTemplate, Resources
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.host import UNCOUNTED_GPUS, Gpus, Host, capacity_of, gpus_of, reaches_containers
from tests.runtimes.fake_engine import INSTANCE, serving

CDI = {
    "DiscoveredDevices": [{"Source": "cdi", "ID": f"nvidia.com/gpu={each}"} for each in (0, 1, "all", "GPU-6f1")],
    "Runtimes": {"runc": {}, "nvidia": {}},
}


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ({}, Gpus()),
        ({"Runtimes": {"runc": {}}}, Gpus()),
        (CDI, Gpus("cdi", ("nvidia.com/gpu=0", "nvidia.com/gpu=1"))),
        ({"Runtimes": {"nvidia": {}}}, Gpus("nvidia", counted=False)),
        (
            {
                "Runtimes": {"nvidia": {}},
                "GenericResources": [{"NamedResourceSpec": {"Kind": "NVIDIA-GPU", "Value": "GPU-a"}}],
            },
            Gpus("nvidia", ("GPU-a",)),
        ),
    ],
)
def test_gpus_an_engine_tells_of(info: dict[str, Any], expected: Gpus) -> None:
    assert gpus_of(info) == expected


def test_capacity() -> None:
    size = {"NCPU": 2, "MemTotal": 1024}
    assert capacity_of({**size, **CDI}) == Capacity(2000, 1024, 2)
    assert capacity_of({**size, "Runtimes": {"nvidia": {}}}) == Capacity(2000, 1024, UNCOUNTED_GPUS)
    assert capacity_of({}) is None


@pytest.mark.parametrize(
    ("info", "over_socket", "expected"),
    [
        ({"OperatingSystem": "Debian GNU/Linux 12"}, True, True),
        ({"OperatingSystem": "Debian GNU/Linux 12"}, False, False),
        ({"OperatingSystem": "Docker Desktop"}, True, False),
        ({"SecurityOptions": ["name=seccomp", "name=rootless"]}, True, False),
    ],
)
def test_containers_are_reached_where_the_engine_is_on_this_host(
    info: dict[str, Any], over_socket: bool, expected: bool
) -> None:
    assert reaches_containers(info, over_socket=over_socket) is expected


def template(*gpus: int) -> PodTemplate:
    return PodTemplate(
        containers=tuple(
            Container(name=f"c{number}", image="a", resources=Resources(gpus=count))
            for number, count in enumerate(gpus)
        )
    )


async def devices(info: dict[str, Any], taken: str, *gpus: int) -> dict[str, Any]:
    async with serving() as (engine, docker_host):
        engine.answers("GET", "/info", 200, info)
        entries = [{"Labels": {"kubelite.io/gpus": taken}}] if taken else []
        engine.answers("GET", "/containers/json", 200, entries)
        client = EngineClient(docker_host)
        try:
            return await Host(client, INSTANCE).devices(template(*gpus))
        finally:
            await client.aclose()


async def test_who_wants_none_is_never_asked_about() -> None:
    assert await devices({}, "", 0) == {}


async def test_each_container_gets_gpus_of_its_own() -> None:
    assert await devices(CDI, "", 1, 1) == {
        "c0": [{"Driver": "cdi", "DeviceIDs": ["nvidia.com/gpu=0"]}],
        "c1": [{"Driver": "cdi", "DeviceIDs": ["nvidia.com/gpu=1"]}],
    }


async def test_what_others_have_is_not_given_again() -> None:
    assert await devices(CDI, "nvidia.com/gpu=0", 1) == {"c0": [{"Driver": "cdi", "DeviceIDs": ["nvidia.com/gpu=1"]}]}
    with pytest.raises(Transient, match=r"wants 2 GPU.*1 are free") as caught:
        await devices(CDI, "nvidia.com/gpu=0", 2)
    assert caught.value.reason == "InsufficientGPU"


async def test_more_than_there_are_is_permanent() -> None:
    for info in ({}, CDI):
        with pytest.raises(Permanent, match="wants 3 GPU") as caught:
            await devices(info, "", 3)
        assert caught.value.reason == "InsufficientGPU"


async def test_an_engine_that_does_not_count_them_is_asked_for_a_number() -> None:
    assert await devices({"Runtimes": {"nvidia": {}}}, "", 2) == {
        "c0": [{"Driver": "", "Count": 2, "Capabilities": [["gpu"]]}]
    }
