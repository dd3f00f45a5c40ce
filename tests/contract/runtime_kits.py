"""What a test of the `PodRuntime` contract needs to know of each runtime: its images, and how to hurt a container."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from app.core.pods import PodId
from app.ports.runtime import PodRuntime
from app.runtimes.clock import SystemClock
from app.runtimes.docker import DockerRuntime
from app.runtimes.docker.wire import container_name
from app.runtimes.simulator import Fault, Simulator
from tests.docker_engine import TINY, engine_request, remove_containers


class Kit(Protocol):
    """One runtime to test. `image` has a shell, and its own command runs for ever and obeys SIGTERM."""

    @property
    def runtime(self) -> PodRuntime: ...

    @property
    def image(self) -> str: ...

    async def kill(self, pod: PodId) -> None:
        """Somebody else sends SIGKILL."""
        ...

    async def reopened(self) -> PodRuntime:
        """The same world, seen by a process that has just started."""
        ...

    async def another(self) -> PodRuntime:
        """Another data directory's world on the same machine."""
        ...


@dataclass
class DockerKit:
    docker_host: str
    instance: str
    open: AsyncExitStack
    image: str = TINY
    runtime: DockerRuntime = field(init=False)

    def __post_init__(self) -> None:
        self.runtime = self._new(self.instance)

    def _new(self, instance: str) -> DockerRuntime:
        runtime = DockerRuntime(instance, self.docker_host, SystemClock())
        self.open.push_async_callback(runtime.aclose)
        self.open.callback(remove_containers, self.docker_host, instance)
        return runtime

    async def kill(self, pod: PodId) -> None:
        status, words = engine_request(
            self.docker_host, "POST", f"/containers/{container_name(self.instance, pod)}/kill"
        )
        assert status == 204, words

    async def reopened(self) -> DockerRuntime:
        await self.runtime.aclose()
        return self._new(self.instance)

    async def another(self) -> DockerRuntime:
        return self._new(f"{self.instance}b")


@dataclass
class SimulatorKit:
    directory: Path
    open: AsyncExitStack
    image: str = "busybox:1"
    runtime: Simulator = field(init=False)

    def __post_init__(self) -> None:
        self.runtime = self._new("world.json")

    def _new(self, file: str) -> Simulator:
        runtime = Simulator(clock=SystemClock(), seed=7, state_path=self.directory / file)
        self.open.push_async_callback(runtime.aclose)
        return runtime

    async def kill(self, pod: PodId) -> None:
        self.runtime.inject(Fault.KILL, pod=pod)

    async def reopened(self) -> Simulator:
        await self.runtime.aclose()
        return self._new("world.json")

    async def another(self) -> Simulator:
        return await _with_image(self._new("another.json"), self.image)


async def _with_image(runtime: Simulator, image: str) -> Simulator:
    await runtime.pull_image(image, lambda _: None)
    return runtime


@asynccontextmanager
async def docker_kit(docker_host: str, instance: str) -> AsyncIterator[Kit]:
    async with AsyncExitStack() as stack:
        yield DockerKit(docker_host, instance, stack)


@asynccontextmanager
async def simulator_kit(directory: Path) -> AsyncIterator[Kit]:
    async with AsyncExitStack() as stack:
        kit = SimulatorKit(directory, stack)
        await _with_image(kit.runtime, kit.image)
        yield kit
