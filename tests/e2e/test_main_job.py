"""The main job as a person does it: a sentence in a browser, real containers, a kill from outside, one click."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.async_api import expect
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from tests.browser import OpenScreen
from tests.docker_engine import engine_request
from tests.e2e.product import Product
from tests.openai_server import OpenAIServer, Reply, Say, Use

pytestmark = [
    pytest.mark.docker,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
]


def containers(product: Product) -> list[dict[str, Any]]:
    """The running ones of this data directory, as the Engine lists them by label."""
    instance = (product.home / "instance").read_text().strip()
    filters = quote(json.dumps({"label": [f"kubelite.io/instance={instance}"], "status": ["running"]}))
    _, found = engine_request(product.environment["DOCKER_HOST"], "GET", f"/containers/json?filters={filters}")
    return list(found)


def published(container: dict[str, Any]) -> str:
    return next(f"http://127.0.0.1:{port['PublicPort']}/" for port in container["Ports"] if port.get("PublicPort"))


@retry(
    retry=retry_if_exception_type(httpx.TransportError), wait=wait_fixed(0.1), stop=stop_after_delay(10), reraise=True
)
async def status_of(url: str) -> int:
    """Of one request. A container without a probe counts as ready once it runs: nginx may still be on its way up."""
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).status_code


async def test_three_nginx_from_sentence_to_approved_deletion(on_docker: Product, open_screen: OpenScreen) -> None:
    on_docker.start()
    screen = await open_screen()
    page = screen.page
    await page.goto(on_docker.link)
    await expect(page.get_by_text("Answers come from")).to_be_visible()

    await screen.say("deploy 3 nginx containers")
    ready, status = page.get_by_test_id("app-nginx-ready"), page.get_by_test_id("app-nginx-status")
    await expect(ready).to_have_text("3/3", timeout=30_000)
    await expect(page.locator("#step-deploy")).to_be_visible()
    await expect(page.get_by_text(re.compile("3 of 3 ready")).last).to_be_visible(timeout=30_000)
    running = containers(on_docker)
    assert len(running) == 3
    assert {container["Image"].removesuffix(":latest") for container in running} == {"nginx"}
    for container in running:
        assert await status_of(published(container)) == 200
    await screen.shot("main-job-running")

    victim = running[0]["Id"]
    code, _ = engine_request(on_docker.environment["DOCKER_HOST"], "POST", f"/containers/{victim}/kill")
    assert code == 204
    await expect(page.get_by_test_id("app-nginx")).to_contain_text("1 restart", timeout=15_000)
    await expect(ready).to_have_text("3/3", timeout=15_000)
    await expect(status).to_have_text("Running")
    after = containers(on_docker)
    assert len(after) == 3
    assert victim not in {container["Id"] for container in after}
    await screen.say("what happened to nginx?")
    await expect(page.get_by_text(re.compile("exit code 137")).first).to_be_visible()
    await screen.shot("main-job-after-kill")

    await screen.say("delete nginx")
    approve = page.get_by_test_id(re.compile("^approve-")).first
    await expect(approve).to_have_text("Delete nginx")
    await screen.shot("main-job-approval")
    await approve.click()
    await expect(page.get_by_test_id("app-nginx")).to_have_count(0, timeout=30_000)
    await expect(page.get_by_test_id(re.compile("^decided-")).first).to_be_visible()
    assert containers(on_docker) == []
    await screen.shot("main-job-deleted")


async def test_a_model_over_real_http_drives_the_same_page(on_docker: Product, open_screen: OpenScreen) -> None:
    script: list[Reply] = [
        Use([("deploy", {"image": "nginx", "replicas": 2})]),
        Say("Two nginx replicas are up."),
        Use([("delete", {"apps": ["nginx"]})]),
        Say("I asked for your approval."),
    ]
    async with OpenAIServer(script).running() as server:
        on_docker.environment |= {
            "OPENAI_BASE_URL": server.url,
            "KUBELITE_MODEL": "scripted",
            "OPENAI_API_KEY": "sk-test",
        }
        on_docker.start()
        screen = await open_screen()
        page = screen.page
        await page.goto(on_docker.link)
        await expect(page.get_by_text("Answers come from")).to_contain_text("scripted")
        await screen.say("please deploy a couple of nginx containers")
        await expect(page.get_by_test_id("app-nginx-ready")).to_have_text("2/2", timeout=30_000)
        await expect(page.get_by_text("Two nginx replicas are up.")).to_be_visible(timeout=30_000)
        assert len(containers(on_docker)) == 2
        await screen.say("delete nginx")
        await page.get_by_test_id(re.compile("^approve-")).first.click()
        await expect(page.get_by_test_id("app-nginx")).to_have_count(0, timeout=30_000)
        assert containers(on_docker) == []
    assert [request["stream"] for request in server.requests] == [True] * 4
    assert "sk-test" not in on_docker.log


async def test_an_endpoint_that_does_not_answer_is_said_and_the_rules_answer(
    on_simulator: Product, open_screen: OpenScreen
) -> None:
    on_simulator.environment |= {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "KUBELITE_MODEL": "nobody"}
    on_simulator.start()
    screen = await open_screen()
    page = screen.page
    await page.goto(on_simulator.link)
    await expect(page.get_by_text("Answers come from")).to_be_visible()
    await screen.say("deploy 3 nginx containers")
    await expect(page.get_by_text(re.compile("nobody did not answer")).last).to_be_visible(timeout=30_000)
    await expect(page.get_by_test_id("app-nginx-ready")).to_have_text("3/3", timeout=30_000)
