"""What was rented, in every store."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.ports.store import Store
from tests.stores.values import API, WEB, charge, wish


async def test_charges_come_back_exactly_oldest_first(store: Store) -> None:
    await store.put_charges([])
    dear = replace(charge("b", at=2.0), per_hour=Decimal("0.123456789012345678"))
    await store.put_charges([dear, charge("a", at=2.0), charge("c", API, at=1.5, ended_at=9.25)])
    kept = await store.list_charges()
    assert list(kept) == [charge("c", API, at=1.5, ended_at=9.25), charge("a", at=2.0), dear]
    assert [type(one.per_hour) for one in kept] == [Decimal] * 3
    assert [one.app for one in kept] == [API, WEB, WEB]


async def test_a_charge_of_the_same_runtime_and_id_is_replaced(store: Store) -> None:
    other = replace(charge(), runtime="elsewhere")
    await store.put_charges([charge(), other])
    await store.put_charges([charge(ended_at=60.0)])
    assert sorted(await store.list_charges(), key=lambda one: one.runtime) == [other, charge(ended_at=60.0)]


async def test_what_an_app_cost_outlives_it(store: Store) -> None:
    await store.put_app(wish(), expected_generation=None)
    await store.put_charges([charge()])
    await store.remove_app(WEB)
    assert list(await store.list_charges()) == [charge()]
