"""Objects beside the apps, and usage over time, in every store."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.core import usage
from app.core.errors import Conflict
from app.core.objects import ConfigMap, KubeObject, Namespace, ObjectKey, ObjectState, Secret, Stored
from app.core.usage import UsageSample
from app.ports.store import Store
from tests.stores.values import API, WEB, wish

MAP = ConfigMap(name="settings", data={"MODE": "fast"}, binary_data={"blob": b"\x00\xff"})
SECRET = Secret(name="keys", namespace="prod", data={"token": b"hunter22"})
NOW = 1_700_000_100.0
"""A whole number of five minutes."""


def kept(one: KubeObject, generation: int = 1, **changes: Any) -> Stored:
    return Stored(object=one, generation=generation, **changes)


def sample(at: float, cpu: int = 100, memory: int = 1000, **changes: Any) -> UsageSample:
    given: dict[str, Any] = {"app": WEB, "pod": "web-0"} | changes
    return UsageSample(at=at, cpu_millicores=cpu, memory_bytes=memory, **given)


# -- objects


async def test_objects_come_back_as_they_were_put(store: Store) -> None:
    state = ObjectState(host_ports={"80/TCP": 31000}, last_run_at=5.5)
    stored = [
        kept(MAP, created_at=1.0, updated_at=2.0),
        kept(Namespace(name="prod")),
        kept(SECRET, 3, state=state, deleting=True),
    ]
    for one in reversed(stored):
        await store.put_object(one, expected_generation=None)
    assert await store.list_objects() == stored


async def test_an_object_is_changed_only_from_the_generation_that_was_read(store: Store) -> None:
    await store.put_object(kept(MAP), expected_generation=None)
    with pytest.raises(Conflict, match="ConfigMap default/settings exists already"):
        await store.put_object(kept(MAP, 9), expected_generation=None)
    changed = kept(MAP.model_copy(update={"data": {}}), 2)
    await store.put_object(changed, expected_generation=1)
    for expected in (1, 3):
        with pytest.raises(Conflict, match="changed or removed by somebody else"):
            await store.put_object(kept(MAP, 4), expected_generation=expected)
    assert await store.list_objects() == [changed]


async def test_of_many_changes_of_an_object_one_wins(store: Store) -> None:
    await store.put_object(kept(MAP), expected_generation=None)
    results = await asyncio.gather(
        *(store.put_object(kept(MAP, 2, updated_at=float(n)), expected_generation=1) for n in range(8)),
        return_exceptions=True,
    )
    assert [type(result) for result in results if result is not None] == [Conflict] * 7
    assert await store.list_objects() == [kept(MAP, 2, updated_at=float(results.index(None)))]


async def test_kind_namespace_and_name_are_the_key(store: Store) -> None:
    others = [kept(MAP.model_copy(update={"namespace": "prod"})), kept(Secret(name="settings"))]
    for one in [kept(MAP), *others]:
        await store.put_object(one, expected_generation=None)
    await store.remove_object(ObjectKey("ConfigMap", "default", "settings"))
    await store.remove_object(ObjectKey("ConfigMap", "default", "settings"))
    assert await store.list_objects() == others
    with pytest.raises(Conflict):
        await store.put_object(kept(MAP, 2), expected_generation=1)


# -- samples


async def test_samples_are_listed_oldest_first_by_app(store: Store) -> None:
    await store.add_samples([])
    await store.add_samples([sample(3.0), sample(1.0, restarts=2), sample(2.0, app=API)])
    await store.add_samples([sample(3.0, pod="web-1", memory=2**40)])
    assert await store.list_samples(WEB, since=0.0) == [
        sample(1.0, restarts=2),
        sample(3.0),
        sample(3.0, pod="web-1", memory=2**40),
    ]
    assert await store.list_samples(WEB, since=3.0) == [sample(3.0), sample(3.0, pod="web-1", memory=2**40)]
    assert await store.list_samples(API, since=2.5) == []


async def test_the_last_hour_stays_fine_and_before_it_are_means(store: Store) -> None:
    old = NOW - 2 * 3600
    fine = [sample(NOW - 3600 + n * 15.0) for n in range(3)]
    await store.add_samples(
        [
            sample(old, 100, 1000),
            sample(old + 15, 200, 2000, restarts=1),
            sample(old + 300, 50, seconds=5.0),
            sample(old + 305, 202, seconds=15.0),
            sample(old + 20, 900, pod="web-1"),
            sample(old + 30, 7, app=API),
            *fine,
        ]
    )
    means = [
        sample(old + 15, 150, 1500, restarts=1, seconds=30.0),
        sample(old + 20, 900, pod="web-1"),
        sample(old + 305, 164, seconds=20.0),
    ]
    for _ in range(2):
        await store.thin_samples(now=NOW)
        assert await store.list_samples(WEB, since=0.0) == [*means, *fine]
    assert await store.list_samples(API, since=0.0) == [sample(old + 30, 7, app=API)]


async def test_a_mean_is_not_folded_again(store: Store) -> None:
    old = NOW - 2 * 3600
    await store.add_samples([sample(old, 100)])
    await store.thin_samples(now=NOW)
    await store.add_samples([sample(old + 15, 300)])
    await store.thin_samples(now=NOW)
    assert [one.cpu_millicores for one in await store.list_samples(WEB, since=0.0)] == [100, 300]


async def test_five_minutes_are_folded_when_all_of_them_are_old(store: Store) -> None:
    begin = NOW - 3600
    await store.add_samples([sample(begin + 1), sample(begin + 290)])
    await store.thin_samples(now=NOW + 299)
    assert len(await store.list_samples(WEB, since=0.0)) == 2
    await store.thin_samples(now=NOW + 300)
    assert await store.list_samples(WEB, since=0.0) == [sample(begin + 290, seconds=30.0)]


async def test_after_seven_days_samples_are_gone(store: Store) -> None:
    week = 7 * 24 * 3600.0
    await store.add_samples([sample(NOW - week - 301), sample(NOW - week + 1), sample(NOW)])
    await store.thin_samples(now=NOW)
    assert [one.at for one in await store.list_samples(WEB, since=0.0)] == [NOW - week + 1, NOW]


async def test_beyond_the_cap_the_oldest_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "MAX_SAMPLES", 3)
    await store.add_samples([sample(NOW - n, app=API if n % 2 else WEB) for n in range(6)])
    await store.thin_samples(now=NOW)
    left = [*await store.list_samples(WEB, since=0.0), *await store.list_samples(API, since=0.0)]
    assert sorted(one.at for one in left) == [NOW - 2, NOW - 1, NOW]


async def test_the_samples_of_an_app_go_with_it(store: Store) -> None:
    for key in (WEB, API):
        await store.put_app(wish(key), expected_generation=None)
    await store.add_samples([sample(1.0), sample(1.0, app=API)])
    await store.remove_app(WEB)
    assert await store.list_samples(WEB, since=0.0) == []
    assert await store.list_samples(API, since=0.0) == [sample(1.0, app=API)]
