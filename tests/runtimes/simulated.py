"""Short words for the simulator tests: a request, a run, what is shown."""

from __future__ import annotations

from pathlib import Path

from app.core.pods import ObservedPod, PodId, PodRequest
from app.core.spec import AppKey, Container, EnvVar, PodTemplate, Port
from app.runtimes.simulator import Simulator

WEB = AppKey("default", "web")


def request(
    slot: int = 0,
    *,
    app: AppKey = WEB,
    attempt: int = 1,
    image: str = "nginx",
    ports: tuple[Port, ...] = (),
    host_ports: dict[int, int] | None = None,
    command: tuple[str, ...] = (),
    env: dict[str, str] | None = None,
) -> PodRequest:
    variables = tuple(EnvVar(name=name, value=value) for name, value in (env or {}).items())
    container = Container(name="main", image=image, ports=ports, command=command, env=variables)
    return PodRequest(PodId(app, slot, attempt), "hash", PodTemplate(containers=(container,)), host_ports or {})


async def run(simulator: Simulator, *requests: PodRequest) -> list[ObservedPod]:
    for each in requests:
        for image in each.template.images:
            await simulator.pull_image(image, lambda _: None)
    return [await simulator.start_pod(each) for each in requests]


async def shown(simulator: Simulator, pod: PodId) -> ObservedPod:
    observed = await simulator.get_pod(pod)
    assert observed is not None
    return observed


def names(directory: Path) -> list[str]:
    return sorted(entry.name for entry in directory.iterdir())
