"""Back-tests of the forecasts against the naive ones, on generated series and on recorded ones.

    python -m benchmarks.forecasts [DATABASE ...]

Prints, for each kind of series, how often a forecast was given, how far off it was, how often its interval held the
truth (80 % is what it promises), and how often it was a false alarm. Naive is, for memory: the straight line through
the first and the last ten minutes of the last hour, if it crosses within a day; for restarts: as many as in the last
hour; for load: as in the hour before. Same seeds, same figures. DATABASE: a `kubelite.db`, whose usage is replayed.
"""

from __future__ import annotations

import argparse
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, fields
from itertools import pairwise
from math import exp, log
from pathlib import Path
from random import Random
from statistics import fmean, median

from app.core.backoff import HEALTHY_AFTER_SECONDS
from app.core.forecasts import Estimate, crash_loop, load_ahead, reach, restarts_ahead
from app.core.forecasts.estimating import Point
from app.core.forecasts.series import attempt, by_pod
from app.core.spec import AppKey
from app.core.usage import COARSE_SECONDS, UsageSample
from benchmarks.usage_series import DAY, HOUR, LOADS, MEMORY, RESTARTS, Case, Falls, memory, restarts, week

SEED = 20_260_101
SOON = HOUR
"""A limit that is reached this soon should have been foreseen."""
ROOM = 1.15
"""Recorded series have no known limit: it is taken to lie so far over what was used at the moment of the forecast."""


@dataclass
class Score:
    """Of one kind of series and one forecaster."""

    asked: int = 0
    given: int = 0
    false: int = 0
    held: int = 0
    judged: int = 0
    soon: int = 0
    soon_given: int = 0
    off: list[float] = field(default_factory=list)

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


# -- memory


def naive_line(past: Sequence[Point], limit: float, now: float) -> Estimate | None:
    """Through the first and the last ten minutes of the last hour."""
    inside = [one for one in past if one[0] >= now - HOUR]
    first = [one for one in inside if one[0] <= inside[0][0] + 600]
    last = [one for one in inside if one[0] >= now - 600]
    if not last:
        return None
    (x0, y0), (x1, y1) = (tuple(map(fmean, zip(*part, strict=True))) for part in (first, last))
    if x1 - x0 < 300 or y1 <= y0:
        return None
    at = max(now, x1 + (limit - y1) * (x1 - x0) / (y1 - y0))
    return Estimate(at, at, at) if at <= now + DAY else None


def judge(score: Score, case: Case, said: Estimate | None, *, also: bool = True) -> None:
    """A forecast of a limit that is never reached is a false alarm; one that the record ends too early for is not
    judged. Its error counts only where the other one gave a forecast `also`, so that both face the same moments."""
    score.asked += 1
    soon = case.crossed is not None and case.crossed - case.now <= SOON
    score.soon += soon
    if said is None or (case.crossed is None and said.high > case.until):
        return
    score.given += 1
    score.soon_given += soon
    if case.crossed is None:
        score.false += 1
        return
    score.judged += 1
    score.held += said.low <= case.crossed <= said.high
    if also:
        score.off.append(abs(log(max(60.0, said.value - case.now) / max(60.0, case.crossed - case.now))))


def memory_scores(cases: Iterable[Case]) -> dict[str, tuple[Score, Score]]:
    scores: defaultdict[str, tuple[Score, Score]] = defaultdict(lambda: (Score(), Score()))
    for case in cases:
        said = reach(case.past, case.limit, case.now)
        ours, naive = scores[case.kind]
        judge(ours, case, said if isinstance(said, Estimate) else None)
        judge(naive, case, naive_line(case.past, case.limit, case.now), also=isinstance(said, Estimate))
    return scores


HEAD = f"{'given':>5} {'soon':>5} {'factor':>6} {'held':>5} {'false':>5}"


def show_memory(title: str, scores: dict[str, tuple[Score, Score]]) -> None:
    print(f"\n{title} (factor = how many times too far or too near, median; soon = of those within the hour)")
    print(f"{'':14} {'':5} | {'ours':<30} | naive\n{'':14} {'asked':>5} | {HEAD} | {HEAD}")
    total = (sum((one for one, _ in scores.values()), Score()), sum((one for _, one in scores.values()), Score()))
    for kind, (ours, naive) in (*scores.items(), ("all", total)):
        print(f"{kind:14} {ours.asked:5} | {_line(ours)} | {_line(naive)}")
    print(f"  not better than naive: {_listed(kind for kind, both in scores.items() if _loses(*both))}")


def _line(score: Score) -> str:
    soon, held, false = (
        _share(*pair)
        for pair in (
            (score.soon_given, score.soon),
            (score.held, score.judged),
            (score.false, score.asked),
        )
    )
    return f"{score.given:5} {soon} {_factor(score)} {held} {false}"


def _loses(ours: Score, naive: Score) -> bool:
    """In false alarms, or in error on the same moments by more than a hundredth."""
    further = bool(ours.off) and median(ours.off) > median(naive.off or [0.0]) + 0.01
    return ours.false > naive.false or further


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:5.0%}" if whole else "    -"


def _factor(score: Score) -> str:
    return f"{exp(median(score.off)):6.2f}" if score.off else "     -"


# -- restarts


