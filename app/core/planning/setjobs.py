"""Runs to completion on a replica runtime: waves of replicas that each run to their end once. Pure.

The manager replaces none of them and stops the set with the last one. What is still owed then is started as the next
wave, after the back-off of what failed. What was done is counted from the slots' records, so a Job that is complete
stays complete when the network has forgotten its replicas.
"""

from __future__ import annotations

from app.core.backoff import restart_delay
from app.core.planning.actions import Expire
from app.core.planning.jobs import COMPLETE, Tally, Verdict, active_at_most, deadline_of, job_of, verdict
from app.core.planning.setactions import CreateSet, RemoveSet, ScaleSet, SetAction, SetPlan, StartSet, StopSet
from app.core.planning.setstate import ObservedSets, live, stopped
from app.core.planning.slots import Member, SlotTable
from app.core.replicasets import NOT_THE_APP, ObservedSet, SetId, SetPhase
from app.core.spec import Desired


def set_tally(desired: Desired, observed: ObservedSets) -> Tally:
    """How far the Job is. A slot may have succeeded more than once: each time is a completion."""
    records = [one for one in observed.history.values() if one.template_hash == desired.template_hash]
    failing = [one for one in records if one.failed]
    return Tally(
        done=frozenset(range(sum(one.succeeded for one in records))),
        failed=sum(one.failed for one in records),
        finished_at=max((one.finished_at for one in records), default=0.0),
        last=max(failing, key=lambda one: one.finished_at, default=None),
    )


def set_table(desired: Desired, observed: ObservedSets) -> SlotTable:
    """Its present replicas as slots, for what is reckoned the same on every runtime."""
    one = observed.of(desired.template_hash)
    members = [
        Member(pod.id.slot, pod.template_hash, pod=pod, ready=pod.ready)
        for pod in (live(one) if one is not None else [])
    ]
    return SlotTable(tuple(sorted(members, key=lambda member: member.slot)), (), (), ())


def set_verdict(desired: Desired, observed: ObservedSets, now: float) -> Verdict | None:
    """Whether the Job is over, and how; None while it goes on."""
    return verdict(desired, set_table(desired, observed), set_tally(desired, observed), now)


def plan_set_job(desired: Desired, observed: ObservedSets, now: float) -> SetPlan:
    """What to do next for one Job whose runtime answers and that is not being deleted."""
    current = observed.of(desired.template_hash)
    actions: list[SetAction] = []
    for one in observed.sets:
        if one is not current and one.phase is SetPhase.STOPPED:
            actions.append(RemoveSet(one.id))
        elif one is not current and not stopped(one):
            actions.append(StopSet(one.id, f"replaced by revision {desired.revision}"))
    over = set_verdict(desired, observed, now)
    if over is not None:
        return _finished(desired, current, over, actions, now)
    count = set_tally(desired, observed)
    wide, deadline = active_at_most(desired, count), deadline_of(desired)
    wakes = [deadline] if deadline is not None else []
    if current is None:
        if wide and not observed.blocked:
            actions.append(CreateSet(SetId(desired.key, desired.template_hash), wide))
    elif not wide:
        # Workers on a queue that one of them found empty end by themselves.
        if not stopped(current) and not count.done:
            actions.append(StopSet(current.id, "the job is suspended" if job_of(desired).suspend else "scaled to 0"))
    elif current.phase in (SetPhase.STOPPED, SetPhase.FAILED) and not live(current):
        _next_wave(current, count, wide, now, actions, wakes)
    elif current.phase is SetPhase.ACTIVE and _misses_width(current, wide):
        actions.append(ScaleSet(current.id, wide))
    return SetPlan(tuple(actions), min(wakes, default=None))


def _misses_width(current: ObservedSet, wide: int) -> bool:
    """Too many run, or a wave of which nothing has ended yet may be wider. One that is half over is left alone: what
    its manager would add then is the next wave's."""
    running = len(live(current))
    return running > wide if current.replicas > wide else current.replicas < wide and running == current.replicas


def _next_wave(
    current: ObservedSet, count: Tally, wide: int, now: float, actions: list[SetAction], wakes: list[float]
) -> None:
    if current.replicas > wide:
        actions.append(ScaleSet(current.id, wide))
        return
    due = next_wave_at(current, count)
    if due > now:
        wakes.append(due)
    else:
        actions.append(StartSet(current.id, "what is left of the job"))


def next_wave_at(current: ObservedSet, count: Tally) -> float:
    """When what is left may be started; 0.0 = at once."""
    failures = _failed_in_a_row(current)
    due = count.finished_at + restart_delay(failures, started=True) if failures else 0.0
    if current.phase is SetPhase.FAILED:
        due = max(due, current.updated_at + restart_delay(1, started=False))
    return due


def _failed_in_a_row(one: ObservedSet) -> int:
    """Replicas that failed since one last succeeded."""
    ended = sorted((pod for pod in one.pods if pod.phase.ended), key=lambda pod: pod.finished_at or 0.0, reverse=True)
    count = 0
    for pod in ended:
        if pod.exit is not None and pod.exit.code == 0:
            break
        count += pod.exit is None or pod.exit.reason not in NOT_THE_APP
    return count


def _finished(
    desired: Desired, current: ObservedSet | None, over: Verdict, actions: list[SetAction], now: float
) -> SetPlan:
    """What still runs is stopped; the set stays for what its replicas printed, until the Job is deleted."""
    if current is not None and not stopped(current):
        why = "the job is complete" if over.type == COMPLETE else f"the job failed: {over.message}"
        actions.append(StopSet(current.id, why))
    milestone = f"{'Completed' if over.type == COMPLETE else over.reason}: {over.message}"
    ttl = job_of(desired).ttl_seconds_after_finished
    if ttl is None:
        return SetPlan(tuple(actions), milestone=milestone)
    if now < over.at + ttl:
        return SetPlan(tuple(actions), over.at + ttl, milestone)
    return SetPlan((*actions, Expire(f"it finished {ttl} s ago")), milestone=milestone)
