"""What people see of an app on a replica runtime: the same words and counts as anywhere, from sets. Pure.

A replica that waits in a market's queue is on its way and costs nothing; one that has a host and does not answer yet is
starting, and costs; an app that is stopped has not failed.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.core.history import SlotRecord
from app.core.planning.jobs import active_at_most
from app.core.planning.rollout import overdue
from app.core.planning.setjobs import next_wave_at, set_table, set_tally, set_verdict
from app.core.planning.sets import burning_words, kept_set, rolled_out_here
from app.core.planning.setstate import ObservedSets, available, live, serving, serving_url, stopped
from app.core.pods import ObservedPod, PodPhase
from app.core.replicasets import ObservedSet, Proof, SetPhase
from app.core.reporting.conditions import available as available_condition
from app.core.reporting.conditions import job_conditions, progressing
from app.core.reporting.jobstatus import Word, verdict_of_job
from app.core.reporting.status import FUNDS, OVERDUE
from app.core.reporting.words import explain_exit, next_try
from app.core.spec import Desired
from app.core.views import AppStatus, AppView, Condition, ReplicaView

QUEUE = "MarketQueue"
THROTTLED = "RapidCompletion"
"""The network waits longer and longer before it starts the next replica."""
LOOPING_FAILURES = 2
QUEUED_SECONDS = 60.0
"""How long a replica may wait for a host, while others serve, before that is called degraded."""
RECENT_SECONDS = 900.0
"""How long an end explains that its replica is not there."""


def set_view(desired: Desired, observed: ObservedSets, now: float, *, seen_at: float, silent: str) -> AppView:
    """The picture of one app. `silent` says why its runtime does not answer, empty when it does."""
    look = _Look(desired, observed, now)
    job = desired.spec.job is not None
    status, reason = look.unknown(silent) or (look.job_word() if job else look.word())
    count = set_tally(desired, observed)
    wanted = look.wanted()
    replicas = look.replicas()
    return AppView(
        key=desired.key,
        spec=desired.spec,
        status=status,
        reason=reason,
        desired=0 if desired.deleting else wanted,
        ready=look.ready,
        total=look.present,
        restarts=sum(replica.restarts for replica in replicas),
        revision=desired.revision,
        generation=desired.generation,
        replicas=replicas,
        updated=look.updated,
        seen_at=seen_at,
        deleting=desired.deleting,
        conditions=() if silent else look.conditions(),
        succeeded=count.succeeded if job else 0,
        failed=count.failed if job else 0,
        url=look.url(),
        proofs=look.proofs(),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    desired: Desired
    observed: ObservedSets
    now: float

    @property
    def target(self) -> ObservedSet | None:
        return kept_set(self.desired, self.observed)

    @property
    def present(self) -> int:
        return sum(len(live(one)) for one in self.observed.sets)

    @property
    def ready(self) -> int:
        return sum(
            available(self.desired, one, self.observed, self.now).count
            + sum(pod.template_hash != one.id.template_hash for pod in serving(one, self.observed))
            for one in self.observed.sets
        )

    @property
    def updated(self) -> int:
        """Replicas that stay as they are."""
        return sum(
            pod.template_hash == one.id.template_hash
            for one in self.observed.sets
            if self.stays(one)
            for pod in live(one)
        )

    def stays(self, one: ObservedSet) -> bool:
        return one is self.target or one.id.template_hash == self.desired.template_hash

    def wanted(self) -> int:
        if self.desired.spec.job is None:
            return self.desired.spec.replicas
        over = set_verdict(self.desired, self.observed, self.now)
        return 0 if over else active_at_most(self.desired, set_tally(self.desired, self.observed))

    def url(self) -> str:
        """Where it is reached, or will be."""
        target = self.target
        return serving_url(self.observed.sets) or (target.url if target is not None else "")

    def proofs(self) -> tuple[Proof, ...]:
        target = self.target
        sets = self.observed.sets if target is None else (target,)
        return tuple(proof for one in sets for proof in one.proofs)

    # -- the word

    def unknown(self, silent: str) -> Word | None:
        if silent:
            return AppStatus.UNKNOWN, silent
        if self.desired.deleting:
            left = self.present
            return AppStatus.UPDATING, f"being deleted, {left} left" if left else "being deleted"
        return None

    def word(self) -> Word:
        """The order of the questions is the order of what a person must know first."""
        want = self.desired.spec.replicas
        if not want:
            quiet = not self.present and all(one.phase is SetPhase.STOPPED for one in self.observed.sets)
            return (AppStatus.STOPPED, "") if quiet else (AppStatus.UPDATING, f"stopping, {self.present} left")
        if trouble := self._trouble():
            return trouble
        if words := overdue(self.desired, self.observed, self.now):
            return self._failed(), f"{OVERDUE}: {words}"
        old = [one for one in self.observed.sets if not self.stays(one)]
        if old:
            return AppStatus.UPDATING, self._replacing(old)
        if self.ready >= want and self.present == want:
            left = self.present - self.updated
            words = f"revision {self.desired.revision}: {left} of the revision before still to be replaced"
            return (AppStatus.UPDATING, words) if left else (AppStatus.RUNNING, self._paused())
        if lost := self._lost():
            return lost
        if self.present > want:
            over = self.present - want
            return AppStatus.UPDATING, f"{over} more than wished for: being replaced or scaled down"
        return AppStatus.STARTING, self._progress()

    def _failed(self) -> AppStatus:
        return AppStatus.DEGRADED if self.ready else AppStatus.FAILED

    def _trouble(self) -> Word | None:
        target, ready = self.target, self.ready
        if target is None and self.observed.blocked:
            return self._failed(), self.observed.blocked
        if target is not None and (words := burning_words(self.desired, target, self.observed, self.now)):
            return self._failed(), f"{self._older_serves(target)}{words}"
        refused = self.observed.troubles.get(self.desired.template_hash)
        if refused is not None:
            words = f"{refused.reason}: {refused.message}; {next_try(refused.retry_at, self.now)}"
            return (AppStatus.DEGRADED if refused.reason == FUNDS else self._failed()), words
        if target is not None and target.trouble:
            all_there = ready >= self.desired.spec.replicas == self.present
            fine = all_there and not target.trouble.startswith(FUNDS) and target.phase is SetPhase.ACTIVE
            lost = self._lost() if target.trouble.startswith(THROTTLED) else None
            words = f"{lost[1]}; {target.trouble}" if lost else target.trouble
            return (AppStatus.RUNNING if fine else self._word_of(target.trouble)), words
        if target is not None and target.phase is SetPhase.FAILED:
            return self._failed(), "GaveUp: its manager gave up; it is started again in a moment"
        if target is not None and stopped(target) and not ready:
            return AppStatus.STARTING, "it is stopped, and is being started again"
        return None

    def _word_of(self, trouble: str) -> AppStatus:
        reason = trouble.partition(":")[0]
        if reason == QUEUE:
            return self._queued()
        if reason == THROTTLED and not self.ready:
            return AppStatus.CRASH_LOOPING
        return AppStatus.DEGRADED if reason == FUNDS else self._failed()

    def _queued(self) -> AppStatus:
        """A replica on its way is no failure; one that waits for long while others serve leaves too few."""
        if any(not self.stays(one) and not stopped(one) for one in self.observed.sets):
            return AppStatus.UPDATING
        pods = live(self.target) if self.target is not None else []
        since = min((pod.created_at for pod in pods if pod.phase is PodPhase.PENDING), default=self.now)
        waits = self.now - since >= QUEUED_SECONDS
        return AppStatus.DEGRADED if self.ready and waits else AppStatus.STARTING

    def _older_serves(self, target: ObservedSet) -> str:
        older = any(serving(one, self.observed) for one in self.observed.sets if one is not target)
        return "the update is stuck, the older revision still serves: " if older else ""

    def _replacing(self, old: list[ObservedSet]) -> str:
        target = self.target
        new = len(serving(target, self.observed)) if target is not None else 0
        before = sum(len(serving(one, self.observed)) for one in old)
        paused = "the rollout is paused: " if self.desired.spec.paused else ""
        return (
            f"{paused}revision {self.desired.revision}: {new} of {self.desired.spec.replicas} answer; "
            f"{before} of the revision before still {'serves' if before == 1 else 'serve'}"
        )

    def _paused(self) -> str:
        target = self.target
        if target is None or target.id.template_hash == self.desired.template_hash or not self.desired.spec.paused:
            return ""
        return f"the rollout is paused: revision {self.desired.revision} is not started"

    def _lost(self) -> Word | None:
        """A replica that ended lately explains that one is missing; one that loops is called so."""
        target = self.target
        if target is None:
            return None
        ready = {pod.id.slot for pod in serving(target, self.observed)}
        hurt = [
            record
            for record in self.observed.history.values()
            if record.ended_at is not None
            and record.ended_at >= max(self.now - RECENT_SECONDS, self.desired.updated_at)
            and record.template_hash == target.id.template_hash
            and record.slot not in ready
        ]
        if not hurt:
            return None
        worst = max(hurt, key=lambda record: record.failures)
        how = explain_exit(worst.last_exit) if worst.last_exit else "ended"
        if worst.failures >= LOOPING_FAILURES:
            return AppStatus.CRASH_LOOPING, f"{how}; {worst.failures} times in a row"
        return AppStatus.DEGRADED, f"replacing a replica that ended: {how}"

    def _progress(self) -> str:
        target = self.target
        pods = live(target) if target is not None else []
        starting = [pod for pod in pods if not pod.ready and (pod.phase is PodPhase.RUNNING or pod.host)]
        if starting:
            return f"{starting[0].id.name}: {self._starting(starting[0])}"
        if any(pod.phase is PodPhase.PENDING for pod in pods):
            return "waiting for a host"
        return "asked for, not listed yet"

    # -- of a Job

    def job_word(self) -> Word:
        desired, observed = self.desired, self.observed
        over = set_verdict(desired, observed, self.now)
        return verdict_of_job(
            desired, set_table(desired, observed), {}, set_tally(desired, observed), over, self._job_trouble(), self.now
        )

    def _job_trouble(self) -> Word | None:
        one = self.observed.of(self.desired.template_hash)
        if one is not None and any(pod.phase is PodPhase.RUNNING for pod in live(one)):
            return None
        if trouble := self._trouble_of_job(one):
            return trouble
        if one is None or not stopped(one):
            return None
        count = set_tally(self.desired, self.observed)
        due = next_wave_at(one, count)
        how = count.last.last_exit if count.last is not None else None
        if due <= self.now or how is None:
            return None
        return AppStatus.DEGRADED, f"{explain_exit(how)}; {next_try(due, self.now)}"

    def _trouble_of_job(self, one: ObservedSet | None) -> Word | None:
        if one is None and self.observed.blocked:
            return AppStatus.FAILED, self.observed.blocked
        refused = self.observed.troubles.get(self.desired.template_hash)
        if refused is not None:
            words = f"{refused.reason}: {refused.message}; {next_try(refused.retry_at, self.now)}"
            return (AppStatus.DEGRADED if refused.reason == FUNDS else AppStatus.FAILED), words
        if one is not None and one.trouble:
            return self._word_of(one.trouble), one.trouble
        return None

    # -- replicas

    def replicas(self) -> tuple[ReplicaView, ...]:
        """One for each slot that is held, and for one whose replica ended and has no successor yet."""
        present: dict[int, tuple[ObservedSet, ObservedPod]] = {}
        ended: dict[int, tuple[ObservedSet, ObservedPod]] = {}
        for one in self.observed.sets:
            for pod in one.pods:
                known = ended if pod.phase.ended else present
                if pod.id.slot not in known or known[pod.id.slot][1].id.attempt < pod.id.attempt:
                    known[pod.id.slot] = one, pod
        shown = {slot: self._present(one, pod) for slot, (one, pod) in present.items()}
        for slot, (one, pod) in ended.items():
            if slot not in shown and self._is_missed(slot, one):
                shown[slot] = self._ended(one, pod)
        return tuple(shown[slot] for slot in sorted(shown))

    def _is_missed(self, slot: int, one: ObservedSet) -> bool:
        if self.desired.spec.job is not None:
            return True
        return self.stays(one) and slot < self.desired.spec.replicas and not self.desired.deleting

    def _present(self, one: ObservedSet, pod: ObservedPod) -> ReplicaView:
        record = self._record(pod)
        return ReplicaView(
            name=pod.id.name,
            slot=pod.id.slot,
            phase=pod.phase,
            ready=pod.ready and pod.id not in self.observed.unhealthy,
            restarts=record.failed,
            started_at=pod.started_at,
            current=pod.template_hash == self.desired.template_hash,
            ports=pod.ports,
            last_exit=record.last_exit if record.ended_at is not None else None,
            runtime_id=pod.runtime_id,
            detail=self._detail(one, pod),
            image=pod.image,
        )

    def _ended(self, one: ObservedSet, pod: ObservedPod) -> ReplicaView:
        job = self.desired.spec.job is not None
        how = explain_exit(pod.exit) if pod.exit is not None else "ended"
        follows = "" if job or stopped(one) else "; another one is on its way"
        return ReplicaView(
            name=pod.id.name,
            slot=pod.id.slot,
            phase=pod.phase if job else None,
            ready=False,
            restarts=self._record(pod).failed,
            started_at=pod.started_at,
            current=pod.template_hash == self.desired.template_hash,
            last_exit=pod.exit,
            runtime_id=pod.runtime_id,
            detail="completed" if pod.phase is PodPhase.SUCCEEDED and job else f"{how}{follows}",
            image=pod.image,
        )

    def _record(self, pod: ObservedPod) -> SlotRecord:
        record = self.observed.history.get(pod.id.slot, SlotRecord(pod.id.slot))
        return record if record.template_hash == pod.template_hash else SlotRecord(pod.id.slot)

    def _detail(self, one: ObservedSet, pod: ObservedPod) -> str:
        if pod.phase is PodPhase.PENDING and not pod.host:
            return "waiting for a host" + (f" in {one.market}" if one.market else "")
        if why := self.observed.unhealthy.get(pod.id):
            return why
        if not pod.ready:
            return self._starting(pod)
        return "ready" if pod.template_hash == self.desired.template_hash else "ready, older revision"

    def _starting(self, pod: ObservedPod) -> str:
        """It has a host and is paid for, and does not answer yet: the image is being fetched, or it boots."""
        if why := self.observed.unready.get(pod.id):
            return why
        return f"starting on host {pod.host}" if pod.host else "starting"

    # -- conditions

    def conditions(self) -> tuple[Condition, ...]:
        if not self.observed.reachable:
            return ()
        if self.desired.spec.job is not None:
            found: list[Condition | None] = [
                *job_conditions(self.desired, set_verdict(self.desired, self.observed, self.now))
            ]
        else:
            found = [available_condition(self.desired, self.ready), self._progressing()]
        found += [self._replica_failure(), self._funded(), self._scheduled()]
        return tuple(one for one in found if one is not None)

    def _progressing(self) -> Condition | None:
        target = self.target
        new = self.observed.of(self.desired.template_hash)
        done = target is not None and rolled_out_here(self.desired, target, self.observed, self.now)
        if target is not None and (words := burning_words(self.desired, target, self.observed, self.now)):
            return Condition("Progressing", False, "TooManyFailedReplicas", words)
        count = len(serving(new, self.observed)) if new is not None else 0
        return progressing(self.desired, self.observed, self.now, new=count, done=done)

    def _replica_failure(self) -> Condition | None:
        refused = self.observed.troubles.get(self.desired.template_hash)
        if refused is not None:
            return Condition("ReplicaFailure", True, refused.reason, refused.message)
        if self.observed.blocked and self.target is None:
            reason, _, message = self.observed.blocked.partition(": ")
            return Condition("ReplicaFailure", True, reason, message)
        return None

    def _funded(self) -> Condition | None:
        """Only there while money is short."""
        target = self.target
        if target is None or target.phase is not SetPhase.STALLED:
            return None
        words = target.trouble.partition(": ")[2] or "the account has no credit left for its replicas"
        return Condition("Funded", False, FUNDS, words)

    def _scheduled(self) -> Condition | None:
        """Only there while a replica waits for a host."""
        target = self.target
        if target is None or not target.trouble.startswith(QUEUE):
            return None
        waiting = [pod for pod in live(target) if pod.phase is PodPhase.PENDING]
        since = min((pod.created_at for pod in waiting), default=0.0)
        return Condition("PodScheduled", False, QUEUE, target.trouble.partition(": ")[2], since)
