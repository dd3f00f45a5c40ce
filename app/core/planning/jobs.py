"""Runs to completion: how far a Job is, whether it is over, and what to do next. Pure.

Every completion is a slot, as it is for an indexed Job in Kubernetes: the slot's attempts go on until one of them ends
with exit code 0, with the back-off of a crash loop in between; a slot in its back-off takes its share of the
parallelism, so a Job that only fails never runs hot. Without `completions` the slots are workers on one queue: once one
succeeds no further one starts, and when none runs any more the Job is complete. Numbers and reasons: batch/v1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from app.core.history import SlotRecord
from app.core.planning.actions import Action, Expire, Plan, Release, Start, Stop
from app.core.planning.admission import admit
from app.core.planning.attempts import (
    attempt_of,
    clear_ended,
    half_done,
    last_attempts,
    may_start_at,
    mending,
    stop_duplicates,
)
from app.core.planning.slots import Member, Observed, SlotTable
from app.core.pods import PodId
from app.core.reporting.words import explain_exit
from app.core.spec import Desired, JobSpec

COMPLETE = "Complete"
FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class Tally:
    """`done` holds the slots that succeeded; `failed` counts attempts; `finished_at` is the last end, 0.0 = none."""

    done: frozenset[int]
    failed: int
    finished_at: float
    last: SlotRecord | None = None
    """The slot that failed last."""

    @property
    def succeeded(self) -> int:
        return len(self.done)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A Job that is over: `type` as the condition's, `reason` Kubernetes', and since when (epoch seconds)."""

    type: str
    reason: str
    message: str
    at: float


def job_of(desired: Desired) -> JobSpec:
    """The Job of an app that is one."""
    assert desired.spec.job is not None
    return desired.spec.job


def tally(desired: Desired, history: Mapping[int, SlotRecord]) -> Tally:
    """What the slots went through with the present template: a new one is a new run."""
    wanted = job_of(desired).completions
    records = [record for record in history.values() if record.template_hash == desired.template_hash]
    done = {record.slot for record in records if record.succeeded and (wanted is None or record.slot < wanted)}
    failing = [record for record in records if record.failed]
    return Tally(
        done=frozenset(done),
        failed=sum(record.failed for record in records),
        finished_at=max((record.finished_at for record in records), default=0.0),
        last=max(failing, key=lambda record: record.finished_at, default=None),
    )


def verdict(desired: Desired, table: SlotTable, count: Tally, now: float) -> Verdict | None:
    """Whether the Job is over, and how; None while it goes on."""
    job = job_of(desired)
    at = count.finished_at or begun_at(desired)
    if job.completions is not None and count.succeeded >= job.completions:
        return Verdict(COMPLETE, "CompletionsReached", progress_words(job, count), at)
    if job.completions is None and count.done and not _held(table):
        return Verdict(COMPLETE, "CompletionsReached", progress_words(job, count), at)
    if job.backoff_limit is not None and count.failed > job.backoff_limit:
        words = f"back-off limit {job.backoff_limit} reached{_last_exit(count)}"
        return Verdict(FAILED, "BackoffLimitExceeded", words, at)
    deadline = deadline_of(desired)
    if deadline is not None and now >= deadline:
        words = f"it ran longer than its deadline of {job.active_deadline_seconds} s{_last_exit(count)}"
        return Verdict(FAILED, "DeadlineExceeded", words, deadline)
    return None


def begun_at(desired: Desired) -> float:
    """When the run began: with the present template, or when it was resumed."""
    return desired.revised_at or desired.created_at


def deadline_of(desired: Desired) -> float | None:
    """When its time is up; None while it has all the time in the world."""
    job = job_of(desired)
    if job.active_deadline_seconds is None or job.suspend or not begun_at(desired):
        return None
    return begun_at(desired) + job.active_deadline_seconds


def progress_words(job: JobSpec, count: Tally) -> str:
    """`completed 2 of 3`; of a work queue `completed`, or how many succeeded."""
    if job.completions is None:
        return f"{count.succeeded} succeeded"
    return f"completed {count.succeeded} of {job.completions}"


def active_at_most(desired: Desired, count: Tally) -> int:
    """How many may run side by side now. `replicas` of a Job is its parallelism."""
    job, wide = job_of(desired), desired.spec.replicas
    if job.suspend or (job.completions is None and count.done):
        return 0
    return wide if job.completions is None else max(min(wide, job.completions - count.succeeded), 0)


