"""Images of one runtime: one pull at a time per image, with Kubernetes' back-off (10 s doubling to 300 s)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from app.core.backoff import restart_delay
from app.core.errors import Permanent, PortError, Transient, Unreachable
from app.core.events import EventType
from app.core.planning.slots import ImagePhase, ImageState
from app.core.pods import PullProgress
from app.core.spec import AppKey
from app.engine.eventlog import EventLog
from app.engine.observing.cache import PodCache
from app.engine.tasks import TaskSet
from app.ports.clock import Clock
from app.ports.runtime import PodRuntime

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Entry:
    state: ImageState = field(default_factory=ImageState)
    failures: int = 0
    wanted_by: dict[AppKey, bool] = field(default_factory=dict)
    """Who waits for it; True = it must not be fetched from a registry for him."""


class Images:
    def __init__(
        self,
        runtime: PodRuntime,
        cache: PodCache,
        clock: Clock,
        events: EventLog,
        tasks: TaskSet,
        wake: Callable[[AppKey], None],
    ) -> None:
        self._runtime = runtime
        self._cache = cache
        self._clock = clock
        self._events = events
        self._tasks = tasks
        self._wake = wake
        self._entries: dict[str, _Entry] = {}

    def state(self, image: str) -> ImageState:
        entry = self._entries.get(image)
        return entry.state if entry else ImageState(image=image)

    def want(self, image: str, key: AppKey, *, never: bool = False) -> None:
        """Sees to it that the image gets there; wakes `key` at each change. `never` = it must be there already."""
        entry = self._entries.setdefault(image, _Entry())
        entry.wanted_by[key] = never
        if entry.state.phase not in (ImagePhase.PULLING, ImagePhase.PRESENT):
            entry.state = ImageState(ImagePhase.PULLING, image=image)
            self._tasks.spawn(self._fetch(image, entry), f"pull {image}")

    def forget(self, image: str) -> None:
        """What was known is no longer true (it was removed), or a person asks to try again now."""
        entry = self._entries.get(image)
        if entry and entry.state.phase is not ImagePhase.PULLING:
            del self._entries[image]

    async def _fetch(self, image: str, entry: _Entry) -> None:
        try:
            if not await self._runtime.has_image(image):
                _refuse_to_pull(image, entry)
                self._tell(entry, EventType.NORMAL, "Pulling", f"pulling {image}")
                await self._runtime.pull_image(image, lambda progress: self._progress(entry, progress))
                self._tell(entry, EventType.NORMAL, "Pulled", f"pulled {image}")
            entry.state = ImageState(ImagePhase.PRESENT, image=image)
            entry.failures = 0
        except Unreachable as error:
            # Nothing was learnt of the image: it is asked for again when the runtime answers.
            self._cache.lost(error)
            entry.state = ImageState(image=image)
        except PortError as error:
            self._failed(image, entry, error)
        except Exception:
            log.exception("the pull of %s failed", image)
            self._failed(image, entry, Transient("an internal error; the log says more", reason="InternalError"))
        except BaseException:
            entry.state = ImageState(image=image)
            raise
        finally:
            self._wake_all(entry)

    def _failed(self, image: str, entry: _Entry, error: PortError) -> None:
        entry.failures += 1
        retry_at = self._clock.now() + restart_delay(entry.failures, started=False)
        entry.state = ImageState(ImagePhase.FAILED, str(error), error.reason, retry_at, image=image)
        self._tell(entry, EventType.WARNING, error.reason, str(error))

    def _progress(self, entry: _Entry, progress: PullProgress) -> None:
        words = progress.status
        if progress.total_bytes:
            words = f"{progress.done_bytes * 100 // progress.total_bytes} % of {progress.total_bytes / 1e6:.0f} MB"
        if words != entry.state.progress:
            entry.state = replace(entry.state, progress=words)
            self._wake_all(entry)

    def _wake_all(self, entry: _Entry) -> None:
        for key in tuple(entry.wanted_by):
            self._wake(key)
        if entry.state.phase is not ImagePhase.PULLING:
            entry.wanted_by.clear()

    def _tell(self, entry: _Entry, type_: EventType, reason: str, message: str) -> None:
        for key in entry.wanted_by:
            self._events.record(key, type_, reason, message)


def _refuse_to_pull(image: str, entry: _Entry) -> None:
    if entry.wanted_by and all(entry.wanted_by.values()):
        raise Permanent(
            f"{image} is not on this machine, and imagePullPolicy Never says not to fetch it; load it there or choose "
            "IfNotPresent",
            reason="ErrImageNeverPull",
        )
