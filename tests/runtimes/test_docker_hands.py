"""What hands do to a real Engine beside us: changes, renames, copies. Seen by a list, mended, never mistaken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.core.errors import Permanent
from app.core.pods import Drift, ObservedPod, PodId, PodPhase, PodRequest
from app.core.spec import Amounts, AppKey, Container, PodTemplate, Resources
from app.runtimes.docker import DockerRuntime
from app.runtimes.docker.wire import container_name
from tests.docker_engine import TINY, engine_request

pytestmark = pytest.mark.docker

POD = PodId(AppKey("shop", "web"), 0, 1)
MIB = 2**20
LIMITS = Resources(limits=Amounts(memory_bytes=64 * MIB, cpu_millicores=500))


def ask(resources: Resources = LIMITS, *more: Container, pod: PodId = POD) -> PodRequest:
    web = Container(name="web", image=TINY, resources=resources)
    return PodRequest(pod, "abc", PodTemplate(containers=(web, *more)))


class Hands:
    """Somebody with a docker client."""

    def __init__(self, docker_host: str, instance: str) -> None:
        self._docker_host, self.name, self.network = docker_host, container_name(instance, POD), f"kl.{instance}.shop"

    def do(self, method: str, path: str, body: object = None) -> Any:
        status, found = engine_request(self._docker_host, method, path, body)
        assert status < 300, found
        return found

    def container(self, name: str = "") -> dict[str, Any]:
        found: dict[str, Any] = self.do("GET", f"/containers/{name or self.name}/json")
        return found


@pytest.fixture
def hands(docker_images: str, docker_instance: str) -> Hands:
    return Hands(docker_images, docker_instance)


async def listed(runtime: DockerRuntime) -> ObservedPod:
    (found,) = await runtime.list_pods()
    return found


async def test_what_is_untouched_has_not_drifted(docker_runtime: DockerRuntime) -> None:
    sides = Container(name="side", image=TINY, command=("/pause",))
    assert (await docker_runtime.start_pod(ask(LIMITS, sides))).drift == ()
    assert (await listed(docker_runtime)).drift == ()


async def test_a_list_alone_sees_a_rename_a_pause_and_a_lost_network(
    docker_runtime: DockerRuntime, hands: Hands
) -> None:
    """Nobody watches, so no event tells of it."""
    pod = await docker_runtime.start_pod(ask())
    assert (await listed(docker_runtime)).drift == ()
    hands.do("POST", f"/containers/{hands.name}/pause")
    hands.do("POST", f"/networks/{hands.network}/disconnect", {"Container": hands.name})
    hands.do("POST", f"/containers/{hands.name}/rename?name=mine-{hands.network}")
    found = await listed(docker_runtime)
    assert [(one.field, one.in_place) for one in found.drift] == [("name", True), ("state", True), ("network", True)]
    assert (found.id, found.runtime_id, found.ready) == (POD, pod.runtime_id, False)
    mended = await docker_runtime.repair_pod(ask())
    assert (mended.drift, mended.phase, mended.started_at) == ((), PodPhase.RUNNING, pod.started_at)
    networks = hands.container()["NetworkSettings"]["Networks"]
    assert list(networks) == [hands.network]
    assert "web-0" in networks[hands.network]["Aliases"]


async def test_limits_policy_and_a_foreign_network_are_mended(docker_runtime: DockerRuntime, hands: Hands) -> None:
    await docker_runtime.start_pod(ask())
    update = {
        "Memory": 128 * MIB,
        "MemorySwap": 256 * MIB,
        "NanoCpus": 1_000_000_000,
        "RestartPolicy": {"Name": "always"},
        "PidsLimit": 50,
    }
    hands.do("POST", f"/containers/{hands.name}/update", update)
    hands.do("POST", "/networks/bridge/connect", {"Container": hands.name})
    found = await docker_runtime.get_pod(POD)
    assert found is not None
    assert {one.field: (one.found, one.wanted, one.in_place) for one in found.drift} == {
        "memory limit": ("128Mi", "64Mi", True),
        "cpu limit": ("1", "500m", True),
        "process limit": ("50", "4096", True),
        "restart policy": ("always", "no", True),
        "network": (f"bridge, {hands.network}", hands.network, True),
    }
    assert (await docker_runtime.repair_pod(ask())).drift == ()
    host = hands.container()["HostConfig"]
    assert (host["Memory"], host["MemorySwap"], host["NanoCpus"]) == (64 * MIB, 64 * MIB, 500_000_000)
    assert host["RestartPolicy"]["Name"] == "no"


async def test_a_limit_where_there_was_none_needs_a_new_attempt(docker_runtime: DockerRuntime, hands: Hands) -> None:
    await docker_runtime.start_pod(ask(Resources()))
    hands.do("POST", f"/containers/{hands.name}/update", {"Memory": 64 * MIB, "MemorySwap": 64 * MIB})
    found = await docker_runtime.get_pod(POD)
    assert found is not None
    assert found.drift == (Drift("memory limit", "64Mi", "none"),)


async def test_an_update_nobody_heard_of_is_seen_after_the_next_connection(
    docker_runtime: DockerRuntime, hands: Hands
) -> None:
    await docker_runtime.start_pod(ask())
    await docker_runtime.list_pods()
    hands.do("POST", f"/containers/{hands.name}/update", {"NanoCpus": 1_000_000_000})
    assert (await listed(docker_runtime)).drift == ()
    stream = docker_runtime.watch()
    await anext(stream)
    assert [one.field for one in (await listed(docker_runtime)).drift] == ["cpu limit"]
    await stream.aclose()


@asynccontextmanager
async def copied(hands: Hands, tag: str) -> AsyncIterator[str]:
    """A container from an image committed from ours: it has all of its labels."""
    reference = f"kubelite/copied:{tag}"
    hands.do("POST", f"/commit?container={hands.name}&repo=kubelite/copied&tag={tag}")
    identity = str(hands.do("POST", f"/containers/create?name=copy-{tag}", {"Image": reference})["Id"])
    try:
        hands.do("POST", f"/containers/{identity}/start")
        yield identity
    finally:
        hands.do("DELETE", f"/containers/{identity}?force=true")
        hands.do("DELETE", f"/images/{reference}?force=true")


async def test_a_copy_is_never_taken_for_a_renamed_container(
    docker_runtime: DockerRuntime, hands: Hands, docker_instance: str
) -> None:
    pod = await docker_runtime.start_pod(ask())
    async with copied(hands, docker_instance) as copy:
        assert (await listed(docker_runtime)).runtime_id == pod.runtime_id
        hands.do("POST", f"/containers/{pod.runtime_id}/rename?name=mine-{docker_instance}")
        found = await docker_runtime.get_pod(POD)
        assert found is not None
        assert (found.runtime_id, [one.field for one in found.drift]) == (pod.runtime_id, ["name"])
        await docker_runtime.remove_pod(POD)
        assert await docker_runtime.get_pod(POD) is None
        assert hands.container(copy)["State"]["Running"]


async def test_a_name_that_was_given_away_cannot_be_had_back(
    docker_runtime: DockerRuntime, hands: Hands, docker_instance: str
) -> None:
    pod = await docker_runtime.start_pod(ask())
    hands.do("POST", f"/containers/{pod.runtime_id}/rename?name=mine-{docker_instance}")
    stranger = hands.do("POST", f"/containers/create?name={hands.name}", {"Image": TINY})["Id"]
    try:
        with pytest.raises(Permanent, match="already in use") as caught:
            await docker_runtime.repair_pod(ask())
        assert caught.value.reason == "RepairFailed"
        await docker_runtime.remove_pod(POD)
        assert hands.container(stranger)["State"]["Status"] == "created"
    finally:
        hands.do("DELETE", f"/containers/{stranger}?force=true")


async def test_a_container_made_anew_by_hand_is_told_apart(docker_runtime: DockerRuntime, hands: Hands) -> None:
    """Same name, same labels, another image, command and environment."""
    await docker_runtime.start_pod(ask())
    shown = hands.container()
    hands.do("DELETE", f"/containers/{hands.name}?force=true")
    other = {**shown["Config"], "Image": "kubelite/tiny:2", "HostConfig": shown["HostConfig"]}
    hands.do("POST", f"/containers/create?name={hands.name}", other)
    hands.do("POST", f"/containers/{hands.name}/start")
    found = await docker_runtime.get_pod(POD)
    assert found is not None
    assert Drift("image", "kubelite/tiny:2", TINY) in found.drift
    with pytest.raises(StopIteration):
        next(one for one in found.drift if one.in_place)


async def test_a_network_removed_under_a_pod_is_made_again(docker_runtime: DockerRuntime, hands: Hands) -> None:
    await docker_runtime.start_pod(ask())
    hands.do("POST", f"/networks/{hands.network}/disconnect", {"Container": hands.name})
    hands.do("DELETE", f"/networks/{hands.network}")
    mended = await docker_runtime.repair_pod(ask())
    assert mended.drift == ()
    assert mended.address
