"""Balancers of the pretended world: ports from a range of their own, kept, written down, and ended by a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import InvalidInput, NotFound, Permanent
from app.core.objects import ObjectKey
from app.core.pods import ObservedPod
from app.core.services import BalancedPort, BalancerRequest, Endpoint
from app.core.spec import AppKey, Port, Protocol
from app.runtimes.simulator import Simulator
from tests.clock import LoopClock
from tests.runtimes.simulated import WEB, request, run

pytestmark = pytest.mark.looptime

SERVICE = ObjectKey("Service", "default", "web")
OTHER = ObjectKey("Service", "default", "other")


def wish(*pods: ObservedPod, service: ObjectKey = SERVICE, **ports: int | None) -> BalancerRequest:
    """`p80=0` is port 80 published anywhere."""
    endpoints = tuple(Endpoint(pod.id, pod.address, 80) for pod in pods)
    wished = ports or {"p80": 0}
    return BalancerRequest(
        service,
        tuple(BalancedPort(int(name[1:]), Protocol.TCP, True, number, endpoints) for name, number in wished.items()),
    )


async def test_free_ports_are_node_ports(simulator: Simulator) -> None:
    first = await simulator.services.ensure_balancer(wish())
    second = await simulator.services.ensure_balancer(wish(service=OTHER, p80=0, p81=0))
    assert (first.host_ports, second.host_ports) == ({"80/TCP": 30000}, {"80/TCP": 30001, "81/TCP": 30002})
    assert first.address != second.address
    await simulator.services.remove_balancer(SERVICE)
    assert (await simulator.services.ensure_balancer(wish())).host_ports == {"80/TCP": 30000}


async def test_pods_and_balancers_share_the_host(simulator: Simulator) -> None:
    ports = (Port(container_port=80),)
    (pod,) = await run(simulator, request(ports=ports, host_ports={80: 30000}))
    assert (await simulator.services.ensure_balancer(wish())).host_ports == {"80/TCP": 30001}
    with pytest.raises(Permanent, match="web-0 of default/web"):
        await simulator.services.ensure_balancer(wish(service=OTHER, p80=30000))
    with pytest.raises(Permanent, match="Service default/web"):
        await simulator.start_pod(request(1, ports=ports, host_ports={80: 30001}))
    await simulator.remove_pod(pod.id)
    assert (await simulator.services.ensure_balancer(wish(service=OTHER, p80=30000))).running


async def test_a_refused_change_leaves_what_was(simulator: Simulator) -> None:
    before = await simulator.services.ensure_balancer(wish(p80=30500, p81=0))
    await simulator.services.ensure_balancer(wish(service=OTHER, p80=30600))
    with pytest.raises(Permanent):
        await simulator.services.ensure_balancer(wish(p80=30501, p81=30600))
    assert before in await simulator.services.list_balancers()
    with pytest.raises(Permanent):
        await simulator.services.ensure_balancer(wish(service=OTHER, p80=30500))
    assert (await simulator.services.ensure_balancer(wish(service=OTHER, p80=30501))).running


async def test_endpoints_are_remembered_as_they_were_asked_for(simulator: Simulator) -> None:
    one, two = await run(simulator, request(0), request(1))
    await simulator.services.ensure_balancer(wish(one, two))
    assert [each.pod for each in simulator.services.endpoints(SERVICE)] == [one.id, two.id]
    await simulator.services.ensure_balancer(wish(two))
    assert simulator.services.endpoints(SERVICE) == (Endpoint(two.id, two.address, 80),)
    assert simulator.services.endpoints(OTHER) == ()


async def test_a_pod_without_an_address_is_no_endpoint(simulator: Simulator) -> None:
    (pod,) = await run(simulator, request())
    simulator.inject("drift", pod=pod.id, field="network")
    found = await simulator.get_pod(pod.id)
    assert found is not None
    with pytest.raises(Permanent, match="web-0 has no address"):
        await simulator.services.ensure_balancer(wish(found))


async def test_the_file_keeps_balancers_and_volumes(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    first = Simulator(LoopClock(), 0, path)
    (pod,) = await run(first, request())
    before = await first.services.ensure_balancer(wish(pod))
    await first.aclose()
    second = Simulator(LoopClock(), 0, path)
    assert await second.services.list_balancers() == [before]
    assert await second.services.ensure_balancer(wish(pod)) == before
    assert (await second.services.ensure_balancer(wish(service=OTHER))).host_ports == {"80/TCP": 30001}
    (new,) = await run(second, request(1))
    assert len({pod.address, new.address, before.address}) == 3
    await second.aclose()


@pytest.mark.parametrize("target", [{"service": SERVICE}, {"app": WEB}])
async def test_a_balancer_can_be_ended_and_comes_back(simulator: Simulator, target: dict[str, object]) -> None:
    (pod,) = await run(simulator, request())
    before = await simulator.services.ensure_balancer(wish(pod))
    await simulator.services.ensure_balancer(wish(service=OTHER))
    assert simulator.inject("balancer_down", **target) == ()  # type: ignore[arg-type]
    assert {one.service: one.running for one in await simulator.services.list_balancers()} == {
        SERVICE: False,
        OTHER: True,
    }
    assert simulator.services.endpoints(SERVICE) == ()
    with pytest.raises(NotFound):
        simulator.inject("balancer_down", **target)  # type: ignore[arg-type]
    assert await simulator.services.ensure_balancer(wish(pod)) == before


async def test_ending_a_balancer_needs_a_target(simulator: Simulator) -> None:
    await simulator.services.ensure_balancer(wish())
    with pytest.raises(InvalidInput, match="an app or a service"):
        simulator.inject("balancer_down")
    with pytest.raises(NotFound):
        simulator.inject("balancer_down", app=AppKey("default", "nobody"))
