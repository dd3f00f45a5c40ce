"""Generated usage: what memory, restarts and load do in real programs, with the truth that a forecast is held against.

Every series is a function of a seeded `random.Random`; values are plain numbers of what a replica would show every 15 s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, floor, pi, sin
from random import Random

from app.core.forecasts.estimating import Point
from app.core.usage import COARSE_SECONDS, FINE_SECONDS, SAMPLE_SECONDS

HOUR, DAY = 3600.0, 86_400.0
T0 = 1_700_000_000.0
MIB = 1024.0**2


@dataclass(frozen=True, slots=True)
class Case:
    """A moment at which a forecast is asked for: what was stored until then, and when the limit was really reached
    (None = not within what was simulated, `until`)."""

    kind: str
    past: Sequence[Point]
    now: float
    limit: float
    crossed: float | None
    until: float


Shape = Callable[[float], float]
"""Bytes at so many seconds after the start."""


def stored(values: Sequence[float], rng: Random, missing: float = 0.0) -> list[Point]:
    """As the store keeps them: fine for the last hour, means of five minutes before, `missing` of the samples lost."""
    end = T0 + (len(values) - 1) * SAMPLE_SECONDS
    fold = floor((end - FINE_SECONDS) / COARSE_SECONDS) * COARSE_SECONDS
    kept = [
        (T0 + number * SAMPLE_SECONDS, value)
        for number, value in enumerate(values)
        if missing == 0.0 or rng.random() >= missing
    ]
    fine = [one for one in kept if one[0] >= fold]
    groups: dict[int, list[Point]] = {}
    for at, value in kept[: len(kept) - len(fine)]:
        groups.setdefault(int(at // COARSE_SECONDS), []).append((at, value))
    return [(group[-1][0], sum(value for _, value in group) / len(group)) for group in groups.values()] + fine


# -- memory


def _teeth(rng: Random, height: float, period: float) -> Shape:
    """A heap that grows and is collected, not quite evenly."""
    phase, wobble = rng.random() * period, rng.uniform(0.1, 0.3)
    return lambda t: height * (((t + phase) / period + wobble * sin(t / period * 1.7)) % 1.0)


def _waves(rng: Random, height: float) -> Shape:
    phase = rng.random() * DAY
    return lambda t: height * (1 + sin(2 * pi * (t + phase) / DAY)) / 2


def _walk(rng: Random, step: float, back: float) -> Callable[[], float]:
    """A value that strays and is drawn back; one step for each call."""
    level = 0.0

    def move() -> float:
        nonlocal level
        level += rng.gauss(0.0, step) - back * level
        return level

    return move


def memory(kind: str, rng: Random) -> Case:
    """One of `MEMORY`, with a moment at random."""
    base, noise = rng.uniform(60, 400) * MIB, rng.uniform(0.2, 3.0) * MIB
    limit = base * rng.uniform(1.3, 3.0)
    room = limit - base
    leaks = kind.startswith("leak")
    life = 10 ** rng.uniform(3.2, 4.9) if leaks else rng.uniform(900, 30 * HOUR)
    shapes: list[Shape] = []
    begin = 0.0
    if kind == "leak late":
        begin = rng.uniform(0.5, 3) * HOUR
    if leaks:
        shapes.append(lambda t: room * max(0.0, t - begin) / life)
    if kind in ("leak teeth", "teeth"):
        shapes.append(_teeth(rng, room * rng.uniform(0.1, 0.5), rng.uniform(20, 1500)))
    if kind == "slow teeth":
        shapes.append(_teeth(rng, room * rng.uniform(0.3, 0.8), rng.uniform(0.7, 5) * HOUR))
    if kind in ("leak daily", "daily"):
        shapes.append(_waves(rng, room * rng.uniform(0.1, 0.4)))
    if kind in ("leak steps", "steps"):
        shapes.append(_steps(rng, room * (0.3 if leaks else 0.9)))
    if kind == "warm up":
        tau, height = rng.uniform(300, 2 * HOUR), room * rng.uniform(0.2, 0.9)
        shapes.append(lambda t: height * (1 - exp(-t / tau)))
    if kind == "leak bent":
        shapes.append(lambda t: room * 0.5 * (max(0.0, t) / life) ** 2)
    stray = _walk(rng, room / 150, 0.002) if kind in ("straying", "leak straying") else (lambda: 0.0)
    spikes = kind in ("bursts", "leak bursts")
    missing = 0.4 if kind in ("leak missing", "missing") else 0.0
    now = begin + rng.uniform(0.25, 0.97) * life if leaks else life
    until = now + (6 * life if leaks else 24 * HOUR)
    values: list[float] = []
    crossed = None
    number, burst = 0, 0.0
    while (t := number * SAMPLE_SECONDS) <= until:
        burst = (room * rng.uniform(0.2, 0.5) if spikes and rng.random() < 0.004 else burst * 0.7) if spikes else 0.0
        value = base + sum(shape(t) for shape in shapes) + stray() + rng.gauss(0, noise) + burst
        value = value if leaks else min(value, limit * 0.999)
        if value >= limit:
            if t <= now:  # it was full before the moment: it died, and there is nothing to foresee
                return memory(kind, rng)
            crossed = T0 + t
            break
        if t <= now:
            values.append(value)
        number += 1 if leaks or t <= now else 40  # what never gets there need not be followed closely
    at = T0 + (len(values) - 1) * SAMPLE_SECONDS
    return Case(kind, stored(values, rng, missing), at, limit, crossed, T0 + until)


def _steps(rng: Random, height: float) -> Shape:
    """Up and down at moments of its own: caches filled, work taken and done."""
    moves = sorted((rng.uniform(0, 40 * HOUR), rng.uniform(0, height)) for _ in range(rng.randint(2, 30)))

    def at(t: float) -> float:
        value = 0.0
        for since, level in moves:
            if since > t:
                break
            value = level
        return value

    return at


MEMORY = (
    "leak", "leak teeth", "leak daily", "leak steps", "leak late", "leak bent", "leak straying", "leak bursts",
    "leak missing", "noise", "missing", "teeth", "slow teeth", "warm up", "steps", "daily", "straying", "bursts",
)  # fmt: skip


# -- restarts


@dataclass(frozen=True, slots=True)
class Falls:
    """Moments of restarts until `now`, and after it."""

    kind: str
    since: float
    past: Sequence[float]
    now: float
    following: Sequence[float]


def restarts(kind: str, rng: Random) -> Falls:
    """One of `RESTARTS`, with a moment at random."""
    now = T0 + rng.uniform(2, 30) * HOUR
    moments: list[float] = []
    t, gap = T0, 10 ** rng.uniform(3.0, 4.8)
    if kind == "worse":
        share, gap = rng.uniform(0.7, 0.9), rng.uniform(1.0, 4.0) * HOUR
        while gap > 60:
            t += gap * exp(rng.gauss(0, 0.08))
            moments.append(t)
            gap *= share
        close = next(at for before, at in zip(moments, moments[1:], strict=False) if at - before < 600)
        now = max(T0 + 1.5 * HOUR, moments[0] + (close - moments[0]) * rng.uniform(0.4, 0.97))
        moments += [t + 300.0 * step for step in range(1, 20)]
    else:
        burst = 0
        while t < now + 12 * HOUR:
            if kind == "regular":
                t += gap * rng.uniform(0.9, 1.1)
            elif kind == "bursts":
                burst = burst - 1 if burst > 0 else rng.choice((0, 0, 3, 5))
                t += rng.uniform(30, 400) if burst > 0 else rng.expovariate(1 / (3 * gap))
            else:
                t += rng.expovariate(1 / gap)
            moments.append(t)
    seen = [SAMPLE_SECONDS * -(-at // SAMPLE_SECONDS) for at in moments]
    return Falls(kind, T0, [at for at in seen if at <= now], now, [at for at in seen if at > now])


RESTARTS = ("random", "regular", "bursts", "worse")


# -- load


@dataclass(frozen=True, slots=True)
class Week:
    """Millicores by number of the five minutes, over several days."""

    kind: str
    load: dict[int, float]


def week(kind: str, rng: Random, days: int = 7) -> Week:
    """One of `LOADS`."""
    level, noise = rng.uniform(100, 4000), rng.uniform(0.03, 0.15)
    peak, width, swing = rng.uniform(0, 24), rng.uniform(2, 5), rng.uniform(1.0, 4.0)
    stray = _walk(rng, 0.05, 0.02)
    begin = floor(T0 / COARSE_SECONDS)
    of_day = [rng.uniform(0.8, 1.25) for _ in range(days + 1)]
    load: dict[int, float] = {}
    for place in range(days * 288):
        hour = place / 12 % 24
        away = min(abs(hour - peak), 24 - abs(hour - peak))
        value = level * exp(rng.gauss(0, noise))
        if kind in ("daily", "daily bursts", "office"):
            value *= of_day[place // 288] * (1 + swing * exp(-((away / width) ** 2)))
        if kind == "office" and place // 288 % 7 in (5, 6):
            value = level * 0.8 * exp(rng.gauss(0, noise))
        if kind == "cron" and away < 0.5:
            value *= 1 + swing
        if kind == "straying":
            value *= exp(stray())
        if kind in ("bursts", "daily bursts") and rng.random() < 0.02:
            value *= rng.uniform(1.5, 3)
        load[begin + place] = value
    return Week(kind, load)


LOADS = ("daily", "daily bursts", "office", "cron", "flat", "straying", "bursts")
