"""From desired, observed and history to what people see: one of nine words, a count and a reason. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.history import SlotRecord
from app.core.planning.fitting import INSUFFICIENT, needs, shortage
from app.core.planning.jobs import active_at_most, tally, verdict
from app.core.planning.rollout import overdue
from app.core.planning.slots import ImagePhase, ImageState, Member, Observed, SlotTable, slot_table
from app.core.pods import PodPhase
from app.core.reporting.conditions import conditions
from app.core.reporting.jobstatus import Word, past_replicas, verdict_of_job
from app.core.reporting.words import explain_exit as explain_exit
from app.core.reporting.words import next_try
from app.core.spec import Desired
from app.core.views import AppStatus, AppView, ReplicaView

LOOPING_FAILURES = 2
"""Unplanned ends in a row from which on an app is called crash-looping."""


def view(
    desired: Desired, observed: Observed, history: Mapping[int, SlotRecord], now: float, *, seen_at: float, silent: str
) -> AppView:
    """The picture of one app. `silent` says why its runtime does not answer, empty when it does."""
    table = slot_table(desired, observed, history, now)
    live = [member for member in table.members if not member.waiting]
    shown = _job_picture if desired.spec.job is not None else _app_picture
    picture = shown(desired, observed, table, history, now, silent)
    return AppView(
        key=desired.key,
        spec=desired.spec,
        status=picture.word[0],
        reason=picture.word[1],
        desired=0 if desired.deleting else picture.wanted,
        ready=sum(member.ready for member in table.members),
        total=len(live) + len(table.leaving) + len(table.duplicates),
        restarts=sum(replica.restarts for replica in picture.replicas),
        revision=desired.revision,
        generation=desired.generation,
        replicas=picture.replicas,
        # Of a rollout that is paused nothing more will be done, so a wait for it is over.
        updated=sum(member.current for member in live),
        seen_at=seen_at,
        deleting=desired.deleting,
        retry_at=observed.image.retry_at if observed.image.phase is ImagePhase.FAILED else None,
        conditions=() if silent else conditions(desired, observed, table, history, now),
        succeeded=picture.succeeded,
        failed=picture.failed,
    )


@dataclass(frozen=True, slots=True)
class _Picture:
    word: Word
    wanted: int
    replicas: tuple[ReplicaView, ...]
    succeeded: int = 0
    failed: int = 0


def _app_picture(
    desired: Desired,
    observed: Observed,
    table: SlotTable,
    history: Mapping[int, SlotRecord],
    now: float,
    silent: str,
) -> _Picture:
    replicas = tuple(_replica(member, desired, observed, history, now) for member in table.members)
    word = _unknown(desired, table, silent) or _verdict(desired, observed, table, history, now)
    return _Picture(word, desired.spec.replicas, replicas)


def _job_picture(
    desired: Desired,
    observed: Observed,
    table: SlotTable,
    history: Mapping[int, SlotRecord],
    now: float,
    silent: str,
) -> _Picture:
    count = tally(desired, history)
    over = verdict(desired, table, count, now)
    present = [member for member in table.members if not (over and member.waiting)]
    replicas = [_replica(member, desired, observed, history, now) for member in present]
    replicas += past_replicas(desired, table, history, over)
    running = sum(not member.waiting for member in table.members)
    wanted = 0 if over else active_at_most(desired, count)
    trouble = _start_trouble(desired, observed, running, wanted, now) if running < wanted else None
    word = _unknown(desired, table, silent) or verdict_of_job(desired, table, history, count, over, trouble, now)
    replicas.sort(key=lambda replica: replica.slot)
    return _Picture(word, wanted, tuple(replicas), count.succeeded, count.failed)


OVERDUE = "ProgressDeadlineExceeded"
FUNDS = "InsufficientFunds"


def hopeless(view: AppView) -> bool:
    """More waiting alone will not mend it: something failed and is only being repeated."""
    return (
        view.status in (AppStatus.FAILED, AppStatus.CRASH_LOOPING, AppStatus.UNKNOWN)
        or (
            view.status is AppStatus.DEGRADED
            and (view.retry_at is not None or any(replica.retry_at for replica in view.replicas))
        )
        or view.reason.startswith((INSUFFICIENT, OVERDUE, FUNDS))
    )


def _replica(
    member: Member, desired: Desired, observed: Observed, history: Mapping[int, SlotRecord], now: float
) -> ReplicaView:
    record = history.get(member.slot, SlotRecord(member.slot))
    pod = member.pod
    current = member.template_hash == desired.template_hash
    retry_at = record.next_attempt_at if member.waiting and record.next_attempt_at > now else None
    return ReplicaView(
        name=f"{desired.key.name}-{member.slot}",
        slot=member.slot,
        phase=pod.phase if pod else (PodPhase.PENDING if member.starting else None),
        ready=member.ready,
        restarts=record.restarts if record.template_hash == member.template_hash else 0,
        started_at=pod.started_at if pod else None,
        current=current,
        ports=pod.ports if pod else (),
        last_exit=record.last_exit if record.ended_at is not None else None,
        retry_at=retry_at,
        runtime_id=pod.runtime_id if pod else "",
        image=pod.image if pod else "",
        detail=_detail(member, observed, record, current, now),
    )


def _detail(member: Member, observed: Observed, record: SlotRecord, current: bool, now: float) -> str:
    if member.waiting:
        why = explain_exit(record.last_exit) if record.last_exit else "ended"
        return f"{why}; {next_try(record.next_attempt_at, now)}"
    if member.starting:
        return "starting"
    pod = member.pod
    if pod is not None and pod.initializing:
        return f"init container {pod.initializing} runs"
    if pod is not None and not member.ready:
        return observed.unhealthy.get(pod.id) or observed.unready.get(pod.id) or "not ready yet"
    return "ready" if current else "ready, older revision"


def _unknown(desired: Desired, table: SlotTable, silent: str) -> Word | None:
    """What comes before all else a person may want to know."""
    if silent:
        return AppStatus.UNKNOWN, silent
    if desired.deleting:
        return AppStatus.UPDATING, f"being deleted, {_present(table)} left"
    return None


def _present(table: SlotTable) -> int:
    return len(table.members) + len(table.leaving) + len(table.duplicates)


def _verdict(
    desired: Desired, observed: Observed, table: SlotTable, history: Mapping[int, SlotRecord], now: float
) -> Word:
    """The word and the reason. The order of the questions is the order of what a person must know first."""
    want, ready, present = desired.spec.replicas, sum(member.ready for member in table.members), _present(table)
    if observed.trouble and not ready == want == present:
        return (AppStatus.DEGRADED if ready else AppStatus.FAILED), observed.trouble
    if want == 0:
        return (AppStatus.UPDATING, f"stopping, {present} left") if present else (AppStatus.STOPPED, "")
    newest = sum(member.current and not member.waiting for member in table.members)
    trouble = _start_trouble(desired, observed, ready, want - newest, now) or _slot_trouble(
        table, history, want, ready, now
    )
    if trouble:
        return trouble
    if words := overdue(desired, observed, now):
        return (AppStatus.DEGRADED if ready else AppStatus.FAILED), f"{OVERDUE}: {words}"
    old = [member for member in table.members if not member.current]
    if old:
        return AppStatus.UPDATING, _replacing(desired, table, old)
    if ready == want and present == want:
        return AppStatus.RUNNING, _paused(desired, table)
    if present > want:
        return AppStatus.UPDATING, f"scaling down, {present - want} to go"
    return AppStatus.STARTING, _progress(observed)


def _replacing(desired: Desired, table: SlotTable, old: list[Member]) -> str:
    if all(member.drifted and member.template_hash == desired.template_hash for member in old):
        return f"{len(old)} changed from outside: replacing {'it' if len(old) == 1 else 'them'}"
    done = len(table.members) - len(old)
    return f"revision {desired.revision}: {done} of {desired.spec.replicas} replaced"


def _paused(desired: Desired, table: SlotTable) -> str:
    new = sum(member.template_hash == desired.template_hash for member in table.members)
    if not desired.spec.paused or new == len(table.members):
        return ""
    return f"the rollout is paused: {new} of {desired.spec.replicas} run revision {desired.revision}"


def _progress(observed: Observed) -> str:
    if observed.image.phase is ImagePhase.PULLING:
        return _pulling(observed.image)
    starting = [pod for pod in observed.pods if pod.initializing]
    if starting:
        return f"{starting[0].id.name}: init container {starting[0].initializing} runs"
    return next(iter(observed.unready.values()), "")


def _pulling(image: ImageState) -> str:
    return f"pulling the image{': ' + image.progress if image.progress else ''}"


def _start_trouble(desired: Desired, observed: Observed, ready: int, missing: int, now: float) -> Word | None:
    """What keeps the next replica of the newest template from being started, where one is missing."""
    if missing <= 0:
        return None
    image, failed = observed.image, AppStatus.DEGRADED if ready else AppStatus.FAILED
    if observed.blocked:
        return failed, observed.blocked
    if observed.room is not None and (
        words := shortage(needs(desired.spec.template.wants), observed.room, observed.capacity)
    ):
        return (AppStatus.DEGRADED if ready else AppStatus.STARTING), words
    if image.phase is ImagePhase.FAILED:
        return failed, f"{image.reason}: {image.error}; {next_try(image.retry_at, now)}"
    return None


def _slot_trouble(
    table: SlotTable, history: Mapping[int, SlotRecord], want: int, ready: int, now: float
) -> tuple[AppStatus, str] | None:
    """The worst slot speaks for the app: one that could not start, one that loops, or one that was just lost."""
    hurt = [history[member.slot] for member in table.members if _hurt(member, history)]
    waits = [history[member.slot].next_attempt_at for member in table.members if member.waiting]
    if not hurt or (ready >= want and not waits):
        return None
    worst = max(hurt, key=lambda record: record.failures)
    how = explain_exit(worst.last_exit) if worst.last_exit else "ended"
    restarts = sum(record.restarts for record in hurt)
    retry = f"; {next_try(min(waits), now)}" if waits else ""
    counted = f"; {restarts} restart{'s' if restarts != 1 else ''}" if restarts else ""
    reason = f"{how}{counted}{retry}"
    if ready >= want:
        return AppStatus.DEGRADED, f"the update is stuck, the older revision still serves: {reason}"
    if worst.never_started:
        return (AppStatus.DEGRADED if ready else AppStatus.FAILED), reason
    if worst.failures >= LOOPING_FAILURES and waits:
        return AppStatus.CRASH_LOOPING, reason
    return AppStatus.DEGRADED, f"replacing a replica that ended: {reason}"


def _hurt(member: Member, history: Mapping[int, SlotRecord]) -> bool:
    record = history.get(member.slot)
    if record is None or record.ended_at is None or record.template_hash != member.template_hash:
        return False
    return not member.ready
