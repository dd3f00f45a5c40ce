"""The deployment manager: deployments, revisions, tasks, events, and the rules of the four strategies."""

from __future__ import annotations

import copy
import datetime as dt
import random
from collections.abc import Callable
from typing import Any

from cronsim import CronSim

from tests.nosana.agenda import Agenda
from tests.nosana.chain import Chain, UnknownMarket
from tests.nosana.credits import InsufficientCredits
from tests.nosana.feed import Feed
from tests.nosana.names import address, ipfs_hash, signature
from tests.nosana.records import Deployment, Event, Job, Revision, State, Status, Strategy, Task, TaskKind
from tests.nosana.schema import Create, cron_fault
from tests.nosana.timings import MINUTE, Span, Timings, fixed

SIMPLE = (Strategy.SIMPLE, Strategy.SIMPLE_EXTEND)
ROTATION = 20
AT_ONCE = fixed(0.0)


class WrongState(Exception):
    """500 in the real thing; the text is its body's."""


class UnknownRevision(Exception):
    """No revision of this number."""


class BadRotation(Exception):
    """rotation_time is too near to the timeout."""


class KeyRefused(Exception):
    """The stored key no longer pays."""


class Manager:
    """All deployments. Its methods are the routes' deeds; time passes in the agenda."""

    def __init__(self, agenda: Agenda, timings: Timings, chain: Chain, feed: Feed, *, seed: int) -> None:
        self._agenda = agenda
        self._timings = timings
        self._chain = chain
        self._feed = feed
        self._seed = seed
        self._chance = random.Random(seed)
        self._count = 0
        self.deployments: dict[str, Deployment] = {}
        self.jobs: dict[str, Job] = {}
        self.tasks: dict[str, Task] = {}
        self.events: list[Event] = []
        self.watches_tunnels = False
        self.confidential_default = False
        self.pays: Callable[[str], bool] = lambda _: True
        self.crashed: Callable[[str], None] = lambda _: None
        chain.changed = self._job_changed

    # --- what people ask for

    def create(self, body: Create, definition: dict[str, Any], owner: str, key: str) -> Deployment:
        """A DRAFT, or STARTING with autostart. Raises BadRotation."""
        strategy = Strategy(body.strategy)
        rotation = None
        if strategy is Strategy.INFINITE:
            rotation = ROTATION if body.rotation_time is None else body.rotation_time
            if rotation >= body.timeout - 10:
                raise BadRotation("Rotation time must be at least 10 minutes less than timeout.")
        now = self._agenda.time
        number = self._number()
        deployment = Deployment(
            id=address(f"deployment/{self._seed}/{number}"),
            number=number,
            name=body.name,
            owner=owner,
            key=key,
            market=body.market.strip(),
            replicas=body.replicas,
            timeout=body.timeout,
            strategy=strategy,
            schedule=body.schedule if strategy is Strategy.SCHEDULED else None,
            rotation_time=rotation,
            confidential=self.confidential_default if body.confidential is None else body.confidential,
            status=Status.DRAFT,
            created_at=now,
            updated_at=now,
            changed_at=now,
        )
        self.deployments[deployment.id] = deployment
        deployment.revisions.append(self._revision(deployment, 1, definition))
        if body.autostart:
            self.start(deployment)
        return deployment

    def start(self, deployment: Deployment) -> None:
        """Raises WrongState."""
        self._need(deployment, Status.DRAFT, Status.STOPPED, Status.ERROR, Status.INSUFFICIENT_FUNDS)
        self._drop_tasks(deployment, keep=())
        self._user_change(deployment)
        self._status(deployment, Status.STARTING)
        self._agenda.after(self._timings.starting, lambda: self._started(deployment))

    def stop(self, deployment: Deployment) -> None:
        """Raises WrongState."""
        self._need(deployment, Status.RUNNING, Status.ERROR, Status.INSUFFICIENT_FUNDS)
        self._status(deployment, Status.STOPPING)
        self._drop_tasks(deployment, keep=(TaskKind.STOP,))
        self._task(TaskKind.STOP, deployment, wait=self._timings.stop)

    def archive(self, deployment: Deployment) -> None:
        """Raises WrongState."""
        self._need(deployment, Status.STOPPED)
        self._status(deployment, Status.ARCHIVED)

    def delete(self, deployment: Deployment) -> None:
        """Forgets it with its jobs, tasks and events. Raises WrongState."""
        self._need(deployment, Status.STOPPED)
        self._drop_tasks(deployment, keep=())
        del self.deployments[deployment.id]
        self.jobs = {name: job for name, job in self.jobs.items() if job.deployment != deployment.id}
        self.events = [event for event in self.events if event.deployment != deployment.id]
        self._feed.close(deployment.id)

    def rename(self, deployment: Deployment, name: str) -> None:
        self._need_active(deployment)
        deployment.name = name
        self._touch(deployment)

    def scale(self, deployment: Deployment, replicas: float) -> None:
        """Raises WrongState when archived."""
        self._need_active(deployment)
        before, deployment.replicas = deployment.replicas, replicas
        self._user_change(deployment)
        self._say(deployment)
        if deployment.status not in (Status.RUNNING, Status.INSUFFICIENT_FUNDS, Status.STARTING):
            return
        if deployment.strategy is Strategy.SCHEDULED or replicas == before:
            return
        missing = int(replicas) - len(self.active(deployment))
        if missing > 0:
            self._task(TaskKind.LIST, deployment, limit=missing, wait=self._timings.replace)
        elif missing < 0:
            self._task(TaskKind.STOP, deployment, limit=-missing, wait=self._timings.stop)

    def set_timeout(self, deployment: Deployment, minutes: float) -> None:
        """Raises running jobs' time by the difference for INFINITE and SIMPLE-EXTEND; never shortens."""
        self._need_active(deployment)
        more, deployment.timeout = minutes - deployment.timeout, minutes
        self._user_change(deployment)
        if more <= 0 or deployment.strategy not in (Strategy.INFINITE, Strategy.SIMPLE_EXTEND):
            return
        for job in self.active(deployment):
            if job.state is State.RUNNING:
                self._task(TaskKind.EXTEND, deployment, job=job.id, limit=int(more), wait=self._timings.replace)

    def set_schedule(self, deployment: Deployment, schedule: str) -> None:
        """Raises WrongState when archived; the caller has checked the strategy."""
        self._need_active(deployment)
        deployment.schedule = schedule
        self._user_change(deployment)
        if deployment.status is Status.RUNNING:
            self._drop_tasks(deployment, keep=(TaskKind.STOP,))
            self._plan_firing(deployment)

    def create_revision(self, deployment: Deployment, definition: dict[str, Any]) -> None:
        """The active number plus one must be free. Raises WrongState where it is not."""
        self._need_active(deployment)
        number = deployment.active_revision + 1
        if any(revision.number == number for revision in deployment.revisions):
            raise WrongState("Ops something went wrong. Please try again or contact support if the issue persists.")
        deployment.revisions.append(self._revision(deployment, number, definition))
        self._activate(deployment, number)

    def switch_revision(self, deployment: Deployment, number: float) -> None:
        """Raises UnknownRevision, WrongState."""
        self._need_active(deployment)
        if all(revision.number != number for revision in deployment.revisions):
            raise UnknownRevision
        if number != deployment.active_revision:
            self._activate(deployment, int(number))

    def ban(self, owner: str) -> None:
        """A negative balance: everything of the owner is stopped and archived."""
        for deployment in self.deployments.values():
            if deployment.owner == owner:
                self._drop_tasks(deployment, keep=())
                self._status(deployment, Status.ARCHIVED)
        for job in list(self.jobs.values()):
            if job.owner == owner:
                self._chain.stop(job)

    def active(self, deployment: Deployment) -> list[Job]:
        """QUEUED and RUNNING jobs, oldest first."""
        return [job for job in self.jobs.values() if job.deployment == deployment.id and job.state.active]

    # --- changes of state

    def _need(self, deployment: Deployment, *allowed: Status) -> None:
        if deployment.status not in allowed:
            raise WrongState("Deployment is in the incorrect state.")

    def _need_active(self, deployment: Deployment) -> None:
        if deployment.status is Status.ARCHIVED:
            raise WrongState("Cannot modify an archived deployment.")

    def _touch(self, deployment: Deployment) -> None:
        deployment.updated_at = self._agenda.time

    def _user_change(self, deployment: Deployment) -> None:
        deployment.changed_at = deployment.updated_at = self._agenda.time
        deployment.rapid_streak, deployment.next_retry_at = 0, 0.0

    def _status(self, deployment: Deployment, status: Status) -> None:
        if deployment.status is not status:
            deployment.status = status
            self._touch(deployment)
            self._say(deployment)

    def _say(self, deployment: Deployment) -> None:
        self._feed.deployment(deployment)

    def _started(self, deployment: Deployment) -> None:
        if deployment.status is not Status.STARTING:
            return
        self._status(deployment, Status.RUNNING)
        if deployment.strategy is Strategy.SCHEDULED:
            self._plan_firing(deployment)
        else:
            self._task(TaskKind.LIST, deployment, wait=self._timings.replace)

    def _revision(self, deployment: Deployment, number: int, definition: dict[str, Any]) -> Revision:
        own = copy.deepcopy(definition)
        own["meta"] = {**own.get("meta", {}), "trigger": "deployment-manager"}
        own["deployment_id"] = deployment.id
        return Revision(number, own, ipfs_hash(own), self._agenda.time)

    def _activate(self, deployment: Deployment, number: int) -> None:
        """Recreate: old jobs stop, then new ones are listed; nothing waits for health."""
        deployment.active_revision = number
        self._user_change(deployment)
        self._say(deployment)
        if deployment.status in (Status.DRAFT, Status.STOPPED, Status.STOPPING):
            return
        for task in self._tasks_of(deployment):
            if task.active_revision != number:
                self._forget(task)
        if deployment.strategy is Strategy.SCHEDULED:
            self._task(TaskKind.STOP, deployment, active_revision=number, wait=self._timings.stop)
            self._plan_firing(deployment)
            return
        wait = self._timings.stop.pick(self._chance)
        self._task(TaskKind.STOP, deployment, active_revision=number, wait=fixed(wait))
        gap = wait + self._timings.replace.pick(self._chance)
        self._task(TaskKind.LIST, deployment, active_revision=number, limit=int(deployment.replicas), wait=fixed(gap))

    # --- tasks

    def _number(self) -> int:
        self._count += 1
        return self._count

    def _tasks_of(self, deployment: Deployment) -> list[Task]:
        return [task for task in self.tasks.values() if task.deployment == deployment.id]

    def _task(
        self,
        kind: TaskKind,
        deployment: Deployment,
        *,
        due_in: float = 0.0,
        wait: Span = AT_ONCE,
        job: str | None = None,
        limit: int | None = None,
        active_revision: int | None = None,
    ) -> Task:
        """Due at once or `due_in` seconds from now; picked up and done `wait` after that."""
        number, now = self._number(), self._agenda.time
        task = Task(
            id=f"{number:024x}",
            number=number,
            kind=kind,
            deployment=deployment.id,
            due_at=now + due_in,
            created_at=now,
            job=job,
            limit=limit,
            active_revision=active_revision,
        )
        self.tasks[task.id] = task
        self._feed.task(task, "PENDING")
        self._schedule(task, due_in + wait.pick(self._chance))
        return task

    def _schedule(self, task: Task, seconds: float) -> None:
        task.deed = self._agenda.after(seconds, lambda: self._run(task))

    def _drop_tasks(self, deployment: Deployment, keep: tuple[TaskKind, ...]) -> None:
        for task in self._tasks_of(deployment):
            if task.kind not in keep:
                self._forget(task)
        deployment.tunnels_lost.clear()

    def _forget(self, task: Task) -> None:
        if self.tasks.pop(task.id, None) is None:
            return
        if task.deed is not None:
            task.deed.cancel()
        self._feed.task(task, "DONE")

    def _run(self, task: Task) -> None:
        deployment = self.deployments.get(task.deployment)
        if deployment is None or task.id not in self.tasks:
            return
        self._feed.task(task, "PROCESSING")
        done = {TaskKind.LIST: self._list, TaskKind.STOP: self._stop, TaskKind.EXTEND: self._extend}[task.kind]
        if done(deployment, task):
            self._forget(task)

    def _list(self, deployment: Deployment, task: Task) -> bool:
        """True when done; else the task waits on its ladder."""
        count = int(deployment.replicas) if task.limit is None else task.limit
        if task.limit is None and deployment.strategy in SIMPLE:
            count = max(0, count - len(self.active(deployment)))
        for left in range(count, 0, -1):
            try:
                self._post(deployment)
            except (InsufficientCredits, UnknownMarket, KeyRefused) as error:
                task.limit = left
                self._event(deployment, "JOB_LIST_ERROR", f"Error listing job: {error}")
                self._retry(deployment, task, funds=isinstance(error, InsufficientCredits))
                return False
        self._recovered(deployment, task)
        if deployment.strategy is Strategy.SCHEDULED:
            self._plan_firing(deployment)
        return True

    def _post(self, deployment: Deployment) -> None:
        if not self.pays(deployment.key):
            raise KeyRefused("API key is invalid or was revoked")
        job = self._chain.post(
            owner=deployment.owner,
            market=deployment.market,
            definition=deployment.revision.definition,
            timeout=deployment.timeout * MINUTE,
            deployment=deployment.id,
            revision=deployment.active_revision,
            confidential=deployment.confidential,
        )
        self.jobs[job.id] = job
        self._feed.job(job)
        self._event(deployment, "JOB_LIST_CONFIRMED", f"Successfully listed job - {job.id}", job.tx)

    def _retry(self, deployment: Deployment, task: Task, *, funds: bool) -> None:
        task.attempts += 1
        if funds and deployment.status is Status.RUNNING:
            self._status(deployment, Status.INSUFFICIENT_FUNDS)
        if task.attempts > self._timings.retries:
            self._forget(task)
            self._status(deployment, Status.ERROR)
            return
        wait = (self._timings.funds if funds else self._timings.retry).wait(task.attempts)
        task.due_at = self._agenda.time + wait
        self._feed.task(task, "PENDING")
        self._schedule(task, wait)

    def _recovered(self, deployment: Deployment, task: Task) -> None:
        if task.attempts and deployment.status is Status.INSUFFICIENT_FUNDS:
            self._status(deployment, Status.RUNNING)

    def _stop(self, deployment: Deployment, task: Task) -> bool:
        jobs = [job for job in self.active(deployment) if job.revision != task.active_revision]
        jobs.sort(key=lambda job: (job.state, job.updated_at, job.number))
        for job in jobs[: task.limit or len(jobs)]:
            self._event(
                deployment,
                "JOB_STOPPED_CONFIRMED",
                f"Successfully stopped job - {job.id}",
                signature(f"stop/{job.id}"),
            )
            self._chain.stop(job)
        if deployment.status is Status.STOPPING and not self.active(deployment):
            self._status(deployment, Status.STOPPED)
        return True

    def _extend(self, deployment: Deployment, task: Task) -> bool:
        job = self.jobs[str(task.job)]
        if job.state is not State.RUNNING:
            return True
        minutes = deployment.timeout if task.limit is None else task.limit
        try:
            if not self.pays(deployment.key):
                raise KeyRefused("API key is invalid or was revoked")
            self._chain.extend(job, minutes * MINUTE)
        except (InsufficientCredits, KeyRefused) as error:
            self._event(deployment, "JOB_EXTEND_ERROR", f"Error extending job: {error}")
            self._retry(deployment, task, funds=isinstance(error, InsufficientCredits))
            return False
        tx = signature(f"extend/{job.id}/{job.timeout}")
        self._event(deployment, "JOB_EXTEND_SUCCESSFUL", f"Successfully extended job - {job.id}", tx)
        self._recovered(deployment, task)
        if task.limit is None:
            self._task(TaskKind.EXTEND, deployment, job=job.id, due_in=minutes * MINUTE)
        return True

    def _plan_firing(self, deployment: Deployment) -> None:
        """The next time of the schedule, in UTC; a schedule that is none kills the server, as it did the real one."""
        schedule = str(deployment.schedule)
        if fault := cron_fault(schedule):
            self.crashed(f"schedule {schedule!r}: {fault}")
            return
        now = dt.datetime.fromtimestamp(self._agenda.time, dt.UTC)
        due = next(CronSim(schedule, now)).timestamp()
        self._task(TaskKind.LIST, deployment, due_in=due - self._agenda.time, wait=self._timings.list_pickup)

    # --- what jobs do

    def _job_changed(self, job: Job) -> None:
        deployment = self.deployments.get(job.deployment or "")
        if deployment is None or job.id not in self.jobs:
            return
        self._feed.job(job)
        if job.state is State.RUNNING:
            self._job_runs(deployment, job)
        else:
            self._job_over(deployment, job)

    def _job_runs(self, deployment: Deployment, job: Job) -> None:
        minutes = deployment.timeout
        if deployment.strategy is Strategy.SIMPLE_EXTEND:
            early = min(5.0, max(1.0, minutes / 10))
            self._task(TaskKind.EXTEND, deployment, job=job.id, due_in=(minutes - early) * MINUTE)
        if deployment.strategy is not Strategy.INFINITE or deployment.status is Status.STOPPING:
            return
        due_in = (minutes - float(deployment.rotation_time or ROTATION)) * MINUTE
        self._task(TaskKind.LIST, deployment, job=job.id, limit=1, due_in=due_in, wait=self._timings.list_pickup)
        if len(self.active(deployment)) > deployment.replicas:
            self._task(TaskKind.STOP, deployment, limit=1, wait=fixed(self._timings.rotation_stop))

    def _job_over(self, deployment: Deployment, job: Job) -> None:
        deployment.tunnels_lost.pop(job.id, None)
        for task in self._tasks_of(deployment):
            if task.job == job.id:
                self._forget(task)
        left = len(self.active(deployment))
        if deployment.status is Status.STOPPING:
            if left == 0:
                self._status(deployment, Status.STOPPED)
        elif deployment.strategy in SIMPLE:
            if left == 0 and deployment.status not in (Status.ERROR, Status.INSUFFICIENT_FUNDS, Status.ARCHIVED):
                self._status(deployment, Status.STOPPED)
        elif deployment.strategy is Strategy.INFINITE and left < deployment.replicas:
            self._replace(deployment, job)

    def _replace(self, deployment: Deployment, job: Job) -> None:
        if deployment.status not in (Status.RUNNING, Status.INSUFFICIENT_FUNDS):
            return
        if job.state is State.COMPLETED and self._rapid(deployment):
            self._throttle(deployment)
            return
        if job.state is State.COMPLETED and job.time_end - job.time_start >= self._timings.rapid:
            deployment.rapid_streak = 0
        self._task(TaskKind.LIST, deployment, limit=1, wait=self._timings.replace)

    def _rapid(self, deployment: Deployment) -> bool:
        """Whether the newest replicas x 3 completed jobs since the last change by a user all ended too soon."""
        over = [
            job
            for job in self.jobs.values()
            if job.deployment == deployment.id
            and job.state is State.COMPLETED
            and job.created_at >= deployment.changed_at
        ]
        newest = sorted(over, key=lambda job: job.time_end)[-int(deployment.replicas) * 3 :]
        return len(newest) == deployment.replicas * 3 and all(
            job.time_end - job.time_start < self._timings.rapid for job in newest
        )

    def _throttle(self, deployment: Deployment) -> None:
        now = self._agenda.time
        if now < deployment.next_retry_at:
            self._task(
                TaskKind.LIST,
                deployment,
                limit=1,
                due_in=deployment.next_retry_at - now,
                wait=self._timings.list_pickup,
            )
            return
        deployment.rapid_streak += 1
        if deployment.rapid_streak > self._timings.throttle_rounds:
            self._event(
                deployment,
                "RAPID_COMPLETION_FAIL_SAFE",
                "Jobs keep completing within 5 minutes; deployment is stopped.",
            )
            self.stop(deployment)
            return
        wait = self._timings.throttle.wait(deployment.rapid_streak)
        deployment.next_retry_at = now + wait
        self._event(
            deployment,
            "RAPID_COMPLETION_THROTTLE",
            f"Jobs complete too fast; next job is listed in {wait:.0f}s (round {deployment.rapid_streak}).",
        )
        self._task(TaskKind.LIST, deployment, limit=1, due_in=wait, wait=self._timings.list_pickup)

    # --- tunnels

    def tunnel(self, job: Job, up: bool) -> None:
        """The reverse proxy lost or found a replica. Only heard where tunnels are watched, and only for INFINITE."""
        deployment = self.deployments.get(job.deployment or "")
        if not self.watches_tunnels or deployment is None or deployment.strategy is not Strategy.INFINITE:
            return
        if up:
            task = deployment.tunnels_lost.pop(job.id, None)
            if task is not None:
                self._forget(task)
                self._event(deployment, "FRPS_TUNNEL_RECOVERED", f"Tunnel of job {job.id} recovered; stop cancelled.")
        elif deployment.status is Status.RUNNING and job.id not in deployment.tunnels_lost:
            grace = self._timings.tunnel_grace
            self._event(
                deployment,
                "FRPS_TUNNEL_LOST",
                f"Job {job.id} is unreachable; stopped in {grace:.0f}s unless it recovers.",
            )
            # The job is named and then ignored: this stop ends every replica, as in the real manager.
            task = self._task(TaskKind.STOP, deployment, job=job.id, due_in=grace, wait=self._timings.list_pickup)
            deployment.tunnels_lost[job.id] = task

    def _event(self, deployment: Deployment, kind: str, message: str, tx: str | None = None) -> None:
        event = Event(self._number(), "Deployment", deployment.id, kind, message, self._agenda.time, tx)
        self.events.append(event)
        self._feed.event(event)
