"""Money: what is written on an app, what was spent between two moments, and how it is said."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidInput
from app.core.spec import AppKey, AppSpec, Container, PodTemplate
from app.core.spending import (
    BUDGET_PER_HOUR_ANNOTATION,
    BUDGET_TOTAL_ANNOTATION,
    END_ANNOTATION,
    NO_LIMIT_ANNOTATION,
    ON_BUDGET_ANNOTATION,
    Balance,
    Charge,
    Limits,
    Market,
    Quote,
    cost_of,
    day_and_time,
    dollars,
    limits_of,
    parse_dollars,
    rate,
    spent,
    with_limits,
)

KEY = AppKey("default", "web")
T0 = 1_700_000_000.0
HOUR = 3600.0


def app(**annotations: str) -> AppSpec:
    template = PodTemplate(containers=(Container(name="main", image="nginx"),))
    return AppSpec(name="web", runtime="nosana", template=template, annotations=annotations)


def charge(start: float, end: float | None, per_hour: str = "0.32") -> Charge:
    return Charge(f"{start}-{end}", KEY, "nosana", "nvidia-4090", Decimal(per_hour), start, end)


# -- limits


def test_limits_are_read() -> None:
    spec = app(
        **{
            BUDGET_PER_HOUR_ANNOTATION: "$2/h",
            BUDGET_TOTAL_ANNOTATION: "20 USD",
            END_ANNOTATION: "2023-11-14T23:13:20+01:00",
            ON_BUDGET_ANNOTATION: "scale-down",
        }
    )
    assert limits_of(spec) == Limits(
        per_hour=Decimal(2), total=Decimal(20), end_at=T0, on_budget="scale-down", no_limit=False
    )
    assert limits_of(app()) == Limits()
    assert not limits_of(app()).ends


@pytest.mark.parametrize("text", ["1.50", "$1.50", "1.5 dollars", "US$ 1.50", "1.5 USD per hour"])
def test_amounts_as_people_write_them(text: str) -> None:
    assert parse_dollars(text, field="budget") == Decimal("1.5")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        (BUDGET_TOTAL_ANNOTATION, "1,50", "write it like 1.50"),
        (BUDGET_TOTAL_ANNOTATION, "-1", "write it like 1.50"),
        (BUDGET_TOTAL_ANNOTATION, "NaN", "write it like 1.50"),
        (BUDGET_TOTAL_ANNOTATION, "5 a day", "write it like 1.50"),
        (BUDGET_PER_HOUR_ANNOTATION, "0.00", "more than 0"),
        (END_ANNOTATION, "2030-01-31T17:00:00", "date, time and zone"),
        (END_ANNOTATION, "tomorrow", "date, time and zone"),
        (ON_BUDGET_ANNOTATION, "panic", "scale-down, stop or warn"),
        (NO_LIMIT_ANNOTATION, "yes", '"true" or "false"'),
    ],
)
def test_what_cannot_be_read_names_annotation_value_and_fix(name: str, value: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        limits_of(app(**{name: value}))
    assert str(caught.value).startswith(f'{name}: "{value}"')
    assert says in str(caught.value)
    assert caught.value.field == name


@given(st.sampled_from([BUDGET_PER_HOUR_ANNOTATION, END_ANNOTATION, ON_BUDGET_ANNOTATION]), st.text(max_size=40))
def test_any_text_is_a_value_or_one_sentence(name: str, text: str) -> None:
    said = ""
    try:
        limits_of(app(**{name: text}))
    except InvalidInput as error:
        said = str(error)
    assert "\n" not in said


amounts = st.decimals("0.01", 1000, places=2)
limits = st.builds(
    Limits,
    per_hour=st.none() | amounts,
    total=st.none() | amounts,
    end_at=st.none() | st.integers(10**9, 4 * 10**9).map(float),
    on_budget=st.sampled_from(["scale-down", "stop", "warn"]),
)


@given(limits, limits)
def test_limits_come_back_as_they_were_written(old: Limits, new: Limits) -> None:
    assert limits_of(with_limits(with_limits(app(note="x"), old), new)) == new


# -- sums


def test_an_hour_costs_the_price_and_what_goes_on_costs_until_now() -> None:
    assert cost_of(charge(T0, T0 + HOUR), 0.0, T0 + 9 * HOUR) == Decimal("0.32")
    assert cost_of(charge(T0, None), 0.0, T0 + 2 * HOUR) == Decimal("0.64")
    assert cost_of(charge(T0, None), T0 + HOUR, T0 + 2 * HOUR) == Decimal("0.32")
    assert cost_of(charge(T0 + HOUR, None), 0.0, T0) == 0
    assert rate([charge(T0, None), charge(T0, T0 + 1)]) == Decimal("0.32")


moments = st.floats(0, 10_000_000, allow_nan=False).map(lambda at: round(at, 3))
charges = st.lists(
    st.builds(
        lambda start, length, price: charge(start, None if length is None else start + length, str(price)),
        moments,
        st.none() | moments,
        st.decimals("0.001", 10, places=3),
    ),
    max_size=8,
)


@given(charges, moments, moments, moments)
def test_what_is_spent_never_shrinks_and_adds_up(rents: list[Charge], one: float, two: float, three: float) -> None:
    early, middle, late = sorted((one, two, three))
    assert 0 <= spent(rents, 0.0, early) <= spent(rents, 0.0, middle)
    parts = spent(rents, early, middle) + spent(rents, middle, late)
    assert abs(parts - spent(rents, early, late)) < Decimal("0.000001")


# -- words


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0.32", "$0.32"),
        ("23.04", "$23.04"),
        ("0.048", "$0.048"),
        ("0.0004", "$0.0004"),
        ("0.000013333", "$0.000013"),
        ("0.00000004", "$0.00"),
        ("0", "$0.00"),
        ("1234.5", "$1,234.50"),
        ("-1.5", "-$1.50"),
        ("0.9999", "$1.00"),
    ],
)
def test_dollars(amount: str, text: str) -> None:
    assert dollars(Decimal(amount)) == text


def test_moments_have_their_zone() -> None:
    assert day_and_time(T0) == "14 Nov 2023 22:13 UTC"


def test_a_quote_says_day_and_what_is_left() -> None:
    market = Market("a", "nvidia-4090", "4090", (), None, Decimal("0.32"))
    given_: dict[str, Any] = {"replicas": 3, "timeout_minutes": 1440, "per_hour": Decimal("0.96"), "live": True}
    quote = Quote(market, reserved=Decimal("23.04"), balance=Balance(Decimal(30), Decimal(4), Decimal(1)), **given_)
    assert quote.per_day == Decimal("23.04")
    assert quote.balance_after == Decimal("1.96")
