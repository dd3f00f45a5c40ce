"""Forecasts: never a date in the past, the point inside its interval, and nothing said where the data says nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import exp, isfinite, pi, sin
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.forecasts import (
    Estimate,
    Forecast,
    Kind,
    NoForecast,
    Trend,
    compare,
    crash_loop,
    load_ahead,
    outlook,
    reach,
    replicas_for,
    restarts_ahead,
)
from app.core.forecasts.estimating import Point, negative_binomial, quantile, slope, student
from app.core.forecasts.needs import raised
from app.core.forecasts.series import attempt, load, restarts, worth_reading
from app.core.scaling.autoscaling import Advice
from app.core.spec import Amounts, AppKey, AppSpec, Autoscaling, Resources
from app.core.template import Claim, Volume
from app.core.usage import COARSE_SECONDS, UsageSample
from app.core.views import AppView
from benchmarks.forecasts import Score, memory_scores
from benchmarks.usage_series import MEMORY, memory
from tests.tools.fakes import T0, spec, view_of

NOW, HOUR, DAY = T0, 3600.0, 86_400.0
WEB = AppKey("default", "web")
MIB = 1024**2


def grid(seconds: float, step: float = 15.0) -> list[float]:
    """Moments every `step`, the last one now."""
    return [NOW - step * back for back in range(int(seconds / step), -1, -1)]


def line(seconds: float, per_hour: float, *, last: float = 100.0, noise: float = 0.5) -> list[Point]:
    rng = Random(3)
    return [(at, last + per_hour * (at - NOW) / HOUR + rng.gauss(0, noise)) for at in grid(seconds)]


def given_for(points: list[Point], limit: float) -> Estimate:
    said = reach(points, limit, NOW)
    assert isinstance(said, Estimate), said
    return said


def why_not(said: Estimate | NoForecast) -> str:
    assert isinstance(said, NoForecast), said
    return said.why


series = st.lists(st.tuples(st.floats(NOW - 8 * DAY, NOW + HOUR), st.floats(0, 1e12)), max_size=120).map(sorted)


# -- a limit


@given(series, st.floats(1, 1e12))
def test_no_date_lies_in_the_past_and_each_is_inside_its_interval(points: list[Point], limit: float) -> None:
    said = reach(points, limit, NOW)
    if isinstance(said, Estimate):
        assert NOW <= said.low <= said.value <= said.high
        assert isfinite(said.high)


@given(
    st.floats(0.1, 1e3),
    st.floats(0, 5),
    st.integers(0, 2**32),
    st.sampled_from([1200.0, 2 * HOUR, 20 * HOUR]),
    st.floats(1.02, 4),
)
def test_a_growing_series_too(per_hour: float, noise: float, seed: int, seconds: float, room: float) -> None:
    rng = Random(seed)
    base = 200 + per_hour * seconds / HOUR
    points = [(at, base + per_hour * (at - NOW) / HOUR + rng.gauss(0, noise)) for at in grid(seconds, 60)]
    said = reach(points, base * room, NOW)
    if isinstance(said, Estimate):
        assert NOW <= said.low <= said.value <= said.high
        assert isfinite(said.high)


@given(st.floats(0, 1e11), st.sampled_from([HOUR, 5 * HOUR, 3 * DAY]))
def test_what_stays_the_same_has_no_forecast(value: float, seconds: float) -> None:
    points = [(at, value) for at in grid(seconds, 60)]
    assert why_not(reach(points, value * 1.001 + 1, NOW)) == "there is no clear growth"


@given(st.floats(1e-3, 1e3), st.floats(-1e6, 1e6))
def test_units_and_the_time_of_day_change_nothing(scale: float, later: float) -> None:
    plain = given_for(line(2 * HOUR, 30), 140)
    points = [(at + later, value * scale) for at, value in line(2 * HOUR, 30)]
    moved = reach(points, 140 * scale, NOW + later)
    assert isinstance(moved, Estimate)
    for name in ("value", "low", "high"):
        assert getattr(moved, name) - later == pytest.approx(getattr(plain, name), abs=1)


@pytest.mark.parametrize("seconds", [1000.0, HOUR, 8 * HOUR])
@pytest.mark.parametrize("ahead", [0.2, 0.8, 1.3])
def test_a_leak_is_dated(seconds: float, ahead: float) -> None:
    """It reaches its limit `ahead` times as long from now on as it was seen for."""
    per_hour = 60 * HOUR / seconds
    said = given_for(line(seconds, per_hour, last=200, noise=0.1), 200 + 60 * ahead)
    assert said.value - NOW == pytest.approx(seconds * ahead, rel=0.25)
    assert said.low <= NOW + seconds * ahead <= said.high


def test_a_leak_is_dated_with_most_samples_missing() -> None:
    rng = Random(5)
    kept = [one for one in line(2 * HOUR, 30) if rng.random() < 0.2]
    assert given_for([*kept[:-1], (NOW, kept[-1][1])], 130).value - NOW == pytest.approx(HOUR, rel=0.25)


def test_no_further_ahead_than_it_was_seen_for() -> None:
    assert (
        why_not(reach(line(HOUR, 10, noise=0), 1000, NOW)) == "the limit is further away than the growth was seen for"
    )


def test_at_its_limit_it_is_now() -> None:
    assert reach(line(HOUR, 0, last=500, noise=0), 500, NOW) == Estimate(NOW, NOW, NOW)


def test_too_short_and_not_lately() -> None:
    assert "too little" in why_not(reach(line(300, 100), 150, NOW))
    assert "not measured lately" in why_not(reach([(at - HOUR, value) for at, value in line(HOUR, 10)], 150, NOW))
    assert "not measured lately" in why_not(reach([], 150, NOW))
    later = [(NOW + 60, 149.0)]
    assert "not measured lately" in why_not(reach(later, 150, NOW)), "what comes after is not known"


def test_a_heap_that_is_collected_does_not_leak() -> None:
    for period in (90.0, 700.0, 2500.0):
        points = [(at, 100 + 60 * ((at - NOW + 0.9 * period) / period % 1.0)) for at in grid(6 * HOUR)]
        assert "growth" in why_not(reach(points, 200, NOW)), period


def test_a_warm_up_that_ends_below_its_limit_is_no_leak() -> None:
    points = [(at, 100 + 80 * (1 - exp(-(at - NOW + 1500) / 900))) for at in grid(1500)]
    assert "slows down" in why_not(reach(points, 200, NOW))


def test_one_step_is_no_trend() -> None:
    for ago in (400.0, 1200.0, 2500.0):
        points = [(at, 150.0 if at > NOW - ago else 100.0) for at in grid(HOUR)]
        why_not(reach(points, 180, NOW))


def test_the_day_goes_up_and_down() -> None:
    points = [(at, 100 + 40 * sin(2 * pi * (at - NOW) / DAY)) for at in grid(5 * DAY, 300)]
    why_not(reach(points, 160, NOW))


def test_the_benchmark_is_won() -> None:
    """A small part of it: false alarms a fraction of the straight line's, dates no worse, intervals that hold."""
    rng = Random(11)
    scores = memory_scores(memory(kind, rng) for kind in MEMORY for _ in range(8))
    ours, naive = (sum((pair[side] for pair in scores.values()), Score()) for side in (0, 1))
    assert ours.false <= 1
    assert naive.false >= 6
    assert sum(ours.off) <= sum(naive.off)
    assert 0.7 <= ours.held / ours.judged <= 0.95
    assert ours.soon_given / ours.soon >= 0.6


