"""Undo: the last changes of this conversation, exactly, and never somebody else's."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agent_tools import ToolResult, ToolRunner, TurnState
from app.core.approvals import AuditRow, Mode, Role
from app.core.spec import AppSpec, EnvVar
from app.stores.memory import MemoryStore
from tests.tools.fakes import FakeControl, caller, spec

MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: shop, image: "acme/shop:1"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: redis}
spec:
  selector: {matchLabels: {app: redis}}
  template:
    metadata: {labels: {app: redis}}
    spec: {containers: [{name: redis, image: "redis:8"}]}
"""


class Talk:
    """One conversation's calls, each in a turn of its own; what needs a person is granted on demand."""

    def __init__(self, runner: ToolRunner, conversation: str = "c1") -> None:
        self.runner = runner
        self.conversation = conversation

    async def __call__(self, tool: str, **args: Any) -> ToolResult:
        return await self.runner.call(tool, args, caller(conversation=self.conversation), turn=TurnState())

    async def granted(self, tool: str, **args: Any) -> ToolResult:
        asked = await self(tool, **args)
        assert asked.approval, asked.summary
        return await self.grant(asked.approval)

    async def grant(self, approval: str) -> ToolResult:
        _, result = await self.runner.decide(approval, user="ann", role=Role.OPERATOR, approve=True)
        assert result is not None
        return result


@pytest.fixture
def talk(runner: ToolRunner) -> Talk:
    return Talk(runner)


def specs(control: FakeControl) -> dict[str, AppSpec]:
    return {view.name: view.spec for view in control.apps()}


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("scale", {"app": "web", "replicas": 7}),
        ("stop", {"app": "web"}),
        ("update_image", {"app": "web", "image": "nginx:1.27"}),
        ("set_env", {"app": "web", "env": {"DB_PASSWORD": "other", "LOG_LEVEL": None, "NEW": "1"}}),
        ("set_resources", {"app": "web", "memory": "1Gi"}),
        ("set_config", {"app": "web", "args": ["x"], "labels": {"a": "b"}}),
        ("deploy", {"name": "web", "image": "nginx:1.25", "replicas": 1, "env": {"API_TOKEN": "s3cret"}}),
    ],
)
async def test_a_change_and_its_undo_leave_everything_as_before(
    talk: Talk, control: FakeControl, tool: str, args: dict[str, Any]
) -> None:
    before = specs(control)
    assert (await talk(tool, **args)).ok
    assert specs(control) != before
    result = await talk("undo")
    assert result.ok
    assert result.summary.startswith(f"Undid the {tool} of web. web: ")
    assert result.actions == [{"action": "undo"}]
    assert specs(control) == before


async def test_an_undo_says_what_it_did(talk: Talk) -> None:
    await talk("scale", app="web", replicas=5)
    result = await talk("undo")
    assert result.summary.startswith("Undid the scale of web. web: replicas `5` → `3`. **web**: 3 of 3 ready")


async def test_undo_again_goes_further_back(talk: Talk, control: FakeControl) -> None:
    await talk("scale", app="web", replicas=5)
    await talk("update_image", app="web", image="nginx:1.27")
    await talk("scale", app="api", replicas=4)
    await talk("undo")
    assert control.app("api").spec.replicas == 2
    await talk("undo")
    assert (control.app("web").spec.container.image, control.app("web").spec.replicas) == ("nginx:1.25", 5)
    await talk("undo")
    assert control.app("web").spec.replicas == 3
    assert (await talk("undo")).summary.startswith("There is nothing to undo")


async def test_a_change_after_an_undo_is_the_next_to_be_undone(talk: Talk, control: FakeControl) -> None:
    await talk("scale", app="web", replicas=5)
    await talk("undo")
    await talk("scale", app="web", replicas=8)
    await talk("undo")
    assert control.app("web").spec.replicas == 3
    assert (await talk("undo")).summary.startswith("There is nothing to undo")


async def test_several_steps_at_once(talk: Talk, control: FakeControl, store: MemoryStore) -> None:
    before = specs(control)
    await talk("scale", app="web", replicas=5)
    await talk("set_env", app="web", env={"LOG_LEVEL": "debug"})
    await talk("scale", app="api", replicas=4)
    result = await talk("undo", steps=3)
    assert result.actions == [{"action": "undo", "steps": 3}]
    assert specs(control) == before
    assert (await store.list_audit())[-1].undid == (3, 2, 1)
    assert (await talk("undo")).summary.startswith("There is nothing to undo")


async def test_more_steps_than_there_are_change_nothing(talk: Talk, control: FakeControl) -> None:
    await talk("scale", app="web", replicas=5)
    result = await talk("undo", steps=3)
    assert result.summary == "Only 1 change of this conversation can be undone, not 3. Nothing was done."
    assert control.app("web").spec.replicas == 5


