"""A pretended network of rented machines in virtual time, and a `ReplicaRuntime` over it: its manager keeps the count,
markets are full, hosts die, money runs out. The network lasts; a `ReplicaDouble` is what one life of our process sees
of it, so that processes can die in the middle of a call.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import TypeVar

from app.core.errors import Permanent, PortError, Transient
from app.core.pods import ExitInfo, LogLine, ObservedPod, PodId, PodPhase, PodStats, ProbeOutcome, RuntimeInfo
from app.core.replicasets import HOST_LOST, RENT_ENDED, Fit, ObservedSet, Proof, SetId, SetPhase, SetRequest
from app.core.spec import AppKey, AppSpec
from app.core.spending import Balance, Charge, Market, Markets
from app.core.template import Probe
from app.ports.clock import Clock
from app.ports.services import ServiceRuntime
from tests.simulation.doubles import Process

T = TypeVar("T")

QUEUE_SECONDS = 3.0
BOOT_SECONDS = 20.0
REPLACE_SECONDS = 2.0
STOP_SECONDS = 1.5
FUNDS_AGAIN_SECONDS = 60.0
PRICE = Decimal("0.32")


@dataclass
class Nature:
    """What a container of one image does: `boots` seconds until it answers, `ends` so many seconds after its start with
    `code` (None = never)."""

    boots: float = BOOT_SECONDS
    ends: float | None = None
    code: int = 0


@dataclass
class Job:
    """One rent of one replica."""

    address: str
    pod: PodId
    image: str
    template_hash: str
    listed_at: float
    due_at: float
    host: str = ""
    started_at: float | None = None
    ended_at: float | None = None
    exit: ExitInfo | None = None
    lost: bool = False
    """Its tunnel is gone: it runs, is billed, and answers nobody."""
    gone: bool = False
    """Stopped, so it is not shown any more; its rent still is."""

    @property
    def live(self) -> bool:
        return self.ended_at is None


@dataclass
class Kept:
    """One set as its manager has it."""

    id: SetId
    runtime_id: str
    request: SetRequest
    replicas: int
    timeout_minutes: int
    created_at: float
    updated_at: float
    phase: SetPhase = SetPhase.ACTIVE
    phase_since: float = 0.0
    list_at: float = 0.0
    jobs: list[Job] = field(default_factory=list)
    trouble: str = ""

    @property
    def live(self) -> list[Job]:
        return [job for job in self.jobs if job.live]


class Network:
    """Time passes in it only when somebody looks."""

    def __init__(self, clock: Clock, *, hosts: int = 100) -> None:
        self.clock = clock
        self.hosts = hosts
        self.funds = True
        self.natures: dict[str, Nature] = {}
        self.sets: dict[str, Kept] = {}
        """By runtime id: the manager would take two of one name."""
        self.removed: list[Kept] = []
        self.calls: list[tuple[str, SetId | PodId]] = []
        self.unrevisable = False
        self._numbers = count(1)
        self._attempts: defaultdict[AppKey, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))

    # -- what tests do to it

    def of(self, app: AppKey) -> list[Kept]:
        self.settle()
        return [kept for kept in self.sets.values() if kept.id.app == app]

    def find(self, one: SetId) -> Kept | None:
        return next((kept for kept in self.sets.values() if kept.id == one), None)

    def running(self, app: AppKey) -> list[Job]:
        return [job for kept in self.of(app) for job in kept.live if job.started_at is not None]

    def shut_down_host(self, job: Job) -> None:
        """The manager sees it and puts another in its place."""
        if job.live:
            self._end(job, ExitInfo(None, HOST_LOST, "the host shut down"))

    def cut_tunnel(self, job: Job) -> None:
        """Nobody sees it but who asks the endpoint."""
        job.lost = True

    def stop_outside(self, kept: Kept) -> None:
        self._stop(kept)
        self.settle()

    def give_up(self, kept: Kept) -> None:
        self._to(kept, SetPhase.FAILED)

    def billed_seconds(self, since: float = 0.0) -> float:
        """Of all rents together."""
        now = self.clock.now()
        jobs = [job for kept in (*self.sets.values(), *self.removed) for job in kept.jobs if job.started_at is not None]
        return sum(max((job.ended_at or now) - max(job.started_at or now, since), 0.0) for job in jobs)

    # -- the manager

    def settle(self) -> None:
        """Brings the network to this moment."""
        now = self.clock.now()
        for kept in self.sets.values():
            if kept.phase is SetPhase.STOPPING and now >= kept.phase_since + STOP_SECONDS:
                self._to(kept, SetPhase.STOPPED)
            self._run(kept, now)
            self._keep(kept, now)
        for kept in self.sets.values():
            self._claim(kept, now)

    def _run(self, kept: Kept, now: float) -> None:
        for job in kept.live:
            nature = self.nature(job.image)
            if job.started_at is None:
                continue
            if nature.ends is not None and now >= job.started_at + nature.ends:
                how = ExitInfo(nature.code, "Completed" if nature.code == 0 else "Error")
                self._end(job, how, job.started_at + nature.ends)
            elif now >= job.due_at:
                self._end(job, ExitInfo(None, RENT_ENDED, "its rented time is over"))
            if not job.live:
                kept.list_at = now + REPLACE_SECONDS

    def _keep(self, kept: Kept, now: float) -> None:
        if kept.request.job is not None:
            if kept.phase is SetPhase.ACTIVE and not kept.live:
                self._to(kept, SetPhase.STOPPED)
            return
        if kept.phase is SetPhase.STALLED and now >= kept.phase_since + FUNDS_AGAIN_SECONDS:
            if not self.funds:
                kept.phase_since = now
                return
            self._to(kept, SetPhase.ACTIVE)
        if now >= kept.list_at:
            for job in kept.live:
                if job.template_hash != kept.id.template_hash:
                    self._drop(job)  # a revision: the old ones go first
        if kept.phase is SetPhase.ACTIVE and len(kept.live) < kept.replicas and now >= kept.list_at:
            self._list(kept)
        self._cut(kept)

    def _list(self, kept: Kept) -> None:
        missing = kept.replicas - len(kept.live)
        if missing > 0 and not self.funds:
            self._to(kept, SetPhase.STALLED)
            return
        for _ in range(max(missing, 0)):
            kept.jobs.append(self._job(kept))

    def _cut(self, kept: Kept) -> None:
        """Queued ones first, then the oldest."""
        leave = sorted(kept.live, key=lambda job: (job.started_at is not None, job.listed_at))
        for job in leave[: max(len(leave) - kept.replicas, 0)]:
            self._drop(job)

    def _job(self, kept: Kept) -> Job:
        app, now = kept.id.app, self.clock.now()
        taken = {job.pod.slot for other in self.sets.values() if other.id.app == app for job in other.live}
        slot = next(slot for slot in count() if slot not in taken)
        self._attempts[app][slot] += 1
        pod = PodId(app, slot, self._attempts[app][slot])
        image = kept.request.template.containers[0].image
        return Job(
            f"job-{next(self._numbers)}", pod, image, kept.id.template_hash, now, now + kept.timeout_minutes * 60.0
        )

    def _claim(self, kept: Kept, now: float) -> None:
        for job in kept.live:
            busy = sum(one.started_at is not None for each in self.sets.values() for one in each.live)
            if job.started_at is None and now >= job.listed_at + QUEUE_SECONDS and busy < self.hosts:
                job.started_at, job.host = now, f"host-{job.address}"
                job.due_at = now + kept.timeout_minutes * 60.0

    def _end(self, job: Job, how: ExitInfo, at: float | None = None) -> None:
        job.ended_at, job.exit = self.clock.now() if at is None else at, how

    def _drop(self, job: Job) -> None:
        job.ended_at, job.gone = self.clock.now(), True

    def _stop(self, kept: Kept) -> None:
        for job in kept.live:
            self._drop(job)
        self._to(kept, SetPhase.STOPPING)

    def _to(self, kept: Kept, phase: SetPhase) -> None:
        kept.phase, kept.phase_since = phase, self.clock.now()
        kept.updated_at = self.clock.now()

    def nature(self, image: str) -> Nature:
        return self.natures.get(image, Nature())

    # -- verbs

    def create(self, request: SetRequest) -> Kept:
        now = self.clock.now()
        found = self.find(request.id)
        if found is not None:
            if found.phase is SetPhase.STOPPED:
                self.start(found.id)
            return found
        minutes = request.placement.timeout_minutes
        kept = Kept(request.id, f"set-{next(self._numbers)}", request, request.replicas, minutes, now, now)
        self.sets[kept.runtime_id] = kept
        self._list(kept)
        return kept

    def start(self, one: SetId) -> None:
        kept = self.find(one)
        if kept is None:
            raise Permanent(f"there is no set {one}", reason="NotFound")
        if kept.phase in (SetPhase.STOPPED, SetPhase.FAILED):
            self._to(kept, SetPhase.ACTIVE)
            self._list(kept)

    def stop(self, one: SetId) -> None:
        kept = self.find(one)
        if kept is not None and kept.phase not in (SetPhase.STOPPING, SetPhase.STOPPED):
            self._stop(kept)

    def remove(self, one: SetId) -> None:
        kept = self.find(one)
        if kept is None:
            return
        if kept.phase is not SetPhase.STOPPED:
            self.stop(one)
            raise Transient("its replicas are on their way out", reason="StillStopping")
        self.removed.append(self.sets.pop(kept.runtime_id))

    def scale(self, one: SetId, replicas: int) -> None:
        kept = self.find(one)
        if kept is None:
            raise Permanent(f"there is no set {one}", reason="NotFound")
        kept.replicas, kept.updated_at = replicas, self.clock.now()
        if kept.phase is SetPhase.ACTIVE:
            self._list(kept)
        self._cut(kept)

    def revise(self, one: SetId, request: SetRequest) -> Kept:
        kept = self.find(one)
        if self.unrevisable or kept is None:
            raise Permanent("its manager cannot give it another template", reason="NotRevisable")
        kept.id, kept.request, kept.replicas = request.id, request, request.replicas
        kept.list_at, kept.updated_at = self.clock.now() + REPLACE_SECONDS, self.clock.now()
        return kept

    def replace(self, pod: PodId) -> None:
        for kept in self.sets.values():
            for job in kept.live:
                if job.pod == pod:
                    self._drop(job)
                    kept.list_at = self.clock.now() + REPLACE_SECONDS

    # -- what it shows

    def show(self, kept: Kept) -> ObservedSet:
        queue = [job.listed_at for job in kept.live if job.started_at is None]
        trouble = kept.trouble
        if any(self.clock.now() - at > QUEUE_SECONDS * 2 for at in queue):
            trouble = f"MarketQueue: {len(queue)} of {kept.replicas} replicas wait for a free host in nvidia-4090"
        if kept.phase is SetPhase.STALLED:
            trouble = "InsufficientFunds: the account has no credit left"
        return ObservedSet(
            id=kept.id,
            runtime_id=kept.runtime_id,
            phase=kept.phase,
            replicas=kept.replicas,
            market="nvidia-4090",
            timeout_minutes=kept.timeout_minutes,
            confidential=kept.request.confidential,
            created_at=kept.created_at,
            updated_at=kept.updated_at,
            url=f"https://{kept.runtime_id}.example",
            pods=tuple(self._pod(kept, job) for job in kept.jobs if not job.gone),
            trouble=trouble,
            proofs=(Proof("job definition", "abc", "abc", True),),
            charges=tuple(_charge(job) for job in kept.jobs if job.started_at is not None),
        )

    def _pod(self, kept: Kept, job: Job) -> ObservedPod:
        now = self.clock.now()
        phase = PodPhase.PENDING if job.started_at is None else PodPhase.RUNNING
        if not job.live:
            phase = PodPhase.SUCCEEDED if job.exit is not None and job.exit.code == 0 else PodPhase.FAILED
        boots = self.nature(job.image).boots
        ready = phase is PodPhase.RUNNING and not job.lost and now >= (job.started_at or now) + boots
        return ObservedPod(
            id=job.pod,
            template_hash=job.template_hash,
            phase=phase,
            ready=ready,
            image=job.image,
            runtime_id=job.address,
            created_at=job.listed_at,
            started_at=job.started_at,
            finished_at=job.ended_at,
            exit=job.exit,
            host=job.host,
        )


def _charge(job: Job) -> Charge:
    return Charge(job.address, job.pod.app, "nosana", "nvidia-4090", PRICE, job.started_at or 0.0, job.ended_at)


@dataclass
class Failing:
    """The next `times` calls of a verb fail, after their effect or without."""

    error: PortError
    times: int = 1
    after: bool = False


class ReplicaDouble:
    """The network as one process sees it. Implements `app.ports.replicas.ReplicaRuntime`."""

    def __init__(self, network: Network, process: Process | None = None, name: str = "nosana") -> None:
        self.network = network
        self.process = process or Process()
        self.name = name
        self.failing: dict[str, Failing] = {}
        self.silent: PortError | None = None
        self.refusals: tuple[str, ...] = ()
        self.lists = 0
        self.probes: dict[PodId, bool] = {}
        self.usage: dict[PodId, PodStats] = {}
        self._news = asyncio.Event()

    def hint(self) -> None:
        self._news.set()

    async def check(self) -> RuntimeInfo:
        async def act() -> RuntimeInfo:
            if self.silent is not None:
                raise self.silent
            return RuntimeInfo(self.name, "1", "a pretended network")

        return await self.process.call("check", act)

    async def list_sets(self) -> Sequence[ObservedSet]:
        async def act() -> Sequence[ObservedSet]:
            self.lists += 1
            if self.silent is not None:
                raise self.silent
            self.network.settle()
            return [self.network.show(kept) for kept in self.network.sets.values()]

        return await self.process.call("list_sets", act)

    async def list_pods(self) -> Sequence[ObservedPod]:
        return [pod for one in await self.list_sets() for pod in one.pods]

    async def get_pod(self, pod: PodId) -> ObservedPod | None:
        return next((one for one in await self.list_pods() if one.id == pod), None)

    async def watch(self) -> AsyncIterator[PodId]:
        while True:
            await self._news.wait()
            self._news.clear()
            yield PodId(AppKey("", ""), 0, 0)

    async def probe(self, pod: PodId, container: str, probe: Probe) -> ProbeOutcome:
        ok = self.probes.get(pod, True)
        return ProbeOutcome(ok, "" if ok else "HTTP 500")

    @property
    def services(self) -> ServiceRuntime | None:
        return None

    async def logs(self, pod: PodId, *, tail: int | None = None, since: float | None = None) -> Sequence[LogLine]:
        return [LogLine(pod.name, "stdout", "hello", None)]

    async def follow_logs(self, pod: PodId, *, tail: int = 0) -> AsyncIterator[LogLine]:
        for line in await self.logs(pod):
            yield line

    async def stats(self, pods: Iterable[PodId]) -> Mapping[PodId, PodStats]:
        now = self.network.clock.now()
        asked = {pod: self.usage.get(pod) for pod in pods}
        return {pod: PodStats(one.cpu_millicores, one.memory_bytes, now) for pod, one in asked.items() if one}

    async def remove_volume(self, namespace: str, claim: str) -> None:
        """There are none."""

    async def aclose(self) -> None:
        """The network goes on."""

    def fit(self, spec: AppSpec) -> Fit:
        return Fit(self.refusals)

    async def create_set(self, request: SetRequest) -> ObservedSet:
        async def act() -> ObservedSet:
            return self.network.show(self.network.create(request))

        return await self._effect("create_set", request.id, act)

    async def scale_set(self, one: SetId, replicas: int) -> None:
        await self._effect("scale_set", one, _doing(lambda: self.network.scale(one, replicas)))

    async def revise_set(self, one: SetId, request: SetRequest) -> ObservedSet:
        async def act() -> ObservedSet:
            return self.network.show(self.network.revise(one, request))

        return await self._effect("revise_set", one, act)

    async def extend_set(self, one: SetId, timeout_minutes: int) -> None:
        def act() -> None:
            kept = self.network.find(one)
            assert kept is not None
            for job in kept.live:
                job.due_at += max(timeout_minutes - kept.timeout_minutes, 0) * 60.0
            kept.timeout_minutes = timeout_minutes

        await self._effect("extend_set", one, _doing(act))

    async def start_set(self, one: SetId) -> None:
        await self._effect("start_set", one, _doing(lambda: self.network.start(one)))

    async def stop_set(self, one: SetId) -> None:
        await self._effect("stop_set", one, _doing(lambda: self.network.stop(one)))

    async def remove_set(self, one: SetId) -> None:
        await self._effect("remove_set", one, _doing(lambda: self.network.remove(one)))

    async def replace_pod(self, pod: PodId) -> None:
        await self._effect("replace_pod", pod, _doing(lambda: self.network.replace(pod)))

    async def markets(self) -> Markets:
        market = Market("addr", "nvidia-4090", "RTX 4090", ("RTX 4090",), 24 * 2**30, PRICE)
        return Markets((market,), live=True, as_of=self.network.clock.now())

    async def balance(self) -> Balance:
        return Balance(Decimal(10), Decimal(0), Decimal(0))

    async def _effect(self, verb: str, subject: SetId | PodId, act: Callable[[], Awaitable[T]]) -> T:
        async def whole() -> T:
            await self.network.clock.sleep(0.1)
            if self.silent is not None:
                raise self.silent
            failing = self._failing(verb)
            if failing is not None and not failing.after:
                raise failing.error
            self.network.settle()
            self.network.calls.append((verb, subject))
            result = await act()
            if failing is not None:
                raise failing.error
            return result

        return await self.process.call(verb, whole)

    def _failing(self, verb: str) -> Failing | None:
        failing = self.failing.get(verb)
        if failing is None:
            return None
        failing.times -= 1
        if failing.times <= 0:
            del self.failing[verb]
        return failing


def _doing(act: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    async def done() -> None:
        act()

    return done
