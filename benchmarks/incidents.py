"""What learning is worth: of many simulated incidents the share that the first remedy mends, with lessons and without.

    python -m benchmarks.incidents [--incidents 200] [--seeds 20]

A paper world: each app has a cause, an image family and, unknown to the healer, the one kind of remedy that helps it.
Which one it is depends on the family (an image that leaks is helped by going back, not by memory), so there is
something to learn. The healer, its policy, its gate and its remedies are the product's own; only apps are on paper.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from agent_tools import ToolRunner
from agent_tools.door import GateDoor
from agent_tools.remedy import INNER
from app.core.approvals import Mode
from app.core.diagnosis import REMEDIES, Cause, Diagnosed, Finding, Symptoms
from app.core.errors import NotFound
from app.core.incidents import Incident
from app.core.revision import template_hash
from app.core.spec import Amounts, AppKey, AppSpec, Container, HttpGet, PodTemplate, Port, Probe, Resources, Revision
from app.core.views import AppStatus, AppView, ReplicaView
from app.healing.casebook import Casebook
from app.healing.healer import Healer
from app.ports.control import Applied
from app.stores.memory import MemoryStore

T0 = 1_700_000_000.0
STEP_SECONDS = 5.0
"""Of paper time between two looks: nothing happens in between."""
MIB = 1024 * 1024
KINDS: dict[Cause, tuple[str, ...]] = {
    Cause.OUT_OF_MEMORY: ("increase_memory", "rollback"),
    Cause.APPLICATION_CRASH: ("rollback", "fix_image/earlier"),
    Cause.PROBE: ("fix_probe/port", "fix_probe/path", "fix_probe/patience", "rollback"),
    Cause.INVALID_CONFIG: ("rollback",),
    Cause.HANG: ("restart", "rollback"),
    Cause.DNS: ("restart", "rollback"),
    Cause.PORT_CONFLICT: ("change_port", "rollback"),
    Cause.IMAGE_AUTH: ("rollback",),
    Cause.TLS: ("rollback",),
}
"""Of each cause the kinds of remedy that may be the one that helps; none of them helps every fifth app."""
FAMILIES = ("acme/api", "acme/web", "acme/worker", "shop/cart", "shop/pay")
LISTENING = "listening on port 9000"


@dataclass
class PaperClock:
    at: float = T0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


@dataclass
class Ill:
    """One app on paper. `cure` is the kind of remedy that helps, "" none of them."""

    spec: AppSpec
    cause: Cause
    cure: str
    confidence: float
    revisions: list[Revision]
    generation: int = 1
    well: bool = False


@dataclass
class PaperControl:
    """As much of `app.ports.control.Control` as healing and its tools use."""

    clock: PaperClock
    now_mode: Mode = Mode.AUTO
    ills: dict[AppKey, Ill] = field(default_factory=dict)
    writes: list[tuple[AppKey, str]] = field(default_factory=list)

    def apps(self) -> Sequence[AppView]:
        return [_view(one) for one in self.ills.values()]

    def app(self, name: str) -> AppView:
        key = AppKey.parse(name)
        if key not in self.ills:
            raise NotFound(f"there is no app called {name!r}")
        return _view(self.ills[key])

    def mode(self) -> Mode:
        return self.now_mode

    def objects(self, _kind: str | None = None) -> Sequence[Any]:
        return ()

    async def revisions(self, name: str) -> Sequence[Revision]:
        return self.ills[AppKey.parse(name)].revisions

    async def apply(self, spec: AppSpec, *, cause: str) -> Applied:
        one = self.ills[spec.key]
        before, one.spec = one.spec, spec
        self._changed(one, cause)
        return Applied(before, spec, changed=True)

    async def restart(self, name: str, *, cause: str) -> Applied:
        one = self.ills[AppKey.parse(name)]
        self._changed(one, cause)
        return Applied(one.spec, one.spec, changed=True)

    def _changed(self, one: Ill, cause: str) -> None:
        one.generation += 1
        one.revisions.append(_revision(one.generation, one.spec))
        self.writes.append((one.spec.key, cause))


@dataclass
class PaperExaminer:
    """Knows the cause; what it says of it is what the rules would."""

    control: PaperControl

    async def look(self, view: AppView) -> tuple[Diagnosed, Symptoms]:
        one = self.control.ills[view.key]
        if one.well:
            return Diagnosed(str(view.key), (), (), "well"), Symptoms()
        finding = Finding(one.cause, one.confidence, REMEDIES[one.cause], because="on paper")
        symptoms = Symptoms(
            image=view.spec.container.image,
            recent_changes=("image changed",),
            logs=(LISTENING,),
            health_check=("liveness probe failed: HTTP 404",),
        )
        return Diagnosed(str(view.key), (finding,), (), "ill"), symptoms


def _view(one: Ill) -> AppView:
    status = AppStatus.RUNNING if one.well else AppStatus.CRASH_LOOPING
    ready = int(one.well)
    replica = ReplicaView(
        name=f"{one.spec.name}-0",
        slot=0,
        phase=None,
        ready=one.well,
        restarts=0 if one.well else 3,
        started_at=None,
        current=True,
        retry_at=None if one.well else T0 * 2,
    )
    return AppView(
        key=one.spec.key,
        spec=one.spec,
        status=status,
        reason="" if one.well else "on paper",
        desired=1,
        ready=ready,
        total=ready,
        restarts=replica.restarts,
        revision=one.revisions[-1].number,
        generation=one.generation,
        replicas=(replica,),
        updated=1,
        seen_at=T0,
    )


def _revision(number: int, spec: AppSpec) -> Revision:
    return Revision(number=number, template_hash=template_hash(spec.template), template=spec.template)


class Patients:
    """Makes apps that fail, all of one seed. `cures` says for each family and cause what helps there."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._number = count(1)
        self._cures = {
            (family, cause): self._random.choice(kinds) for family in FAMILIES for cause, kinds in KINDS.items()
        }

    def next(self) -> Ill:
        cause, family = self._random.choice(list(KINDS)), self._random.choice(FAMILIES)
        cure = self._cures[family, cause] if self._random.random() < 0.8 else ""
        name = f"app-{next(self._number)}"
        old, new = (_spec(name, f"{family}:{tag}") for tag in ("1", "2"))
        confidence = self._random.uniform(0.3, 1.0) if self._random.random() < 0.1 else 0.9
        return Ill(new, cause, cure, confidence, [_revision(0, old), _revision(1, new)])


