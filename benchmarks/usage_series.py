"""Generated usage: what memory, restarts and load do in real programs, with the truth that a forecast is held against.

Every series is a function of a seeded `random.Random`; values are what a replica would show every 15 s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, exp, floor, inf, pi, sin
from random import Random

from app.core.backoff import HEALTHY_AFTER_SECONDS
from app.core.forecasts.estimating import Point
from app.core.usage import COARSE_SECONDS, FINE_SECONDS, SAMPLE_SECONDS

HOUR, DAY = 3600.0, 86_400.0
T0 = 1_700_000_000.0
MIB = 1024.0**2


@dataclass(frozen=True, slots=True)
class Case:
    """A moment at which a forecast is asked for: what was stored until then, and when the limit was really reached
    (None = not by `until`)."""

    kind: str
    past: Sequence[Point]
    now: float
    limit: float
    crossed: float | None
    until: float = inf


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


def _shapes(kind: str, rng: Random, room: float, life: float, begin: float) -> list[Shape]:
    """What is added up over the base."""
    found: list[Shape] = []
    if kind == "leak bent":
        found.append(lambda t: room * (0.5 + 0.5 * t / life) * t / life)
    elif kind.startswith("leak"):
        found.append(lambda t: room * max(0.0, t - begin) / life)
    match kind.removeprefix("leak "):
        case "teeth":
            found.append(_teeth(rng, room * rng.uniform(0.1, 0.5), rng.uniform(20, 1500)))
        case "slow teeth":
            found.append(_teeth(rng, room * rng.uniform(0.3, 0.8), rng.uniform(0.7, 5) * HOUR))
        case "daily":
            found.append(_waves(rng, room * rng.uniform(0.1, 0.4)))
        case "steps":
            found.append(_steps(rng, room * (0.3 if kind.startswith("leak") else 0.9)))
        case "warm up":
            tau, height = rng.uniform(300, 2 * HOUR), room * rng.uniform(0.2, 0.9)
            found.append(lambda t: height * (1 - exp(-t / tau)))
    return found


def memory(kind: str, rng: Random) -> Case:
    """One of `MEMORY`, with a moment at random."""
    leaks = kind.startswith("leak")
    base, noise = rng.uniform(60, 400) * MIB, rng.uniform(0.2, 3.0) * MIB
    limit = base * rng.uniform(1.3, 3.0)
    life = 10 ** rng.uniform(3.2, 4.9) if leaks else rng.uniform(900, 30 * HOUR)
    begin = rng.uniform(0.5, 3) * HOUR if kind == "leak late" else 0.0
    now = begin + rng.uniform(0.25, 0.97) * life if leaks else life
    until = now + (6 * life if leaks else 24 * HOUR)
    level = _level(kind, rng, limit - base, _shapes(kind, rng, limit - base, life, begin))
    values: list[float] = []
    for number in range(int(until / SAMPLE_SECONDS)):
        t = number * SAMPLE_SECONDS
        if not leaks and t > now:
            break
        value = base + level(t) + rng.gauss(0, noise)
        if leaks and value >= limit:
            if t <= now:  # it was full before the moment: it died, and there is nothing to foresee
                return memory(kind, rng)
            return _case(kind, rng, values, limit, T0 + t)
        if t <= now:
            values.append(min(value, limit * 0.999))
    return _case(kind, rng, values, limit, None)


def _level(kind: str, rng: Random, room: float, shapes: Sequence[Shape]) -> Shape:
    """All shapes together with what comes at random; to be asked from one sample to the next."""
    stray = _walk(rng, room / 150, 0.002) if kind.endswith("straying") else (lambda: 0.0)
    spike = _spikes(rng, room) if kind.endswith("bursts") else (lambda: 0.0)
    return lambda t: sum(shape(t) for shape in shapes) + stray() + spike()


def _spikes(rng: Random, room: float) -> Callable[[], float]:
    """Now and then a sudden rise that is soon over."""
    height = 0.0

    def move() -> float:
        nonlocal height
        height = room * rng.uniform(0.2, 0.5) if rng.random() < 0.004 else height * 0.7
        return height

    return move


def _case(kind: str, rng: Random, values: Sequence[float], limit: float, crossed: float | None) -> Case:
    past = stored(values, rng, 0.4 if kind.endswith("missing") else 0.0)
    return Case(kind, past, T0 + (len(values) - 1) * SAMPLE_SECONDS, limit, crossed)


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
    """One of `RESTARTS`, with a moment at random. They are seen with the next sample."""
    now = T0 + rng.uniform(2, 30) * HOUR
    if kind == "worse":
        moments, now = _shrinking(rng)
    else:
        moments = []
        gaps = _gaps(kind, rng, 10 ** rng.uniform(3.0, 4.8))
        at = T0
        while at < now + 12 * HOUR:
            at += next(gaps)
            moments.append(at)
    seen = [SAMPLE_SECONDS * ceil(at / SAMPLE_SECONDS) for at in moments]
    return Falls(kind, T0, [at for at in seen if at <= now], now, [at for at in seen if at > now])


def _gaps(kind: str, rng: Random, usual: float) -> Iterator[float]:
    while True:
        if kind == "regular":
            yield usual * rng.uniform(0.9, 1.1)
        elif kind == "bursts":
            yield rng.expovariate(1 / (3 * usual))
            for _ in range(rng.choice((0, 0, 2, 4))):
                yield rng.uniform(30, 400)
        else:
            yield rng.expovariate(1 / usual)


def _shrinking(rng: Random) -> tuple[list[float], float]:
    """Restarts that follow each other faster and faster until the back-off holds them, and a moment before that."""
    share, gap, at = rng.uniform(0.7, 0.9), rng.uniform(1.0, 4.0) * HOUR, T0
    moments: list[float] = []
    while gap > 60:
        at += gap * exp(rng.gauss(0, 0.08))
        moments.append(at)
        gap *= share
    loop = next(after for before, after in pairwise(moments) if after - before < HEALTHY_AFTER_SECONDS)
    now = max(T0 + 1.5 * HOUR, moments[0] + (loop - moments[0]) * rng.uniform(0.4, 0.97))
    return [*moments, *(at + 300.0 * step for step in range(1, 20))], now


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
        day, hour = divmod(place / 12, 24)
        away = min(abs(hour - peak), 24 - abs(hour - peak))
        value = level * exp(rng.gauss(0, noise))
        if kind.startswith("daily") or (kind == "office" and day % 7 < 5):
            value *= of_day[int(day)] * (1 + swing * exp(-((away / width) ** 2)))
        elif kind == "cron" and away < 0.5:
            value *= 1 + swing
        elif kind == "straying":
            value *= exp(stray())
        if kind.endswith("bursts") and rng.random() < 0.02:
            value *= rng.uniform(1.5, 3)
        load[begin + place] = value
    return Week(kind, load)


LOADS = ("daily", "daily bursts", "office", "cron", "flat", "straying", "bursts")
