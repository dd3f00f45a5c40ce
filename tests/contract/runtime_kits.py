"""What a test of the runtimes' contracts needs to know of each: its images, and how to hurt what runs there by hand."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from app.core.images import parse_image
from app.core.objects import ObjectKey
from app.core.pods import PodId
from app.core.services import ObservedBalancer
from app.ports.runtime import PodRuntime
from app.runtimes.clock import SystemClock
from app.runtimes.docker import DockerRuntime
from app.runtimes.docker.wire import container_name
from app.runtimes.simulator import Fault, Simulator
from tests.clock import LoopClock
from tests.docker_engine import TINY, engine_request, remove_containers, unavailable

BALANCER_IMAGE = "kubelite/haproxy:test"
SERVICE_LABEL = "kubelite.io/service"


MENDED = ("cpu limit", "memory limit", "name", "network", "state")
"""What a hand on the host can change of a running pod, and `PodRuntime.repair_pod` can mend without a restart."""


class Kit(Protocol):
    """One runtime to test. `image` has a shell, and its own command runs for ever and obeys SIGTERM; `web_image` serves
    HTTP on port 80."""

    runtime: PodRuntime

    @property
    def image(self) -> str: ...

    @property
    def web_image(self) -> str: ...

    async def kill(self, pod: PodId) -> None:
        """Somebody else sends SIGKILL."""
        ...

    async def change(self, pod: PodId, field: str) -> None:
        """Somebody else changes one of `MENDED`."""
        ...

    async def left(self) -> int:
        """How many containers there are, whatever the runtime shows of them."""
        ...

    async def ready_for_services(self) -> None:
        """Skips the test where balancers cannot be tried."""
        ...

    async def kill_balancer(self, service: ObjectKey) -> None:
        """Somebody else ends it."""
        ...

    async def answering(self, balancer: ObservedBalancer) -> bool:
        """Whether a request to its first host port is answered well by a replica."""
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
    web_image: str = "nginx:1.25"
    runtime: PodRuntime = field(init=False)

    def __post_init__(self) -> None:
        self.runtime = self._new(self.instance)

    def _new(self, instance: str) -> DockerRuntime:
        runtime = DockerRuntime(instance, self.docker_host, SystemClock(), balancer_image=BALANCER_IMAGE)
        self.open.push_async_callback(runtime.aclose)
        self.open.callback(remove_traces, self.docker_host, instance)
        return runtime

    async def kill(self, pod: PodId) -> None:
        self._ask("POST", f"/containers/{container_name(self.instance, pod)}/kill")

    async def change(self, pod: PodId, field: str) -> None:
        name = container_name(self.instance, pod)
        match field:
            case "cpu limit":
                self._ask("POST", f"/containers/{name}/update", {"NanoCpus": 300_000_000})
            case "memory limit":
                self._ask("POST", f"/containers/{name}/update", {"Memory": 96 * 2**20, "MemorySwap": 96 * 2**20})
            case "name":
                self._ask("POST", f"/containers/{name}/rename?name=somebody-{self.instance}")
            case "network":
                network = f"kl.{self.instance}.{pod.app.namespace}"
                self._ask("POST", f"/networks/{network}/disconnect", {"Container": name, "Force": True})
            case "state":
                self._ask("POST", f"/containers/{name}/pause")
            case _:
                raise ValueError(field)

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        status, words = engine_request(self.docker_host, method, path, body)
        assert status < 300, (path, words)
        return words

    def _containers(self, *labels: str) -> list[dict[str, Any]]:
        filters = json.dumps({"label": [f"kubelite.io/instance={self.instance}", *labels]})
        found: list[dict[str, Any]] = self._ask("GET", f"/containers/json?all=true&filters={quote(filters)}")
        return found

    async def left(self) -> int:
        return len(self._containers())

    async def ready_for_services(self) -> None:
        status, _ = engine_request(self.docker_host, "GET", f"/images/{BALANCER_IMAGE}/json")
        if status != 200:
            unavailable(f"the image {BALANCER_IMAGE} is not there")

    async def kill_balancer(self, service: ObjectKey) -> None:
        (found,) = self._containers(f"{SERVICE_LABEL}={service.namespace}/{service.name}")
        self._ask("POST", f"/containers/{found['Id']}/kill")

    async def answering(self, balancer: ObservedBalancer) -> bool:
        return await asyncio.to_thread(_answers, next(iter(balancer.host_ports.values())))

    async def reopened(self) -> DockerRuntime:
        await self.runtime.aclose()
        return self._new(self.instance)

    async def another(self) -> DockerRuntime:
        return self._new(f"{self.instance}b")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def remove_traces(docker_host: str, instance: str) -> None:
    """Removes every container, network and volume of this instance."""
    remove_containers(docker_host, instance)
    filters = quote(json.dumps({"label": [f"kubelite.io/instance={instance}"]}))
    _, networks = engine_request(docker_host, "GET", f"/networks?filters={filters}")
    for network in networks:
        engine_request(docker_host, "DELETE", f"/networks/{network['Id']}")
    _, volumes = engine_request(docker_host, "GET", f"/volumes?filters={filters}")
    for volume in volumes["Volumes"] or ():
        engine_request(docker_host, "DELETE", f"/volumes/{volume['Name']}?force=true")


@dataclass
class SimulatorKit:
    directory: Path
    open: AsyncExitStack
    image: str = "busybox:1"
    web_image: str = "nginx:1.25"
    runtime: PodRuntime = field(init=False)

    def __post_init__(self) -> None:
        self.runtime = self._new("world.json")

    @property
    def _images(self) -> tuple[str, str]:
        return self.image, self.web_image

    @property
    def simulator(self) -> Simulator:
        assert isinstance(self.runtime, Simulator)
        return self.runtime

    def _new(self, file: str, seed: int = 7) -> Simulator:
        """A world that has the images; to pull them takes a second."""
        path = self.directory / file
        if not path.exists():
            path.write_text(json.dumps({"version": 2, "images": [parse_image(one).canonical for one in self._images]}))
        runtime = Simulator(clock=LoopClock(), seed=seed, state_path=path)
        self.open.push_async_callback(runtime.aclose)
        return runtime

    async def kill(self, pod: PodId) -> None:
        self.simulator.inject(Fault.KILL, pod=pod)

    async def change(self, pod: PodId, field: str) -> None:
        self.simulator.inject(Fault.DRIFT, pod=pod, field=field)

    async def left(self) -> int:
        return len(await self.simulator.list_pods()) + len(await self.simulator.services.list_balancers())

    async def ready_for_services(self) -> None:
        """Always."""

    async def kill_balancer(self, service: ObjectKey) -> None:
        self.simulator.inject(Fault.BALANCER_DOWN, service=service)

    async def answering(self, balancer: ObservedBalancer) -> bool:
        return bool(self.simulator.services.endpoints(balancer.service))

    async def reopened(self) -> Simulator:
        await self.runtime.aclose()
        return self._new("world.json")

    async def another(self) -> Simulator:
        return self._new("another.json", seed=8)


@asynccontextmanager
async def docker_kit(docker_host: str, instance: str) -> AsyncIterator[Kit]:
    async with AsyncExitStack() as stack:
        yield DockerKit(docker_host, instance, stack)


@asynccontextmanager
async def simulator_kit(directory: Path) -> AsyncIterator[Kit]:
    async with AsyncExitStack() as stack:
        yield SimulatorKit(directory, stack)
