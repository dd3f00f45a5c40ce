"""The same sentence and the same manifest on rented machines: priced, approved, running, healed, moved, gone, paid.

Against the stand-in of the network's manager, or against a real one (`tests.e2e.network`).
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from playwright.async_api import expect

from tests.browser import OpenScreen
from tests.e2e.network import Network, real_network, stand_in
from tests.e2e.product import Product
from tests.nosana.world import SECRET
from tests.polling import until

pytestmark = [pytest.mark.timeout(1800)]

MANIFEST = Path(__file__).parent / "manifests" / "rented.yaml"


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    found = real_network() or stand_in()
    yield found
    if not found.real:
        try:
            found.check(SECRET)
        finally:
            found.end()


@pytest.fixture(scope="module")
def started(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One product for all of them: a start takes as long as a test."""
    home = tmp_path_factory.mktemp("rented") / "home"
    product = Product(home, {"KUBELITE_RUNTIME": "nosana", **network.environment})
    product.start()
    yield product
    if product.process is not None:
        product.end(signal.SIGKILL)
    assert "Traceback" not in product.log, product.log
    assert network.environment["NOSANA_API_KEY"] not in product.log
    assert SECRET not in product.log


@pytest.fixture
def product(started: Product, network: Network) -> Iterator[Product]:
    """What a test rented is given back, whatever became of it."""
    yield started
    if started.process is None:
        started.start()
    give_back(started, network)


def give_back(product: Product, network: Network) -> None:
    for app in product.state()["apps"]:
        if not app["deleting"]:
            asked = product.tool("delete", apps=[app["name"]])
            product.approve(asked["approval"])
    until(lambda: not product.state()["apps"], network.patience)


def ready(product: Product, name: str, replicas: int) -> bool:
    app = product.app(name)
    counts = app["replicas"]
    return (counts["ready"], counts["total"], counts["desired"]) == (replicas,) * 3


def active(network: Network, app: str) -> list[dict[str, Any]]:
    return [one for one in network.deployments(app) if one["status"] not in ("STOPPED", "ARCHIVED")]


def test_a_manifest_from_a_shell(product: Product, network: Network) -> None:
    asked = product.command("apply", "-f", str(MANIFEST), "--json")
    assert asked.returncode == 1
    told = json.loads(asked.stdout)
    assert re.search(r"^\$0\.\d+ an hour .*has a budget of \$1\.00", told["asked"]["price"]), told
    assert told["asked"]["notes"]
    assert product.state()["apps"] == []

    assert product.approve(told["approval"])["result"]["ok"]
    until(lambda: ready(product, "shop", 1), network.patience)
    if not network.real:
        (body,) = network.creates("shop")
        assert body["confidential"] is True
        assert httpx.get(product.app("shop")["urls"][0]).status_code == 200
    assert until(lambda: product.app("shop")["cost_per_hour"], network.patience) > 0
    assert "shop" in product.tool("cost")["summary"]

    told = product.tool("describe", app="shop")["summary"]
    assert "✔ job definition" in told
    assert "No exec, port-forward or cp there" in told

    moved = product.tool("move", app="shop", to="simulator")
    assert moved["summary"].startswith("Moved: shop answers on simulator")
    assert product.app("shop")["cost_per_hour"] is None
    assert product.state()["money"]["spent"] > 0
    if not network.real:
        assert active(network, "shop") == []


