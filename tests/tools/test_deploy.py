"""Deploying: what is made of the arguments, and what is never overwritten."""

from __future__ import annotations

import pytest

from app.core.spec import AppKey
from app.core.views import AppStatus
from tests.tools.conftest import Run
from tests.tools.fakes import FakeControl


async def test_name_and_port_come_from_the_image(run: Run, control: FakeControl) -> None:
    result = await run("deploy", image="nginx", replicas=3)
    made = control.app("nginx").spec
    assert result.ok
    assert (made.replicas, made.container.image, made.runtime) == (3, "nginx", "simulator")
    assert [port.container_port for port in made.container.ports] == [80]
    assert result.actions == [{"action": "deploy", "app": "nginx", "image": "nginx", "replicas": 3}]
    assert "3 of 3 ready" in result.summary
    assert "http://127.0.0.1:32768 (nginx-0)" in result.summary


@pytest.mark.parametrize(
    ("image", "ports"),
    [("redis:7-alpine", [6379]), ("docker.io/library/postgres", [5432]), ("acme/nginx", []), ("ghcr.io/x/redis", [])],
)
async def test_default_ports_are_the_official_images_only(
    run: Run, control: FakeControl, image: str, ports: list[int]
) -> None:
    await run("deploy", name="x1", image=image)
    assert [port.container_port for port in control.app("x1").spec.container.ports] == ports


async def test_everything_that_can_be_given(run: Run, control: FakeControl) -> None:
    result = await run(
        "deploy",
        name="shop",
        image="acme/shop:2",
        replicas=2,
        ports=[8080, 9090, 8080],
        env={"TZ": "Europe/Berlin", "WORKERS": 4, "DEBUG": True},
        memory="256 megs",
        cpu="0.5",
        gpu=1,
        command=["run"],
        args=["--fast"],
        namespace="prod",
        runtime="docker",
    )
    container = control.app("prod/shop").spec.container
    assert result.ok
    assert [port.container_port for port in container.ports] == [8080, 9090]
    assert {var.name: var.value for var in container.env} == {"TZ": "Europe/Berlin", "WORKERS": "4", "DEBUG": "true"}
    assert container.resources.limits.memory_bytes == 256 * 1024**2
    assert container.resources.limits.cpu_millicores == 500
    assert (container.resources.gpus, container.command, container.args) == (1, ("run",), ("--fast",))
    assert control.app("prod/shop").spec.runtime == "docker"


async def test_another_image_is_never_a_silent_overwrite(run: Run, control: FakeControl) -> None:
    result = await run("deploy", name="web", image="nginx:1.27")
    assert not result.ok
    assert "web runs nginx:1.25 already" in result.summary
    assert "another name" in result.summary
    assert control.writes == []
    assert control.app("web").spec.container.image == "nginx:1.25"


async def test_twice_the_same_does_not_double(run: Run, control: FakeControl) -> None:
    await run("deploy", image="busybox", replicas=2)
    again = await run("deploy", image="docker.io/library/busybox:latest", replicas=2)
    assert again.ok
    assert "as asked already" in again.summary
    assert control.app("busybox").spec.replicas == 2
    assert len([key for key in control.views if key.name.startswith("busybox")]) == 1


async def test_again_changes_only_what_is_given(run: Run, control: FakeControl) -> None:
    await run("deploy", name="web", image="nginx:1.25", env={"NEW": "1"}, memory="64Mi")
    spec = control.app("web").spec
    assert spec.replicas == 3
    assert {var.name for var in spec.container.env} == {"DB_PASSWORD", "LOG_LEVEL", "NEW"}
    assert spec.container.resources.limits.memory_bytes == 64 * 1024**2
    assert [port.container_port for port in spec.container.ports] == [80]


async def test_the_same_name_in_another_namespace_is_another_app(run: Run, control: FakeControl) -> None:
    result = await run("deploy", name="web", image="caddy", namespace="dev")
    assert result.ok
    assert control.app("web").spec.container.image == "nginx:1.25"
    assert AppKey("dev", "web") in control.views


async def test_a_failing_app_is_reported_as_it_is(run: Run, control: FakeControl) -> None:
    control.fails["nope"] = (AppStatus.FAILED, "ErrImagePull: manifest unknown")
    result = await run("deploy", name="nope", image="acme/nope", replicas=2)
    assert not result.ok
    assert "0 of 2 ready" in result.summary
    assert "Failed: ErrImagePull: manifest unknown." in result.summary
    assert "http" not in result.summary
    assert result.next
    assert "logs nope" in result.next


async def test_slow_is_not_failed(run: Run, control: FakeControl) -> None:
    control.fails["slow"] = (AppStatus.STARTING, "pulling the image: 12 of 80 MB")
    result = await run("deploy", name="slow", image="acme/slow")
    assert result.ok
    assert "Starting: pulling the image: 12 of 80 MB." in result.summary
    assert result.next
    assert "status slow" in result.next


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"image": "Nginx:1"}, "lower case"),
        ({"image": "nginx; rm -rf /"}, "space"),
        ({"image": "nginx", "name": "Web Shop"}, 'Try "web-shop"'),
        ({"image": "nginx", "namespace": "a.b"}, "namespace"),
        ({"image": "nginx", "memory": "lots"}, "512Mi"),
        ({"image": "nginx", "cpu": "fast"}, "500m"),
        ({"image": "nginx", "env": {"1A": "x"}}, "environment variable name"),
        ({"image": "nginx", "runtime": "mars"}, "simulator or docker"),
        ({"image": "nginx", "ports": [70000]}, "ports[0] must be a whole number from 1 to 65535, not 70000."),
        ({"image": "nginx", "gpu": "one"}, "gpu must be a whole number from 0 to 64"),
        ({"image": "nginx", "command": "sh -c x"}, "command must be a list, each item text"),
    ],
)
async def test_bad_values_are_one_clear_sentence(
    run: Run, control: FakeControl, args: dict[str, object], said: str
) -> None:
    result = await run("deploy", **args)
    assert not result.ok
    assert said in result.summary
    assert "pydantic" not in result.summary.lower()
    assert result.actions == [{"action": "refuse", "reason": "invalid_value"}]
    assert control.writes == []


async def test_secret_values_are_in_no_message(run: Run) -> None:
    bad = await run("deploy", image="nginx", env={"DB_PASSWORD": ["hunter2"]})
    good = await run("deploy", image="nginx", env={"DB_PASSWORD": "hunter2"})
    assert "hunter2" not in bad.model_dump_json()
    assert "hunter2" not in good.model_dump_json()
