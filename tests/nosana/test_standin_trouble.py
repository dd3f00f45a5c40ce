"""Trouble as the network has it: no money, no host, a dead host, a key that is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.nosana.driving import Drive, definition, drive
from tests.nosana.names import service_label
from tests.nosana.records import State

MINUTE = 60.0
HOUR = 3600.0


@pytest.fixture
async def d() -> AsyncIterator[Drive]:
    async with drive() as made:
        yield made


async def answers(d: Drive, name: str) -> int:
    label = service_label("web", name, d.world.owner())
    return (await d.api.get(f"/endpoint/{label}/")).status_code


async def test_credits_are_reserved_at_listing_and_settled_late(d: Drive) -> None:
    name = await d.create(replicas=2, timeout=120)
    d.wait(30)
    assert await d.get("credits/balance") == {
        "assignedCredits": 100.0,
        "reservedCredits": pytest.approx(2 * 2 * 0.044),
        "settledCredits": 0.0,
    }
    d.wait(30 * MINUTE)
    await d.post(f"deployments/{name}/stop")
    d.wait(5)
    assert await d.status(name) == "STOPPED"
    assert d.world.account().reserved == pytest.approx(0.176)
    d.wait(30)

    balance = await d.get("credits/balance")
    assert balance["reservedCredits"] == 0
    assert balance["settledCredits"] == pytest.approx(2 * 0.5 * 0.044, rel=0.05)


async def test_a_queued_job_costs_nothing(d: Drive) -> None:
    d.world.set_hosts("nvidia-3060", 0)
    name = await d.create()
    d.wait(HOUR)
    reply = await d.post(f"jobs/{d.world.jobs(name)[0].id}/stop")
    d.wait(60)

    assert reply.json()["delisted"] is True
    assert d.world.account().settled == 0


async def test_insufficient_funds_and_the_slow_way_back(d: Drive) -> None:
    d.world.set_credits(0.05)
    name = await d.create(replicas=2)
    d.wait(5)

    assert await d.status(name) == "INSUFFICIENT_FUNDS"
    assert await d.states(name) == ["RUNNING"]
    event = (await d.get(f"deployments/{name}/events", type="JOB_LIST_ERROR"))["events"][0]
    assert "Insufficient credits. Required: $0.0440, Available: $0.0060" in event["message"]
    d.world.set_credits(5)
    d.wait(9 * MINUTE)
    assert await d.status(name) == "INSUFFICIENT_FUNDS"
    d.wait(2 * MINUTE)
    assert await d.status(name) == "RUNNING"
    assert (await d.states(name)).count("RUNNING") == 2


async def test_stop_and_start_try_again_at_once(d: Drive) -> None:
    d.world.set_credits(0)
    name = await d.create()
    d.wait(HOUR)
    d.world.set_credits(5)
    assert (await d.post(f"deployments/{name}/stop")).status_code == 200
    d.wait(3)
    assert (await d.post(f"deployments/{name}/start")).status_code == 200
    d.wait(5)

    assert (await d.status(name), await d.states(name)) == ("RUNNING", ["RUNNING"])


async def test_a_negative_balance_archives_everything_of_the_owner(d: Drive) -> None:
    one, two = await d.create(), await d.create(autostart=None)
    d.wait(30)
    d.world.claw_back()

    assert [await d.status(name) for name in (one, two)] == ["ARCHIVED", "ARCHIVED"]
    assert await d.states(one) == ["STOPPED"]


async def test_a_market_without_hosts_says_nothing_at_all(d: Drive) -> None:
    d.world.set_hosts("nvidia-3060", 1)
    name = await d.create(replicas=3)
    d.wait(12 * MINUTE)

    assert sorted(await d.states(name)) == ["QUEUED", "QUEUED", "RUNNING"]
    assert set(await d.events(name)) == {"JOB_LIST_CONFIRMED"}
    d.world.set_hosts("nvidia-3060", 3)
    d.wait(2)
    assert await d.states(name) == ["RUNNING"] * 3


async def test_a_bad_market_is_retried_on_its_ladder_and_ends_in_error(d: Drive) -> None:
    name = await d.create(market="junk")
    d.wait(60)

    assert (await d.status(name), await d.states(name)) == ("RUNNING", [])
    assert await d.events(name) == ["JOB_LIST_ERROR", "JOB_LIST_ERROR"]
    d.wait(9 * HOUR)
    assert await d.status(name) == "RUNNING"
    d.wait(2 * HOUR)
    assert await d.status(name) == "ERROR"
    assert (await d.post(f"deployments/{name}/stop")).status_code == 200


async def test_a_revoked_key_pays_no_more(d: Drive) -> None:
    name = await d.create(replicas=1)
    d.wait(30)
    other = "nos_second_key"
    d.world.new_key(other, d.world.owner())
    d.world.revoke()
    d.api.headers["authorization"] = f"Bearer {other}"
    await d.post(f"jobs/{d.world.jobs(name)[0].id}/stop")
    d.wait(10)

    assert await d.states(name) == ["STOPPED"]
    assert "JOB_LIST_ERROR" in await d.events(name)
    assert await d.status(name) == "RUNNING"


async def test_a_dead_host_is_a_paid_phantom_until_its_timeout(d: Drive) -> None:
    name = await d.create()
    d.wait(60)
    assert await answers(d, name) == 200
    d.world.lose_host(d.world.jobs(name)[0].id)
    d.wait(30 * MINUTE)

    assert await d.states(name) == ["RUNNING"]
    assert await answers(d, name) == 502
    await d.post(f"jobs/{d.world.jobs(name)[0].id}/stop")
    d.wait(40)
    assert await answers(d, name) == 200
    detail = await d.get(f"deployments/{name}/jobs/{d.world.jobs(name)[0].id}")
    assert (detail["state"], detail["jobResult"]) == (3, None)


async def test_the_balancer_sends_some_requests_to_a_host_that_just_died(d: Drive) -> None:
    name = await d.create(replicas=2)
    d.wait(60)
    d.world.lose_host(d.world.jobs(name)[0].id)

    assert sorted({await answers(d, name) for _ in range(4)}) == [200, 502]
    d.wait(31)
    assert {await answers(d, name) for _ in range(4)} == {200}


async def test_watched_tunnels_stop_every_replica_after_a_grace(d: Drive) -> None:
    d.world.watch_tunnels()
    name = await d.create(replicas=3)
    d.wait(60)
    d.world.lose_host(d.world.jobs(name)[1].id)
    d.wait(59)
    assert (await d.events(name))[-1] == "FRPS_TUNNEL_LOST"
    assert await d.states(name) == ["RUNNING"] * 3
    d.wait(3)

    assert (await d.states(name))[:3] == ["STOPPED"] * 3
    d.wait(60)
    assert (await d.states(name)).count("RUNNING") == 3


async def test_a_tunnel_that_comes_back_in_time_cancels_the_stop(d: Drive) -> None:
    d.world.watch_tunnels()
    name = await d.create()
    d.wait(60)
    job = d.world.jobs(name)[0]
    d.world.lose_host(job.id)
    d.wait(30)
    d.world.find_host(job.id)
    d.wait(60)

    assert (await d.events(name))[-2:] == ["FRPS_TUNNEL_LOST", "FRPS_TUNNEL_RECOVERED"]
    assert await d.states(name) == ["RUNNING"]
    assert await answers(d, name) == 200


async def test_only_a_gated_service_that_falls_ill_loses_its_tunnel(d: Drive) -> None:
    d.world.watch_tunnels()
    gated = await d.create(job_definition=definition("unhealthy", gated=True))
    plain = await d.create(job_definition=definition("unhealthy"))
    d.wait(90)
    assert "FRPS_TUNNEL_LOST" in await d.events(gated)
    assert "FRPS_TUNNEL_LOST" not in await d.events(plain)
    assert (await answers(d, gated), await answers(d, plain)) == (502, 500)
    d.wait(70)

    assert (await d.states(gated))[0] == "STOPPED"
    assert await d.states(plain) == ["RUNNING"]


async def test_twelve_hours_with_a_lost_host_each(d: Drive) -> None:
    name = await d.create(replicas=3, timeout=1440)
    for _ in range(12):
        d.wait(HOUR)
        running = d.world.jobs(name, State.RUNNING)
        assert len(running) == 3
        d.world.lose_host(running[0].id)
        await d.post(f"jobs/{running[0].id}/stop")
        d.world.find_host(str(running[0].node))

    d.wait(60)
    assert len(d.world.jobs(name, State.RUNNING)) == 3
    account = d.world.account()
    assert account.spendable == pytest.approx(100 - account.settled - 3 * 24 * 0.044)
