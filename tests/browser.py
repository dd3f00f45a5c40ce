"""Chromium for tests: a browser that sees nothing but this machine, and pages that report what went wrong in them.

Needs Chromium on the PATH and skips without it, unless `KUBELITE_REQUIRE` names `browser`. Screenshots go to the
directory `KUBELITE_SHOTS`, when that is set. Tests that use it run in the session's event loop:
`pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--js-flags=--single-threaded",  # no helpers of the script engine beside it: a sixth less of the processor
)
TIMEOUT_MS = 15_000
expect.set_options(timeout=TIMEOUT_MS)


@dataclass
class Screen:
    """One page in a context (cookies) of its own. `errors` are uncaught script errors and refused resources;
    `foreign` are requests to anything but this machine."""

    page: Page
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    async def shot(self, name: str) -> None:
        if directory := os.environ.get("KUBELITE_SHOTS"):
            await self.page.screenshot(path=Path(directory) / f"{name}.png")

    async def say(self, text: str) -> None:
        """Types into the chat and sends."""
        await self.page.locator("#chat-input").click()
        await self.page.keyboard.insert_text(text)
        await self.page.locator("#chat-submit:not([disabled])").click()

    async def becomes(self, script: str) -> None:
        """Returns once the script's value is true, which something that still moves may make it."""
        await self.page.wait_for_function(script)

    async def too_wide(self) -> int:
        """Pixels by which the page would scroll sideways, once nothing slides any more that makes it so."""
        with suppress(PlaywrightTimeout):
            await self.page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth", timeout=5000)
        return int(await self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


Scheme = Literal["light", "dark"]


class Contexts:
    """One browser context per size and scheme, emptied of cookies each time it is asked for."""

    def __init__(self, chromium: Browser) -> None:
        self._chromium = chromium
        self.kept: dict[tuple[int, int, Scheme], BrowserContext] = {}

    async def of(self, width: int, height: int, scheme: Scheme) -> BrowserContext:
        key = (width, height, scheme)
        if key not in self.kept:
            size: ViewportSize = {"width": width, "height": height}
            self.kept[key] = await self._chromium.new_context(viewport=size, color_scheme=scheme)
            self.kept[key].set_default_timeout(TIMEOUT_MS)
        await self.kept[key].clear_cookies()
        return self.kept[key]


OpenScreen = Callable[..., Awaitable[Screen]]


def chromium_path() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    reason = "no Chromium on the PATH"
    if "browser" in os.environ.get("KUBELITE_REQUIRE", ""):
        pytest.fail(f"{reason}, and KUBELITE_REQUIRE asks for it")
    pytest.skip(reason)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = chromium_path()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def contexts(chromium: Browser) -> AsyncIterator[Contexts]:
    """Kept for the session: a new context loads and compiles four megabytes of script again."""
    found = Contexts(chromium)
    yield found
    for context in found.kept.values():
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_screen(contexts: Contexts) -> AsyncIterator[OpenScreen]:
    """`await open_screen(width=1440, height=900, scheme="light")`: a new page, logged out. Afterwards no page may have
    had a script error or asked a public host."""
    screens: list[Screen] = []

    async def opened(width: int = 1440, height: int = 900, scheme: Scheme = "light") -> Screen:
        context = await contexts.of(width, height, scheme)
        screen = Screen(await context.new_page())
        _watch(screen)
        screens.append(screen)
        return screen

    yield opened
    for screen in screens:
        await screen.page.close()
    assert [screen.foreign for screen in screens if screen.foreign] == []
    assert [screen.errors for screen in screens if screen.errors] == []


def _watch(screen: Screen) -> None:
    def asked(url: str) -> None:
        if url.startswith(("http", "ws")) and urlsplit(url).hostname not in ("127.0.0.1", "localhost"):
            screen.foreign.append(url)

    def said(kind: str, text: str) -> None:
        if kind == "error" and "Content Security Policy" in text:
            screen.errors.append(text)

    screen.page.on("request", lambda request: asked(request.url))
    screen.page.on("websocket", lambda websocket: asked(websocket.url))
    screen.page.on("pageerror", lambda error: screen.errors.append(str(error)))
    screen.page.on("console", lambda message: said(message.type, message.text))
