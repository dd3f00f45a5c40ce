"""A game day as values: a series of faults on one app, each scored, and the report. Pure. Times are seconds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from statistics import fmean

from app.core.diagnosis import Cause
from app.core.experiments import Ending, Experiment, Requests
from app.core.faults import FaultName, Reach
from app.core.planning.rollout import limits
from app.core.spec import AppKey, AppSpec, Frozen

SURVIVED = frozenset({Ending.HELD, Ending.RECOVERED, Ending.HEALED})
UNTRIED = frozenset({Ending.REFUSED, Ending.FAILED, Ending.STOPPED, Ending.CUT_SHORT})
"""These say nothing about the app."""

BACK, SERVED, NAMED, QUICK = 50.0, 25.0, 15.0, 10.0
"""What a trial's points are for: well again; requests answered meanwhile; the right cause; how soon."""
QUICK_SECONDS, SLOW_SECONDS = 5.0, 120.0
"""Well again within the first earns all points for speed, after the second none."""

ROUND = (
    FaultName.IMAGE_PULL_ERROR,
    FaultName.MISSING_DEPENDENCY,
    FaultName.PROBE_FAILURE,
    FaultName.PAUSE,
    FaultName.NETWORK_CUT,
    FaultName.KILL,
    FaultName.CONTAINER_CRASH,
    FaultName.OUT_OF_MEMORY,
)
"""The faults of a game day where none are named. Healing tries three remedies on an app in ten minutes, so no more than
three of them need one; those that leave an exit behind, which the next diagnosis would see, come last."""


class Trial(Frozen):
    """One fault and how it went. `detected`, `diagnosed` and `healed` from the fault on, None where it never was."""

    fault: FaultName
    ending: Ending
    says: str = ""
    experiment: str = ""
    detected: float | None = None
    diagnosed: float | None = None
    healed: float | None = None
    cause: Cause | None = None
    right: bool | None = None
    requests: Requests = Requests()
    asked_a_person: bool = False

    @property
    def counts(self) -> bool:
        return self.ending not in UNTRIED


class GameDay(Frozen):
    """`spec` is the app as it was at the beginning; `score` 0 to 100, None until it is over or when nothing counted."""

    id: str
    app: AppKey
    spec: AppSpec
    faults: tuple[FaultName, ...]
    began_at: float
    ended_at: float | None = None
    by: str = ""
    says: str = ""
    trials: tuple[Trial, ...] = ()
    score: int | None = None

    @property
    def over(self) -> bool:
        return self.ended_at is not None

    def ended(self, now: float, says: str = "") -> GameDay:
        return self.model_copy(update={"ended_at": now, "says": says, "score": score(self.trials)})


def trial_of(experiment: Experiment) -> Trial:
    return Trial(
        fault=experiment.fault,
        ending=experiment.ending or Ending.CUT_SHORT,
        says=experiment.says,
        experiment=experiment.id,
        detected=experiment.detected_in,
        diagnosed=experiment.diagnosed_in,
        healed=experiment.healed_in,
        cause=experiment.cause,
        right=experiment.right,
        requests=experiment.requests,
        asked_a_person=experiment.asked_a_person,
    )


# -- the score


def points(trial: Trial) -> float:
    """0 to 100 for one trial; what was not to be measured does not count for or against it."""
    survived = trial.ending in SURVIVED
    parts = [(BACK, 1.0 if survived else 0.0), (QUICK, _quickness(trial))]
    if trial.requests.sent:
        parts.append((SERVED, 1 - trial.requests.lost / trial.requests.sent))
    if trial.right is not None:
        parts.append((NAMED, 1.0 if trial.right else 0.0))
    elif not survived and trial.fault.trait.causes:
        parts.append((NAMED, 0.0))
    return 100 * sum(weight * share for weight, share in parts) / sum(weight for weight, _ in parts)


def _quickness(trial: Trial) -> float:
    if trial.ending is Ending.HELD:
        return 1.0
    if trial.healed is None:
        return 0.0
    return min(1.0, max(0.0, (SLOW_SECONDS - trial.healed) / (SLOW_SECONDS - QUICK_SECONDS)))


def score(trials: Sequence[Trial]) -> int | None:
    """The mean of what counts, None where nothing does."""
    counted = [points(one) for one in trials if one.counts]
    return round(fmean(counted)) if counted else None


# -- what to improve


def advice(day: GameDay) -> Sequence[str]:
    """The most telling first; nothing that this game day did not show."""
    return tuple(dict.fromkeys([*_of_trials(day), *_of_spec(day)]))


