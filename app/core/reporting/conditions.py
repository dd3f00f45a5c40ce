"""The conditions of an app, with Kubernetes' types and reasons. Pure.

Sources: apps/v1 (`MinimumReplicasAvailable`, `NewReplicaSetAvailable`, `ProgressDeadlineExceeded`, ...) and batch/v1
(`CompletionsReached`, `BackoffLimitExceeded`, ...). `EngineAnswering` is ours: it is only there while it is false.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.core.history import SlotRecord
from app.core.planning.fitting import needs, shortage
from app.core.planning.jobs import COMPLETE, Verdict, job_of, tally, verdict
from app.core.planning.rollout import Progressing, deadline_at, limits, overdue, rolled_out
from app.core.planning.slots import ImagePhase, Observed, SlotTable
from app.core.reporting.words import explain_exit
from app.core.spec import Desired
from app.core.views import Condition


def conditions(
    desired: Desired, observed: Observed, table: SlotTable, history: Mapping[int, SlotRecord], now: float
) -> tuple[Condition, ...]:
    """In the order a person reads them; none is invented for what cannot be seen."""
    if not observed.reachable:
        return ()
    found = (
        _of_job(desired, table, history, now)
        if desired.spec.job is not None
        else _of_service(desired, observed, table, now)
    )
    found.append(_replica_failure(desired, observed, table, history))
    if observed.trouble:
        found.append(Condition("EngineAnswering", False, "EngineNotAnswering", observed.trouble))
    return tuple(one for one in found if one is not None)


def _of_service(desired: Desired, observed: Observed, table: SlotTable, now: float) -> list[Condition | None]:
    ready = sum(member.ready for member in table.members)
    new = sum(member.template_hash == desired.template_hash for member in table.members)
    done = rolled_out(desired, table)
    return [available(desired, ready), progressing(desired, observed, now, new=new, done=done)]


def available(desired: Desired, ready: int) -> Condition:
    """Whether enough replicas answer."""
    least = limits(desired.spec).least
    reason = "MinimumReplicasAvailable" if ready >= least else "MinimumReplicasUnavailable"
    return Condition("Available", ready >= least, reason, f"{ready} available, at least {least} needed")


def progressing(desired: Desired, observed: Progressing, now: float, *, new: int, done: bool) -> Condition | None:
    """How far the rollout is: `new` replicas of the present revision are there; `done` when nothing is left to do."""
    if desired.spec.kind == "ReplicaSet":
        return None
    if desired.spec.paused:
        return Condition("Progressing", False, "DeploymentPaused", "the rollout is paused")
    if done or desired.rolled_out_at:
        words = f"revision {desired.revision} is rolled out"
        return Condition("Progressing", True, "NewReplicaSetAvailable", words, desired.rolled_out_at)
    if words := overdue(desired, observed, now):
        return Condition("Progressing", False, "ProgressDeadlineExceeded", words, deadline_at(desired, observed) or 0.0)
    words = f"revision {desired.revision}: {new} of {desired.spec.replicas} replicas"
    return Condition("Progressing", True, "ReplicaSetUpdated", words, observed.progressed_at)


def _of_job(
    desired: Desired, table: SlotTable, history: Mapping[int, SlotRecord], now: float
) -> list[Condition | None]:
    return [*job_conditions(desired, verdict(desired, table, tally(desired, history), now))]


def job_conditions(desired: Desired, over: Verdict | None) -> list[Condition]:
    """Of a Job that is `over` so, or goes on."""
    if over is not None:
        found = [Condition(over.type, True, over.reason, over.message, over.at)]
        if over.type == COMPLETE:
            found.insert(0, Condition("SuccessCriteriaMet", True, over.reason, over.message, over.at))
        return found
    if job_of(desired).suspend:
        return [Condition("Suspended", True, "JobSuspended", "the job is suspended")]
    return []


def _replica_failure(
    desired: Desired, observed: Observed, table: SlotTable, history: Mapping[int, SlotRecord]
) -> Condition | None:
    """Only there while a replica could not even be made."""
    if len(table.members) - sum(member.waiting for member in table.members) >= desired.spec.replicas:
        return None
    if observed.blocked:
        reason, _, message = observed.blocked.partition(": ")
        return Condition("ReplicaFailure", True, reason, message)
    if observed.image.phase is ImagePhase.FAILED:
        return Condition("ReplicaFailure", True, observed.image.reason, observed.image.error)
    refused = [history[member.slot] for member in table.members if member.waiting and member.slot in history]
    words = next((explain_exit(one.last_exit) for one in refused if one.never_started and one.last_exit), "")
    if words:
        return Condition("ReplicaFailure", True, "FailedCreate", words)
    if words := shortage(needs(desired.spec.template.wants), observed.room, observed.capacity):
        return Condition("ReplicaFailure", True, "FailedScheduling", words)
    return None
