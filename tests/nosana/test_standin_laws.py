"""Laws of the stand-in that hold whatever happens: names, pages, money, hosts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.nosana.driving import Drive, definition, drive
from tests.nosana.names import address, base58, cid, service_label
from tests.nosana.pages import Page
from tests.nosana.records import State


def test_known_names() -> None:
    assert base58(b"hello world") == "StV1DL6CwTryKyV"
    assert base58(b"\0\0\1") == "112"
    assert cid(b"hello world\n") == "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o"


@given(st.text(max_size=20), st.text(max_size=20))
def test_addresses_and_labels_have_the_networks_length(one: str, other: str) -> None:
    assert len(address(one)) in (43, 44)
    assert len(service_label(one, address(one), address(other))) == 44
    assert (address(one) == address(other)) == (one == other)


Keys = st.lists(st.integers(0, 5), max_size=60)


@given(Keys, st.sampled_from([10, 20, 50]), st.booleans())
def test_pages_show_everything_once_in_order(times: list[int], limit: int, newest_first: bool) -> None:
    items = [(float(time), number) for number, time in enumerate(times)]
    seen: list[tuple[float, int]] = []
    cursor, before = None, None
    while True:
        page, pagination = Page(limit, newest_first, cursor).cut(items, lambda item: item)
        if before is not None:
            back, _ = Page(limit, newest_first, pagination["cursor_prev"]).cut(items, lambda item: item)
            assert back == before
        seen += page
        before, cursor = page, pagination["cursor_next"]
        if cursor is None:
            break

    assert seen == sorted(items, reverse=newest_first)
    assert pagination["total_items"] == len(items)


Deed = tuple[str, int]
Deeds = st.lists(
    st.tuples(
        st.sampled_from(["scale", "stop job", "lose", "find", "revise", "stop", "start", "credits", "hosts", "wait"]),
        st.integers(0, 6),
    ),
    max_size=25,
)


async def perform(d: Drive, name: str, deed: Deed) -> None:
    kind, number = deed
    jobs = d.world.jobs(name)
    job = jobs[-1 - number % len(jobs)] if jobs else None
    if kind == "scale":
        await d.patch(f"{name}/update-replica-count", {"replicas": number})
    elif kind == "stop job" and job is not None:
        await d.post(f"jobs/{job.id}/stop")
    elif kind == "lose" and job is not None and job.node is not None:
        d.world.lose_host(job.id)
    elif kind == "find" and job is not None and job.node is not None:
        d.world.find_host(job.id)
    elif kind == "revise":
        await d.post(f"deployments/{name}/create-revision", definition(f"image-{number}"))
    elif kind in ("stop", "start"):
        await d.post(f"deployments/{name}/{kind}")
    elif kind == "credits":
        d.world.set_credits(number / 10)
    elif kind == "hosts":
        d.world.set_hosts("nvidia-3060", number)
    d.wait(number**4)


def assert_lawful(d: Drive) -> None:
    account = d.world.account()
    assert account.reserved >= -1e-9
    assert account.settled >= -1e-9
    busy = [host.job for host in d.world.hosts.hosts.values() if host.job is not None]
    assert len(busy) == len(set(busy))
    running = {job.id for job in d.world.jobs(None, State.RUNNING)}
    assert running == set(busy)
    for job in d.world.jobs():
        assert (job.node is not None) == (job.time_start > 0)
        assert job.id in account.reservations or not job.state.active


@settings(max_examples=40, deadline=None)
@given(Deeds)
def test_money_and_hosts_add_up_whatever_people_and_hosts_do(deeds: list[Deed]) -> None:
    async def run() -> None:
        async with drive(credits_=2.0) as d:
            name = await d.create(replicas=2)
            for deed in deeds:
                await perform(d, name, deed)
                assert_lawful(d)
            await settle(d, name)
            assert_lawful(d)

    asyncio.run(run())


async def settle(d: Drive, name: str) -> None:
    """With money, hosts and a start, every INFINITE deployment comes to its count."""
    d.world.set_credits(50)
    d.world.set_hosts("nvidia-3060", 30)
    await d.patch(f"{name}/update-replica-count", {"replicas": 3})
    await d.post(f"deployments/{name}/stop")
    d.wait(10)
    await d.post(f"deployments/{name}/start")
    d.wait(120)
    assert len(d.world.jobs(name, State.RUNNING)) == 3
    assert await d.status(name) == "RUNNING"
    assert not d.world.refused


def worlds(seed: int) -> Callable[[], list[str]]:
    async def run() -> list[str]:
        async with drive(seed=seed) as d:
            name = await d.create(replicas=3, job_definition=definition("crash"))
            d.wait(7200)
            return [f"{event.created_at} {event.type} {event.message}" for event in d.world.manager.events if name]

    return lambda: asyncio.run(run())


@pytest.mark.parametrize("seed", [1, 2])
def test_one_seed_is_one_history(seed: int) -> None:
    assert worlds(seed)() == worlds(seed)()
    assert worlds(seed)() != worlds(seed + 10)()
