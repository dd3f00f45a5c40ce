"""What must hold of every plan for a Job, as code: see `app.core.planning.invariants`."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.history import SlotRecord
from app.core.planning.actions import Expire, Plan, Release, Start, Stop
from app.core.planning.attempts import attempt_of
from app.core.planning.jobs import job_of, tally, verdict
from app.core.planning.slots import Observed, slot_table
from app.core.spec import Desired


def broken_in_job_plan(
    desired: Desired, observed: Observed, history: Mapping[int, SlotRecord], plan: Plan, now: float
) -> list[str]:
    """Never more than the parallelism, nothing after the end, no slot twice, nothing that succeeded undone."""
    if not observed.reachable or desired.deleting:
        return []
    job, count = job_of(desired), tally(desired, history)
    table = slot_table(desired, observed, history, now)
    over = verdict(desired, table, count, now)
    starts = [action for action in plan.actions if isinstance(action, Start)]
    broken: list[str] = []
    if over is not None and starts:
        broken.append(f"starts a replica of a job that is over: {over.message}")
    if job.suspend and starts:
        broken.append("starts a replica of a suspended job")
    if again := sorted(start.pod.slot for start in starts if start.pod.slot in count.done):
        broken.append(f"runs what succeeded once more: slots {again}")
    if job.completions is not None and any(start.pod.slot >= job.completions for start in starts):
        broken.append("starts a replica beyond the completions")
    if any(start.template_hash != desired.template_hash for start in starts):
        broken.append("starts a replica of another template")
    held = {pod for member in table.members if (pod := attempt_of(member)) is not None}
    held |= set(table.leaving) | {pod.id for pod in table.duplicates}
    new = {start.pod for start in starts} - held
    if new and len(held) + len(new) > desired.spec.replicas:
        broken.append(f"runs {len(held) + len(new)} side by side, at most {desired.spec.replicas} may")
    stops = {action.pod for action in plan.actions if isinstance(action, Stop)}
    if over is not None and held - set(table.leaving) - stops:
        broken.append("leaves something running of a job that is over")
    if any(isinstance(action, Expire) for action in plan.actions) and over is None:
        broken.append("deletes a job that goes on")
    released = {action.slot for action in plan.actions if isinstance(action, Release)}
    if wrong := released & {member.slot for member in table.members if not member.waiting}:
        broken.append(f"releases slots that are held: {sorted(wrong)}")
    return broken
