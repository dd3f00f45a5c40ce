"""One suite for every `ServiceRuntime`: a balancer is asked for by name, made once, found again, and keeps its port."""

from __future__ import annotations

import asyncio
import socket

import pytest

from app.core.errors import Permanent
from app.core.objects import ObjectKey
from app.core.pods import ObservedPod, PodId
from app.core.services import BalancedPort, BalancerRequest, Endpoint, ObservedBalancer
from app.core.spec import Port, Protocol
from app.ports.services import ServiceRuntime
from tests.contract.asking import ask, pod_id, until_true
from tests.contract.runtime_kits import Kit

SHOP = ObjectKey("Service", "shop", "web")
API = ObjectKey("Service", "shop", "api")


@pytest.fixture
async def services(kit: Kit) -> ServiceRuntime:
    return await services_of(kit)


async def services_of(kit: Kit) -> ServiceRuntime:
    await kit.ready_for_services()
    assert kit.runtime.services is not None
    return kit.runtime.services


async def web_pod(kit: Kit, slot: int = 0) -> ObservedPod:
    """One that serves HTTP on port 80."""
    return await kit.runtime.start_pod(ask(kit, pod_id(slot), image=kit.web_image, ports=(Port(container_port=80),)))


def wish(
    *pods: ObservedPod, service: ObjectKey = SHOP, host_port: int | None = 0, http: bool = True
) -> BalancerRequest:
    endpoints = tuple(Endpoint(pod.id, pod.address, 80) for pod in pods)
    return BalancerRequest(service, (BalancedPort(80, Protocol.TCP, http, host_port, endpoints),))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


async def answered(kit: Kit, balancer: ObservedBalancer, who: set[PodId]) -> None:
    async def does() -> bool:
        return await kit.answering(balancer) == bool(who)

    await until_true(does)


async def test_there_is_none_at_first(services: ServiceRuntime) -> None:
    assert list(await services.list_balancers()) == []


async def test_a_balancer_answers_for_the_replicas_behind_it(kit: Kit, services: ServiceRuntime) -> None:
    pod = await web_pod(kit)
    balancer = await services.ensure_balancer(wish(pod))
    assert (balancer.service, balancer.running, balancer.host) == (SHOP, True, "127.0.0.1")
    assert list(balancer.host_ports) == ["80/TCP"]
    assert balancer.address
    await answered(kit, balancer, {pod.id})
    assert list(await services.list_balancers()) == [balancer]
    await answered(kit, await services.ensure_balancer(wish()), set())
    assert [one.id for one in await kit.runtime.list_pods()] == [pod.id], "a balancer is no replica"


async def test_asking_twice_is_asking_once(kit: Kit, services: ServiceRuntime) -> None:
    request = wish(await web_pod(kit))
    first, second = await asyncio.gather(services.ensure_balancer(request), services.ensure_balancer(request))
    assert first == second == await services.ensure_balancer(request)
    assert len(await services.list_balancers()) == 1


async def test_new_endpoints_are_another_configuration_at_the_same_address(kit: Kit, services: ServiceRuntime) -> None:
    pods = [await web_pod(kit, slot) for slot in range(2)]
    one = await services.ensure_balancer(wish(pods[0]))
    both = await services.ensure_balancer(wish(*pods))
    other = await services.ensure_balancer(wish(pods[1]))
    assert len({one.digest, both.digest, other.digest}) == 3
    assert one.host_ports == both.host_ports == other.host_ports
    assert one.address == both.address == other.address
    assert (await services.ensure_balancer(wish(pods[0]))).digest == one.digest


async def test_one_that_is_not_published_has_no_host_port(kit: Kit, services: ServiceRuntime) -> None:
    balancer = await services.ensure_balancer(wish(await web_pod(kit), host_port=None))
    assert (balancer.running, dict(balancer.host_ports)) == (True, {})


async def test_a_host_port_that_is_asked_for_is_given_and_kept(kit: Kit, services: ServiceRuntime) -> None:
    number = free_port()
    balancer = await services.ensure_balancer(wish(host_port=number))
    assert dict(balancer.host_ports) == {"80/TCP": number}
    with pytest.raises(Permanent, match=str(number)) as caught:
        await services.ensure_balancer(wish(service=API, host_port=number))
    assert caught.value.reason == "PortInUse"
    assert [one.service for one in await services.list_balancers() if one.running] == [SHOP]
    await services.remove_balancer(SHOP)
    assert dict((await services.ensure_balancer(wish(service=API, host_port=number))).host_ports) == {"80/TCP": number}


async def test_a_port_once_given_can_be_asked_for_again(kit: Kit, services: ServiceRuntime) -> None:
    before = await services.ensure_balancer(wish())
    await services.remove_balancer(SHOP)
    after = await services.ensure_balancer(wish(host_port=before.host_ports["80/TCP"]))
    assert after.host_ports == before.host_ports


async def test_removing_is_repeatable(kit: Kit, services: ServiceRuntime) -> None:
    await services.ensure_balancer(wish())
    await services.remove_balancer(SHOP)
    await services.remove_balancer(SHOP)
    assert list(await services.list_balancers()) == []
    assert await kit.left() == 0


async def test_a_balancer_that_was_killed_comes_back_with_its_port(kit: Kit, services: ServiceRuntime) -> None:
    request = wish(await web_pod(kit))
    before = await services.ensure_balancer(request)
    await kit.kill_balancer(SHOP)

    async def noticed() -> bool:
        return not any(one.running for one in await services.list_balancers())

    await until_true(noticed)
    after = await services.ensure_balancer(wish(*await kit.runtime.list_pods(), host_port=before.host_ports["80/TCP"]))
    assert (after.running, after.host_ports) == (True, before.host_ports)
    await answered(kit, after, {pod_id()})


async def test_balancers_are_found_again_after_a_restart_of_ours(kit: Kit, services: ServiceRuntime) -> None:
    request = wish(await web_pod(kit))
    before = await services.ensure_balancer(request)
    kit.runtime = await kit.reopened()
    services = await services_of(kit)
    assert list(await services.list_balancers()) == [before]
    assert await services.ensure_balancer(request) == before


async def test_a_balancer_of_several_ports_keeps_them_apart(kit: Kit, services: ServiceRuntime) -> None:
    pod = await web_pod(kit)
    endpoint = (Endpoint(pod.id, pod.address, 80),)
    ports = (
        BalancedPort(80, Protocol.TCP, True, 0, endpoint),
        BalancedPort(8443, Protocol.TCP, False, 0, endpoint),
        BalancedPort(9000, Protocol.TCP, False, None, endpoint),
    )
    balancer = await services.ensure_balancer(BalancerRequest(SHOP, ports, session_affinity=True))
    assert set(balancer.host_ports) == {"80/TCP", "8443/TCP"}
    assert len(set(balancer.host_ports.values())) == 2


async def test_what_no_balancer_carries_is_refused_and_nothing_is_left(kit: Kit, services: ServiceRuntime) -> None:
    with pytest.raises(Permanent, match="53/UDP") as caught:
        await services.ensure_balancer(BalancerRequest(SHOP, (BalancedPort(53, Protocol.UDP, False, 0, ()),)))
    assert caught.value.reason == "InvalidConfig"
    assert await kit.left() == 0


async def test_services_of_two_data_directories_never_meet(kit: Kit, services: ServiceRuntime) -> None:
    mine = await services.ensure_balancer(wish())
    other = await kit.another()
    assert other.services is not None
    assert list(await other.services.list_balancers()) == []
    await other.services.remove_balancer(SHOP)
    assert list(await services.list_balancers()) == [mine]
