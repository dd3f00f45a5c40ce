"""A Nosana runtime over the stand-in, and requests for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypedDict

import httpx

from app.core.placement import Placement
from app.core.replicasets import SetId, SetRequest
from app.core.revision import template_hash
from app.core.spec import AppKey, Container, HttpGet, JobSpec, PodTemplate, Port, Probe
from app.ports.clock import Clock
from app.runtimes.nosana import NosanaRuntime
from tests.clock import LoopClock
from tests.nosana.server import transport
from tests.nosana.world import KEY, NosanaWorld

ROOT = "http://nosana.test"
INSTANCE = "test1"
WEB = AppKey("default", "web")


class Addresses(TypedDict):
    api_url: str
    node_url: str
    endpoint_url: str
    hosts_url: str


def addresses(root: str = ROOT) -> Addresses:
    return {
        "api_url": f"{root}/api",
        "node_url": f"{root}/node/{{node}}",
        "endpoint_url": f"{root}/endpoint/{{label}}",
        "hosts_url": f"{root}/host-manager",
    }


def runtime_over(
    world: NosanaWorld,
    clock: Clock | None = None,
    *,
    instance: str = INSTANCE,
    key: str = KEY,
    root: str = ROOT,
    through: httpx.AsyncBaseTransport | None = None,
) -> NosanaRuntime:
    """In process and in the loop's time, unless told otherwise."""
    return NosanaRuntime(instance, key, clock or LoopClock(), **addresses(root), transport=through or transport(world))


@asynccontextmanager
async def opened(world: NosanaWorld, **more: Any) -> AsyncIterator[NosanaRuntime]:
    """At the end the stand-in has nothing to complain of."""
    runtime = runtime_over(world, **more)
    try:
        yield runtime
        assert world.wrongs() == []
    finally:
        await runtime.aclose()


def container(name: str = "web", image: str = "nginx:1.27", **more: Any) -> Container:
    more.setdefault("ports", (Port(container_port=80),))
    more.setdefault("readiness", Probe(handler=HttpGet(port=80)))
    return Container(name=name, image=image, **more)


def worker(name: str = "job", image: str = "acme/batch:1", **more: Any) -> Container:
    """Without a port."""
    return Container(name=name, image=image, **more)


def template(*containers: Container, **more: Any) -> PodTemplate:
    return PodTemplate(containers=containers or (container(),), **more)


def request(
    of: PodTemplate | None = None,
    *,
    app: AppKey = WEB,
    replicas: int = 2,
    market: str = "nvidia-3060",
    timeout: int = 120,
    job: JobSpec | None = None,
    confidential: bool = False,
    env: Mapping[str, tuple[tuple[str, str], ...]] | None = None,
    **placement: Any,
) -> SetRequest:
    of = of or template()
    return SetRequest(
        id=SetId(app, template_hash(of)),
        template=of,
        replicas=replicas,
        placement=Placement(market=market, timeout_minutes=timeout, **placement),
        confidential=confidential,
        job=job,
        env=env or {},
    )
