"""What the manager's records come to: sets and pods as the engine sees them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from app.core.pods import ExitInfo, ObservedContainer, ObservedPod, PodId, PodPhase
from app.core.replicasets import FAIL_SAFE, HOST_LOST, ObservedSet, Proof, SetPhase
from app.core.spending import Charge
from app.runtimes.nosana.books import RESULT_WAIT, Page
from app.runtimes.nosana.describing import Shape
from app.runtimes.nosana.endings import EXPIRED, STOPPED, UNKNOWN
from app.runtimes.nosana.faults import NO_FUNDS
from app.runtimes.nosana.finding import Found
from app.runtimes.nosana.naming import NAME
from app.runtimes.nosana.readiness import Health
from app.runtimes.nosana.seats import Seat
from app.runtimes.nosana.wire import Event, State, Status

ENDED_SHOWN = 3
"""Ended attempts shown of each slot of a set that goes on for ever; of one that runs to its end, all."""
RECENT = 900.0
"""Seconds in which an event still says something of now."""

INFINITE = "INFINITE"
"""The strategy of what runs for ever: the manager replaces what ends."""

PHASES: Mapping[str, SetPhase] = {
    Status.DRAFT: SetPhase.STARTING,
    Status.STARTING: SetPhase.STARTING,
    Status.RUNNING: SetPhase.ACTIVE,
    Status.INSUFFICIENT_FUNDS: SetPhase.STALLED,
    Status.STOPPING: SetPhase.STOPPING,
    Status.STOPPED: SetPhase.STOPPED,
    Status.ERROR: SetPhase.FAILED,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One deployment with all that was read of it."""

    found: Found
    pages: Sequence[Page]
    seats: Mapping[str, Seat] = field(default_factory=dict)
    health: Mapping[str, Health] = field(default_factory=dict)
    events: Sequence[Event] = ()
    """The newest first; empty where nothing asked for them."""


def needs_events(found: Found, pages: Sequence[Page]) -> bool:
    """Whether something is off that only events explain."""
    live = sum(page.job.state.live for page in pages)
    goes_on = found.deployment.strategy == INFINITE
    short = found.status == Status.RUNNING and live < found.deployment.replicas
    if found.status in (Status.ERROR, Status.INSUFFICIENT_FUNDS):
        return True
    return (short and (goes_on or not pages)) or (goes_on and found.status == Status.STOPPED)


def observed_set(
    seen: Seen, now: float, *, url: str, per_hour: Decimal | None, proofs: tuple[Proof, ...] = ()
) -> ObservedSet:
    """One set. `per_hour` None = nobody says what its market costs."""
    deployment = seen.found.deployment
    pods = tuple(_pods(seen, now))
    return ObservedSet(
        id=seen.found.id,
        runtime_id=deployment.id,
        phase=PHASES.get(deployment.status, SetPhase.ACTIVE),
        replicas=int(deployment.replicas),
        market=deployment.market,
        timeout_minutes=int(deployment.timeout),
        confidential=bool(deployment.confidential),
        created_at=deployment.created_at,
        updated_at=deployment.updated_at,
        url=url,
        pods=pods,
        trouble=_trouble(seen, now, per_hour),
        proofs=proofs,
        charges=tuple(_charges(seen)),
    )


# -- pods


def _pods(seen: Seen, now: float) -> Iterator[ObservedPod]:
    held = {seen.seats[page.job.id].slot for page in seen.pages if page.job.state.live and page.job.id in seen.seats}
    shown: dict[int, int] = {}
    found: list[ObservedPod] = []
    for page in reversed(seen.pages):
        seat, shape = seen.seats.get(page.job.id), seen.found.shapes.get(int(page.job.revision))
        if seat is None or shape is None:
            continue
        pod = _pod(page, seat, shape, seen, now)
        if pod is None or (not page.job.state.live and not pod.phase.ended and seat.slot in held):
            continue
        if pod.phase.ended and seen.found.deployment.strategy == INFINITE:
            shown[seat.slot] = shown.get(seat.slot, 0) + 1
            if shown[seat.slot] > ENDED_SHOWN:
                continue
        found.append(pod)
    yield from sorted(found, key=lambda pod: pod.id)


def _pod(page: Page, seat: Seat, shape: Shape, seen: Seen, now: float) -> ObservedPod | None:
    """One job as a pod; None for one that was simply stopped. A completed one whose result is not there yet runs on,
    unready, because nothing says whether it failed."""
    job, app = page.job, shape.id.app
    health = seen.health.get(job.id, Health())
    phase, info = _standing(page, health, seen.found.deployment.strategy, now)
    if phase is None:
        return None
    started = health.started_at if job.state is State.RUNNING else (page.started_at or None)
    running = phase is PodPhase.RUNNING
    return ObservedPod(
        id=PodId(app, seat.slot, seat.attempt),
        template_hash=shape.id.template_hash,
        phase=phase,
        ready=running and health.ready and job.state is State.RUNNING,
        image=shape.main.image,
        runtime_id=job.id,
        created_at=job.created_at,
        started_at=started if phase is not PodPhase.PENDING else None,
        finished_at=page.ended_at if phase.ended else None,
        exit=info,
        containers=_containers(shape, running=running, started=started) if len(shape.ops) > 1 else (),
        host=job.node,
    )


