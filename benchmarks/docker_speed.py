"""The engine on a real Docker Engine against that Engine's own floor, measured in the same run.

    python -m benchmarks.docker_speed [--runs 5] [--only heal,up10,up50,resync,idle]

Budgets: a killed replica is replaced within 1.5x of the Engine's own event + remove + create + start; 10 and 50
replicas are up within 1.15x of the best raw concurrency; a resync of 50 with nothing to do takes 50 ms; what the server
costs beside 50 idle replicas is `benchmarks.idle`. Raw calls go through the same client with the same container
settings. Everything is removed at the end by its own instance labels. DOCKER_HOST says where; the image must be there.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from app.core.approvals import Mode
from app.core.pods import PodId, PodRequest
from app.core.revision import template_hash
from app.core.spec import AppKey, AppSpec, Container, PodTemplate, Port
from app.engine.engine import Engine
from app.engine.facade.orchestrator import Orchestrator
from app.engine.observing.site import PodSite
from app.engine.observing.watcher import Watcher
from app.runtimes.clock import SystemClock
from app.runtimes.docker import DockerRuntime
from app.runtimes.docker.bodies import Setting, create_body
from app.runtimes.docker.client import EngineClient
from app.runtimes.docker.networks import ensure_network, remove_network_if_unused
from app.runtimes.docker.streams import JsonLines, news
from app.runtimes.docker.wire import Role, container_name, container_path, event_filters
from app.stores.sql import SqlStore
from benchmarks import idle

KEY = AppKey("default", "bench")
CONCURRENCIES = (4, 8, 16)
ENGINE = os.environ.get("DOCKER_HOST")
PARTS = ("heal", "up10", "up50", "resync", "idle")


class Raw:
    """Containers made by plain calls, as fast as the Engine allows."""

    def __init__(self, template: PodTemplate) -> None:
        self.instance = f"r{secrets.token_hex(4)}"
        self.client = EngineClient(ENGINE)
        self._template, self._network = template, ""

    async def open(self) -> None:
        """Makes the network, which the product makes once as well."""
        self._network = await ensure_network(self.client, self.instance, "default")

    async def start(self, slot: int) -> str:
        pod = PodId(AppKey("default", "raw"), slot, 1)
        request = PodRequest(pod, template_hash(self._template), self._template)
        setting = Setting(self.instance, request, self._network)
        body = create_body(setting, Role.MAIN, self._template.containers[0])
        params = {"name": container_name(self.instance, pod)}
        answer = await self.client.call("POST", "/containers/create", params=params, body=body, within=60)
        identity = str(answer.expect(201)["Id"])
        (await self.client.call("POST", f"{container_path(identity)}/start", within=60)).expect(204)
        return identity

    async def remove(self, identity: str) -> None:
        await self.client.call("DELETE", container_path(identity), params={"force": "true", "v": "true"}, within=60)

    async def heal(self) -> tuple[float, float]:
        """Seconds from the kill call, through the event of the end, remove, create and start; and of the last three
        alone, once the Engine has finished with the dead one."""
        identity = await self.start(0)
        async with self.client.stream("GET", "/events", params={"filters": event_filters()}) as stream:
            begun = time.perf_counter()
            kill = asyncio.create_task(self._kill(identity))
            lines = JsonLines()
            async for chunk in stream.chunks:
                ends = [event for event in lines.feed(chunk) if event.get("Action") == "die"]
                if any(news(self.instance, event) for event in ends):
                    break
            await self.remove(identity)
            identity = await self.start(0)
            from_kill = time.perf_counter() - begun
            await kill
        await self._kill(identity)
        begun = time.perf_counter()
        await self.remove(identity)
        identity = await self.start(0)
        alone = time.perf_counter() - begun
        await self.remove(identity)
        return from_kill, alone

    async def _kill(self, identity: str) -> None:
        await self.client.call("POST", f"{container_path(identity)}/kill", within=60)

    async def up(self, count: int, at_once: int) -> float:
        """Seconds until `count` are started with `at_once` on their way."""
        places = asyncio.Semaphore(at_once)

        async def one(slot: int) -> str:
            async with places:
                return await self.start(slot)

        begun = time.perf_counter()
        identities = await asyncio.gather(*(one(slot) for slot in range(count)))
        taken = time.perf_counter() - begun
        await in_pairs(self.remove, identities)
        return taken


async def in_pairs(act: Callable[[str], Awaitable[None]], identities: list[str]) -> None:
    """Two removals at once: more can wedge an old Engine."""
    for at in range(0, len(identities), 2):
        await asyncio.gather(*(act(each) for each in identities[at : at + 2]))


class Product:
    """The whole engine over Docker and a database on disk."""

    def __init__(self, store: SqlStore, template: PodTemplate) -> None:
        self.instance = f"b{secrets.token_hex(4)}"
        self.clock = SystemClock()
        self.engine = Engine(store, {"docker": DockerRuntime(self.instance, ENGINE, self.clock)}, self.clock)
        self.control = Orchestrator(self.engine, default_runtime="docker", mode=Mode.ASK)
        self._template = template

    async def until(self, true: Callable[[], bool], seconds: float = 120.0) -> None:
        async with asyncio.timeout(seconds):
            while True:
                count = self.engine.changes.count(KEY)
                if true():
                    return
                await self.engine.changes.wait(KEY, count, 1.0)

    def running(self, count: int) -> bool:
        view = self.control.app("bench")
        return view.ready == count and view.total == count

    async def up(self, count: int) -> float:
        """Seconds from the wish to all running, beginning with none."""
        begun = time.perf_counter()
        spec = AppSpec(name="bench", runtime="docker", replicas=count, template=self._template)
        await self.control.apply(spec, cause="benchmark")
        await self.until(lambda: self.running(count))
        return time.perf_counter() - begun

    async def down(self) -> None:
        await self.control.delete("bench", cause="benchmark")
        await self.until(lambda: self.engine.desired.get(KEY) is None)

    async def heal(self, client: EngineClient) -> float:
        """Seconds from the kill call to the replacement running."""
        victim = self.engine.sites["docker"].cache.pods(KEY)[0]
        known = {pod.runtime_id for pod in self.engine.sites["docker"].cache.pods(KEY)}

        def replaced() -> bool:
            pods = self.engine.sites["docker"].cache.pods(KEY)
            return any(pod.ready and pod.runtime_id not in known for pod in pods)

        begun = time.perf_counter()
        kill = asyncio.create_task(
            client.call("POST", f"{container_path(victim.runtime_id)}/kill", within=60), name="kill"
        )
        await self.until(replaced)
        taken = time.perf_counter() - begun
        await kill
        return taken


async def clean(client: EngineClient, instance: str) -> None:
    """Removes what is left of an instance."""
    params = {"all": "true", "filters": f'{{"label":["kubelite.io/instance={instance}"]}}'}
    found = (await client.call("GET", "/containers/json", params=params)).expect(200)
    for entry in found:
        await client.call("DELETE", container_path(entry["Id"]), params={"force": "true", "v": "true"}, within=60)
    await remove_network_if_unused(client, instance, "default")


def line(name: str, ours: list[float], floor: list[float], goal: float, unit: str = "s") -> None:
    mine, best = median(ours), median(floor)
    print(
        f"{name}: {mine:.2f} {unit} ({min(ours):.2f}-{max(ours):.2f}), floor {best:.2f} {unit}"
        f" ({min(floor):.2f}-{max(floor):.2f}), {mine / best:.2f}x, goal {goal}x, {len(ours)} runs",
        flush=True,
    )


async def measure_heal(product: Product, raw: Raw, runs: int) -> None:
    """The first kill is at once; later ones of the same slot would owe a back-off, so each run begins afresh."""
    from_kill, alone, ours = [], [], []
    for _ in range(runs):
        whole, part = await raw.heal()
        from_kill.append(whole)
        alone.append(part)
        await product.up(3)
        ours.append(await product.heal(raw.client))
        await product.down()
    line("kill -> replacement running, floor from the kill", ours, from_kill, 1.5)
    print(f"  (remove + create + start alone: {median(alone):.2f} s, {median(ours) / median(alone):.2f}x)", flush=True)


async def measure_up(product: Product, raw: Raw, count: int, runs: int) -> None:
    floors: dict[int, list[float]] = {at_once: [] for at_once in CONCURRENCIES}
    ours = []
    for _ in range(runs):
        for at_once in CONCURRENCIES:
            floors[at_once].append(await raw.up(count, at_once))
        ours.append(await product.up(count))
        await product.down()
    best = min(floors.values(), key=median)
    line(f"0 -> {count} replicas", ours, best, 1.15)


async def measure_resync(product: Product, rounds: int = 20) -> None:
    site = product.engine.sites["docker"]
    assert isinstance(site, PodSite)
    watcher = Watcher(site, product.engine.controller, product.clock, lambda _key: None, lambda: None)
    figures = []
    for _ in range(rounds):
        begun = time.perf_counter()
        await watcher.resync()
        await product.engine.controller.reconcile(KEY)
        figures.append((time.perf_counter() - begun) * 1000)
    print(f"resync of 50, nothing to do: {median(figures):.1f} ms (max {max(figures):.1f}), goal 50 ms", flush=True)


async def measure(parts: set[str], runs: int, image: str) -> None:
    template = PodTemplate(containers=(Container(name="bench", image=image, ports=(Port(container_port=80),)),))
    with tempfile.TemporaryDirectory() as home:
        store = await SqlStore.open(f"sqlite:///{Path(home) / 'kubelite.db'}")
        product, raw = Product(store, template), Raw(template)
        try:
            await raw.open()
            await product.engine.start()
            if "heal" in parts:
                await measure_heal(product, raw, runs)
            for count in (10, 50):
                if f"up{count}" in parts:
                    await measure_up(product, raw, count, runs)
            if "resync" in parts:
                await product.up(50)
                await measure_resync(product)
                await product.down()
        finally:
            await product.engine.stop()
            for instance in (product.instance, raw.instance):
                await clean(raw.client, instance)
            await raw.client.aclose()
            await store.aclose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--image", default="kubelite/tiny:1")
    given = parser.parse_args()
    wanted = set(given.only.split(","))
    asyncio.run(measure(wanted, given.runs, given.image))
    if "idle" in wanted:
        idle.measure(50, idle.MEASURED_SECONDS, given.image)
