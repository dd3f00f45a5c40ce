"""Performs the plans for sets: every action becomes a background effect that is idempotent, and after each the runtime
is looked at before anything more is decided about that set.

An effect whose answer was lost is not repeated blindly: the look says whether it happened. One that is asked for again
and again waits longer each time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.backoff import restart_delay
from app.core.errors import Permanent, PortError, Transient, Unreachable
from app.core.events import EventType
from app.core.planning.actions import Expire, Forget, RollBack, RolledOut
from app.core.planning.setactions import (
    CreateSet,
    ExtendSet,
    RemoveSet,
    ReplacePod,
    ReviseSet,
    ScaleSet,
    SetEffect,
    SetPlan,
    StartSet,
    StopSet,
)
from app.core.planning.sets import leaving
from app.core.planning.setstate import Restarted, SetTrouble
from app.core.pods import ExitInfo, PodId
from app.core.replicasets import SetId, SetPhase, SetRequest
from app.core.spec import AppKey, Desired
from app.engine.acting.ownwishes import OwnWishes
from app.engine.desired import DesiredState
from app.engine.eventlog import EventLog
from app.engine.observing.setsite import Look, SetSite, nobody_looks
from app.engine.records import Records
from app.engine.tasks import TaskSet
from app.ports.clock import Clock

log = logging.getLogger(__name__)

BUSY_FIRST_SECONDS = 1.0
BUSY_MAX_SECONDS = 30.0
"""Between tries while the runtime is only busy."""

SetRequests = Callable[[Desired, int], SetRequest]
Later = Callable[[AppKey, float], None]


@dataclass(slots=True)
class _Pace:
    """How often the same thing was asked for in a row, and when it may be asked for again."""

    count: int = 0
    due: float = 0.0


Asked = tuple[str, SetId, Any]
"""What is asked for, of which set, and how much."""


class SetExecutor:
    """`requests` resolves what a set is made with; `later` wakes an app after so many seconds."""

    def __init__(
        self,
        desired: DesiredState,
        records: Records,
        events: EventLog,
        clock: Clock,
        tasks: TaskSet,
        wake: Callable[[AppKey], None],
        later: Later,
        *,
        requests: SetRequests,
    ) -> None:
        self._desired = desired
        self._records = records
        self._events = events
        self._clock = clock
        self._tasks = tasks
        self._wake = wake
        self._later = later
        self._requests = requests
        self._own = OwnWishes(desired, events, clock, tasks, wake)
        self._paces: dict[str, dict[Asked, _Pace]] = {}
        """By runtime."""
        self.before_removal: Look = nobody_looks
        """What must be stored of a set while it can still be listed: what it cost. Raises `PortError`."""

    async def perform(self, wish: Desired, site: SetSite, plan: SetPlan) -> None:
        """Sends the effects off. Waits, and may raise `PortError`, only where the app's record is dropped."""
        effects: list[SetEffect] = []
        for action in plan.actions:
            match action:
                case RolledOut() | RollBack() | Expire():
                    self._own.begin(wish, action, site.cache.pods(wish.key))
                case Forget():
                    await self._forget(wish.key, site)
                case _:
                    effects.append(action)
        self._send(wish.key, wish, site, effects)

    def leave(self, wish: Desired, site: SetSite, why: str) -> bool:
        """Ends what the app has on a runtime it moved away from; True when nothing is left."""
        sets = site.sets.of(wish.key)
        self._send(wish.key, wish, site, [step for one in sets for step in leaving(one, why)])
        return not sets and not any(one.app == wish.key for one in site.busy)

    def clear(self, key: AppKey, site: SetSite) -> None:
        """Ends what turned up of an app after it was deleted: a set whose answer was lost, for one."""
        if site.cache.reachable:
            sets = site.sets.of(key)
            self._send(key, None, site, [step for one in sets for step in leaving(one, "its app was deleted")])

    async def _forget(self, key: AppKey, site: SetSite) -> None:
        await self._desired.forget(key)
        self._records.forget(key)
        site.forget(key)
        self._events.record(key, EventType.NORMAL, "Deleted", f"{key.name} is gone")
        self._wake(key)

    # -- pace

    def _send(self, key: AppKey, wish: Desired | None, site: SetSite, effects: Sequence[SetEffect]) -> None:
        paces = self._paces.setdefault(site.runtime.name, {})
        now = self._clock.now()
        for effect in effects:
            if any(one in site.busy for one in _touched(effect)):
                continue
            pace = paces.setdefault(_asked(effect), _Pace())
            if pace.due > now:
                self._later(key, pace.due - now)
            else:
                self._begin(key, wish, site, effect, pace)
        self._calm(key, site, paces, effects)

    def _calm(self, key: AppKey, site: SetSite, paces: dict[Asked, _Pace], effects: Iterable[SetEffect]) -> None:
        """What is not asked for any more is forgotten, and so is what was in its way."""
        wanted = {_asked(effect) for effect in effects}
        for asked in [asked for asked in paces if asked[1].app == key and asked[1] not in site.busy]:
            if asked not in wanted:
                del paces[asked]
        still = {asked[1] for asked in paces}
        for one in [one for one in site.troubles if one.app == key and one not in still]:
            del site.troubles[one]

    def _begin(self, key: AppKey, wish: Desired | None, site: SetSite, effect: SetEffect, pace: _Pace) -> None:
        touched = _touched(effect)
        site.busy.update(touched)
        task = self._tasks.spawn(self._do(wish, site, effect, pace), f"{type(effect).__name__} {effect.set}")

        def ended(_task: object) -> None:
            site.busy.subtract(touched)
            for one in [one for one in touched if site.busy[one] <= 0]:
                del site.busy[one]
            self._wake(key)

        task.add_done_callback(ended)

    # -- effects

    async def _do(self, wish: Desired | None, site: SetSite, effect: SetEffect, pace: _Pace) -> None:
        pace.count += 1
        failure: PortError | None = None
        outside = _stopped_outside(wish, site, effect)
        try:
            await self._act(wish, site, effect)
            pace.due = self._clock.now() + restart_delay(pace.count, started=False)
        except PortError as error:
            failure = error
        except Exception:
            log.exception("%s failed", effect)
            failure = Transient("an internal error; the log says more", reason="InternalError")
        if failure is not None:
            self._failed(site, effect, pace, failure)
        try:
            await site.look()
        except PortError as error:
            site.cache.lost(error)
        except Exception:
            log.exception("looking at %s failed", site.runtime.name)
        if failure is None:
            site.troubles.pop(effect.set, None)
            self._note(site, effect, outside)

    def _failed(self, site: SetSite, effect: SetEffect, pace: _Pace, error: PortError) -> None:
        now = self._clock.now()
        if isinstance(error, Unreachable):
            site.cache.lost(error)
            pace.due = now + BUSY_FIRST_SECONDS
            return
        if isinstance(error, Transient):
            wait = min(BUSY_FIRST_SECONDS * 2 ** min(pace.count - 1, 16), BUSY_MAX_SECONDS)
            pace.due = now + max(wait, error.retry_after or 0.0)
        else:
            pace.due = now + restart_delay(pace.count, started=False)
        if isinstance(effect, ReviseSet) and isinstance(error, Permanent):
            site.unrevisable.add(effect.old)
        known = site.troubles.get(effect.set)
        site.troubles[effect.set] = SetTrouble(error.reason, str(error), pace.due)
        news = known is None or known.message != str(error)
        if news and (isinstance(error, Permanent) or pace.count > 1):
            self._say(site, effect.set, EventType.WARNING, error.reason, str(error))

    async def _act(self, wish: Desired | None, site: SetSite, effect: SetEffect) -> None:
        runtime = site.runtime
        match effect:
            case CreateSet(_, replicas) if wish is not None:
                await runtime.create_set(self._requests(wish, replicas))
            case ReviseSet(_, old, replicas) if wish is not None:
                await runtime.revise_set(old, self._requests(wish, replicas))
            case ScaleSet(one, replicas):
                await runtime.scale_set(one, replicas)
            case ExtendSet(one, minutes):
                await runtime.extend_set(one, minutes)
            case StartSet(one):
                await runtime.start_set(one)
            case StopSet(one):
                await runtime.stop_set(one)
            case RemoveSet(one):
                await self.before_removal()
                await runtime.remove_set(one)
            case ReplacePod(_, pod):
                await runtime.replace_pod(pod)

    # -- what is noted and said

    def _note(self, site: SetSite, effect: SetEffect, outside: str) -> None:
        one, now = effect.set, self._clock.now()
        match effect:
            case CreateSet(_, replicas):
                self._say(site, one, EventType.NORMAL, "ScalingReplicaSet", f"asked for {_replicas(replicas)}")
            case ReviseSet(_, _, replicas):
                words = f"all replicas are stopped, then {_replicas(replicas)} of the new revision started"
                self._say(site, one, EventType.NORMAL, "ScalingReplicaSet", words)
            case ScaleSet(_, replicas):
                self._say(site, one, EventType.NORMAL, "ScalingReplicaSet", f"scaled to {_replicas(replicas)}")
            case ExtendSet(_, minutes):
                words = f"replicas are rented for {minutes} minutes at a time from now on"
                self._say(site, one, EventType.NORMAL, "Extended", words)
            case StartSet(_, why):
                self._started(site, one, why, outside)
            case StopSet(_, why):
                site.restarted.pop(one, None)
                site.put_to_rest.add(one)
                self._say(site, one, EventType.NORMAL, "Stopped", f"stopped: {why}")
            case RemoveSet():
                site.unrevisable.discard(one)
                self._say(site, one, EventType.NORMAL, "Removed", "what was stopped is removed")
            case ReplacePod(_, pod, why):
                self._replaced(pod, one, why, now)

    def _started(self, site: SetSite, one: SetId, why: str, outside: str) -> None:
        site.put_to_rest.discard(one)
        if not outside:
            self._say(site, one, EventType.NORMAL, "Started", f"started again: {why}")
            return
        before = site.restarted.get(one)
        site.restarted[one] = Restarted(before.count + 1 if before else 1, self._clock.now())
        words = f'{outside}, so it is started again; to keep it stopped say "stop {one.app.name}"'
        self._say(site, one, EventType.WARNING, "DriftCorrected", words)

    def _replaced(self, pod: PodId, one: SetId, why: str, now: float) -> None:
        """Noted as the end it is, so that it counts and is not told a second time."""
        record = self._records.get(pod.app, pod.slot)
        number = max(pod.attempt, record.attempt, record.recorded + 1)
        record = record.adopted(number, one.template_hash)
        how = ExitInfo(None, "Unhealthy", why)
        self._records.note(pod.app, record.ended(number, how, ran_seconds=0.0, at=now))
        words = f"{pod.name} was stopped: {why}; another takes its place"
        self._events.record(pod.app, EventType.WARNING, "Unhealthy", words, pod=pod.name)

    def _say(self, site: SetSite, one: SetId, type_: EventType, reason: str, message: str) -> None:
        self._events.record(one.app, type_, reason, f"{site.runtime.name}: {message}")


def _stopped_outside(wish: Desired | None, site: SetSite, effect: SetEffect) -> str:
    """Why a set that is to be started again was stopped, where that was somebody else's doing; "" where it was ours."""
    if not isinstance(effect, StartSet) or wish is None or wish.spec.job is not None:
        return ""
    known = next((one for one in site.sets.of(wish.key) if one.id == effect.set), None)
    if known is None or known.id in site.put_to_rest:
        return ""
    if known.phase is SetPhase.FAILED:
        return "its manager had given up"
    return "it was stopped outside of KubeLite" if known.updated_at > wish.updated_at else ""


def _touched(effect: SetEffect) -> tuple[SetId, ...]:
    return (effect.set, effect.old) if isinstance(effect, ReviseSet) else (effect.set,)


def _asked(effect: SetEffect) -> Asked:
    much: Any = None
    match effect:
        case CreateSet(_, replicas) | ScaleSet(_, replicas):
            much = replicas
        case ExtendSet(_, minutes):
            much = minutes
        case ReviseSet(_, old):
            much = old
        case ReplacePod(_, pod):
            much = pod
    return type(effect).__name__, effect.set, much


def _replicas(count: int) -> str:
    return f"{count} replica{'s' if count != 1 else ''}"
