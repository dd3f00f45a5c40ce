"""One suite for every `ReplicaRuntime`: what the engine leans on holds on the stand-in, and on a real manager."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.core.errors import Permanent, Transient
from app.core.pods import PodId, PodPhase
from app.core.replicasets import SetId, SetPhase
from app.core.spec import AppKey, AppSpec, JobSpec, PodTemplate
from app.core.template import Claim, EnvVar, HttpGet, Probe, Volume
from app.ports.replicas import ReplicaRuntime
from tests.contract.nosana_kits import (
    REAL_KEY,
    REAL_URL,
    ReplicaKit,
    gone,
    live_of,
    manager_kit,
    ready_of,
    standin_kit,
)
from tests.runtimes.nosana_kit import container, template, worker

REAL = pytest.mark.skipif(not (REAL_URL and REAL_KEY), reason="needs KUBELITE_NOSANA_TEST_URL and NOSANA_API_KEY")
NOBODY = SetId(AppKey("default", "nobody"), "0123456789")


@pytest.fixture(
    params=[
        pytest.param("standin", marks=pytest.mark.looptime),
        pytest.param("manager", marks=[REAL, pytest.mark.timeout(3600)]),
    ]
)
async def kit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ReplicaKit]:
    if request.param == "manager":
        async with manager_kit(monkeypatch.setattr) as found:
            yield found
    else:
        async with standin_kit() as found:
            yield found


def batch(*words: str) -> PodTemplate:
    return template(worker(image="docker.io/library/busybox:1.36", command=words), restart_policy="Never")


async def test_it_says_who_it_is(kit: ReplicaKit) -> None:
    assert isinstance(kit.runtime, ReplicaRuntime)
    info = await kit.runtime.check()
    assert info.name == kit.runtime.name == "nosana"
    assert info.version
    assert "$" in info.detail
    assert kit.runtime.services is None


async def test_nothing_is_there_at_first(kit: ReplicaKit) -> None:
    assert list(await kit.runtime.list_sets()) == []
    assert list(await kit.runtime.list_pods()) == []
    assert await kit.runtime.get_pod(PodId(AppKey("default", "web"), 0, 0)) is None


async def test_a_set_comes_up_and_is_shown_alike_by_sets_pods_and_get(kit: ReplicaKit) -> None:
    wish = kit.ask(replicas=2)
    made = await kit.runtime.create_set(wish)
    assert (made.id, made.replicas, made.confidential) == (wish.id, 2, False)
    pods = await kit.ready(2)
    (seen,) = await kit.runtime.list_sets()
    assert (seen.id, seen.runtime_id, seen.phase, seen.trouble) == (wish.id, made.runtime_id, SetPhase.ACTIVE, "")
    assert seen.url.startswith("http")
    assert [pod.id for pod in seen.pods] == [PodId(wish.id.app, 0, 0), PodId(wish.id.app, 1, 0)]
    assert list(await kit.runtime.list_pods()) == list(seen.pods)
    for pod in pods:
        assert (pod.phase, pod.template_hash) == (PodPhase.RUNNING, wish.id.template_hash)
        assert pod.host
        assert pod.started_at is not None
        assert await kit.runtime.get_pod(pod.id) == pod
    assert {charge.id for charge in seen.charges} == {pod.runtime_id for pod in pods}
    assert all(charge.ended_at is None and charge.per_hour > 0 for charge in seen.charges)


async def test_making_twice_is_making_once(kit: ReplicaKit) -> None:
    wish = kit.ask(replicas=1)
    first, second = await asyncio.gather(kit.runtime.create_set(wish), kit.runtime.create_set(wish))
    third = await kit.reopened().create_set(wish)
    assert first.runtime_id == second.runtime_id == third.runtime_id
    assert len(await kit.runtime.list_sets()) == 1


async def test_what_is_there_is_found_again_after_a_restart_of_ours(kit: ReplicaKit) -> None:
    await kit.runtime.create_set(kit.ask(replicas=2))
    await kit.ready(2)
    again = kit.reopened()
    (mine,), (other,) = await kit.runtime.list_sets(), await kit.until(lambda sets: len(ready_of(sets)) == 2, of=again)
    assert (mine.id, mine.runtime_id, mine.url) == (other.id, other.runtime_id, other.url)
    assert [(pod.id, pod.runtime_id, pod.phase) for pod in mine.pods] == [
        (pod.id, pod.runtime_id, pod.phase) for pod in other.pods
    ]


async def test_another_instance_sees_nothing_of_it(kit: ReplicaKit) -> None:
    await kit.runtime.create_set(kit.ask(replicas=1))
    other = kit.reopened(f"{kit.instance}x")
    assert list(await other.list_sets()) == []
    assert len(await kit.runtime.list_sets()) == 1


async def test_more_fewer_and_none(kit: ReplicaKit) -> None:
    wish = kit.ask(replicas=1)
    await kit.runtime.create_set(wish)
    await kit.ready(1)
    await kit.runtime.scale_set(wish.id, 3)
    await kit.ready(3)
    await kit.runtime.scale_set(wish.id, 3)
    await kit.runtime.scale_set(wish.id, 0)
    (none,) = await kit.until(lambda sets: not live_of(sets))
    assert (none.replicas, none.phase) == (0, SetPhase.ACTIVE)
    await kit.runtime.scale_set(wish.id, 1)
    await kit.ready(1)


async def test_a_replaced_pod_is_another_attempt(kit: ReplicaKit) -> None:
    wish = kit.ask(replicas=2)
    await kit.runtime.create_set(wish)
    first = (await kit.ready(2))[0]
    await kit.runtime.replace_pod(first.id)
    await kit.until(lambda sets: first.id not in {pod.id for pod in live_of(sets)})
    after = {pod.id: pod for pod in await kit.ready(2)}
    assert first.runtime_id not in {pod.runtime_id for pod in after.values()}
    assert PodId(first.id.app, first.id.slot, first.id.attempt + 1) in after
    await kit.runtime.replace_pod(first.id)  # long gone: nothing happens
    assert {pod.runtime_id for pod in await kit.ready(2)} == {pod.runtime_id for pod in after.values()}


async def test_a_stopped_set_keeps_its_settings_and_starts_again(kit: ReplicaKit) -> None:
    wish = kit.ask(replicas=1)
    await kit.runtime.create_set(wish)
    await kit.ready(1)
    await kit.runtime.stop_set(wish.id)
    await kit.runtime.stop_set(wish.id)
    (stopped,) = await kit.until(lambda sets: sets[0].phase is SetPhase.STOPPED)
    assert (stopped.replicas, stopped.trouble) == (1, "")
    assert list(stopped.pods) == []  # stopped is not failed
    assert all(charge.ended_at is not None for charge in stopped.charges)
    await kit.runtime.start_set(wish.id)
    await kit.runtime.start_set(wish.id)
    await kit.ready(1)


async def test_a_create_starts_what_was_stopped(kit: ReplicaKit) -> None:
    wish = kit.ask(replicas=1)
    made = await kit.runtime.create_set(wish)
    await kit.ready(1)
    await kit.runtime.stop_set(wish.id)
    await kit.until(lambda sets: sets[0].phase is SetPhase.STOPPED)
    assert (await kit.runtime.create_set(wish)).runtime_id == made.runtime_id
    await kit.ready(1)


async def test_removing_stops_first_and_says_so_meanwhile(kit: ReplicaKit) -> None:
    wish = kit.ask(replicas=1)
    made = await kit.runtime.create_set(wish)
    await kit.ready(1)
    with pytest.raises(Transient) as waiting:
        await kit.runtime.remove_set(wish.id)
    assert waiting.value.reason == "StillStopping"
    await gone(kit, made)
    assert list(await kit.runtime.list_sets()) == []
    await kit.runtime.remove_set(wish.id)


async def test_removing_what_has_just_been_made(kit: ReplicaKit) -> None:
    made = await kit.runtime.create_set(kit.ask(replicas=1))
    await gone(kit, made)
    assert list(await kit.runtime.list_sets()) == []


async def test_two_sets_of_one_app_beside_each_other_share_no_slot(kit: ReplicaKit) -> None:
    old = kit.ask(replicas=2)
    new = kit.ask(template(container(env=(EnvVar(name="V", value="2"),))), replicas=2)
    await kit.runtime.create_set(old)
    await kit.ready(2)
    await kit.runtime.create_set(new)
    pods = await kit.ready(4)
    assert len({pod.id.slot for pod in pods}) == 4
    await kit.runtime.stop_set(old.id)
    await kit.until(lambda sets: len(live_of(sets)) == 2)
    assert {pod.template_hash for pod in ready_of(await kit.runtime.list_sets())} == {new.id.template_hash}


async def test_another_template_in_place(kit: ReplicaKit) -> None:
    old = kit.ask(replicas=1)
    new = kit.ask(template(container(env=(EnvVar(name="V", value="2"),))), replicas=1)
    made = await kit.runtime.create_set(old)
    await kit.ready(1)
    revised = await kit.runtime.revise_set(old.id, new)
    assert (revised.id, revised.runtime_id, revised.url) == (new.id, made.runtime_id, made.url)
    await kit.until(lambda sets: {pod.template_hash for pod in ready_of(sets)} == {new.id.template_hash})
    again = await kit.reopened().revise_set(old.id, new)
    assert again.runtime_id == made.runtime_id
    (seen,) = await kit.runtime.list_sets()
    assert seen.id == new.id


async def test_a_rent_that_gets_longer(kit: ReplicaKit) -> None:
    wish = kit.ask(replicas=1, timeout=120)
    assert (await kit.runtime.create_set(wish)).timeout_minutes == 120
    await kit.runtime.extend_set(wish.id, 240)
    (seen,) = await kit.runtime.list_sets()
    assert seen.timeout_minutes == 240
    with pytest.raises(Permanent, match="60 minutes"):
        await kit.runtime.extend_set(wish.id, 30)


async def test_a_job_runs_to_its_end_once(kit: ReplicaKit) -> None:
    wish = kit.ask(batch("sh", "-c", "echo rows=42"), replicas=2, job=JobSpec())
    await kit.runtime.create_set(wish)
    (over,) = await kit.until(lambda sets: {pod.phase for pod in sets[0].pods} == {PodPhase.SUCCEEDED})
    assert len(over.pods) == 2
    assert all(pod.exit is not None and (pod.exit.code, pod.exit.reason) == (0, "Completed") for pod in over.pods)
    (over,) = await kit.until(lambda sets: sets[0].phase is SetPhase.STOPPED)
    assert over.trouble == ""
    assert all(charge.ended_at is not None for charge in over.charges)
    lines = await kit.runtime.logs(over.pods[0].id)
    assert "rows=42" in [line.text for line in lines]


async def test_a_job_is_not_revised_in_place(kit: ReplicaKit) -> None:
    wish = kit.ask(batch("true"), replicas=1, job=JobSpec())
    other = kit.ask(batch("false"), replicas=1, job=JobSpec())
    await kit.runtime.create_set(wish)
    with pytest.raises(Permanent) as refused:
        await kit.runtime.revise_set(wish.id, other)
    assert refused.value.reason == "NotRevisable"


async def test_verbs_on_what_is_not_there(kit: ReplicaKit) -> None:
    await kit.runtime.stop_set(NOBODY)
    await kit.runtime.remove_set(NOBODY)
    await kit.runtime.replace_pod(PodId(NOBODY.app, 0, 0))
    await kit.runtime.remove_volume("default", "data")
    for verb in (kit.runtime.scale_set(NOBODY, 2), kit.runtime.start_set(NOBODY), kit.runtime.extend_set(NOBODY, 120)):
        with pytest.raises(Permanent):
            await verb


async def test_a_market_that_there_is_not(kit: ReplicaKit) -> None:
    kit.market = "nvidia-9090-ultra"
    with pytest.raises(Permanent, match="nvidia-9090-ultra") as refused:
        await kit.runtime.create_set(kit.ask(replicas=1))
    assert refused.value.reason == "NoSuchMarket"
    assert list(await kit.runtime.list_sets()) == []


async def test_prices_and_the_balance(kit: ReplicaKit) -> None:
    listed = await kit.runtime.markets()
    assert listed.live
    assert all(market.per_hour > 0 and market.address and market.slug for market in listed.markets)
    balance = await kit.runtime.balance()
    assert balance.spendable == balance.assigned - balance.reserved - balance.settled


async def test_a_replica_is_asked_at_its_own_address(kit: ReplicaKit) -> None:
    await kit.runtime.create_set(kit.ask(replicas=1))
    (pod,) = await kit.ready(1)
    well = await kit.runtime.probe(pod.id, "web", Probe(handler=HttpGet(port=80), timeout_seconds=10))
    assert well.ok, well
    assert not (await kit.runtime.probe(pod.id, "web", Probe(handler=HttpGet(port=81)))).ok


async def test_news_tell_where_to_look(kit: ReplicaKit) -> None:
    news = kit.runtime.watch()
    first = asyncio.ensure_future(anext(news))
    await kit.clock.sleep(1.0)
    wish = kit.ask(replicas=1)
    await kit.runtime.create_set(wish)
    async with asyncio.timeout(kit.patience):
        assert (await first).app == wish.id.app
        async for pod in news:
            seen = await kit.runtime.get_pod(pod)
            if seen is not None and seen.ready:
                break
    await news.aclose()  # type: ignore[attr-defined]


async def test_what_cannot_be_done_is_said_without_asking_anybody(kit: ReplicaKit) -> None:
    with_claim = template(volumes=(Volume(name="data", source=Claim(name="data")),))
    fit = kit.runtime.fit(AppSpec(name="web", runtime="nosana", template=with_claim))
    assert not fit.ok
    assert "persistentVolumeClaim" in fit.refusals[0]
