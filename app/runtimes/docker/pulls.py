"""Image pulls: one per image at a time, however many apps ask for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from app.core.pods import PullProgress
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.faults import classify_pull
from app.runtimes.docker.streams import JsonLines, PullTracker, pull_error
from app.runtimes.docker.wire import full_reference, split_reference

Listener = Callable[[PullProgress], None]


class _Job:
    """One pull, those who listen to it, and what they heard last."""

    task: asyncio.Task[None]

    def __init__(self) -> None:
        self.listeners: list[Listener] = []
        self.last: PullProgress | None = None

    def tell(self, progress: PullProgress) -> None:
        self.last = progress
        for listener in self.listeners:
            listener(progress)


class Pulls:
    """Pulls in flight. A second caller joins the first and hears the same progress; when the last one leaves, the
    Engine is told to stop (it does when the connection closes)."""

    def __init__(self, client: EngineClient) -> None:
        self._client = client
        self._jobs: dict[str, _Job] = {}

    async def pull(self, image: str, progress: Listener) -> None:
        """Waits until the image is there. Raises `Transient` (the registry cannot be reached) or `Permanent`."""
        key = full_reference(image)
        job = self._jobs.get(key)
        if job is None:
            job = self._begin(key, image)
        elif job.last is not None:
            progress(job.last)
        job.listeners.append(progress)
        try:
            await asyncio.shield(job.task)
        finally:
            job.listeners.remove(progress)
            if not job.listeners and not job.task.done():
                self._forget(key, job)
                job.task.cancel()

    def _begin(self, key: str, image: str) -> _Job:
        job = _Job()
        job.task = asyncio.create_task(self._run(image, job))
        job.task.add_done_callback(lambda _: self._forget(key, job))
        job.task.add_done_callback(lambda task: task.cancelled() or task.exception())
        self._jobs[key] = job
        return job

    def _forget(self, key: str, job: _Job) -> None:
        if self._jobs.get(key) is job:
            del self._jobs[key]

    async def _run(self, image: str, job: _Job) -> None:
        repository, tag = split_reference(image)
        lines, tracker = JsonLines(), PullTracker(image)
        timeouts = self._client.timeouts
        async with self._client.stream(
            "POST",
            "/images/create",
            params={"fromImage": repository, "tag": tag},
            answer_within=timeouts.pull_answer,
            silence=timeouts.pull_silence,
        ) as stream:
            if stream.status != 200:
                raise classify_pull(stream.status, stream.message)
            async for chunk in stream.chunks:
                for line in lines.feed(chunk):
                    if (words := pull_error(line)) is not None:
                        raise classify_pull(stream.status, words)
                    job.tell(tracker.feed(line))
