"""A stored chat opened again in a real browser: it always shows, whatever order the network answers in."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Route, expect

from tests.browser import OpenScreen, Screen
from tests.web.conftest import Site
from tests.web.test_page import enter

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def chat_with_one_sentence(site: Site, screen: Screen) -> str:
    """Returns the address of the stored chat; the page shows it."""
    await enter(site, screen)
    await screen.say("first words")
    await expect(screen.page.get_by_text("You said: first words")).to_be_visible()
    await expect(screen.page).to_have_url(re.compile("/thread/"))
    return screen.page.url


async def test_the_chat_shows_when_answers_overtake_each_other_and_what_is_typed_stays_in_it(
    site: Site, open_screen: OpenScreen
) -> None:
    """Chainlit opens two sessions for a stored chat; whose session id was acknowledged last is the one it keeps."""
    screen = await open_screen()
    chat = await chat_with_one_sentence(site, screen)
    page = screen.page
    later_answered = asyncio.Event()
    posts: list[Route] = []

    async def overtaking(route: Route) -> None:
        posts.append(route)
        if len(posts) == 1:
            await later_answered.wait()
        await route.fulfill(json={"message": "Session cookie set"})
        later_answered.set()

    await page.route("**/set-session-cookie", overtaking)
    await page.reload()
    await expect(page.get_by_text("You said: first words")).to_be_visible()
    await screen.say("second words")
    await expect(page.get_by_text("You said: second words")).to_be_visible()
    await expect(page).to_have_url(chat)
    await page.unroute("**/set-session-cookie")
    await page.reload()
    await expect(page.get_by_text("You said: first words")).to_be_visible()
    await expect(page.get_by_text("You said: second words")).to_be_visible()


@pytest.mark.parametrize("part", ["**/assets/index-*.js", "**/kubelite/main.js", "**/kubelite/sessions.js"])
async def test_a_page_whose_script_did_not_arrive_is_loaded_again(
    site: Site, open_screen: OpenScreen, part: str
) -> None:
    screen = await open_screen()
    await enter(site, screen)
    await screen.page.route(part, lambda route: route.abort("failed"), times=2)
    await screen.page.reload()
    await expect(screen.page.get_by_text("Answers come from")).to_be_visible()
    await expect(screen.page.get_by_test_id("board-panel")).to_be_visible()


async def test_a_page_whose_script_never_arrives_is_not_loaded_for_ever(site: Site, open_screen: OpenScreen) -> None:
    screen = await open_screen()
    await enter(site, screen)
    asked: list[str] = []

    async def refuse(route: Route) -> None:
        asked.append(route.request.url)
        await route.abort("failed")

    await screen.page.route("**/kubelite/sessions.js", refuse)
    await screen.page.reload()
    await expect(screen.page.get_by_text("Answers come from")).to_be_visible()  # the chat, without the board
    async with asyncio.timeout(10):
        while len(asked) < 6:  # noqa: ASYNC110  the browser asks when it likes
            await asyncio.sleep(0.05)
    assert len(asked) == 6
