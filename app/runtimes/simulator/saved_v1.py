"""The file of a world as the first version wrote it: one container in each pod. Read, never written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.core.pods import ObservedPod
from app.runtimes.simulator.faults import Injection
from app.runtimes.simulator.pod import SimContainer, SimPod
from app.runtimes.simulator.script import Script
from app.runtimes.simulator.world import Snapshot


@dataclass(frozen=True, slots=True)
class OnePod:
    """A pod of then, with the names of then."""

    observed: ObservedPod
    texture: str
    family: str
    script: Script
    cpu_limit: int | None = None
    memory_limit: int | None = None
    ends_at: float | None = None
    exit_code: int = 0
    last_words: tuple[str, ...] = ()

    def renewed(self) -> SimPod:
        seen = self.observed
        container = SimContainer(
            name=seen.id.app.name,
            image=seen.image,
            family=self.family,
            texture=self.texture,
            script=self.script,
            cpu_limit=self.cpu_limit,
            memory_limit=self.memory_limit,
            started_at=seen.started_at,
            finished_at=seen.finished_at,
            exit=seen.exit,
            ends_at=self.ends_at,
            exit_code=self.exit_code,
            last_words=self.last_words,
        )
        return SimPod(
            id=seen.id,
            template_hash=seen.template_hash,
            runtime_id=seen.runtime_id,
            created_at=seen.created_at,
            containers=(container,),
            ports=seen.ports,
            exit=seen.exit,
        )


@dataclass(frozen=True, slots=True)
class FirstSnapshot:
    """The whole world of then."""

    version: Literal[1]
    images: tuple[str, ...] = ()
    pods: tuple[OnePod, ...] = ()
    faults: tuple[Injection, ...] = ()

    def renewed(self) -> Snapshot:
        return Snapshot(images=self.images, pods=tuple(pod.renewed() for pod in self.pods), faults=self.faults)
