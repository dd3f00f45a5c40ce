"""Services on a real Engine: no request is lost while replicas are exchanged, stopped and killed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from app.core.errors import Permanent
from app.core.objects import ObjectKey
from app.core.pods import PodId
from app.core.services import BalancedPort, BalancerRequest, Endpoint, ObservedBalancer
from app.core.spec import AppKey
from app.core.template import Protocol
from app.runtimes.docker.balancers import DockerServices
from app.runtimes.docker.balancers.config import render
from app.runtimes.docker.balancers.wire import balancer_name
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.endings import Endings
from app.runtimes.docker.networks import networks_of
from app.runtimes.docker.pulls import Pulls
from tests.docker_engine import BALANCER, engine_request
from tests.traffic import during, get

pytestmark = pytest.mark.docker

WEB = ObjectKey("Service", "shop", "web")
REQUESTS = 2000


@dataclass
class Stage:
    """Services, and replicas made by hand: nginx that answers with its own name."""

    docker_host: str
    instance: str
    client: EngineClient
    services: DockerServices

    async def replica(self, slot: int, *, attempt: int = 1) -> Endpoint:
        network = await networks_of(self.client, self.instance).ensure("shop")
        name = f"{self.instance}-web-{slot}-{attempt}"
        line = f"echo web-{slot} >/usr/share/nginx/html/index.html; exec nginx -g 'daemon off;'"
        body = {
            "Image": "nginx",
            "Cmd": ["/bin/sh", "-c", line],
            "Labels": {"kubelite.io/instance": self.instance},
            "HostConfig": {"NetworkMode": network},
        }
        assert await self.ask("POST", f"/containers/create?name={name}", body) == 201
        assert await self.ask("POST", f"/containers/{name}/start") == 204
        _, shown = await asyncio.to_thread(engine_request, self.docker_host, "GET", f"/containers/{name}/json")
        address = shown["NetworkSettings"]["Networks"][network]["IPAddress"]
        return Endpoint(PodId(AppKey("shop", "web"), slot, attempt), address, 80)

    async def asking_pod(self, server: str) -> int:
        """A pod that passes requests on as this nginx configuration says, and the host port of its port 81."""
        network = await networks_of(self.client, self.instance).ensure("shop")
        name = f"{self.instance}-asking"
        body = {
            "Image": "nginx",
            "Cmd": ["/bin/sh", "-c", f"echo '{server}' >/etc/nginx/conf.d/ask.conf; exec nginx -g 'daemon off;'"],
            "Labels": {"kubelite.io/instance": self.instance},
            "ExposedPorts": {"81/tcp": {}},
            "HostConfig": {"NetworkMode": network, "PortBindings": {"81/tcp": [{"HostIp": "127.0.0.1"}]}},
        }
        assert await self.ask("POST", f"/containers/create?name={name}", body) == 201
        assert await self.ask("POST", f"/containers/{name}/start") == 204
        _, shown = await asyncio.to_thread(engine_request, self.docker_host, "GET", f"/containers/{name}/json")
        return int(shown["NetworkSettings"]["Ports"]["81/tcp"][0]["HostPort"])

    async def ask(self, method: str, path: str, body: object = None) -> int:
        return (await asyncio.to_thread(engine_request, self.docker_host, method, path, body))[0]

    async def end(self, endpoint: Endpoint, signal: str) -> None:
        name = f"{self.instance}-web-{endpoint.pod.slot}-{endpoint.pod.attempt}"
        assert await self.ask("POST", f"/containers/{name}/kill?signal={signal}") == 204

    async def put(self, *endpoints: Endpoint, host_port: int | None = 0, **more: bool) -> ObservedBalancer:
        return await self.services.ensure_balancer(request(*endpoints, host_port=host_port, **more))

    async def serving(self, *endpoints: Endpoint, **more: bool) -> str:
        """The address of a balancer in front of replicas that answer by now."""
        balancer = await self.put(*endpoints, **more)
        url = f"http://127.0.0.1:{balancer.host_ports['8080/TCP']}/"
        names = {f"web-{one.pod.slot}" for one in endpoints}
        async with asyncio.timeout(20):
            while names:
                names.discard((await get(url))[1])
        return url


def request(
    *endpoints: Endpoint, host_port: int | None = 0, http: bool = True, session_affinity: bool = False
) -> BalancerRequest:
    port = BalancedPort(8080, Protocol.TCP, http, host_port, endpoints)
    return BalancerRequest(WEB, (port,), session_affinity)


@pytest.fixture
async def stage(docker_images: str, docker_instance: str) -> AsyncIterator[Stage]:
    client = EngineClient(docker_images)
    services = DockerServices(client, docker_instance, Pulls(client), Endings(client), image=BALANCER)
    yield Stage(docker_images, docker_instance, client, services)
    await client.aclose()


async def test_no_request_fails_while_every_replica_is_exchanged(stage: Stage) -> None:
    behind = [await stage.replica(slot) for slot in range(3)]
    url = await stage.serving(*behind)

    async def roll() -> None:
        for slot in range(3):
            behind.append(await stage.replica(slot + 3))
            await stage.put(*behind)
            old = behind.pop(0)
            await stage.put(*behind)
            await stage.end(old, "SIGTERM")

    traffic = await during(roll(), url, least=REQUESTS)
    assert traffic.failed == []
    assert traffic.total >= REQUESTS
    assert len(traffic.served) == 6, "old and new replicas have answered"


async def test_no_request_fails_when_a_replica_is_killed(stage: Stage) -> None:
    behind = [await stage.replica(slot) for slot in range(3)]
    url = await stage.serving(*behind)

    async def kill() -> None:
        await asyncio.sleep(0.3)
        await stage.end(behind[1], "SIGKILL")

    traffic = await during(kill(), url, least=REQUESTS)
    assert traffic.failed == []
    assert traffic.served["web-1"] < traffic.served["web-0"]


async def test_connections_that_are_open_go_on_and_new_ones_go_elsewhere(stage: Stage) -> None:
    old, new = await stage.replica(0), await stage.replica(1)
    url = await stage.serving(old, new, http=False)
    await stage.put(old, http=False)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.split(":")[2].strip("/")))

    async def ask() -> bytes:
        writer.write(b"GET / HTTP/1.1\r\nHost: web\r\n\r\n")
        return (await reader.readuntil(b"web-") + await reader.readexactly(1))[-1:]

    assert await ask() == b"0"
    await stage.put(new, http=False)
    assert {(await get(url))[1] for _ in range(6)} == {"web-1"}
    assert await ask() == b"0", "the connection of before still leads to the replica of before"
    writer.close()


async def test_requests_are_spread_and_a_client_stays_where_it_is_asked_to(stage: Stage) -> None:
    first, second, third = [await stage.replica(slot) for slot in range(3)]
    url = await stage.serving(first, second)
    assert {(await get(url))[1] for _ in range(4)} == {"web-0", "web-1"}
    await stage.put(first, second, third, session_affinity=True)
    [mine] = {(await get(url))[1] for _ in range(6)}
    others = [one for one in (first, second, third) if f"web-{one.pod.slot}" != mine]
    for gone in others:
        await stage.put(*({first, second, third} - {gone}), session_affinity=True)
        assert {(await get(url))[1] for _ in range(6)} == {mine}, "it moves only when its own replica goes"


async def test_without_a_replica_it_says_so(stage: Stage) -> None:
    balancer = await stage.put()
    status, words = await get(f"http://127.0.0.1:{balancer.host_ports['8080/TCP']}/")
    assert (status, words) == (503, "Service shop/web has no ready replica.")


async def test_pods_reach_it_by_every_name_of_kubernetes(stage: Stage) -> None:
    replica = await stage.replica(0)
    await stage.put(replica, host_port=None)
    names = ("web", "web.shop", "web.shop.svc", "web.shop.svc.cluster.local")
    places = "".join(f"location = /{name} {{ proxy_pass http://{name}:8080/; }} " for name in names)
    port = await stage.asking_pod(f"server {{ listen 81; {places} }}")
    async with asyncio.timeout(20):
        while (await get(f"http://127.0.0.1:{port}/web"))[0] != 200:  # noqa: ASYNC110  nginx says nothing when it listens
            await asyncio.sleep(0.1)
    for name in names:
        assert await get(f"http://127.0.0.1:{port}/{name}") == (200, "web-0")


async def test_one_that_was_killed_or_removed_comes_back_at_its_port(stage: Stage) -> None:
    replica = await stage.replica(0)
    url = await stage.serving(replica)
    port = int(url.split(":")[2].strip("/"))
    name = balancer_name(stage.instance, WEB)
    for how, path in (("POST", f"/containers/{name}/kill"), ("DELETE", f"/containers/{name}?force=true&v=true")):
        assert await stage.ask(how, path) == 204
        assert not [one for one in await stage.services.list_balancers() if one.running]
        again = await stage.put(replica, host_port=port)
        assert again.host_ports == {"8080/TCP": port}
        assert await get(url) == (200, "web-0")


async def test_one_that_was_restarted_by_hand_gets_its_port_back(stage: Stage) -> None:
    url = await stage.serving(await stage.replica(0))
    port = int(url.split(":")[2].strip("/"))
    assert await stage.ask("POST", f"/containers/{balancer_name(stage.instance, WEB)}/restart?t=0") == 204
    assert (await stage.put(host_port=port)).host_ports == {"8080/TCP": port}


async def test_exchanges_one_upon_the_other_all_arrive(stage: Stage) -> None:
    """A signal that comes while the master replaces its own process is lost, so it is sent again."""
    behind = [await stage.replica(slot) for slot in range(2)]
    url = await stage.serving(*behind)
    [before] = await stage.services._list()
    for turn in range(20):
        await stage.put(behind[turn % 2])
        assert {(await get(url))[1] for _ in range(2)} == {f"web-{turn % 2}"}
    assert [one.identity for one in await stage.services._list()] == [before.identity]


async def test_a_crash_between_writing_and_taking_over_is_healed(stage: Stage) -> None:
    behind = [await stage.replica(slot) for slot in range(2)]
    url = await stage.serving(behind[0])
    handover = stage.services._handover
    [balancer] = await stage.services._list()
    await handover._write(balancer.identity, ("haproxy.cfg", render(request(behind[1]))))
    other = DockerServices(stage.client, stage.instance, Pulls(stage.client), Endings(stage.client), image=BALANCER)
    await other.ensure_balancer(request(behind[1]))
    assert {(await get(url))[1] for _ in range(4)} == {"web-1"}


async def test_a_port_that_is_taken_and_an_image_that_is_not_there_are_named(stage: Stage) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(Permanent, match=f"host port is taken.*{number}") as port:
            await stage.put(host_port=number)
    assert port.value.reason == "PortInUse"
    services = DockerServices(
        stage.client, stage.instance, Pulls(stage.client), Endings(stage.client), image="Not/valid"
    )
    with pytest.raises(Permanent, match=r"KUBELITE_BALANCER_IMAGE|image name is not valid"):
        await services.ensure_balancer(request())
    assert list(await stage.services.list_balancers()) == []


async def test_a_network_goes_when_nothing_is_on_it_for_a_while(stage: Stage) -> None:
    networks = networks_of(stage.client, stage.instance)
    name = await networks.ensure("shop")
    await stage.put()
    for _ in range(3):
        await networks.tidy()
    assert await stage.ask("GET", f"/networks/{name}") == 200, "a balancer is on it"
    await stage.services.remove_balancer(WEB)
    await networks.tidy()
    assert await stage.ask("GET", f"/networks/{name}") == 200, "once is not for long"
    await networks.tidy()
    assert await stage.ask("GET", f"/networks/{name}") == 404
