"""What people see of a Job: the word, the reason, and a replica for each slot, also for those that are done. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.history import SlotRecord
from app.core.planning.jobs import COMPLETE, Tally, Verdict, job_of, progress_words
from app.core.planning.slots import SlotTable
from app.core.pods import ExitInfo, ObservedPod, PodPhase
from app.core.reporting.words import explain_exit, next_try
from app.core.spec import Desired
from app.core.views import AppStatus, ReplicaView

Word = tuple[AppStatus, str]


def verdict_of_job(
    desired: Desired,
    table: SlotTable,
    history: Mapping[int, SlotRecord],
    count: Tally,
    over: Verdict | None,
    trouble: Word | None,
    now: float,
) -> Word:
    """`over` is how it ended, `trouble` what keeps its next replica from starting."""
    if over is not None and over.type == COMPLETE:
        return AppStatus.COMPLETED, over.message
    if over is not None:
        return AppStatus.FAILED, f"failed: {over.message}"
    running = sum(not member.waiting for member in table.members)
    words = progress_words(job_of(desired), count)
    if job_of(desired).suspend or not desired.spec.replicas:
        if running:
            return AppStatus.UPDATING, f"stopping, {running} left"
        return AppStatus.STOPPED, f"{'suspended' if job_of(desired).suspend else 'stopped'}; {words}"
    if trouble is not None:
        return trouble
    if running:
        failed = f", {count.failed} failed" if count.failed else ""
        return AppStatus.RUNNING, f"{words}, {running} running{failed}"
    waits = [history[member.slot] for member in table.members if member.waiting and member.slot in history]
    if waits:
        soonest = min(waits, key=lambda record: record.next_attempt_at)
        how = explain_exit(soonest.last_exit) if soonest.last_exit else "ended"
        looping = AppStatus.CRASH_LOOPING if soonest.failures > 1 else AppStatus.DEGRADED
        return looping, f"{words}; {how}; {next_try(soonest.next_attempt_at, now)}"
    return AppStatus.STARTING, words


def past_replicas(
    desired: Desired, table: SlotTable, history: Mapping[int, SlotRecord], over: Verdict | None
) -> list[ReplicaView]:
    """Slots that hold nothing now and have a past: done, or failed for good when the Job is over."""
    bodies: dict[int, ObservedPod] = {}
    for pod in table.ended:
        bodies.setdefault(pod.id.slot, pod)
    held = {member.slot for member in table.members if not (over and member.waiting)}
    held |= {pod.slot for pod in table.leaving}
    return [
        _past(desired, record, bodies.get(record.slot))
        for slot, record in sorted(history.items())
        if slot not in held
        and record.template_hash == desired.template_hash
        and (record.succeeded or (over is not None and record.failed))
    ]


def _past(desired: Desired, record: SlotRecord, body: ObservedPod | None) -> ReplicaView:
    how = record.last_exit or ExitInfo(None, "Unknown")
    return ReplicaView(
        name=f"{desired.key.name}-{record.slot}",
        slot=record.slot,
        phase=PodPhase.SUCCEEDED if record.succeeded else PodPhase.FAILED,
        ready=False,
        restarts=record.restarts,
        started_at=body.started_at if body else None,
        current=True,
        last_exit=how,
        runtime_id=body.runtime_id if body else "",
        detail="completed" if record.succeeded else explain_exit(how),
        image=body.image if body else "",
    )