def _spec(name: str, image: str) -> AppSpec:
    main = Container(
        name=name,
        image=image,
        ports=(Port(container_port=8080, host_port=8080),),
        resources=Resources(limits=Amounts(memory_bytes=64 * MIB)),
        liveness=Probe(handler=HttpGet(port=8080, path="/healthz")),
    )
    return AppSpec(name=name, runtime="simulator", template=PodTemplate(containers=(main,), labels={"app": name}))


class PaperWard:
    """A healer behind the real gate, one app at a time."""

    def __init__(self, *, mode: Mode = Mode.AUTO, learns: bool = True) -> None:
        self.clock = PaperClock()
        self.control = PaperControl(self.clock, mode)
        self.store = MemoryStore()
        self.learns = learns
        ids = count(1)
        control: Any = self.control
        examiner: Any = PaperExaminer(self.control)
        self.healer = Healer(control, examiner, Casebook(self.store, self.clock), self.clock, lambda: f"i{next(ids)}")
        runner = ToolRunner(
            (), control, self.store, self.clock, lambda: f"a{next(ids)}", healing=self.healer, inner=INNER
        )
        self.runner = runner
        self.healer.door = GateDoor(runner)

    async def treat(self, ill: Ill, *, seconds: float = 400.0) -> Incident | None:
        """Lets it fail and healing do what it does, for so long."""
        key = ill.spec.key
        self.control.ills = {key: ill}
        until = self.clock.now() + seconds
        while self.clock.now() < until:
            await self.healer.tick()
            incident = next(iter(self.healer.incidents()), None)
            attempt = incident.watching if incident is not None else None
            ill.well = attempt is not None and attempt.proposal.kind == ill.cure
            if incident is None and self.clock.now() > until - seconds + 20:
                break
            self.clock.at += STEP_SECONDS
        self.control.ills = {}
        await self.healer.tick()
        if not self.learns:
            await self.healer.forget()
        found = await self.store.list_incidents(over=True, app=key, limit=1)
        return found[0] if found else None


def first_try(incident: Incident) -> bool:
    """The first remedy that was tried is the one that was kept."""
    return bool(incident.attempts) and incident.healed_by == incident.attempts[0].proposal.what


async def share(seed: int, incidents: int, *, learns: bool) -> tuple[float, float]:
    """Of those that some remedy helps: the share mended at the first try, of the first and of the last half."""
    patients, ward = Patients(seed), PaperWard(learns=learns)
    right: list[bool] = []
    for _ in range(incidents):
        ill = patients.next()
        incident = await ward.treat(ill)
        if ill.cure and ill.confidence >= 0.5 and incident is not None:
            right.append(first_try(incident))
    half = len(right) // 2
    return sum(right[:half]) / max(half, 1), sum(right[half:]) / max(len(right) - half, 1)


async def measure(incidents: int, seeds: int) -> None:
    rows = {learns: [await share(seed, incidents, learns=learns) for seed in range(seeds)] for learns in (False, True)}
    for learns, found in rows.items():
        first, last = (sum(column) / len(found) for column in zip(*found, strict=True))
        word = "with lessons" if learns else "without     "
        print(f"{word}: {first:.1%} mended at the first try in the first half, {last:.1%} in the last half")
    gain = sum(one[1] for one in rows[True]) / seeds - sum(one[1] for one in rows[False]) / seeds
    print(f"learning is worth {gain * 100:+.1f} points after {incidents // 2} incidents ({seeds} seeds)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--incidents", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=20)
    given = parser.parse_args()
    asyncio.run(measure(given.incidents, given.seeds))


if __name__ == "__main__":
    main()