@pytest.mark.parametrize("steps", [0, -1, 21, "2", 1.0])
async def test_steps_are_a_small_whole_number(talk: Talk, steps: object) -> None:
    assert (await talk("undo", steps=steps)).summary.startswith("steps must be a whole number from 1 to 20, not ")


async def test_looking_and_failing_are_no_changes(talk: Talk, control: FakeControl) -> None:
    await talk("scale", app="web", replicas=5)
    await talk("status")
    await talk("scale", app="nope", replicas=5)
    await talk("scale", app="web", replicas=5)
    await talk("update_image", app="web", image="not an image")
    await talk("undo")
    assert control.app("web").spec.replicas == 3


# -- what was made and what was deleted


async def test_undoing_a_deploy_deletes_and_asks_first(talk: Talk, control: FakeControl, store: MemoryStore) -> None:
    await talk("deploy", name="shop", image="caddy:2", replicas=2)
    asked = await talk("undo")
    assert asked.summary == "Waiting for your approval: Undo the deploy of shop: delete shop"
    assert asked.actions == [{"action": "confirm_required", "then": [{"action": "undo"}]}]
    assert "shop" in specs(control)
    preview = (await store.get_approval(asked.approval or "")).preview
    assert (preview.apps, preview.deleting) == (("shop",), ("shop",))
    assert preview.losses == ("shop: 2 replicas, the data inside and the history",)
    result = await talk.grant(asked.approval or "")
    assert result.summary == "Undid the deploy of shop. Deleted **shop** and its 2 replicas."
    assert "shop" not in specs(control)


async def test_a_deleted_app_comes_back_with_its_secrets(talk: Talk, control: FakeControl, store: MemoryStore) -> None:
    before = specs(control)
    await talk.granted("delete", apps=["web", "redis"])
    assert set(specs(control)) == {"api"}
    result = await talk("undo")
    assert result.ok
    assert "It is there again; the data that was inside its replicas is not." in result.summary
    assert "hunter2" not in result.model_dump_json()
    assert specs(control) == before
    assert EnvVar(name="DB_PASSWORD", value="hunter2") in specs(control)["web"].container.env


async def test_the_secrets_of_a_deleted_app_are_in_one_place_only(talk: Talk, store: MemoryStore) -> None:
    await talk("scale", app="web", replicas=2)
    await talk.granted("delete", apps=["web"])
    scaled, deleted = await store.list_audit()
    assert "hunter2" not in scaled.model_dump_json()
    assert "hunter2" in str(deleted.kept)
    assert "hunter2" not in deleted.model_copy(update={"kept": {}}).model_dump_json()
    assert "hunter2" not in repr(deleted)


async def test_a_change_from_before_a_deletion_can_be_undone_after_it(talk: Talk, control: FakeControl) -> None:
    before = specs(control)
    await talk("scale", app="web", replicas=5)
    await talk.granted("delete", apps=["web"])
    await talk("undo", steps=2)
    assert specs(control) == before


async def test_a_manifest_of_two_apps_is_one_change(talk: Talk, control: FakeControl, store: MemoryStore) -> None:
    before = specs(control)
    await talk("apply_manifest", yaml=MANIFEST)
    asked = await talk("undo")
    preview = (await store.get_approval(asked.approval or "")).preview
    assert preview.deleting == ("shop",)
    assert {change.what for change in preview.changes} > {"shop: app shop", "redis: image"}
    await talk.grant(asked.approval or "")
    assert specs(control) == before


# -- what is not undone


async def test_what_somebody_else_changed_since_is_left_alone(
    talk: Talk, runner: ToolRunner, control: FakeControl
) -> None:
    await talk("scale", app="web", replicas=5)
    await Talk(runner, "another")("set_env", app="web", env={"A": "b"})
    result = await talk("undo")
    assert not result.ok
    assert result.summary.startswith("web was changed by somebody else since the scale of web")
    assert control.app("web").spec.replicas == 5
    assert any(var.name == "A" for var in control.app("web").spec.container.env)


async def test_a_secret_changed_by_somebody_else_counts_too(
    talk: Talk, runner: ToolRunner, control: FakeControl
) -> None:
    await talk("scale", app="web", replicas=5)
    await Talk(runner, "another")("set_env", app="web", env={"DB_PASSWORD": "changed"})
    assert "changed by somebody else" in (await talk("undo")).summary
    assert control.app("web").spec.replicas == 5


async def test_another_apps_changes_do_not_matter(talk: Talk, runner: ToolRunner, control: FakeControl) -> None:
    await talk("scale", app="web", replicas=5)
    await Talk(runner, "another")("scale", app="api", replicas=9)
    assert (await talk("undo")).ok
    assert (control.app("web").spec.replicas, control.app("api").spec.replicas) == (3, 9)


async def test_another_conversations_change_is_not_mine_to_undo(talk: Talk, runner: ToolRunner) -> None:
    await Talk(runner, "another")("scale", app="web", replicas=5)
    assert (await talk("undo")).summary.startswith("There is nothing to undo")


