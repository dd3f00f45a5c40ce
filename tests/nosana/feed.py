"""Changes of a deployment, for the streams that watch it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from tests.nosana.records import Deployment, Event, Job, Task
from tests.nosana.results import iso

Listener = Callable[[dict[str, Any] | None], None]
"""Gets each change; None is the end of the stream."""


class Feed:
    def __init__(self) -> None:
        self._listeners: defaultdict[str, list[Listener]] = defaultdict(list)

    def listen(self, deployment: str, listener: Listener) -> Callable[[], None]:
        """Returns how to stop listening."""
        self._listeners[deployment].append(listener)
        return lambda: self._listeners[deployment].remove(listener)

    def close(self, deployment: str | None = None) -> None:
        """Ends the streams of one deployment, or all: the database feed broke."""
        names: Iterable[str] = list(self._listeners) if deployment is None else [deployment]
        for name in names:
            self._send(name, None)

    def deployment(self, deployment: Deployment) -> None:
        self._send(deployment.id, deployment_change(deployment))

    def job(self, job: Job) -> None:
        self._send(job.deployment or "", job_change(job))

    def event(self, event: Event) -> None:
        self._send(
            event.deployment,
            {
                "type": "event",
                "category": event.category,
                "event": event.type,
                "message": event.message,
                "tx": event.tx,
                "created_at": iso(event.created_at),
            },
        )

    def task(self, task: Task, status: str) -> None:
        self._send(task.deployment, task_change(task, status))

    def _send(self, deployment: str, change: dict[str, Any] | None) -> None:
        for listener in list(self._listeners.get(deployment, ())):
            listener(change)


def deployment_change(deployment: Deployment) -> dict[str, Any]:
    return {
        "type": "deployment",
        "status": deployment.status.value,
        "replicas": deployment.replicas,
        "active_revision": deployment.active_revision,
    }


def job_change(job: Job) -> dict[str, Any]:
    return {
        "type": "job",
        "job": job.id,
        "state": job.state.name,
        "node": job.node,
        "timeStart": int(job.time_start),
        "timeEnd": int(job.time_end),
    }


def task_change(task: Task, status: str) -> dict[str, Any]:
    """A DONE task is gone from the database, so only its name is known."""
    if status == "DONE":
        return {"type": "task", "id": task.id, "task": task.kind.value, "status": status}
    return {
        "type": "task",
        "id": task.id,
        "task": task.kind.value,
        "status": status,
        "attempts": task.attempts,
        "due_at": iso(task.due_at),
        "job": task.job,
    }
