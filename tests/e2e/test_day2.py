"""The day after the deploy, in sentences: through the real agent, gate, engine and store, on the simulator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from app.core.revision import template_hash
from tests.docker_engine import engine_request
from tests.e2e.product import Product
from tests.e2e.test_prototype_faults import Talk, talk


async def images(conversation: Talk, app: str = "nginx") -> list[str]:
    """What really runs, newest attempts only."""
    return [pod.image for pod in await conversation.running(app)]


async def does(conversation: Talk, text: str) -> tuple[dict[str, Any], ...]:
    done = await conversation.say(text)
    assert done.ok, done.reply
    return done.actions


async def granted(conversation: Talk, text: str) -> None:
    done = await conversation.say(text)
    assert [action["action"] for action in done.actions] == ["confirm_required"], done.reply
    await conversation.approve(done)


async def test_an_update_and_its_rollback_change_what_runs(tmp_path: Path) -> None:
    async with talk(tmp_path) as conversation:
        await conversation.say("deploy 3 nginx:1.25")
        assert await images(conversation) == ["nginx:1.25"] * 3
        updated = {"action": "update_image", "app": "nginx", "image": "nginx:1.27"}
        assert await does(conversation, "bump nginx to 1.27") == (updated,)
        assert await images(conversation) == ["nginx:1.27"] * 3
        assert await does(conversation, "roll it back") == ({"action": "rollback", "app": "nginx"},)
        assert await images(conversation) == ["nginx:1.25"] * 3
        assert conversation.backend.control.app("nginx").revision == 3
        history = (await conversation.say("history of nginx")).reply
        assert [line.split(" | ")[:2] for line in history.splitlines() if line.startswith("| ")][2:] == [
            ["| 3 (now)", "nginx:1.25"],
            ["| 2", "nginx:1.27"],
            ["| 1", "nginx:1.25"],
        ]
        assert "rolled back to revision 1" in history


async def test_an_update_that_fails_keeps_serving_and_is_rolled_back(tmp_path: Path) -> None:
    async with talk(tmp_path) as conversation:
        await conversation.say("deploy 2 nginx:1.25")
        conversation.simulator.inject("image_pull_error", image="nginx:9.9")
        done = await conversation.say("update nginx to nginx:9.9")
        assert not done.ok
        assert "ErrImagePull" in done.reply
        assert 'Say "roll back nginx" to return to revision 1.' in done.reply
        assert await images(conversation) == ["nginx:1.25"] * 2
        await does(conversation, "roll back nginx")
        view = conversation.backend.control.app("nginx")
        assert view.settled
        assert await images(conversation) == ["nginx:1.25"] * 2


async def test_environment_and_limits_reach_the_replicas(tmp_path: Path) -> None:
    async with talk(tmp_path) as conversation:
        await conversation.say("deploy 2 nginx with 256Mi of memory")
        before = {pod.runtime_id for pod in await conversation.running("nginx")}
        await does(conversation, "set LOG_LEVEL=debug on nginx")
        await does(conversation, "double nginx's memory")
        spec = conversation.backend.control.app("nginx").spec
        assert {var.name: var.value for var in spec.container.env} == {"LOG_LEVEL": "debug"}
        assert spec.container.resources.limits.memory_bytes == 512 * 1024**2
        running = await conversation.running("nginx")
        assert {pod.template_hash for pod in running} == {template_hash(spec.template)}
        assert len(running) == 2
        assert not before & {pod.runtime_id for pod in running}
        await does(conversation, "remove the variable LOG_LEVEL from nginx")
        assert conversation.backend.control.app("nginx").spec.container.env == ()


async def test_stop_and_start_keep_the_count_over_a_restart_of_the_server(tmp_path: Path) -> None:
    async with talk(tmp_path) as conversation:
        await conversation.say("deploy 3 nginx")
        assert await does(conversation, "stop nginx") == ({"action": "stop", "app": "nginx"},)
        assert await conversation.running("nginx") == []
    async with talk(tmp_path) as conversation:
        assert await does(conversation, "start nginx again") == ({"action": "start", "app": "nginx"},)
        assert len(await conversation.running("nginx")) == 3


async def test_undo_of_a_scale_over_a_restart_of_the_server(tmp_path: Path) -> None:
    async with talk(tmp_path) as conversation:
        await conversation.say("deploy 3 nginx")
        await conversation.say("scale nginx to 5")
    async with talk(tmp_path) as conversation:
        assert await does(conversation, "undo that") == ({"action": "undo"},)
        assert len(await conversation.running("nginx")) == 3


async def test_undo_of_a_deploy_asks_and_then_deletes(tmp_path: Path) -> None:
    async with talk(tmp_path) as conversation:
        await conversation.say("deploy 2 nginx")
        done = await conversation.say("undo")
        assert "Waiting for your approval: Undo the deploy of nginx: delete nginx" in done.reply
        assert len(await conversation.running("nginx")) == 2
        assert (await conversation.say("yes")).ok
        assert await conversation.running("nginx") == []
        assert conversation.backend.control.apps() == []
        assert "nothing to undo" in (await conversation.say("undo")).reply


async def test_undo_of_a_delete_brings_the_app_back_with_its_settings(tmp_path: Path) -> None:
    async with talk(tmp_path) as conversation:
        await conversation.say("deploy 2 nginx with API_TOKEN=hush-hush on port 8080")
        before = conversation.backend.control.app("nginx").spec
        await granted(conversation, "delete nginx")
        assert await conversation.running("nginx") == []
    async with talk(tmp_path) as conversation:
        done = await conversation.say("undo that")
        assert done.ok, done.reply
        assert "hush-hush" not in done.reply
        assert conversation.backend.control.app("nginx").spec == before
        assert len(await conversation.running("nginx")) == 2


async def test_several_changes_are_taken_back_step_by_step(tmp_path: Path) -> None:
    async with talk(tmp_path) as conversation:
        await conversation.say("deploy 2 nginx:1.25")
        await conversation.say("update nginx to nginx:1.27")
        await conversation.say("scale nginx to 4")
        await conversation.say("undo")
        assert await images(conversation) == ["nginx:1.27"] * 2
        await conversation.say("undo")
        assert await images(conversation) == ["nginx:1.25"] * 2
        await conversation.say("scale nginx to 3")
        await conversation.say("restart nginx")
        await conversation.say("undo the last 2 changes")
        assert await images(conversation) == ["nginx:1.25"] * 2


async def test_measured_and_compared(tmp_path: Path) -> None:
    async with talk(tmp_path) as conversation:
        await conversation.say("deploy 2 nginx")
        metrics = (await conversation.say("how much memory does nginx use?")).reply
        assert metrics.startswith("**nginx** uses CPU ")
        assert metrics.count("| nginx-") == 2
        assert "not measured" not in metrics
        diff = (await conversation.say("any drift on nginx?")).reply
        assert diff.startswith("**nginx** is as wished for: 2 replicas of `nginx`")
        conversation.simulator.inject("crash_loop")
        conversation.simulator.inject("kill", pod=(await conversation.running("nginx"))[0].id)
        await conversation.until(lambda: conversation.backend.control.app("nginx").ready < 2)
        assert "replicas: wished for `2`, seen `1`" in (await conversation.say("diff nginx")).reply


@pytest.mark.docker
@pytest.mark.timeout(180)
def test_the_same_on_real_containers(on_docker: Product) -> None:
    on_docker.start()
    assert on_docker.ask("deploy 2 nginx:1.25 as web with 64Mi of memory")["ok"]
    assert on_docker.ask("set LOG_LEVEL=debug on web")["ok"]
    assert on_docker.ask("update web to nginx:latest")["ok"]
    assert _containers(on_docker) == [("nginx:latest", 64 * 1024**2, True)] * 2
    assert on_docker.ask("roll web back to revision 1")["ok"]
    assert _containers(on_docker) == [("nginx:1.25", 64 * 1024**2, False)] * 2
    assert on_docker.ask("undo that")["ok"]
    assert _containers(on_docker) == [("nginx:latest", 64 * 1024**2, True)] * 2
    usage = on_docker.ask("how much memory does web use?")["reply"]
    assert "memory (limit 64.0 MiB)" in usage
    assert on_docker.ask("any drift on web?")["reply"].startswith("**web** is as wished for: 2 replicas")


def _containers(product: Product) -> list[tuple[str, int, bool]]:
    """Image, memory limit and whether LOG_LEVEL is set, of each running one, as the Engine tells."""
    host, instance = product.environment["DOCKER_HOST"], (product.home / "instance").read_text().strip()
    filters = quote(json.dumps({"label": [f"kubelite.io/instance={instance}"], "status": ["running"]}))
    _, found = engine_request(host, "GET", f"/containers/json?filters={filters}")
    seen = [engine_request(host, "GET", f"/containers/{one['Id']}/json")[1] for one in found]
    return [
        (one["Config"]["Image"], one["HostConfig"]["Memory"], "LOG_LEVEL=debug" in one["Config"]["Env"]) for one in seen
    ]