def plan_job(
    desired: Desired, observed: Observed, table: SlotTable, history: Mapping[int, SlotRecord], now: float
) -> Plan:
    """What to do next for one Job whose runtime answers and that is not being deleted."""
    count = tally(desired, history)
    over = verdict(desired, table, count, now)
    if over is not None:
        return _finished(desired, table, over, now)
    leaving = _leaving(desired, table, count)
    going = {member.slot for member in leaving}
    kept = [member for member in table.members if member.slot not in going]
    due, wakes = _starts(desired, observed, table, kept, count, history, now)
    admitted = admit(desired, observed, due, now)
    actions = stop_duplicates(table)
    actions += [_leave(member, desired, count) for member in leaving]
    actions += mending(kept, observed)
    actions += clear_ended(table, None)
    actions += admitted.actions
    wakes += [at for at in (admitted.wake_at, deadline_of(desired)) if at is not None]
    return Plan(tuple(actions), min(wakes, default=None), admitted.short)


def _finished(desired: Desired, table: SlotTable, over: Verdict, now: float) -> Plan:
    """What still runs is stopped; the last body of each slot stays for its logs, until the Job is deleted."""
    why = "the job is complete" if over.type == COMPLETE else f"the job failed: {over.message}"
    actions: list[Action] = [Stop(pod, why) for member in table.members if (pod := attempt_of(member)) is not None]
    actions += stop_duplicates(table)
    actions += clear_ended(table, None)
    word = "Completed" if over.type == COMPLETE else over.reason
    milestone = f"{word}: {over.message}"
    ttl = job_of(desired).ttl_seconds_after_finished
    if ttl is None:
        return Plan(tuple(actions), milestone=milestone)
    if now < over.at + ttl:
        return Plan(tuple(actions), over.at + ttl, milestone=milestone)
    return Plan((*actions, Expire(f"it finished {ttl} s ago")), milestone=milestone)


def _leaving(desired: Desired, table: SlotTable, count: Tally) -> list[Member]:
    """Members that must not go on: of another template, of a slot that is done, or beyond the parallelism (of those
    that only wait, none: they hold nothing)."""
    wanted = job_of(desired).completions
    wrong = [
        member
        for member in table.members
        if member.template_hash != desired.template_hash
        or member.slot in count.done
        or (wanted is not None and member.slot >= wanted)
    ]
    slots = {member.slot for member in wrong}
    rest = [member for member in table.members if member.slot not in slots and not member.waiting]
    # Workers on a queue that one of them found empty end by themselves.
    if job_of(desired).completions is None and count.done and not job_of(desired).suspend:
        return wrong
    excess = len(rest) - active_at_most(desired, count)
    return wrong + sorted(rest, key=lambda member: -member.slot)[: max(excess, 0)]


def _leave(member: Member, desired: Desired, count: Tally) -> Action:
    pod = attempt_of(member)
    if pod is None:
        return Release(member.slot)
    if member.template_hash != desired.template_hash:
        return Stop(pod, f"replaced by revision {desired.revision}")
    if member.slot in count.done:
        return Stop(pod, "another attempt of it succeeded")
    return Stop(pod, "the job is suspended" if job_of(desired).suspend else "scaled down")


def _starts(
    desired: Desired,
    observed: Observed,
    table: SlotTable,
    kept: list[Member],
    count: Tally,
    history: Mapping[int, SlotRecord],
    now: float,
) -> tuple[list[Start], list[float]]:
    """Next attempts that are due and new slots there is a place for, the lowest first; when the others are due."""
    places = active_at_most(desired, count) - sum(not member.waiting for member in kept)
    places -= len(table.leaving) + len(table.duplicates) + len(_gone(table, kept))
    last = last_attempts(observed, history)
    waiting = [member.slot for member in kept if member.waiting][: max(places, 0)]
    fresh = _fresh(desired, table, count, max(places - len(waiting), 0))
    again = [Start(PodId(desired.key, slot, last[slot] + 1), desired.template_hash) for slot in waiting]
    again += half_done(kept, observed)
    owed = [(may_start_at(start.pod, history), start) for start in again]
    due = [start for at, start in owed if at <= now]
    due += [Start(PodId(desired.key, slot, last[slot] + 1), desired.template_hash) for slot in fresh]
    return due, [at for at, _ in owed if at > now]


def _gone(table: SlotTable, kept: list[Member]) -> list[Member]:
    """Those being let go in this very plan, which still run."""
    slots = {member.slot for member in kept}
    return [member for member in table.members if member.slot not in slots and not member.waiting]


def _fresh(desired: Desired, table: SlotTable, count: Tally, places: int) -> list[int]:
    """The lowest slots that nobody holds and that are not done, as many as there are places."""
    wanted = job_of(desired).completions
    taken = {member.slot for member in table.members} | {pod.slot for pod in table.leaving} | count.done
    taken |= {pod.id.slot for pod in table.duplicates}
    free = (slot for slot in range(desired.spec.replicas if wanted is None else wanted) if slot not in taken)
    return list(islice(free, places))


def _held(table: SlotTable) -> bool:
    """Something of it still runs or leaves."""
    return bool(table.leaving or table.duplicates or any(not member.waiting for member in table.members))


def _last_exit(count: Tally) -> str:
    how = count.last.last_exit if count.last else None
    return f": {explain_exit(how)}" if how else ""
