"""Networks as the Engine is asked for them: once for all who ask, never a stranger's, in words where none is left."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from app.core.errors import Permanent, Transient
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.networks import Networks, ensure_network, network_name, networks_of, remove_network_if_unused
from tests.runtimes.fake_engine import INSTANCE, FakeEngine, serving

NAME = f"kl.{INSTANCE}.shop"


@pytest.fixture
async def engine() -> AsyncIterator[tuple[FakeEngine, EngineClient]]:
    async with serving() as (fake, docker_host):
        client = EngineClient(docker_host)
        yield fake, client
        await client.aclose()


def ours(name: str = NAME, namespace: str = "shop") -> dict[str, object]:
    return {"Name": name, "Labels": {"kubelite.io/instance": INSTANCE, "kubelite.io/namespace": namespace}}


async def test_it_is_made_once_however_many_ask(engine: tuple[FakeEngine, EngineClient]) -> None:
    fake, client = engine
    bodies: list[dict[str, object]] = []

    async def create(request: web.Request) -> web.StreamResponse:
        bodies.append(json.loads(await request.text()))
        fake.answers("GET", f"/networks/{NAME}", 200, ours())
        return web.json_response({"Id": "n1"}, status=201)

    fake.answers("GET", f"/networks/{NAME}", 404, {"message": "no such network"})
    fake.on("POST", "/networks/create", create)
    names = await asyncio.gather(*(ensure_network(client, INSTANCE, "shop") for _ in range(5)))
    assert set(names) == {NAME}
    assert [body["Name"] for body in bodies] == [NAME]
    assert bodies[0]["Labels"] == {"kubelite.io/instance": INSTANCE, "kubelite.io/namespace": "shop"}
    await ensure_network(client, INSTANCE, "shop")
    assert len(bodies) == 1
    fake.answers("GET", f"/networks/{NAME}", 404, {"message": "no such network"})
    await ensure_network(client, INSTANCE, "shop")
    assert len(bodies) == 2, "one that was removed by hand is made again"


async def test_one_who_gives_up_does_not_take_the_answer_from_the_others(
    engine: tuple[FakeEngine, EngineClient],
) -> None:
    fake, client = engine
    asked, go = asyncio.Event(), asyncio.Event()

    async def look(_: web.Request) -> web.StreamResponse:
        asked.set()
        await go.wait()
        return web.json_response(ours())

    fake.on("GET", f"/networks/{NAME}", look)
    first = asyncio.create_task(ensure_network(client, INSTANCE, "shop"))
    second = asyncio.create_task(ensure_network(client, INSTANCE, "shop"))
    await asked.wait()
    first.cancel()
    go.set()
    assert await second == NAME
    assert fake.count("GET", f"/networks/{NAME}") == 1


@pytest.mark.parametrize(
    "words",
    [
        "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
        "all predefined address pools have been fully subnetted",
    ],
)
async def test_no_address_left_is_said_with_the_way_out(engine: tuple[FakeEngine, EngineClient], words: str) -> None:
    fake, client = engine
    fake.answers("GET", f"/networks/{NAME}", 404, {"message": "no such network"})
    fake.answers("POST", "/networks/create", 500, {"message": words})
    with pytest.raises(Permanent, match="docker network prune") as caught:
        await ensure_network(client, INSTANCE, "shop")
    assert caught.value.reason == "NetworkPoolExhausted"


async def test_a_strangers_network_of_that_name_is_left_alone(engine: tuple[FakeEngine, EngineClient]) -> None:
    fake, client = engine
    fake.answers("GET", f"/networks/{NAME}", 200, {"Name": NAME, "Labels": {}})
    with pytest.raises(Permanent, match="KubeLite did not make") as caught:
        await ensure_network(client, INSTANCE, "shop")
    assert caught.value.reason == "NameConflict"


async def test_made_by_another_at_the_same_moment_is_as_good(engine: tuple[FakeEngine, EngineClient]) -> None:
    fake, client = engine
    shown = iter([404, 200])

    async def look(_: web.Request) -> web.StreamResponse:
        status = next(shown, 404)
        return web.json_response(ours() if status == 200 else {"message": "no such network"}, status=status)

    fake.on("GET", f"/networks/{NAME}", look)
    fake.answers("POST", "/networks/create", 409, {"message": f"network with name {NAME} already exists"})
    assert await ensure_network(client, INSTANCE, "shop") == NAME
    with pytest.raises(Transient):
        await ensure_network(client, INSTANCE, "shop")


async def test_it_stays_while_anything_is_on_it(engine: tuple[FakeEngine, EngineClient]) -> None:
    fake, client = engine
    fake.answers("DELETE", f"/networks/{NAME}", 204)
    fake.answers("GET", "/containers/json", 200, [{"Id": "a"}])
    assert not await remove_network_if_unused(client, INSTANCE, "shop")
    assert fake.count("DELETE", "/networks/.*") == 0
    fake.answers("GET", "/containers/json", 200, [])
    assert await remove_network_if_unused(client, INSTANCE, "shop")
    fake.answers("DELETE", f"/networks/{NAME}", 403, {"message": f"network {NAME} has active endpoints"})
    assert not await remove_network_if_unused(client, INSTANCE, "shop")


async def test_tidying_needs_two_looks_and_forgets_them_when_somebody_comes(
    engine: tuple[FakeEngine, EngineClient],
) -> None:
    fake, client = engine
    networks = networks_of(client, INSTANCE)
    assert networks is networks_of(client, INSTANCE)
    fake.answers("GET", "/networks", 200, [ours(), ours("somebody.else", "x")])
    fake.answers("GET", f"/networks/{NAME}", 200, ours())
    fake.answers("GET", "/containers/json", 200, [])
    fake.answers("DELETE", "/networks/.*", 204)
    await networks.tidy()
    await networks.ensure("shop")
    await networks.tidy()
    assert fake.count("DELETE", "/networks/.*") == 0
    await networks.tidy()
    assert [path for how, path, _ in fake.asked if how == "DELETE"] == [f"/networks/{NAME}"]


async def test_names_never_meet() -> None:
    assert network_name("i1", "shop") == "kl.i1.shop"
    first, second = EngineClient("unix:///a"), EngineClient("unix:///a")
    assert networks_of(first, "i1") is not networks_of(second, "i1")
    assert isinstance(networks_of(first, "i2"), Networks)
