"""The product with a Service on a real Engine: people's requests do not notice what happens to the replicas."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docker_engine import BALANCER, engine_request
from tests.e2e.product import Product
from tests.traffic import during, get

pytestmark = pytest.mark.docker

REQUESTS = 2000
MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.25
        ports: [{containerPort: 80}]
        readinessProbe: {httpGet: {path: /healthz, port: 80}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  selector: {app: web}
  ports: [{port: 80}]
"""


@pytest.fixture
def shop(on_docker: Product, tmp_path: Path) -> Product:
    """Three replicas and a Service, started and settled."""
    on_docker.environment["KUBELITE_BALANCER_IMAGE"] = BALANCER
    on_docker.start()
    manifest = tmp_path / "web.yaml"
    manifest.write_text(MANIFEST, encoding="utf-8")
    applied = on_docker.command("apply", "-f", str(manifest), "--json")
    assert applied.returncode == 0, applied.stderr
    return on_docker


def container_of(product: Product, kind: str) -> str:
    """The id of a container of ours with this label, the newest one."""
    filters = json.dumps({"label": [f"kubelite.io/instance={instance_of(product)}", kind]})
    _, found = engine_request(product.environment["DOCKER_HOST"], "GET", f"/containers/json?filters={quoted(filters)}")
    return str(found[0]["Id"])


def instance_of(product: Product) -> str:
    return (product.home / "instance").read_text(encoding="utf-8").strip()


def quoted(text: str) -> str:
    return text.replace('"', "%22").replace(" ", "%20")


def kill(product: Product, container: str) -> None:
    status, words = engine_request(product.environment["DOCKER_HOST"], "POST", f"/containers/{container}/kill")
    assert status == 204, words


async def until(what: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(what):  # noqa: ASYNC110  another process does it
            await asyncio.sleep(0.2)


def settled(product: Product, revision: int) -> bool:
    app = product.app("web")
    return (app["status"], app["revision"], app["replicas"]) == (
        "Running",
        revision,
        {"desired": 3, "ready": 3, "total": 3},
    )


async def test_requests_go_on_through_a_rollout_a_kill_and_our_own_restart(shop: Product) -> None:
    await until(lambda: settled(shop, 1))
    [service] = shop.app("web")["services"]
    [url] = service["urls"]
    assert service["address"] == "web.default:80"

    async def roll_out() -> None:
        reply = await asyncio.to_thread(shop.ask, "change the image of web to nginx:latest")
        assert [action["action"] for action in reply["actions"]] == ["update_image"], reply
        await until(lambda: settled(shop, 2))

    rollout = await during(roll_out(), url, least=REQUESTS)
    assert rollout.failed == []
    assert rollout.total >= REQUESTS

    async def lose_one() -> None:
        await asyncio.sleep(0.3)
        await asyncio.to_thread(kill, shop, container_of(shop, "kubelite.io/app=default/web"))
        await until(lambda: shop.app("web")["restarts"] == 1 and settled(shop, 2))

    loss = await during(lose_one(), url, least=REQUESTS)
    assert loss.failed == []
    assert loss.total >= REQUESTS

    balancer = container_of(shop, "kubelite.io/service=default/web")
    assert shop.end(signal.SIGTERM) == 0
    assert (await get(url))[0] == 200, "the balancer goes on without us"
    restarted = await during(asyncio.to_thread(shop.start), url, least=100)
    assert restarted.failed == []
    await until(lambda: settled(shop, 2))
    assert container_of(shop, "kubelite.io/service=default/web") == balancer
    assert shop.app("web")["services"][0]["urls"] == [url]

    await asyncio.to_thread(kill, shop, balancer)
    async with asyncio.timeout(20):
        while (await get(url))[0] != 200:  # noqa: ASYNC110  the balancer says nothing when it listens
            await asyncio.sleep(0.1)
    assert container_of(shop, "kubelite.io/service=default/web") != balancer