def show_restarts(cases: Iterable[Falls]) -> None:
    print("\nrestarts in the next hour: mean error of ours | of the naive count; then crash loops foreseen")
    by_kind: defaultdict[str, list[Falls]] = defaultdict(list)
    for case in cases:
        by_kind[case.kind].append(case)
    lost: list[str] = []
    for kind, every in by_kind.items():
        rows = [row for one in every if (row := _counted(one)) is not None]
        ours, naive, held = (fmean(column) for column in zip(*rows, strict=True))
        text = f"{kind:14} {len(rows):5} | {ours:5.2f} | {naive:5.2f} | held {held:4.0%}"
        print(f"{text} | crash loop: {_loops(every)}")
        lost += [kind] if ours > naive else []
    print(f"  not better than naive: {_listed(lost)}")


def _counted(one: Falls) -> tuple[float, float, float] | None:
    """Our error, the naive one, and whether the interval held."""
    said = restarts_ahead(one.past, one.since, one.now)
    if not isinstance(said, Estimate):
        return None
    truth = sum(at <= one.now + HOUR for at in one.following)
    before = sum(at > one.now - HOUR for at in one.past)
    return abs(said.value - truth), float(abs(before - truth)), float(said.low <= truth <= said.high)


def _loops(every: Sequence[Falls]) -> str:
    """Only of the kind that gets worse it is right to foresee one."""
    score = Score()
    for one in every:
        said = crash_loop(one.past, one.now)
        seen = [*one.past[-1:], *one.following]
        gaps = ((before, after) for before, after in pairwise(seen) if after - before < HEALTHY_AFTER_SECONDS)
        loop = next((after for _, after in gaps), None) if one.kind == "worse" else None
        judge(score, Case(one.kind, (), one.now, 0.0, loop), said if isinstance(said, Estimate) else None)
    text = f"{score.given} of {score.asked}, false {score.false}"
    return f"{text}, factor {_factor(score).strip()}, held {_share(score.held, score.judged)}" if score.judged else text


# -- load


def show_load(rng: Random, weeks: int) -> None:
    print(
        "\nhighest five minutes of the next hour: mean error of ours where given | naive there | naive where not given"
    )
    lost: list[str] = []
    for kind in LOADS:
        ours: list[float] = []
        naive: list[float] = []
        without: list[float] = []
        held = 0
        for _ in range(weeks):
            load = week(kind, rng).load
            places = sorted(load)
            for origin in rng.sample(range(2 * 288 + 30, len(places) - 12), 12):
                at = places[origin]
                truth = max(load[place] for place in range(at, at + 12))
                before = max(load[place] for place in range(at - 12, at))
                said = load_ahead({place: load[place] for place in places[:origin]}, at * COARSE_SECONDS)
                if isinstance(said, Estimate):
                    ours.append(abs(said.value - truth) / truth)
                    naive.append(abs(before - truth) / truth)
                    held += said.low <= truth <= said.high
                else:
                    without.append(abs(before - truth) / truth)
        given = f"{fmean(ours):5.0%} | {fmean(naive):5.0%}" if ours else "    - |     -"
        left = f"{fmean(without):5.0%}" if without else "    -"
        print(f"{kind:14} {len(ours):4} of {12 * weeks} | {given} | {left} | held {_share(held, len(ours))}")
        lost += [kind] if ours and fmean(ours) >= fmean(naive) else []
    print(f"  not better than naive: {_listed(lost)}")


# -- recorded


def recorded(path: Path) -> Iterator[Case]:
    """Every half hour of every replica's attempts in a database of the product."""
    samples: defaultdict[AppKey, list[UsageSample]] = defaultdict(list)
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        query = "SELECT namespace, name, pod, at, cpu_millicores, memory_bytes, restarts, seconds FROM samples"
        for namespace, name, *rest in connection.execute(query):
            key = AppKey(namespace, name)
            samples[key].append(UsageSample(key, *rest))
    for key, every in samples.items():
        for of in by_pod(every).values():
            points = attempt(of, None)
            if not points:
                continue
            now, end = points[0][0] + 900, points[-1][0]
            while now < end - 900:
                past = [one for one in points if one[0] <= now]
                limit = ROOM * max(value for _, value in past[-20:])
                crossed = next((at for at, value in points if at > now and value >= limit), None)
                yield Case(str(key), past, past[-1][0], limit, crossed, end)
                now += 1800


def main(arguments: argparse.Namespace) -> None:
    rng = Random(arguments.seed)
    begun = time.process_time()
    cases = [memory(kind, rng) for kind in MEMORY for _ in range(arguments.cases)]
    made = time.process_time()
    scores = memory_scores(cases)
    took = (time.process_time() - made) * 1000 / len(cases)
    show_memory("memory to its limit", scores)
    show_restarts(restarts(kind, rng) for kind in RESTARTS for _ in range(10 * arguments.cases))
    show_load(rng, max(1, arguments.cases // 5))
    for path in arguments.databases:
        show_memory(f"recorded in {path.name}", memory_scores(recorded(path)))
    print(f"\none forecast of memory takes {took:.1f} ms CPU; all of this {time.process_time() - begun:.1f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("databases", nargs="*", type=Path)
    parser.add_argument("--cases", type=int, default=40, help="for each kind of series")
    parser.add_argument("--seed", type=int, default=SEED)
    main(parser.parse_args())