def _standing(page: Page, health: Health, strategy: str, now: float) -> tuple[PodPhase | None, ExitInfo | None]:
    job = page.job
    if job.state is State.RUNNING:
        return (PodPhase.RUNNING if health.started_at is not None else PodPhase.PENDING), None
    if job.state.live:
        return PodPhase.PENDING, None
    info = page.ending.exit if page.ending is not None else None
    if job.state is State.STOPPED:
        gone = info is not None and info.reason == HOST_LOST
        return (PodPhase.FAILED, info) if gone else (None, None)
    if info is None:
        if not page.settled and now - page.ended_seen < RESULT_WAIT:
            return PodPhase.RUNNING, None
        return PodPhase.FAILED, ExitInfo(None, UNKNOWN, "The host did not hand in how it ended.")
    if info.reason == STOPPED or (info.reason == EXPIRED and strategy == INFINITE):
        return None, None  # its time was over and another took its place: nothing failed
    return (PodPhase.SUCCEEDED if info.code == 0 else PodPhase.FAILED), info


def _containers(shape: Shape, *, running: bool, started: float | None) -> tuple[ObservedContainer, ...]:
    return tuple(
        ObservedContainer(op.id, op.image, init=op.init, running=running and not op.init, started_at=started)
        for op in shape.ops
    )


# -- trouble


def _trouble(seen: Seen, now: float, per_hour: Decimal | None) -> str:
    """The worst thing that is wrong, in a sentence with the reason first; "" when nothing is."""
    deployment = seen.found.deployment
    status, wanted = deployment.status, int(deployment.replicas)
    if status == Status.INSUFFICIENT_FUNDS:
        said = _last(seen, now, "JOB_LIST_ERROR", "JOB_EXTEND_ERROR", within=None)
        return (
            f"{NO_FUNDS}: the credits are used up{_quoted(said)}; the network tries again by itself, some minutes to "
            "hours after more were bought at https://deploy.nosana.com"
        )
    if status == Status.ERROR:
        said = _last(seen, now, "JOB_LIST_ERROR", "JOB_EXTEND_ERROR", "JOB_STOP_ERROR", within=None)
        return f"ManagerGaveUp: the network tried too often{_quoted(said)}"
    if status == Status.STOPPED:
        said = _last(seen, now, "RAPID_COMPLETION_FAIL_SAFE", within=None)
        if said is None or said.created_at < deployment.updated_at - RECENT:
            return ""
        return f"{FAIL_SAFE}: the network stopped it, because its replicas end soon after they begin"
    if status not in PHASES:
        return f"UnknownStatus: the network says {status[:40]!r}, which this release does not know"
    if status == Status.RUNNING:
        if found := _short(seen, now, wanted):
            return found
        if per_hour is None:
            return f"UnknownPrice: nobody says what market {deployment.market} costs, so it is not counted"
    return ""


def _short(seen: Seen, now: float, wanted: int) -> str:
    live = [page for page in seen.pages if page.job.state.live]
    queued = sum(page.job.state is State.QUEUED for page in live)
    if len(live) < wanted and (said := _explains(seen, now)) is not None:
        if said.type == "RAPID_COMPLETION_THROTTLE":
            return "RapidCompletion: replicas end soon after they begin, so the network waits longer and longer"
        return f"JobListError: no host can be asked for{_quoted(said)}"
    if queued:
        return f"MarketQueue: {queued} of {max(wanted, len(live))} replicas wait for a free host"
    lost = _last(seen, now, "FRPS_TUNNEL_LOST", "FRPS_TUNNEL_RECOVERED", within=RECENT)
    if lost is not None and lost.type == "FRPS_TUNNEL_LOST":
        since = [page for page in live if page.job.created_at > lost.created_at]
        if not since:
            return "HostLost: the network lost a replica's connection and will replace it"
    return ""


def _explains(seen: Seen, now: float) -> Event | None:
    """The event that says why too few are listed: newer than the last job that was."""
    said = _last(seen, now, "JOB_LIST_ERROR", "RAPID_COMPLETION_THROTTLE", within=None)
    newest = max((page.job.created_at for page in seen.pages), default=0.0)
    return said if said is not None and said.created_at >= newest else None


def _last(seen: Seen, now: float, *types: str, within: float | None) -> Event | None:
    fitting = [event for event in seen.events if event.type in types]
    newest = max(fitting, key=lambda event: event.created_at, default=None)
    return newest if newest is None or within is None or now - newest.created_at <= within else None


def _quoted(event: Event | None) -> str:
    words = " ".join(event.message.split())[:200] if event is not None else ""
    return f" ({words})" if words else ""


# -- money


def _charges(seen: Seen) -> Iterator[Charge]:
    """A rent for every job that a host claimed; one that was only queued cost nothing."""
    for page in seen.pages:
        if not page.started_at or page.per_hour is None:
            continue
        yield Charge(
            id=page.job.id,
            app=seen.found.id.app,
            runtime=NAME,
            market=page.job.market or seen.found.deployment.market,
            per_hour=page.per_hour,
            started_at=page.started_at,
            ended_at=page.ended_at,
        )
