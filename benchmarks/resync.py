"""One resync with nothing to do: CPU milliseconds for `--apps` apps of `--replicas` replicas on the simulator.

Budget: 250 ms for 1,000 apps of 10. Counts the full list into the cache and one reconcile of every app.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time

from app.core.approvals import Mode
from app.core.pods import PodId, PodPhase, PodRequest
from app.core.spec import AppKey, AppSpec, Container, PodTemplate
from app.engine.engine import Engine
from app.engine.facade.orchestrator import Orchestrator
from app.engine.observing.site import PodSite
from app.engine.observing.watcher import Watcher
from app.runtimes.clock import SystemClock
from app.runtimes.simulator import Simulator
from app.stores.memory import MemoryStore


def spec(number: int, replicas: int) -> AppSpec:
    name = f"app-{number}"
    template = PodTemplate(containers=(Container(name=name, image="nginx:1.25"),))
    return AppSpec(name=name, runtime="simulator", replicas=replicas, template=template)


async def build(apps: int, replicas: int) -> tuple[Engine, Orchestrator]:
    clock = SystemClock()
    simulator = Simulator(clock)
    engine = Engine(MemoryStore(), {"simulator": simulator}, clock)
    orchestrator = Orchestrator(engine, default_runtime="simulator", mode=Mode.ASK)
    await simulator.pull_image("nginx:1.25", lambda _progress: None)
    for number in range(apps):
        await engine.desired.wish(spec(number, replicas), "benchmark")
    wishes = engine.desired.all()
    requests = [
        PodRequest(PodId(wish.key, slot, 1), wish.template_hash, wish.spec.template)
        for wish in wishes
        for slot in range(replicas)
    ]
    pods = await asyncio.gather(*(simulator.start_pod(request) for request in requests))
    assert all(pod.phase is PodPhase.RUNNING for pod in pods)
    await engine.records.load()
    return engine, orchestrator


async def measure(apps: int, replicas: int, rounds: int) -> None:
    engine, orchestrator = await build(apps, replicas)
    site = engine.sites["simulator"]
    assert isinstance(site, PodSite)
    watcher = Watcher(site, engine.controller, engine.clock, lambda _key: None, lambda: None)
    keys = [AppKey("default", f"app-{number}") for number in range(apps)]
    await watcher.resync()
    for key in keys:
        await engine.controller.reconcile(key)
    figures = []
    for _ in range(rounds):
        begun = time.process_time()
        await watcher.resync()
        for key in keys:
            await engine.controller.reconcile(key)
        figures.append((time.process_time() - begun) * 1000)
    begun = time.process_time()
    views = orchestrator.apps()
    board = (time.process_time() - begun) * 1000
    assert all(view.settled for view in views)
    print(
        f"resync of {apps} apps x {replicas}: CPU ms median {statistics.median(figures):.0f}, max {max(figures):.0f}"
        f" ({rounds} rounds); the whole board once: {board:.0f} ms"
    )
    await engine.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--apps", type=int, default=1000)
    parser.add_argument("--replicas", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.apps, arguments.replicas, arguments.rounds))