# -- restarts


@given(st.lists(st.floats(NOW - 2 * DAY, NOW + DAY), max_size=60), st.floats(0, 3 * DAY))
def test_restarts_are_counted_with_an_interval(moments: list[float], seen: float) -> None:
    said = restarts_ahead(moments, NOW - seen, NOW)
    if isinstance(said, Estimate):
        assert 0 <= said.low <= said.value <= said.high
    loop = crash_loop(moments, NOW)
    if isinstance(loop, Estimate):
        assert NOW <= loop.low <= loop.value <= loop.high


def test_none_seen_is_not_never() -> None:
    assert why_not(restarts_ahead([], NOW - DAY, NOW)) == "no restart was seen"
    assert why_not(restarts_ahead([NOW - 60], NOW - 600, NOW)) == "it was watched for less than an hour"


def test_a_steady_rate_goes_on() -> None:
    said = restarts_ahead([NOW - 1200 * back for back in range(60)], NOW - 20 * HOUR, NOW)
    assert isinstance(said, Estimate)
    assert said.value == pytest.approx(3, rel=0.1)


def shrinking(share: float, first: float = 3 * HOUR, count: int = 7) -> list[float]:
    """Restarts, the last of them now."""
    gaps = [first * share**number for number in range(count)]
    return [NOW - sum(gaps[number:]) for number in range(count + 1)]


