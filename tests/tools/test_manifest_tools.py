"""Manifests through the tools: all or nothing, every error with its place, secrets hidden where they are shown."""

from __future__ import annotations

import asyncio

from app.core.manifest import parse_manifests
from app.core.spec import AppKey
from tests.tools.conftest import Run
from tests.tools.fakes import FakeControl
from tests.tools.test_runner import MANIFEST


def _deployment(name: str, image: str, replicas: object = 1) -> str:
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: main, image: "{image}"}}]}}
"""


async def test_apply_creates_and_reports(run: Run, control: FakeControl) -> None:
    text = "---".join([_deployment("one", "caddy", 2), _deployment("two", "redis:7")])
    result = await run("apply_manifest", yaml=text)
    assert result.ok
    assert result.summary.startswith("Applied one and two.")
    assert "2 of 2 ready" in result.summary
    assert control.app("one").spec.replicas == 2
    assert result.actions == [{"action": "apply_manifest", "yaml": text}]


async def test_an_existing_app_may_change_its_image(run: Run, control: FakeControl) -> None:
    result = await run("apply_manifest", yaml=_deployment("redis", "redis:8"))
    assert result.ok
    assert control.app("redis").spec.container.image == "redis:8"


async def test_one_error_stops_it_all(run: Run, control: FakeControl) -> None:
    text = "---".join([_deployment("one", "caddy"), _deployment("two", "redis", "many"), _deployment("Three", "x y")])
    result = await run("apply_manifest", yaml=text)
    assert not result.ok
    assert "nothing was applied" in result.summary
    assert "document 2, spec.replicas, line " in result.summary
    assert "document 3, metadata.name, line " in result.summary
    assert control.writes == []


async def test_no_document(run: Run) -> None:
    for text in ("", "# only a comment\n", "---\n---\n"):
        result = await run("apply_manifest", yaml=text)
        assert not result.ok
        assert result.summary


async def test_dry_run_shows_and_does_nothing(run: Run, control: FakeControl) -> None:
    result = await run("apply_manifest", yaml=_deployment("redis", "redis:8", 3), dry_run=True)
    assert result.ok
    assert "| redis | image | redis:7 | redis:8 |" in result.summary
    assert "| redis | replicas | 1 | 3 |" in result.summary
    assert control.writes == []
    assert result.actions[0]["action"] == "diff"


async def test_three_stops_in_one_text_ask(run: Run, control: FakeControl) -> None:
    text = "---".join(_deployment(name, "caddy", 0) for name in ("web", "api", "redis"))
    result = await run("apply_manifest", yaml=text)
    assert result.approval
    assert control.writes == []


async def test_only_what_really_stops_counts(run: Run, control: FakeControl) -> None:
    text = "---".join([_deployment("web", "caddy", 0), *(_deployment(f"new{at}", "caddy", 0) for at in range(5))])
    assert (await run("apply_manifest", yaml=text)).ok


async def test_a_long_text_does_not_hold_the_loop(run: Run, control: FakeControl) -> None:
    """The reading itself may take long; other work goes on meanwhile."""
    text = "---".join(_deployment(f"app{number}", "caddy") for number in range(300))
    task = asyncio.ensure_future(run("apply_manifest", yaml=text, dry_run=True))
    turns = 0
    while not task.done():
        await asyncio.sleep(0)
        turns += 1
    assert task.result().ok
    assert turns > 20


async def test_export_gives_back_what_is_applied(run: Run, control: FakeControl) -> None:
    await run("apply_manifest", yaml=MANIFEST)
    result = await run("export_manifest", app="shop")
    assert "s3cret" not in result.summary
    assert "hidden here" in result.summary
    report = parse_manifests(result.data["yaml"], runtime="simulator")
    assert report.specs == (control.app("shop").spec,)
    assert result.actions == [{"action": "export_manifest", "app": "shop"}]


async def test_export_all_and_nothing(run: Run, control: FakeControl) -> None:
    everything = await run("export_manifest")
    names = {spec.name for spec in parse_manifests(everything.data["yaml"], runtime="simulator").specs}
    assert names == {"web", "api", "redis"}
    control.views.clear()
    assert (await run("export_manifest")).summary == "There are no apps to export."
    assert AppKey("default", "web") not in control.views