def _of_trials(day: GameDay) -> Iterator[str]:
    for trial in day.trials:
        if not trial.counts:
            continue
        name = trial.fault.value
        if trial.ending is Ending.ABORTED:
            yield f"{name}: aborted, because {trial.says}; make that impossible first"
        elif trial.ending is Ending.UNNOTICED:
            yield f"{name}: {trial.says}; a readiness probe would take such a replica out of service"
        elif trial.ending is Ending.LASTED:
            waits = "; a remedy waited for a person, the mode auto would not" if trial.asked_a_person else ""
            yield f"{name}: it did not get well by itself{waits}"
        if trial.right is False and trial.cause is not None:
            yield f'{name}: it was taken for {trial.cause.value.replace("_", " ")}; say so with "that was wrong"'


def _of_spec(day: GameDay) -> Iterator[str]:
    spec, main = day.spec, day.spec.container
    lost = [one.fault.value for one in day.trials if one.counts and one.requests.lost]
    if spec.replicas == 1 and (lost or not any(one.requests.sent for one in day.trials)):
        yield "run two replicas or more: with one, every fault of a replica is felt by everybody"
    elif lost and main.readiness is None and main.ports:
        yield f"give it a readiness probe: requests were lost in {', '.join(lost)}"
    if main.liveness is None and any(
        one.fault is FaultName.PAUSE and one.ending is Ending.LASTED for one in day.trials
    ):
        yield "give it a liveness probe: a frozen process is not noticed without one"
    if main.resources.limits.memory_bytes is None:
        yield "give it a memory limit: without one it can take the memory of everything beside it"
    if limits(spec).least < 1 and any(one.fault.trait.reach is Reach.WISH for one in day.trials):
        yield "let its rollout keep an old replica until the new one is ready (RollingUpdate with a surge)"


def compared(day: GameDay, before: GameDay | None) -> Sequence[str]:
    """What changed since the game day before, in words."""
    if before is None or before.score is None or day.score is None:
        return ()
    told = [f"score {day.score}, before {before.score} ({day.score - before.score:+d})"]
    earlier = {one.fault: one for one in before.trials if one.counts}
    for trial in day.trials:
        was = earlier.get(trial.fault)
        if was is None or not trial.counts:
            continue
        if (was.ending in SURVIVED) != (trial.ending in SURVIVED):
            told.append(f"{trial.fault.value}: {was.ending.value} before, {trial.ending.value} now")
        elif was.right is not None and trial.right is not None and was.right != trial.right:
            told.append(f"{trial.fault.value}: the cause was {_right(was)} before, is {_right(trial)} now")
    return tuple(told)


def _right(trial: Trial) -> str:
    return {True: "right", False: "wrong", None: ""}[trial.right]


# -- the report


def report(day: GameDay, before: GameDay | None = None) -> str:
    """Markdown, complete in itself."""
    return "\n".join(_lines(day, before)) + "\n"


def _lines(day: GameDay, before: GameDay | None) -> Iterator[str]:
    yield f"# Game day of {day.app.name}, {_date(day.began_at)}"
    yield ""
    if not day.over:
        yield f"Still going on: {len(day.trials)} of {len(day.faults)} faults done."
    elif day.score is None:
        yield f"No score: nothing could be tried. {_cell(day.says)}".strip()
    else:
        yield f"**Resilience score: {day.score} of 100.** {_cell(day.says)}".strip()
    yield ""
    yield f"App `{day.app}` on {day.spec.runtime}, image `{day.spec.container.image}`, {day.spec.replicas} wished for."
    yield ""
    yield "| fault | outcome | detected | diagnosed | healed | cause | requests lost | points |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for trial in day.trials:
        yield _row(trial)
    yield from _section("Compared with the one before", compared(day, before))
    yield from _section("What to improve", advice(day) if day.over else ())
    yield from _section("Notes", [f"{one.fault.value}: {_cell(one.says)}" for one in day.trials if one.says])


def _row(trial: Trial) -> str:
    cause = "" if trial.cause is None else trial.cause.value.replace("_", " ")
    mark = {True: " (right)", False: " (wrong)", None: ""}[trial.right]
    sent = trial.requests.sent
    cells = (
        trial.fault.value,
        trial.ending.value.replace("_", " "),
        _seconds(trial.detected),
        _seconds(trial.diagnosed),
        _seconds(trial.healed),
        f"{cause}{mark}",
        f"{trial.requests.lost} of {sent}" if sent else "-",
        f"{points(trial):.0f}" if trial.counts else "-",
    )
    return f"| {' | '.join(cells)} |"


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield f"## {title}"
        yield ""
        yield from (f"- {line}" for line in lines)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _date(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _cell(text: str) -> str:
    """Words that may quote a runtime, on one line and without markup of their own."""
    flat = "".join(char for char in " ".join(text.split()) if char.isprintable())[:300]
    return re.sub(r"([|`<>\[\]*_\\])", r"\\\1", flat)