async def test_an_app_deleted_or_made_again_by_somebody_else(
    talk: Talk, runner: ToolRunner, control: FakeControl
) -> None:
    await talk("scale", app="web", replicas=5)
    await talk.granted("delete", apps=["redis"])
    other = Talk(runner, "another")
    await other.granted("delete", apps=["web"])
    await other("deploy", name="redis", image="redis:8")
    assert "redis was changed by somebody else since the delete of redis" in (await talk("undo")).summary
    assert control.app("redis").spec.container.image == "redis:8"
    assert "web" not in specs(control)


async def test_a_restart_leaves_nothing_to_take_back_but_counts(talk: Talk, control: FakeControl) -> None:
    await talk("scale", app="web", replicas=5)
    await talk("restart", app="web")
    result = await talk("undo")
    assert result.summary.startswith("The last change was a restart of web, which leaves nothing to take back.")
    assert 'say "undo the last 2 changes"' in result.summary
    assert control.app("web").spec.replicas == 5
    await talk("undo", steps=2)
    assert control.app("web").spec.replicas == 3


async def test_settings_that_are_not_kept_any_more(talk: Talk, control: FakeControl) -> None:
    await talk("update_image", app="web", image="nginx:1.27")
    view = control.app("web")
    del control.kept[view.key][0]
    result = await talk("undo")
    assert result.summary == "The settings that web had then are not kept any more, so this cannot be undone."


async def test_rows_of_an_older_version(talk: Talk, control: FakeControl, store: MemoryStore) -> None:
    await talk("scale", app="web", replicas=5)
    (row,) = await store.list_audit()
    old: AuditRow = row.model_copy(update={"templates_before": {}, "templates_after": {}})
    other = MemoryStore()
    await other.add_audit(old)
    runner = ToolRunner(talk.runner.tools, control, other, talk.runner._clock, lambda: "x")
    result = await Talk(runner)("undo")
    assert result.summary == "The scale of web was recorded by an older version and cannot be undone."
    assert control.app("web").spec.replicas == 5


# -- the gate


async def test_an_undo_that_stops_apps_counts_as_stopping_them(
    talk: Talk, runner: ToolRunner, control: FakeControl, store: MemoryStore
) -> None:
    for name in ("one", "two", "three"):
        await control.apply(spec(name, replicas=0), cause="asleep")
        await talk("start", app=name, replicas=1)
    asked = await talk("undo", steps=3)
    preview = (await store.get_approval(asked.approval or "")).preview
    assert preview.stopping == ("three", "two", "one")
    assert [control.app(name).spec.replicas for name in ("one", "two", "three")] == [1, 1, 1]


async def test_an_approval_holds_only_for_what_its_card_says(talk: Talk, control: FakeControl) -> None:
    await talk("scale", app="web", replicas=5)
    control.now_mode = Mode.SUGGEST
    asked = await talk("undo")
    control.now_mode = Mode.ASK
    await talk("scale", app="api", replicas=9)
    result = await talk.grant(asked.approval or "")
    assert not result.ok
    assert result.summary.startswith("Things have changed since this was asked")
    assert (control.app("web").spec.replicas, control.app("api").spec.replicas) == (5, 9)


async def test_an_approval_whose_world_stood_still_runs(talk: Talk, control: FakeControl) -> None:
    await talk("scale", app="web", replicas=5)
    control.now_mode = Mode.SUGGEST
    asked = await talk("undo")
    assert (await talk.grant(asked.approval or "")).ok
    assert control.app("web").spec.replicas == 3


async def test_a_namesake_in_another_namespace_is_another_app(talk: Talk, control: FakeControl) -> None:
    await talk("deploy", name="shop", image="caddy:2", namespace="ops")
    await talk("deploy", name="shop", image="caddy:2")
    await talk.granted("undo")
    assert [str(view.key) for view in control.apps() if view.name == "shop"] == ["ops/shop"]


async def test_an_undo_beside_a_change_waits_for_it(talk: Talk, runner: ToolRunner, control: FakeControl) -> None:
    await talk("scale", app="api", replicas=9)
    control.delay = 0.01
    turn = TurnState()
    calls: list[tuple[str, dict[str, Any]]] = [("scale", {"app": "web", "replicas": 5}), ("undo", {})]
    results = await asyncio.gather(*(runner.call(name, args, caller(), turn=turn) for name, args in calls))
    assert [result.ok for result in results] == [True, True]
    assert results[1].summary.startswith("Undid the scale of web.")
    assert (control.app("web").spec.replicas, control.app("api").spec.replicas) == (3, 9)


async def test_a_start_is_undone_to_the_very_stop_it_came_from(talk: Talk, control: FakeControl) -> None:
    await talk("stop", app="web")
    stopped = control.app("web").spec
    await talk("start", app="web", replicas=5)
    await talk("undo")
    assert control.app("web").spec == stopped
    await talk("undo")
    assert control.app("web").spec.replicas == 3