def test_restarts_that_come_faster_and_faster_end_in_a_loop() -> None:
    moments = shrinking(0.75)
    following, gap = NOW, 3 * HOUR * 0.75**7
    while gap >= 600:
        following, gap = following + gap, gap * 0.75
    said = crash_loop(moments, NOW)
    assert isinstance(said, Estimate)
    assert said.low <= following + gap <= said.high
    assert said.value == pytest.approx(following + gap, abs=600)


@pytest.mark.parametrize(
    ("moments", "why"),
    [
        ([NOW - 5 * HOUR, NOW - 3 * HOUR, NOW - HOUR], "too few"),
        ([NOW - HOUR * back for back in range(9, 0, -1)], "do not shrink"),
        ([NOW - 200 * back for back in range(9, 0, -1)], "that fast already"),
        ([at - 2 * DAY for at in shrinking(0.8)], "do not shrink any more"),
        (shrinking(0.93, first=60 * HOUR), "too unevenly"),
    ],
)
def test_no_loop_is_foreseen(moments: list[float], why: str) -> None:
    assert why in why_not(crash_loop(moments, NOW))


# -- load


def days(count: int, peak: float = 14, swing: float = 3, missing: float = 0.0) -> dict[int, float]:
    """Millicores by five minutes until now, the same each day, with noise."""
    rng = Random(2)
    last = int(NOW // COARSE_SECONDS)
    found = {}
    for place in range(last - count * 288 - 1, last):
        away = abs(place / 12 % 24 - peak)
        value = 500 * (1 + swing * exp(-((away / 2) ** 2))) * exp(rng.gauss(0, 0.05))
        if rng.random() >= missing:
            found[place] = value
    return found


def at_hour(hour: float) -> tuple[dict[int, float], float, dict[int, float]]:
    """What was known at that hour of the last day, when that is, and all of it."""
    whole = days(5)
    now = NOW - DAY + (hour * HOUR - (NOW - DAY) % DAY) % DAY
    return {place: value for place, value in whole.items() if place < now // COARSE_SECONDS}, now, whole


@pytest.mark.parametrize("hour", [3.0, 11.5, 12.5, 15.0])
def test_the_load_of_the_day_before_comes_again(hour: float) -> None:
    known, now, whole = at_hour(hour)
    said = load_ahead(known, now)
    assert isinstance(said, Estimate)
    begin = int(now // COARSE_SECONDS)
    truth = max(whole[place] for place in range(begin, begin + 12))
    assert said.value == pytest.approx(truth, rel=0.2)
    assert said.low <= said.value <= said.high


def test_no_load_is_foreseen_of_what_is_always_the_same_or_too_short() -> None:
    begin = int(NOW // COARSE_SECONDS)
    assert "no pattern" in why_not(load_ahead(dict.fromkeys(range(begin - 5 * 288, begin), 700.0), NOW))
    assert "two days" in why_not(load_ahead({at: load for at, load in days(2).items() if at > begin - 320}, NOW))
    assert "less than a day" in why_not(load_ahead({}, NOW))
    assert "was not measured" in why_not(load_ahead({at: 9.0 for at in days(4) if at < begin - 20}, NOW))


@given(st.dictionaries(st.integers(int(NOW // 300) - 900, int(NOW // 300)), st.floats(0, 1e6)))
def test_any_load_gives_an_interval_or_none(known: dict[int, float]) -> None:
    said = load_ahead(known, NOW)
    assert isinstance(said, NoForecast) or 0 < said.low <= said.value <= said.high


AUTO = Autoscaling(enabled=True, min_replicas=2, max_replicas=8, target_cpu_percent=50)


@given(st.floats(0, 1e9), st.integers(1, 10_000))
def test_a_need_is_within_the_limits(millicores: float, request: int) -> None:
    need = replicas_for(millicores, AUTO, request)
    assert need is not None
    assert 2 <= need <= 8


def test_a_need_by_what_the_autoscaler_aims_at() -> None:
    assert replicas_for(1000, AUTO, 400) == 5
    assert replicas_for(1000, AUTO, None) is None
    amount = AUTO.model_copy(update={"target_cpu_percent": None, "target_cpu_millicores": 300})
    assert replicas_for(1000, amount, None) == 4


@given(st.none() | st.integers(1, 20), st.integers(1, 20), st.none() | st.integers(1, 20))
def test_a_foreseen_need_only_ever_adds(advised: int | None, current: int, least: int | None) -> None:
    found = raised(Advice(advised), current, least)
    wanted = current if advised is None else advised
    assert (current if found.replicas is None else found.replicas) == max(wanted, least or 0)


# -- from samples


def sample(at: float, memory: int = 100, *, pod: str = "web-0", cpu: int = 100, restarts: int = 0) -> UsageSample:
    return UsageSample(WEB, pod, at, cpu, memory * MIB, restarts)


def test_only_the_attempt_that_runs_counts() -> None:
    samples = [
        sample(NOW - 60, 500),
        sample(NOW - 45, 510),
        sample(NOW - 30, 90, restarts=1),
        sample(NOW, 91, restarts=1),
    ]
    assert attempt(samples, None) == [(NOW - 30, 90.0 * MIB), (NOW, 91.0 * MIB)]
    assert attempt(samples, NOW - 10) == [(NOW, 91.0 * MIB)]
    assert restarts(samples) == [NOW - 30]
    fewer = [sample(NOW - 15, restarts=4), sample(NOW, restarts=0)]
    assert restarts(fewer) == [], "a new revision counts from none again"


def test_load_is_added_up_over_replicas_that_ran_at_the_same_time() -> None:
    place = int(NOW // COARSE_SECONDS)
    begin = place * COARSE_SECONDS
    both = [sample(begin + 15 * step, pod=pod) for step in range(20) for pod in ("web-0", "web-1")]
    assert load(both) == {place: 200.0}
    half = [*both[::2], *(one for one in both[1::2] if one.at < begin + 150)]
    assert load(half) == {place: 150.0}
    assert load(both[:4]) == {}, "a few seconds are not five minutes"


def hours(*of: tuple[int, int]) -> list[UsageSample]:
    """One hour for each pair (MiB, restarts until its end), the last one ending now."""
    found = []
    for number, (mib, count) in enumerate(of):
        begin = NOW - HOUR * (len(of) - number)
        before = of[number - 1][1] if number else 0
        found += [sample(begin + 15 * step, mib, restarts=count if step > 100 else before) for step in range(1, 241)]
    return found


@pytest.mark.parametrize(
    ("samples", "trend"),
    [
        (hours((100, 0), (100, 0)), Trend.SAME),
        (hours((100, 0), (100, 2)), Trend.WORSE),
        (hours((100, 3), (100, 4)), Trend.BETTER),
        (hours((100, 0), (140, 0)), Trend.WORSE),
        (hours((100, 0)), Trend.UNKNOWN),
        ([], Trend.UNKNOWN),
    ],
)
def test_better_or_worse_than_the_hour_before(samples: list[UsageSample], trend: Trend) -> None:
    found = compare(samples, NOW)
    assert found.trend is trend


def test_a_change_says_by_how_much() -> None:
    found = compare(hours((100, 1), (150, 3)), NOW)
    assert (found.restarts, found.restarts_before) == (2, 1)
    assert found.memory == pytest.approx(0.5)
    assert compare(hours((100, 1), (150, 3)), NOW, before=DAY).trend is Trend.UNKNOWN


def limited(mib: int | None, replicas: int = 2, volumes: tuple[Volume, ...] = ()) -> AppSpec:
    plain = spec("web", replicas=replicas)
    container = plain.container.model_copy(
        update={"resources": Resources(limits=Amounts(memory_bytes=mib * MIB if mib else None))}
    )
    template = plain.template.model_copy(update={"containers": (container,), "volumes": volumes})
    return plain.model_copy(update={"template": template})


def of_kind(found: tuple[Forecast, ...], kind: Kind) -> Forecast:
    return next(one for one in found if one.kind is kind)


def old_view(wish: AppSpec) -> AppView:
    view = view_of(wish)
    return replace(view, replicas=tuple(replace(one, started_at=NOW - 5 * HOUR) for one in view.replicas))


def test_the_outlook_names_the_replica_that_comes_first() -> None:
    samples = [
        sample(at, round(value), pod=pod)
        for pod, per_hour in (("web-0", 20.0), ("web-1", 60.0))
        for at, value in line(2 * HOUR, per_hour, last=200)
    ]
    samples += [sample(at, 900, pod="web-7") for at in grid(HOUR)]
    found = outlook(old_view(limited(256)), samples, NOW)
    first = of_kind(found.forecasts, Kind.MEMORY)
    assert first.subject == "web-1"
    assert first.estimate is not None
    assert first.estimate.value - NOW == pytest.approx(56 / 60 * HOUR, rel=0.2)
    assert found.of(Kind.DISK) is None


def test_an_outlook_without_data_says_why_for_each_kind() -> None:
    volume = Volume(name="data", source=Claim(name="data"))
    found = outlook(view_of(limited(None, volumes=(volume,))), [], NOW)
    assert {one.kind: one.why_not for one in found.forecasts} == {
        Kind.MEMORY: "it has no memory limit to reach",
        Kind.DISK: "how full its volumes are is not measured",
        Kind.RESTARTS: "it was watched for less than an hour",
        Kind.CRASH_LOOP: "there were too few restarts for it",
        Kind.LOAD: "the load was measured for less than a day and two hours",
    }


# -- sums


def test_quantiles_against_the_tables() -> None:
    for freedom, share, table in ((6, 0.9, 1.440), (6, 0.975, 2.447), (3, 0.9, 1.638), (30, 0.95, 1.697)):
        assert student(share, freedom) == pytest.approx(table, rel=0.02)
    assert quantile([3, 1, 2], 0.5) == 2
    assert quantile([1, 2], 0.25) == 1.25
    assert [negative_binomial(0.9, 1e6, mean) for mean in (0, 1, 5)] == [0, 2, 8], "nearly Poisson"
    assert negative_binomial(0.9, 1.0, 5.0) > 8, "an uncertain rate spreads further"


def test_one_wild_value_does_not_turn_a_slope() -> None:
    points = [(float(x), 2.0 * x) for x in range(9)]
    points[4] = (4.0, 1e6)
    assert slope(points) == pytest.approx(2.0)
    assert slope([(1.0, 5.0)]) == 0.0


def test_an_interval_must_hold_its_point() -> None:
    with pytest.raises(ValueError, match="does not hold"):
        Estimate(5.0, 1.0, 4.0)


def test_less_is_read_of_many_replicas() -> None:
    spans = [worth_reading(count) for count in (0, 1, 10, 20, 1000)]
    assert spans == [7 * DAY, 7 * DAY, 7 * DAY, 3.5 * DAY, 3 * DAY]
    assert all(before >= after for before, after in pairwise(spans))
