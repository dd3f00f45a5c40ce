"""The page in a real browser: what a person sees and clicks."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3

import pytest
from playwright.async_api import FilePayload, Route, expect

from tests.browser import OpenScreen, Screen
from tests.web.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def enter(site: Site, screen: Screen) -> None:
    """By the login link, to the greeting."""
    await screen.page.goto(site.link)
    await expect(screen.page.get_by_text("Answers come from")).to_be_visible()


async def ask_to_delete(site: Site, screen: Screen, app: str) -> str:
    """Returns the id of the approval, whose card is on the page and can be clicked."""
    await screen.say(f"delete {app}")
    button = screen.page.get_by_test_id(re.compile("^approve-"))
    await expect(button).to_be_enabled()
    name = await button.get_attribute("data-testid")
    assert name is not None
    return name.removeprefix("approve-")


async def test_the_login_link_opens_the_page_with_greeting_suggestions_and_board(
    site: Site, open_screen: OpenScreen
) -> None:
    screen = await open_screen()
    await enter(site, screen)
    page = screen.page
    await expect(page.get_by_text("The simulator runtime is connected")).to_be_visible()
    await expect(page.get_by_text("I ask before anything is destroyed")).to_be_visible()
    await expect(page.get_by_test_id("starter-deploy-3-nginx")).to_be_visible()
    await expect(page.get_by_test_id("board")).to_have_count(1)
    await expect(page.get_by_test_id("board-strip")).to_contain_text("simulator")
    assert await screen.too_wide() <= 0
    await screen.shot("welcome")


async def test_a_sentence_becomes_a_tool_step_a_streamed_reply_and_a_line_on_the_board(
    site: Site, open_screen: OpenScreen
) -> None:
    screen = await open_screen()
    await enter(site, screen)
    page = screen.page
    step = page.locator("#step-deploy")
    with site.last_replica_waits():
        await page.get_by_test_id("starter-deploy-3-nginx").click()
        await expect(step).to_contain_text("Using")
        await expect(page.get_by_text("2 of 3 ready")).to_be_visible()  # live, while the tool runs
        await screen.shot("tool-running")
    await expect(page.get_by_text("Done: nginx runs with 3 of 3 replicas ready at")).to_be_visible()
    link = page.get_by_role("link", name="http://127.0.0.1:32768")
    await link.dispatch_event("pointerdown")
    await expect(link).to_have_attribute("href", "http://localhost:32768/")  # where our cookie does not go
    await expect(step).to_contain_text("Used")
    await expect(page.get_by_test_id("app-nginx-ready")).to_have_text("3/3")
    await expect(page.get_by_test_id("app-nginx-status")).to_have_text("Running")
    await expect(page.get_by_test_id("app-nginx").get_by_role("link").first).to_have_attribute(
        "href", re.compile(r"^http://localhost:\d+/$")
    )
    await screen.shot("deployed")


async def test_a_failed_tool_stays_open_with_its_reason(site: Site, open_screen: OpenScreen) -> None:
    screen = await open_screen()
    await enter(site, screen)
    await screen.say("fail please")
    await expect(screen.page.get_by_text("That did not work: there is no app ghost.")).to_be_visible()
    await expect(screen.page.locator("#step-scale")).to_have_attribute("aria-expanded", "true")
    await expect(screen.page.get_by_text("Did you mean gost?")).to_be_visible()


async def test_an_approval_is_asked_on_a_card_and_one_click_carries_it_out(site: Site, open_screen: OpenScreen) -> None:
    screen = await open_screen()
    await enter(site, screen)
    await site.post("/api/ask", text="deploy 2 cache")
    approval = await ask_to_delete(site, screen, "cache")
    page = screen.page
    card = page.get_by_test_id(f"approval-{approval}")
    await expect(card).to_contain_text("delete cache")  # the sentence
    await expect(card).to_contain_text("2 replicas")
    await expect(card).to_contain_text("the logs of its containers")
    await expect(card).to_contain_text("expires in 9:")
    await expect(page.get_by_test_id(f"reject-{approval}")).to_be_focused()
    await expect(page.get_by_test_id("board-needs")).to_contain_text("Delete cache?")
    await screen.shot("approval")
    await page.get_by_test_id(f"approve-{approval}").click()
    line = page.get_by_test_id(f"decided-{approval}")
    await expect(line).to_contain_text("Deleted cache · admin · ")
    await expect(page.get_by_text("Done: cache is gone.")).to_be_visible()  # pushed into the chat
    await expect(page.get_by_test_id("app-cache")).to_have_count(0)
    await expect(page.get_by_test_id("board-needs")).to_have_count(0)
    await screen.shot("approved")
    again = await site.post(f"/api/approvals/{approval}", decision="approve")
    assert again.status_code == 409
    assert "done by admin already" in again.json()["error"]


async def test_the_card_survives_a_reload_and_a_restart_and_can_be_decided_then(
    own_site: Site, open_screen: OpenScreen
) -> None:
    site = own_site
    screen = await open_screen()
    await enter(site, screen)
    await screen.say("deploy 1 shop")
    await expect(screen.page.get_by_test_id("app-shop-ready")).to_have_text("1/1")
    approval = await ask_to_delete(site, screen, "shop")
    page = screen.page
    await expect(page).to_have_url(re.compile("/thread/"))
    await expect(page.get_by_test_id(f"reject-{approval}")).to_be_focused()
    await page.keyboard.type("yes")  # who types means the chat, not the button that has the focus
    await expect(page.locator("#chat-input")).to_have_text("yes")
    await page.reload()
    await expect(page.get_by_test_id(f"approve-{approval}")).to_be_enabled()
    site.stop()
    await expect(page.get_by_test_id("board-lost")).to_be_visible()
    await screen.shot("server-lost")
    site.start()
    await expect(page.get_by_test_id("board-lost")).to_have_count(0)
    await page.reload()
    await expect(page.get_by_test_id(f"approve-{approval}")).to_be_enabled()
    await expect(page.get_by_text("Used deploy")).to_be_visible()  # the chat is there as well
    await page.get_by_test_id(f"reject-{approval}").click()
    await expect(page.get_by_test_id(f"decided-{approval}")).to_contain_text("Kept shop · admin said no · ")
    await page.reload()
    await expect(page.get_by_test_id(f"decided-{approval}")).to_be_visible()
    await expect(page.get_by_text("Kept: Delete shop was not done.")).to_be_visible()
    check_the_stored_chat(site)


def check_the_stored_chat(site: Site) -> None:
    """Chainlit swallows SQL errors, so what should be stored is looked for in the file."""
    with sqlite3.connect(site.home / "chat.db") as database:
        database.row_factory = sqlite3.Row
        steps = database.execute('SELECT * FROM steps ORDER BY "createdAt"').fetchall()
        elements = database.execute("SELECT * FROM elements").fetchall()
        threads = database.execute("SELECT * FROM threads").fetchall()
    by_type = {kind: [step for step in steps if step["type"] == kind] for kind in ("user_message", "tool")}
    assert [step["output"] for step in by_type["user_message"]] == ["deploy 1 shop", "delete shop"]
    assert [step["name"] for step in by_type["tool"]] == ["deploy", "delete_app"]
    assert all(step["createdAt"] and step["start"] and step["end"] for step in by_type["tool"])
    assert by_type["tool"][0]["output"] == "**shop** runs: 1 of 1 ready."
    assert all(step["createdAt"] for step in steps)
    assert {element["name"] for element in elements} == {"Board", "Approval"}
    assert all(json.loads(element["props"]) and element["forId"] for element in elements)
    assert [thread["userIdentifier"] for thread in threads] == ["admin"]
    assert "An error occurred" not in site.log
    assert "Traceback" not in site.log


async def after_a_while(route: Route) -> None:
    """A server that is slow."""
    await asyncio.sleep(0.6)
    await route.continue_()


async def test_a_decision_by_the_api_reaches_the_open_page(site: Site, open_screen: OpenScreen) -> None:
    screen = await open_screen()
    await enter(site, screen)
    await site.post("/api/ask", text="deploy 1 remote")
    await screen.page.route("**/api/approvals/*", after_a_while)
    approval = await ask_to_delete(site, screen, "remote")
    await expect(screen.page.get_by_test_id(f"reject-{approval}")).to_be_focused()  # however late the answer came
    answer = await site.post(f"/api/approvals/{approval}", decision="approve")
    assert answer.json()["state"] == "done"
    await expect(screen.page.get_by_test_id(f"decided-{approval}")).to_contain_text("Deleted remote")
    await expect(screen.page.get_by_text("Done: remote is gone.")).to_be_visible()


async def test_what_happens_to_a_chat_while_no_page_shows_it_is_there_later(
    site: Site, open_screen: OpenScreen
) -> None:
    screen = await open_screen()
    await enter(site, screen)
    page = screen.page
    await screen.say("hello")
    await expect(page).to_have_url(re.compile("/thread/"))
    chat = page.url
    thread = chat.rpartition("/")[2]
    await page.goto("about:blank")
    await site.post("/api/ask", text="deploy 1 absent", conversation=thread)
    asked = await site.post("/api/ask", text="delete absent", conversation=thread)
    approval = asked.json()["approvals"][0]["id"]
    await page.goto(chat)
    await expect(page.get_by_test_id(f"approve-{approval}")).to_be_enabled()
    await page.goto("about:blank")
    await site.post(f"/api/approvals/{approval}", decision="approve")
    await page.goto(chat)
    await expect(page.get_by_text("Done: absent is gone.")).to_be_visible()
    await expect(page.get_by_test_id(f"approve-{approval}")).to_have_count(0)


async def test_an_approval_of_another_conversation_is_decided_on_the_board(site: Site, open_screen: OpenScreen) -> None:
    for text in ("deploy 1 elsewhere", "delete elsewhere"):
        await site.post("/api/ask", text=text, conversation="shell")
    screen = await open_screen()
    await enter(site, screen)
    page = screen.page
    need = page.get_by_test_id("board-needs").locator(".kl-need", has_text="Delete elsewhere?")
    await need.get_by_role("button", name="Review").click()
    await need.get_by_role("button", name="Delete elsewhere").click()
    await expect(page.get_by_test_id("app-elsewhere")).to_have_count(0)


async def test_a_question_that_comes_and_goes_leaves_the_cards_of_the_apps_as_they_are(
    site: Site, open_screen: OpenScreen
) -> None:
    await site.post("/api/ask", text="deploy 2 steady")
    screen = await open_screen(width=1400)
    await enter(site, screen)
    page = screen.page
    await page.get_by_test_id("app-steady").locator(".kl-head").click()  # a closed card is drawn only when it changes
    await page.evaluate(
        """window.bare = 0;
        new MutationObserver(() => { window.bare += document.querySelectorAll('article:empty').length; })
            .observe(document.body, { childList: true, subtree: true });"""
    )
    await site.post("/api/ask", text="delete steady", conversation="shell")
    need = page.get_by_test_id("board-needs").locator(".kl-need", has_text="Delete steady?")
    await need.get_by_role("button", name="Review").click()
    await need.get_by_test_id(re.compile("^reject-")).click()
    await expect(page.locator(".kl-need", has_text="Delete steady?")).to_have_count(0)
    await expect(page.get_by_test_id("app-steady-ready")).to_have_text("2/2")
    assert await page.evaluate("window.bare") == 0


async def test_a_manifest_is_attached_and_read(site: Site, open_screen: OpenScreen) -> None:
    screen = await open_screen()
    await enter(site, screen)
    manifest = b"kind: Application\nmetadata:\n  name: from-file\n"
    await screen.page.locator("#upload-button-input").set_input_files(
        [FilePayload(name="app.yaml", mimeType="application/yaml", buffer=manifest)]
    )
    await screen.say("apply this")
    await expect(screen.page.get_by_text("I read 1 manifest.")).to_be_visible()


async def test_the_board_says_which_app_fails_and_why_and_keeps_the_reader_open_rows(
    site: Site, open_screen: OpenScreen
) -> None:
    await site.post("/api/ask", text="deploy 3 broken")
    site.change_app("broken", ready=2, failing=1)
    screen = await open_screen(scheme="dark")
    await enter(site, screen)
    card = screen.page.get_by_test_id("app-broken")
    await expect(card).to_contain_text("could not resolve host db-prdo")
    await expect(screen.page.get_by_test_id("app-broken-status")).to_have_text("Crash-looping")
    await expect(card).to_contain_text("asked 3, running 2")
    await expect(screen.page.locator(".kl-app").first).to_have_attribute("data-testid", "app-broken")  # worst first
    await screen.shot("board-dark")


async def test_services_have_rows_under_the_apps(own_site: Site, open_screen: OpenScreen) -> None:
    (own_site.home / "objects.json").write_text('[["front", 80, "http://127.0.0.1:30080"]]', encoding="utf-8")
    screen = await open_screen(width=1400, height=900)
    await enter(own_site, screen)
    row = screen.page.get_by_test_id("Service-front").first
    await expect(row).to_contain_text("80/TCP · 1 of 1 replicas behind it")
    await expect(row.locator("a")).to_have_text("127.0.0.1:30080")
    await screen.shot("services")
    (own_site.home / "objects.json").unlink()
    await expect(screen.page.get_by_test_id("board-beside")).to_have_count(0)
    assert screen.errors == []


IN_SIGHT = """() => {
    const button = document.querySelector('[data-testid^="approve-"]').getBoundingClientRect();
    const composer = document.querySelector('#message-composer, #chat-input').getBoundingClientRect();
    return button.bottom <= composer.top;
}"""
"""The button is not behind the place to type, once the chat has scrolled."""


async def test_the_phone_shows_everything_without_sideways_scroll(site: Site, open_screen: OpenScreen) -> None:
    screen = await open_screen(width=390, height=844, scheme="dark")
    await enter(site, screen)
    page = screen.page
    await expect(page.get_by_test_id("board")).to_be_visible()  # inside the first message
    assert await screen.too_wide() <= 0
    await screen.say("deploy 1 pocket")
    await expect(page.get_by_text("Done: pocket runs")).to_be_visible()
    approval = await ask_to_delete(site, screen, "pocket")
    assert await screen.too_wide() <= 0
    await screen.shot("phone-approval")
    box = await page.get_by_test_id(f"approve-{approval}").bounding_box()
    assert box is not None
    assert box["height"] >= 44
    await screen.becomes(IN_SIGHT)
    await page.get_by_test_id("board-pill").click()
    await expect(page.get_by_test_id("board-panel")).to_be_visible()
    await expect(page.get_by_role("button", name="Close the board")).to_be_focused()
    assert await screen.too_wide() <= 0
    await screen.shot("phone-board")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("board-pill")).to_be_focused()
    await expect(page).to_have_url(re.compile("/thread/"))
    await page.reload()
    await expect(page.get_by_test_id(f"approve-{approval}")).to_be_enabled()


async def test_the_wall_page_shows_the_board_alone(site: Site, open_screen: OpenScreen) -> None:
    await site.post("/api/ask", text="deploy 2 wall")
    screen = await open_screen(scheme="dark")
    await enter(site, screen)
    await screen.page.goto(f"{site.url}/dashboard")
    await expect(screen.page.get_by_test_id("app-wall-ready")).to_have_text("2/2")
    assert await screen.too_wide() <= 0
    await screen.shot("wall")


async def test_the_login_form_takes_the_token_and_says_what_is_wrong(site: Site, open_screen: OpenScreen) -> None:
    screen = await open_screen()
    page = screen.page
    await page.goto(f"{site.url}/dashboard")
    await page.locator("#email").fill("admin")
    await page.locator("#password").fill("wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("User or token is wrong")).to_be_visible()
    await expect(page.get_by_test_id("board-panel")).to_have_count(0)
    await screen.shot("login")
    await page.locator("#password").fill(site.token)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Answers come from")).to_be_visible()
    await expect(page.get_by_test_id("board-panel")).to_be_visible()


async def test_a_tool_step_shows_and_stores_no_secret(own_site: Site, open_screen: OpenScreen) -> None:
    screen = await open_screen()
    await enter(own_site, screen)
    await screen.say("change the environment")
    await expect(screen.page.get_by_text("Done: two variables set.")).to_be_visible()
    await screen.page.locator("#step-set_env").click()
    await expect(screen.page.get_by_text("(hidden)")).to_be_visible()
    own_site.stop()
    with sqlite3.connect(own_site.home / "chat.db") as database:
        steps = repr(database.execute("SELECT * FROM steps").fetchall())
    assert "(hidden)" in steps
    assert "hunter2" not in steps


HOSTILE = (
    "![leak](http://evil.example/?q=1) <img src=http://evil.example/i onerror=alert(1)> <script>alert(2)</script> "
    "[log in](javascript:alert(3)) <a href=javascript:alert(4)>here</a> <b>bold</b> <iframe src=//evil.example>"
)
"""What a container, a registry or a model may print."""


STRANGE = """() => {
    const kinds = 'a[href^="javascript:" i], iframe, [onerror], .kl-board img, body script';
    const made = [...document.querySelectorAll(kinds)].filter((node) => !node.src?.startsWith(location.origin));
    const bold = [...document.querySelectorAll('b')].filter((node) => node.textContent === 'bold');
    return [...made, ...bold].map((node) => node.outerHTML.slice(0, 120));
}"""
"""Finds elements that only such text can have made."""


async def test_text_from_outside_stays_text(site: Site, open_screen: OpenScreen) -> None:
    hostile = {"image": HOSTILE, "reason": HOSTILE, "detail": HOSTILE}
    site.change_app("evil", **hostile, wished=1, ready=0, failing=0, since=0)
    screen = await open_screen()
    await enter(site, screen)
    page = screen.page
    card = page.get_by_test_id("app-evil")
    await expect(card.locator(".kl-reason")).to_have_text(HOSTILE)
    await expect(card.locator("code")).to_have_text(HOSTILE)
    if await card.locator(".kl-row").count() == 0:
        await card.locator(".kl-head").click()
    await expect(card.locator(".kl-row")).to_contain_text("javascript:alert(3)")
    await screen.say(f"delete evil {HOSTILE}")  # into the approval card, the step and the reply
    await expect(page.get_by_test_id(re.compile("^approval-")).first).to_contain_text("<script>alert(2)</script>")
    await screen.say(HOSTILE)
    await expect(page.get_by_text("You said:")).to_be_visible()
    assert await page.evaluate(STRANGE) == []
    assert await screen.too_wide() <= 0
    await screen.shot("hostile")
    await page.goto(f"{site.url}/dashboard")
    await expect(page.get_by_test_id("app-evil")).to_contain_text("<b>bold</b>")
    assert await page.evaluate(STRANGE) == []
    site.change_app("evil", image="evil", reason="", detail="", ready=1)
    screen.foreign.clear()  # the browser names the request, the policy refuses it:
    assert any("evil.example" in error for error in screen.errors)
    screen.errors.clear()


async def test_an_address_is_opened_where_the_login_cookie_does_not_go_by_keyboard_too(
    site: Site, open_screen: OpenScreen
) -> None:
    screen = await open_screen()
    await enter(site, screen)
    await screen.say("deploy 1 keyed")
    link = screen.page.get_by_role("link", name="http://127.0.0.1:32768")
    await expect(link).to_be_visible()
    await link.focus()
    await expect(link).to_have_attribute("href", "http://localhost:32768/")


async def test_a_long_name_stays_inside_the_board(site: Site, open_screen: OpenScreen) -> None:
    name = "a" * 63
    site.change_app(name, image=f"registry.example:5000/{'b' * 80}:1", wished=2, ready=2, failing=0, since=0)
    for width in (1440, 390):
        screen = await open_screen(width=width, height=844)
        await enter(site, screen)
        await expect(screen.page.get_by_test_id(f"app-{name}").first).to_be_attached()
        assert await screen.too_wide() <= 0
        boards = "[...document.querySelectorAll('.kl-board')]"
        await screen.becomes(f"{boards}.length && {boards}.every((board) => board.scrollWidth <= board.clientWidth)")
    site.change_app(name, wished=0, ready=0)


async def test_uploads_that_cannot_be_used_are_answered_with_one_sentence(site: Site, open_screen: OpenScreen) -> None:
    screen = await open_screen()
    await enter(site, screen)
    page = screen.page

    async def attach(content: bytes) -> None:
        file = FilePayload(name="app.yaml", mimeType="application/yaml", buffer=content)
        await page.locator("#upload-button-input").set_input_files([file])

    async with page.expect_response("**/project/file?*"):
        await attach(b"#" * 300_000)
    await screen.say("apply this")
    await expect(page.get_by_text("app.yaml is larger than 256 KiB, so nothing was done")).to_be_visible()
    await attach(b"#" * 3_000_000)
    await expect(page.get_by_text("File is larger than 1 MB")).to_be_visible()
    await attach(b"")
    await expect(page.get_by_text("Failed to upload app.yaml: This cannot be used; nothing was done.")).to_be_visible()
    assert "Traceback" not in site.log
