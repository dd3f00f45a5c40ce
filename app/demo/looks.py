"""What is looked at: each look says what is seen, or raises `Missed` with what is seen instead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from agent_tools.text import plural
from app.core.forecasts import Forecast, Kind, outlook
from app.core.gamedays import SURVIVED
from app.core.incidents import Incident, IncidentState, Outcome
from app.core.usage import KEPT_SECONDS
from app.core.views import AppStatus, AppView
from app.demo.stage import Missed, Stage
from app.demo.steps import Look

SETTLE_SECONDS = 60.0
MIB = 2**20

Truth = Callable[[Stage], Awaitable[bool]]


def _memory(view: AppView) -> int:
    return view.spec.container.resources.limits.memory_bytes or 0


def _well(view: AppView, replicas: int | None = None) -> bool:
    return view.status is AppStatus.RUNNING and view.settled and replicas in (None, view.ready)


def _state(view: AppView) -> str:
    return f"{view.name}: {view.status.value}, {view.ready} of {view.desired} ready"


def running(**apps: int) -> Look:
    """So many replicas of each are ready."""

    async def look(stage: Stage) -> str:
        for name, replicas in apps.items():
            await _settles(stage, name, replicas)
        return "; ".join(f"{name}: {stage.app(name).ready} of {count} ready" for name, count in apps.items())

    return look


async def _settles(stage: Stage, name: str, replicas: int | None) -> AppView:
    try:
        await stage.until(lambda: _well(stage.app(name), replicas), "it is well", SETTLE_SECONDS)
    except Missed:
        wanted = "all replicas" if replicas is None else f"{replicas} replicas"
        raise Missed(f"{_state(stage.app(name))}, where {wanted} should be") from None
    return stage.app(name)


def running_again(name: str, *, but: int) -> Look:
    """As many as it was before, which were more."""

    async def look(stage: Stage) -> str:
        view = await _settles(stage, name, None)
        if view.ready <= but:
            raise Missed(f"{_state(view)}, where more than {but} should be")
        return f"{name}: {view.ready} of {view.desired} ready, as before"

    return look


def held_off(name: str, image: str, least: int) -> Look:
    """The old image still serves, and the new one nowhere."""

    async def look(stage: Stage) -> str:
        view = stage.app(name)
        old = [one for one in view.replicas if one.ready and one.image == image]
        new = [one for one in view.replicas if one.ready and one.image not in ("", image)]
        if new or view.spec.container.image == image or len(old) < min(least, view.desired - 1):
            raise Missed(f"{_state(view)}; {len(old)} on {image}, {len(new)} on {view.spec.container.image}")
        return f"{len(old)} of {view.desired} replicas go on serving {image}; the bad image runs nowhere"

    return look


def on_image(name: str, image: str) -> Look:
    async def look(stage: Stage) -> str:
        view = await _settles(stage, name, None)
        others = [one.name for one in view.replicas if one.image != image]
        if view.spec.container.image != image or others:
            raise Missed(f"{_state(view)}, wished for {view.spec.container.image}, not all on {image}")
        return f"{name}: {view.ready} of {view.desired} ready, all on {image} again"

    return look


# -- a failing app


def noticed(name: str) -> Truth:
    """It restarted, and healing has an incident of it."""

    async def true(stage: Stage) -> bool:
        return stage.app(name).restarts > 0 and await stage.incident(name) is not None

    return true


def down(name: str) -> Truth:
    """Between two starts, so that what is asked now is asked of an app that fails."""

    async def true(stage: Stage) -> bool:
        view = stage.app(name)
        return view.ready == 0 and view.status is not AppStatus.RUNNING

    return true


def crashed(name: str) -> Look:
    async def look(stage: Stage) -> str:
        view = stage.app(name)
        ends = [one.last_exit for one in view.replicas if one.last_exit is not None]
        if not view.restarts or not any(one.oom_killed for one in ends):
            raise Missed(f"{_state(view)}, {view.restarts} restarts, none of them for memory")
        return (
            f"{name} ended with exit code {ends[0].code} ({ends[0].reason}), {plural(view.restarts, 'restart')} so far"
        )

    return look


def diagnosed(name: str, cause: str) -> Look:
    """The cause is right, and what it quotes was really seen."""

    async def look(stage: Stage) -> str:
        result = stage.results.get("analyze")
        found = [one for of in (result.data.get("findings", []) if result else []) for one in of["causes"]]
        if not found:
            raise Missed("no cause was named")
        first = found[0]
        if first["cause"] != cause:
            raise Missed(f"it was taken for {first['cause']}, and it is {cause}")
        known = "\n".join(f"{one.reason}: {one.message}" for one in await stage.control.events(name, limit=200))
        real = [one["text"] for one in first["quotes"] if one["from"] == "event" and one["text"] in known]
        if not real:
            raise Missed("none of its quotes is found in the events")
        words = cause.replace("_", " ")
        return f"cause {words}, {first['confidence']:.0%} sure; found again in the events, word for word: “{real[0]}”"

    return look


async def _incident(stage: Stage, name: str) -> Incident:
    found = await stage.incident(name)
    if found is None:
        raise Missed(f"{name} has no incident")
    return found


def over(name: str) -> Truth:
    async def true(stage: Stage) -> bool:
        await stage.grant_remedy(name)
        return (await _incident(stage, name)).state in (IncidentState.RESOLVED, IncidentState.PERSON)

    return true


def healed(name: str, *, at_least: int) -> Look:
    """By a remedy that was kept, with so many bytes of memory now."""

    async def look(stage: Stage) -> str:
        incident, view = await _incident(stage, name), stage.app(name)
        kept = next((one for one in incident.attempts if one.outcome is Outcome.KEPT), None)
        if kept is None or incident.state is not IncidentState.RESOLVED:
            raise Missed(f"incident {incident.id} is {incident.state.value}: {incident.says}")
        if _memory(view) < at_least or view.status is not AppStatus.RUNNING:
            raise Missed(f"{_state(view)}, with {_memory(view) // MIB}Mi")
        seconds = (kept.ended_at or 0.0) - (kept.well_since or 0.0)
        return f"kept: {kept.proposal.what}; well for {seconds:.0f} s, revision {view.revision}"

    return look


def person_needed(name: str) -> Truth:
    async def true(stage: Stage) -> bool:
        await stage.grant_remedy(name)
        incident = await _incident(stage, name)
        return incident.state is IncidentState.PERSON or incident.state.over

    return true


def taken_back(name: str, *, limit: int) -> Look:
    """A remedy was undone, and the limit is what it was."""

    async def look(stage: Stage) -> str:
        incident, view = await _incident(stage, name), stage.app(name)
        undone = [one for one in incident.attempts if one.outcome is Outcome.UNDONE]
        if not undone:
            raise Missed(f"nothing was undone; incident {incident.id} is {incident.state.value}: {incident.says}")
        if _memory(view) != limit:
            raise Missed(f"its limit is {_memory(view) // MIB}Mi, and was {limit // MIB}Mi")
        return f"undone: {undone[0].proposal.what}; the limit is {limit // MIB}Mi again, and a person is asked for"

    return look


def stopped(name: str) -> Look:
    async def look(stage: Stage) -> str:
        await stage.until(lambda: stage.app(name).status is AppStatus.STOPPED, "it is stopped", SETTLE_SECONDS)
        return f"{name} is stopped, with the limit it was given"

    return look


# -- game day and forecast


def calm(name: str) -> Truth:
    async def true(stage: Stage) -> bool:
        await stage.grant_remedy(name)
        return _well(stage.app(name)) and not stage.healing.incidents(name)

    return true


def game_day_over(name: str) -> Truth:
    async def true(stage: Stage) -> bool:
        days = await stage.chaos.game_days(name, limit=1)
        return bool(days) and days[0].over

    return true


def survived(name: str, faults: tuple[str, ...]) -> Look:
    async def look(stage: Stage) -> str:
        days = await stage.chaos.game_days(name, limit=1)
        if not days or days[0].score is None:
            raise Missed("it has no score")
        trials = days[0].trials
        lost = [f"{one.fault.value} {one.ending.value}" for one in trials if one.ending not in SURVIVED]
        if lost or [one.fault.value for one in trials] != list(faults):
            raise Missed(f"of {len(faults)} faults {len(trials)} were tried; not survived: {', '.join(lost) or 'none'}")
        sent, missed = sum(one.requests.sent for one in trials), sum(one.requests.lost for one in trials)
        await _settles(stage, name, None)
        return f"{len(trials)} faults survived, score {days[0].score} of 100, {missed} of {sent} requests lost"

    return look


async def _memory_ahead(stage: Stage, name: str) -> Forecast:
    samples = await stage.control.usage(name, seconds=KEPT_SECONDS)
    found = outlook(stage.app(name), samples, stage.now()).of(Kind.MEMORY)
    if found is None:
        raise Missed("nothing is said of its memory")
    return found


def foreseeable(name: str) -> Truth:
    async def true(stage: Stage) -> bool:
        return (await _memory_ahead(stage, name)).estimate is not None

    return true


def foreseen(name: str) -> Look:
    """When its limit is reached, in the future; where there is no time to measure so long, why nothing can be said."""

    async def look(stage: Stage) -> str:
        return _ahead(await _memory_ahead(stage, name), stage.now(), patient=stage.patient)

    return look


def _ahead(found: Forecast, now: float, *, patient: bool) -> str:
    estimate = found.estimate
    if estimate is None:
        if patient or not found.why_not:
            raise Missed(f"no forecast: {found.why_not}")
        return f"honestly no forecast yet: {found.why_not}"
    if not now <= estimate.low <= estimate.value <= estimate.high:
        raise Missed("the moment it names is past")
    minutes = [(at - now) / 60 for at in (estimate.value, estimate.low, estimate.high)]
    return f"memory full in {minutes[0]:.0f} min (80 % sure: {minutes[1]:.0f} to {minutes[2]:.0f} min)"


# -- the end


async def gone(stage: Stage) -> str:
    await stage.until(lambda: not stage.mine(), "everything of the demo is deleted", SETTLE_SECONDS)
    return "everything of the demo is deleted, nothing of it is left"
