"""A question with candidates has a button for each; a click is the answer."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser import OpenScreen
from tests.web.conftest import Site
from tests.web.test_page import enter


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_a_question_is_answered_by_a_click(site: Site, open_screen: OpenScreen) -> None:
    screen = await open_screen()
    await enter(site, screen)
    page = screen.page
    await screen.say("restart")
    await expect(page.get_by_text("Which app do you mean: web or api?")).to_be_visible()
    await expect(page.get_by_test_id("choice-web")).to_be_enabled()
    await page.get_by_test_id("choice-api").click()
    await expect(page.get_by_text("You said: api.")).to_be_visible()
    await expect(page.get_by_test_id("choice-web")).to_be_disabled()
    assert await screen.too_wide() <= 0
    await screen.shot("choices")


@pytest.mark.parametrize(
    ("actions", "shown"),
    [
        ([{"action": "clarify", "candidates": ["a", "b"]}], ["a", "b"]),
        ([{"action": "clarify", "candidates": ["a"]}], None),
        ([{"action": "clarify", "candidates": [str(number) for number in range(9)]}], None),
        ([{"action": "clarify"}], None),
        ([{"action": "deploy", "candidates": ["a", "b"]}], None),
        ([{"action": "clarify", "candidates": ["a", "b"]}, {"action": "clarify", "candidates": ["c", "d"]}], None),
        ([], None),
    ],
)
def test_which_questions_have_buttons(
    actions: list[dict[str, Any]], shown: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    import chainlit as cl

    from app.web import cards

    monkeypatch.setattr(cl, "CustomElement", lambda **values: values["props"]["choices"])
    assert cards.choices(actions) == ([shown] if shown else [])
