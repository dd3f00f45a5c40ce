"""From desired, observed and history to what people see: one of eight words, a count and a reason. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from app.core.history import SlotRecord
from app.core.pods import ExitInfo, PodPhase
from app.core.slots import ImagePhase, ImageState, Member, Observed, SlotTable, slot_table
from app.core.spec import Desired
from app.core.views import AppStatus, AppView, ReplicaView

LOOPING_FAILURES = 2
"""Unplanned ends in a row from which on an app is called crash-looping."""


def view(
    desired: Desired, observed: Observed, history: Mapping[int, SlotRecord], now: float, *, seen_at: float, silent: str
) -> AppView:
    """The picture of one app. `silent` says why its runtime does not answer, empty when it does."""
    table = slot_table(desired, observed, history, now)
    replicas = tuple(_replica(member, desired, history, now) for member in table.members)
    live = [member for member in table.members if not member.waiting]
    status, reason = _verdict(desired, observed, table, history, now, silent)
    return AppView(
        key=desired.key,
        spec=desired.spec,
        status=status,
        reason=reason,
        desired=0 if desired.deleting else desired.spec.replicas,
        ready=sum(member.ready for member in table.members),
        total=len(live) + len(table.leaving) + len(table.duplicates),
        restarts=sum(replica.restarts for replica in replicas),
        revision=desired.revision,
        generation=desired.generation,
        replicas=replicas,
        updated=sum(member.template_hash == desired.template_hash for member in live),
        seen_at=seen_at,
        deleting=desired.deleting,
        retry_at=observed.image.retry_at if observed.image.phase is ImagePhase.FAILED else None,
    )


def hopeless(view: AppView) -> bool:
    """More waiting alone will not mend it: something failed and is only being repeated."""
    return view.status in (AppStatus.FAILED, AppStatus.CRASH_LOOPING, AppStatus.UNKNOWN) or (
        view.status is AppStatus.DEGRADED
        and (view.retry_at is not None or any(replica.retry_at for replica in view.replicas))
    )


def explain_exit(how: ExitInfo) -> str:
    """`exit code 1 (Error)`, `exit code 137 (OOMKilled)`, or the runtime's own message."""
    if how.code is None:
        return f"{how.reason}: {how.message}" if how.message else how.reason
    words = f"exit code {how.code} ({how.reason})"
    return f"{words}: {how.message}" if how.message else words


def _replica(member: Member, desired: Desired, history: Mapping[int, SlotRecord], now: float) -> ReplicaView:
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
        detail=_detail(member, record, current, now),
    )


def _detail(member: Member, record: SlotRecord, current: bool, now: float) -> str:
    if member.waiting:
        why = explain_exit(record.last_exit) if record.last_exit else "ended"
        return f"{why}; {_next_try(record.next_attempt_at, now)}"
    if member.starting:
        return "starting"
    if not member.ready:
        return "not ready yet"
    return "ready" if current else "ready, older revision"


def _next_try(at: float, now: float) -> str:
    return f"next try in {ceil(at - now)} s" if at > now else "trying again now"


def _verdict(
    desired: Desired,
    observed: Observed,
    table: SlotTable,
    history: Mapping[int, SlotRecord],
    now: float,
    silent: str,
) -> tuple[AppStatus, str]:
    """The word and the reason. The order of the questions is the order of what a person must know first."""
    want, ready = desired.spec.replicas, sum(member.ready for member in table.members)
    present = len(table.members) + len(table.leaving) + len(table.duplicates)
    if silent:
        return AppStatus.UNKNOWN, silent
    if desired.deleting:
        return AppStatus.UPDATING, f"being deleted, {present} left"
    if want == 0:
        return (AppStatus.UPDATING, f"stopping, {present} left") if present else (AppStatus.STOPPED, "")
    trouble = _image_trouble(desired, observed, ready, now) or _slot_trouble(table, history, want, ready, now)
    if trouble:
        return trouble
    old = [member for member in table.members if member.template_hash != desired.template_hash]
    if old:
        return AppStatus.UPDATING, f"revision {desired.revision}: {len(table.members) - len(old)} of {want} replaced"
    if ready == want and present == want:
        return AppStatus.RUNNING, ""
    if present > want:
        return AppStatus.UPDATING, f"scaling down, {present - want} to go"
    return AppStatus.STARTING, _progress(observed.image)


def _progress(image: ImageState) -> str:
    if image.phase is ImagePhase.PULLING:
        return f"pulling the image{': ' + image.progress if image.progress else ''}"
    return ""


def _image_trouble(desired: Desired, observed: Observed, ready: int, now: float) -> tuple[AppStatus, str] | None:
    image = observed.image
    if image.phase is not ImagePhase.FAILED:
        return None
    newest = [pod for pod in observed.pods if pod.template_hash == desired.template_hash and not pod.phase.ended]
    if len(newest) >= desired.spec.replicas:
        return None
    reason = f"{image.reason}: {image.error}; {_next_try(image.retry_at, now)}"
    return (AppStatus.DEGRADED if ready else AppStatus.FAILED), reason


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
    retry = f"; {_next_try(min(waits), now)}" if waits else ""
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