def test_killed_in_the_middle_there_is_one_deployment(product: Product, network: Network) -> None:
    """At every other call: `tests/nosana/test_through_the_engine.py`."""
    if network.real:
        pytest.skip("a reply is held back, which only the stand-in can do")
    network.do("fault", kind="delay", route="POST */deployments/create", seconds=3.0)
    waits = product.ask("deploy 2 nginx as solid on nosana")["approvals"][0]["id"]
    asking = Thread(target=product.try_to_approve, args=(waits,))
    asking.start()
    until(lambda: network.creates("solid"), 20)
    product.end(signal.SIGKILL)  # the create is on its way: it arrives, and its reply reaches nobody
    asking.join()
    network.do("clear-faults")

    product.start()
    until(lambda: ready(product, "solid", 2), network.patience)
    assert len(network.deployments("solid")) == 1

    asked = product.tool("set_env", app="solid", env={"LEVEL": "debug"})
    asking = Thread(target=product.try_to_approve, args=(asked["approval"],))
    asking.start()
    until(lambda: len(network.deployments("solid")) == 2, 20)
    product.end(signal.SIGKILL)  # in the middle of the rollout: old and new beside each other
    asking.join()

    product.start()
    until(lambda: len(network.deployments("solid")) == 1 and ready(product, "solid", 2), network.patience)
    (left,) = network.deployments("solid")
    assert [body["name"] for body in network.creates("solid")].count(left["name"]) == 1
    assert len(network.jobs("solid", "QUEUED", "RUNNING")) == 2


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_from_a_sentence_over_the_price_to_the_end(
    product: Product, network: Network, open_screen: OpenScreen
) -> None:
    screen = await open_screen()
    page, patience = screen.page, network.patience * 1000
    await page.goto(product.link)
    await screen.say("deploy 2 nginx on nosana")
    await expect(page.get_by_test_id("price").first).to_contain_text(
        re.compile(r"^\$0\.\d+ an hour \(\$\d+\.\d+ a day\)")
    )
    await expect(page.get_by_test_id("price").first).to_contain_text("is reserved at once (24 h ahead)")
    await expect(page.get_by_test_id("price").first).to_contain_text(re.compile(r"It ends \d+ \w+ \d+ .* UTC"))
    await screen.shot("nosana-price")
    approve = page.get_by_test_id(re.compile("^approve-")).first
    await expect(approve).to_have_text("Deploy nginx")
    await approve.click()
    counts = page.get_by_test_id("app-nginx-ready")
    await expect(counts).to_have_text("2/2", timeout=patience)
    await expect(page.get_by_test_id("app-nginx-cost")).to_have_text(
        re.compile(r"\$0\.\d*[1-9]\d*/h"), timeout=patience
    )
    await expect(page.get_by_test_id("app-nginx").get_by_role("link")).to_be_visible()
    await expect(page.get_by_test_id("board-money")).to_contain_text(re.compile(r"\$0\.\d*[1-9]\d*/h · \$.* left"))
    await screen.say("what does it cost?")
    await expect(page.get_by_text(re.compile("^Balance: .* can be spent")).last).to_be_visible()
    await screen.say("show me the logs of nginx")
    await expect(page.get_by_text(re.compile(r"nginx-\d .*\w")).last).to_be_visible()
    await screen.shot("nosana-running")
    if not network.real:
        await a_host_is_lost(product, network)
        await expect(counts).to_have_text("2/2")
        await screen.shot("nosana-healed")
    await screen.say("delete nginx")
    last = page.get_by_test_id(re.compile("^approve-")).last
    await expect(last).to_have_text("Delete nginx")
    await last.click()
    await expect(page.get_by_test_id("app-nginx")).to_have_count(0, timeout=patience)
    if not network.real:
        assert network.deployments("nginx") == []


async def a_host_is_lost(product: Product, network: Network) -> None:
    """Where the network watches its tunnels, its own manager rents another machine after a minute of silence. That
    minute is skipped, so from here on the network's clock is ahead of ours: the last that is done there."""
    network.do("watch-tunnels", watched=True)
    before = {job["job"] for job in network.jobs("nginx", "RUNNING")}
    victim = network.jobs("nginx", "RUNNING")[0]
    network.do("lose-host", of=victim["node"])
    network.do("skip", seconds=70)

    def healed() -> bool:
        running = {pod["runtime_id"] for pod in product.app("nginx")["pods"]}
        return ready(product, "nginx", 2) and victim["job"] not in running and running != before

    await asyncio.to_thread(until, healed, 30)
    assert victim["node"] not in {job["node"] for job in network.jobs("nginx", "RUNNING")}
