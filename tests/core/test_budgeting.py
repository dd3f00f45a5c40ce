"""Budgets: what is done at 80 and 100 %, what a wish is refused for, and that no decision ever starts anything."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.budgeting import (
    DEFAULT_SECONDS,
    Account,
    Bill,
    Order,
    Rise,
    check_spending,
    decide,
    loosened,
    most_replicas,
    projected,
    rise_of,
)
from app.core.carrying import carried
from app.core.errors import Conflict, InvalidInput
from app.core.placement import GPU_ANNOTATION, TIMEOUT_ANNOTATION
from app.core.spec import AppSpec, Container, PodTemplate, Strategy
from app.core.spending import END_ANNOTATION, Limits, iso, limits_of, with_limits

T0 = 1_700_000_000.0
PRICE = Decimal("0.32")
NONE = Decimal(0)


def app(replicas: int = 3, limits: Limits | None = None, *, name: str = "web", image: str = "nginx:1") -> AppSpec:
    template = PodTemplate(containers=(Container(name="main", image=image),))
    spec = AppSpec(name=name, runtime="nosana", replicas=replicas, template=template)
    return with_limits(spec, limits) if limits is not None else spec


def bill(
    limits: Limits, *, replicas: int = 3, spent: str = "0", name: str = "web", price: Decimal | None = PRICE
) -> Bill:
    return Bill(app(replicas, limits, name=name), limits, price, Decimal(spent))


def ordered(bills: list[Bill], overall: Limits | None = None, spent: str = "0", now: float = T0) -> list[Order]:
    return decide(bills, overall or Limits(), Decimal(spent), now)


# -- one app


@pytest.mark.parametrize(
    ("limits", "spent", "replicas", "reason"),
    [
        (Limits(total=Decimal(5)), "3.99", 3, ""),
        (Limits(total=Decimal(5)), "4", None, "BudgetNearlySpent"),
        (Limits(total=Decimal(5)), "5", 0, "BudgetSpent"),
        (Limits(total=Decimal(5), on_budget="scale-down"), "5", 0, "BudgetSpent"),
        (Limits(total=Decimal(5), on_budget="warn"), "7", None, "BudgetSpent"),
        (Limits(per_hour=Decimal("0.96")), "0", 3, ""),
        (Limits(per_hour=Decimal("0.95")), "0", 0, "BudgetPerHour"),
        (Limits(per_hour=Decimal("0.95"), on_budget="scale-down"), "0", 2, "BudgetPerHour"),
        (Limits(per_hour=Decimal("0.31"), on_budget="scale-down"), "0", 0, "BudgetPerHour"),
        (Limits(per_hour=Decimal("0.31"), on_budget="warn"), "0", None, "BudgetPerHour"),
        (Limits(end_at=T0 + 3601), "0", 3, ""),
        (Limits(end_at=T0 + 3600), "0", None, "EndNear"),
        (Limits(end_at=T0), "0", 0, "EndReached"),
        (Limits(end_at=T0, on_budget="warn"), "0", 0, "EndReached"),
        (Limits(no_limit=True), "1000", 3, ""),
    ],
)
def test_at_a_limit_the_policy_is_carried_out(limits: Limits, spent: str, replicas: int | None, reason: str) -> None:
    found = ordered([bill(limits, spent=spent)])
    if not reason:
        assert found == []
        return
    (order,) = found
    assert (order.replicas, order.reason) == (replicas, reason)
    assert "web" in order.says


def test_the_numbers_are_said() -> None:
    (order,) = ordered([bill(Limits(total=Decimal(5)), spent="5.01")])
    assert order.says == "web is stopped: it has spent $5.01 of its budget of $5.00"
    (order,) = ordered([bill(Limits(per_hour=Decimal("0.7"), on_budget="scale-down"))])
    assert order.says == "web goes from 3 to 2: it costs $0.96 an hour, its limit is $0.70"


def test_what_is_stopped_already_is_left_alone() -> None:
    assert ordered([bill(Limits(total=Decimal(1), end_at=T0 - 1), replicas=0, spent="9")]) == []


def test_a_price_that_is_not_known_stops_nothing() -> None:
    assert ordered([bill(Limits(per_hour=Decimal("0.01")), price=None)], Limits(per_hour=Decimal("0.01"))) == []


# -- all together


def test_the_global_total_stops_everything_that_costs() -> None:
    bills = [bill(Limits(), name="a"), bill(Limits(), name="b"), bill(Limits(), name="c", replicas=0)]
    overall = Limits(total=Decimal(10))
    assert ordered(bills, overall, "7.99") == []
    near = ordered(bills, overall, "8")
    assert [(one.app.name, one.replicas, one.reason) for one in near] == [
        ("a", None, "GlobalBudgetNearlySpent"),
        ("b", None, "GlobalBudgetNearlySpent"),
    ]
    over = ordered(bills, overall, "10")
    assert [(one.app.name, one.replicas) for one in over] == [("a", 0), ("b", 0)]
    assert all("all apps together have spent $10.00" in one.says for one in over)
    assert {one.replicas for one in ordered(bills, Limits(total=Decimal(10), on_budget="warn"), "99")} == {None}


def test_the_global_hourly_limit_takes_from_the_dearest() -> None:
    bills = [bill(Limits(), name="small", replicas=1), bill(Limits(), name="large", replicas=5)]
    down = ordered(bills, Limits(per_hour=Decimal("1.3"), on_budget="scale-down"))
    assert [(one.app.name, one.replicas) for one in down] == [("large", 3)]
    stop = ordered(bills, Limits(per_hour=Decimal("1.3")))
    assert [(one.app.name, one.replicas) for one in stop] == [("large", 0)]


def test_an_app_that_its_own_limit_shrinks_counts_as_shrunk() -> None:
    own = Limits(per_hour=Decimal("0.32"), on_budget="scale-down")
    bills = [bill(own, name="own"), bill(Limits(), name="other", replicas=1)]
    found = ordered(bills, Limits(per_hour=Decimal("0.64"), on_budget="scale-down"))
    assert [(one.app.name, one.replicas) for one in found] == [("own", 1)]


money = st.decimals("0.01", 20, places=2)
policies = st.sampled_from(["scale-down", "stop", "warn"])
limits_ = st.builds(
    Limits,
    per_hour=st.none() | money,
    total=st.none() | money,
    end_at=st.none() | st.sampled_from([T0 - 1, T0 + 60, T0 + 10_000]),
    on_budget=policies,
)
bills_ = st.lists(
    st.tuples(limits_, st.integers(0, 9), money, st.none() | st.decimals("0.05", 2, places=2)), max_size=6
).map(
    lambda rows: [
        bill(limits, replicas=count, spent=str(spent), price=price, name=f"app{number}")
        for number, (limits, count, spent, price) in enumerate(rows)
    ]
)


def _after(bills: list[Bill], orders: list[Order]) -> list[Bill]:
    counts = {order.app: order.replicas for order in orders if order.replicas is not None}
    return [
        replace(one, spec=one.spec.model_copy(update={"replicas": counts.get(one.spec.key, one.spec.replicas)}))
        for one in bills
    ]


@given(bills_, limits_, money)
def test_a_decision_only_shrinks_and_one_round_is_enough(bills: list[Bill], overall: Limits, spent: Decimal) -> None:
    orders = decide(bills, overall, spent, T0)
    counts = {one.spec.key: one.spec.replicas for one in bills}
    acting = [order for order in orders if order.replicas is not None]
    assert len({order.app for order in acting}) == len(acting)
    assert all(0 <= (order.replicas or 0) < counts[order.app] for order in acting)
    assert all(order.says and order.reason for order in orders)
    again = decide(_after(bills, orders), overall, spent, T0)
    assert [order for order in again if order.replicas is not None] == []


@given(bills_, limits_, money)
def test_after_a_decision_every_limit_that_acts_is_kept(bills: list[Bill], overall: Limits, spent: Decimal) -> None:
    left = [one for one in _after(bills, decide(bills, overall, spent, T0)) if one.spec.replicas]
    for one in left:
        assert one.limits.end_at is None or one.limits.end_at > T0
        if one.limits.on_budget != "warn":
            assert one.limits.total is None or one.spent < one.limits.total
            assert one.limits.per_hour is None or one.per_hour <= one.limits.per_hour
    if overall.on_budget != "warn":
        costs = sum((one.per_hour for one in left), NONE)
        assert overall.per_hour is None or costs <= overall.per_hour
        assert not left or overall.total is None or spent < overall.total


@given(bills_, limits_, money)
def test_nothing_shrinks_that_is_below_every_limit(bills: list[Bill], overall: Limits, spent: Decimal) -> None:
    free = [replace(one, limits=Limits(no_limit=True)) for one in bills]
    if overall.on_budget == "warn" and (overall.end_at is None or overall.end_at > T0):
        assert all(order.replicas is None for order in decide(free, overall, spent, T0))
    assert decide(free, Limits(), spent, T0) == []


# -- a new wish


def check(before: AppSpec | None, after: AppSpec, **account: object) -> AppSpec:
    given_ = {"price": PRICE} | account
    return check_spending(before, after, Account(**given_), T0)  # type: ignore[arg-type]


def test_who_says_nothing_gets_a_day() -> None:
    assert limits_of(check(None, app())).end_at == T0 + DEFAULT_SECONDS
    assert check(None, app()).annotations == {END_ANNOTATION: iso(T0 + DEFAULT_SECONDS)}


@pytest.mark.parametrize("limits", [Limits(total=Decimal(5)), Limits(end_at=T0 + 60), Limits(no_limit=True)])
def test_who_says_something_gets_just_that(limits: Limits) -> None:
    assert check(None, app(1, limits)) == app(1, limits)


def test_a_global_total_is_an_end_and_a_stopped_app_needs_none() -> None:
    assert check(None, app(), overall=Limits(total=Decimal(5))) == app()
    assert check(None, app(0)) == app(0)


def test_above_an_hourly_limit_is_refused_with_the_numbers() -> None:
    wish = app(4, Limits(per_hour=Decimal(1), total=Decimal(5)))
    with pytest.raises(InvalidInput) as caught:
        check(None, wish)
    assert str(caught.value) == (
        "web would cost 4 x $0.32 = $1.28 an hour, its limit is $1.00: 3 would fit; ask for fewer, for a cheaper "
        "market, or raise the limit"
    )
    with pytest.raises(InvalidInput, match=r"\$0.50 beside it; all apps together may cost \$1.00: 1 would fit"):
        check(None, app(2), overall=Limits(per_hour=Decimal(1)), others=Decimal("0.5"))
    with pytest.raises(InvalidInput, match="none would fit"):
        check(None, app(1), overall=Limits(per_hour=Decimal(1)), others=Decimal(3))


def test_what_gets_cheaper_passes_also_above_a_limit() -> None:
    limits = Limits(per_hour=Decimal("0.4"), total=Decimal(5))
    assert check(app(4, limits), app(3, limits)).replicas == 3
    with pytest.raises(InvalidInput):
        check(app(2, limits), app(3, limits))


def test_past_its_end_or_budget_it_starts_only_with_a_new_one() -> None:
    ended, spent = Limits(end_at=T0), Limits(total=Decimal(5))
    with pytest.raises(Conflict, match=r"was to end at .* run 24 more hours"):
        check(app(0, ended), app(2, ended))
    with pytest.raises(Conflict, match=r"has spent \$5.00 of its budget of \$5.00"):
        check(app(0, spent), app(2, spent), spent=Decimal(5))
    with pytest.raises(Conflict, match="All apps together have spent"):
        check(None, app(1), overall=Limits(total=Decimal(3)), spent_in_all=Decimal(3))
    assert check(app(0, ended), app(2, Limits(end_at=T0 + 60))).replicas == 2
    assert check(app(2, ended), app(2, ended, image="nginx:2")).replicas == 2  # the keeper stops it, not this


def test_a_manifest_without_limits_does_not_lift_them() -> None:
    limits = Limits(total=Decimal(5), on_budget="warn")
    assert limits_of(carried(app(2), app(2, limits))) == limits
    other = Limits(end_at=T0)
    assert limits_of(carried(app(2, other), app(2, limits))) == other
    elsewhere = app(2).model_copy(update={"runtime": "docker"})
    assert limits_of(carried(elsewhere, app(2, limits))) == Limits()


# -- what may make it dearer


def annotated(spec: AppSpec, name: str, value: str) -> AppSpec:
    return spec.model_copy(update={"annotations": {**spec.annotations, name: value}})


@pytest.mark.parametrize(
    ("before", "after", "rise"),
    [
        (None, app(1), Rise.STARTS),
        (app(0), app(1), Rise.STARTS),
        (app(1).model_copy(update={"runtime": "docker"}), app(1), Rise.STARTS),
        (app(1), app(2), Rise.MORE),
        (app(2), annotated(app(2), GPU_ANNOTATION, "H100"), Rise.MACHINE),
        (app(2), app(2, image="nginx:2"), Rise.ROLLOUT),
        (app(2).model_copy(update={"paused": True}), app(2), Rise.ROLLOUT),
        (app(2), annotated(app(2), TIMEOUT_ANNOTATION, "48h"), Rise.RENT),
        (app(2, Limits(total=Decimal(5))), app(2, Limits(total=Decimal(6))), Rise.LIMITS),
        (app(2, Limits(total=Decimal(5))), app(2, Limits(no_limit=True)), Rise.LIMITS),
        (app(2), app(2), None),
        (app(2), app(1), None),
        (app(2), app(0, image="nginx:2"), None),
        (app(2), app(2, image="nginx:2").model_copy(update={"paused": True}), None),
        (app(2), app(2).model_copy(update={"strategy": Strategy(type="Recreate")}), None),
        (app(2, Limits(total=Decimal(5))), app(2, Limits(total=Decimal(4))), None),
    ],
)
def test_what_may_cost_more(before: AppSpec | None, after: AppSpec, rise: Rise | None) -> None:
    assert rise_of(before, after) is rise


@given(limits_, limits_)
def test_of_two_limits_one_way_loosens_or_they_allow_the_same(one: Limits, two: Limits) -> None:
    assert not loosened(one, one)
    if not loosened(one, two) and not loosened(two, one):
        assert one.model_copy(update={"on_budget": "stop"}) == two.model_copy(update={"on_budget": "stop"})


# -- small sums


def test_most_replicas_and_projections() -> None:
    assert most_replicas(PRICE, Decimal(1)) == 3
    assert most_replicas(None, Decimal(1)) > 1000
    assert projected(PRICE, Limits(end_at=T0 + 7200), NONE, T0) == Decimal("0.64")
    assert projected(PRICE, Limits(total=Decimal(5)), Decimal("4.9"), T0) == Decimal("0.1")
    assert projected(PRICE, Limits(end_at=T0 - 5), NONE, T0) == 0
    assert projected(PRICE, Limits(), NONE, T0) == PRICE * 24 * 30
