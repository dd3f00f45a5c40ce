"""Money on the page: the price before anything is spent, the sum per hour while it is."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from playwright.async_api import expect

from tests.browser import OpenScreen
from tests.web.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Look = tuple[str, int, Literal["light", "dark"]]
LOOKS: tuple[Look, ...] = (("light", 1440, "light"), ("dark", 1440, "dark"), ("phone", 390, "light"))


async def test_a_price_is_read_before_it_is_paid(site: Site, open_screen: OpenScreen) -> None:
    for name, width, scheme in LOOKS:
        screen = await open_screen(width=width, height=900, scheme=scheme)
        page = screen.page
        await page.goto(site.link)
        await screen.say("rent 2 ollama on a GPU")
        price = page.get_by_test_id("price").first
        await expect(price.locator("b")).to_have_text("$0.64 an hour ($15.36 a day)")
        await expect(price.locator("p")).to_have_text(
            [
                re.compile("^for 2 replicas in nvidia-4090 .*only 1 of 2 machines are free there now, so it waits.$"),
                "It ends 30 Nov 2026 17:00 UTC unless you say otherwise.",
                "$15.36 is reserved at once (24 h ahead), which leaves $4.64 of $20.00.",
            ]
        )
        await expect(page.get_by_text("the host's size decides").first).to_be_visible()
        assert await screen.too_wide() <= 0
        await screen.shot(f"price-card-{name}")
        await page.get_by_test_id(re.compile("^reject-")).first.click()
        await expect(page.get_by_test_id(re.compile("^decided-")).first).to_contain_text("Left as it was")


async def test_the_board_shows_what_goes_on_costing(site: Site, open_screen: OpenScreen) -> None:
    row = {"image": "ollama/ollama", "wished": 2, "failing": 0, "since": 1_700_000_000.0}
    waits = "MarketQueue: 2 of 2 replicas wait for a free host in nvidia-4090"
    site.change_app("brain", **row, ready=2, cost="0.64", url=f"https://{'Ab3' * 15}.node.k8s.example")
    site.change_app("queue", **row, ready=0, cost="0", reason=waits)
    site.change_app("owned", **row, ready=2)
    for name, width, scheme in LOOKS:
        screen = await open_screen(width=width, height=900, scheme=scheme)
        page = screen.page
        await page.goto(site.link)
        await page.goto(f"{site.url}/dashboard")
        await expect(page.get_by_test_id("board-money")).to_have_text("$0.64/h · $11.04 left")
        await expect(page.get_by_test_id("app-brain-cost")).to_have_text(" · $0.64/h")
        card = page.get_by_test_id("app-brain")
        edge, end = await card.bounding_box(), await card.get_by_role("link").bounding_box()
        assert edge is not None
        assert end is not None
        assert end["x"] + end["width"] <= edge["x"] + edge["width"]
        await expect(page.get_by_test_id("app-owned")).to_be_visible()
        await expect(page.get_by_test_id("app-owned-cost")).to_have_count(0)
        await expect(page.get_by_test_id("app-queue")).to_contain_text("MarketQueue")
        await expect(page.get_by_test_id("board-strip")).to_contain_text("nosana")
        assert await screen.too_wide() <= 0
        await screen.shot(f"board-money-{name}")
    site.forget_apps("brain", "queue", "owned")
