"""Healing as a person meets it: an app fails by itself, and the open page is asked, watches, and is told."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser import OpenScreen
from tests.e2e.product import Product
from tests.polling import until

MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: hungry}
spec:
  selector: {matchLabels: {app: hungry}}
  template:
    metadata: {labels: {app: hungry}}
    spec:
      containers:
      - name: hungry
        image: acme/shop:1
        env: [{name: NEEDS_MEMORY, value: 100Mi}]
        resources: {limits: {memory: 64Mi}}
"""
PATIENCE_MS = 40_000


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    """On the simulator, mode ask; a remedy counts after three seconds."""
    settings = {"KUBELITE_RUNTIME": "simulator", "KUBELITE_HEAL_HOLD_SECONDS": "3"}
    made = Product(tmp_path / "home", settings)
    made.start()
    yield made
    if made.process is not None:
        made.end(signal.SIGKILL)
    assert "Traceback" not in made.log, made.log


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_an_app_that_fails_by_itself_is_mended_from_the_open_page(
    product: Product, open_screen: OpenScreen
) -> None:
    screen = await open_screen()
    page = screen.page
    await page.goto(product.link)
    await expect(page.get_by_text("Answers come from")).to_be_visible()
    await screen.say("show me what's running")
    await expect(page.get_by_text(re.compile("no apps", re.IGNORECASE)).first).to_be_visible()

    assert (await asyncio.to_thread(product.tool, "apply_manifest", yaml=MANIFEST))["data"] is not None
    line = page.get_by_test_id("app-hungry-incident")
    await expect(line).to_contain_text("out of memory", timeout=PATIENCE_MS)
    approve = page.get_by_test_id(re.compile("^approve-")).first
    await expect(approve).to_be_enabled(timeout=PATIENCE_MS)  # nobody asked for it
    await expect(post(page, "May I raise the memory limit from 64Mi to 128Mi?")).to_be_visible()
    await expect(page.get_by_test_id("app-hungry-review")).to_be_visible()
    await screen.shot("healing-asks")

    await approve.click()
    await expect(post(page, "Tried: raise the memory limit from 64Mi to 128Mi")).to_be_visible(timeout=PATIENCE_MS)
    await expect(post(page, "It helped: raise the memory limit from 64Mi to 128Mi")).to_be_visible(timeout=PATIENCE_MS)
    await expect(line).to_have_count(0)
    await expect(page.get_by_test_id("app-hungry-status")).to_have_text("Running")
    await screen.shot("healing-helped")
    right = page.get_by_test_id(re.compile("^right-")).last
    await right.click()
    await expect(page.get_by_text("You said it was right.")).to_be_visible()
    await screen.shot("healing-judged")
    await _after_a_reload(page)

    incidents = await asyncio.to_thread(product.tool, "incidents")
    [past] = incidents["data"]["past"]
    assert (past["judged_right"], past["healed_by"]) == (True, "raise the memory limit from 64Mi to 128Mi")
    lessons = await asyncio.to_thread(product.tool, "lessons")
    assert "increase memory" in lessons["summary"]


def post(page: Page, words: str) -> Locator:
    """What healing says in the chat; the board's card says much the same."""
    return page.get_by_text(re.compile(rf"^hungry, incident \w+: {re.escape(words)}"))


async def _after_a_reload(page: Page) -> None:
    """What was posted and said is still there."""
    await page.reload()
    await expect(post(page, "It helped: raise the memory limit")).to_be_visible(timeout=PATIENCE_MS)
    await expect(page.get_by_text("You said it was right.")).to_be_visible()


def test_heal_by_sentence_and_by_command_outlives_a_kill_of_the_server(product: Product) -> None:
    assert product.tool("apply_manifest", yaml=MANIFEST)["data"] is not None
    until(lambda: (product.app("hungry")["incident"] or {}).get("approval"), 30)
    asked = product.app("hungry")["incident"]
    assert product.command("incidents", "hungry").stdout.count(asked["id"]) == 1
    healed = product.command("heal", "hungry")
    assert healed.returncode == 0, healed.stderr
    assert "raise the memory limit from 64Mi to 128Mi" in healed.stdout
    product.end(signal.SIGKILL)
    product.start()
    until(lambda: product.app("hungry")["incident"] is None, 40)
    shown = product.command("incidents", asked["id"], "--json")
    incident = json.loads(shown.stdout)["data"]["incident"]
    assert (incident["state"], len(incident["attempts"])) == ("resolved", 1)
    assert "increase memory" in product.tool("lessons")["summary"]
    assert "Forgot 1 lesson" in product.command("lessons", "--forget", "--image", "acme/shop").stdout
    metrics = product.metrics()
    assert 'kubelite_incidents_open{state="person"} 0.0' in metrics
    assert "kubelite_healed_total" in metrics
