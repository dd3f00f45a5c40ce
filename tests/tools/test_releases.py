"""Update the image, roll back, and the history both write."""

from __future__ import annotations

import pytest

from agent_tools import ToolRunner, TurnState
from app.core.approvals import Mode
from app.core.spec import RESTARTED_AT_ANNOTATION
from app.core.views import AppStatus
from app.stores.memory import MemoryStore
from tests.tools.conftest import Run
from tests.tools.fakes import T0, FakeClock, FakeControl, caller


async def test_update_image_keeps_everything_else(run: Run, control: FakeControl) -> None:
    before = control.app("web").spec
    result = await run("update_image", app="web", image="nginx:1.27")
    after = control.app("web").spec
    assert result.ok
    assert result.summary.startswith("Changed image `nginx:1.25` → `nginx:1.27`. **web**: 3 of 3 ready")
    assert result.actions == [{"action": "update_image", "app": "web", "image": "nginx:1.27"}]
    assert after.container.image == "nginx:1.27"
    assert after.container.model_copy(update={"image": "nginx:1.25"}) == before.container
    assert after.replicas == 3


async def test_the_same_image_in_other_words_is_no_change(run: Run, control: FakeControl) -> None:
    result = await run("update_image", app="web", image="docker.io/library/nginx:1.25")
    assert result.ok
    assert result.summary.startswith("Nothing to change: it is so already.")
    assert control.app("web").spec.container.image == "nginx:1.25"
    assert control.app("web").revision == 1


@pytest.mark.parametrize(
    ("image", "says"),
    [
        ("1.27", '"1.27" is a tag alone; give the image in full, for example nginx:1.27'),
        ("v2.0-rc1", "for example nginx:v2.0-rc1"),
        ("latest", "for example nginx:latest"),
        ("nginx; rm -rf /", "has a space in it"),
        ("Nginx:1", "lower case"),
        ("", "The image is empty"),
    ],
)
async def test_what_is_no_image_is_refused(run: Run, control: FakeControl, image: str, says: str) -> None:
    result = await run("update_image", app="web", image=image)
    assert not result.ok
    assert says in result.summary
    assert result.actions == [{"action": "refuse", "reason": "invalid_value"}]
    assert control.writes == []


async def test_a_failing_update_offers_the_way_back(run: Run, control: FakeControl) -> None:
    control.fails["web"] = (AppStatus.FAILED, "ErrImagePull: no such tag")
    result = await run("update_image", app="web", image="nginx:nope")
    assert not result.ok
    assert "ErrImagePull" in result.summary
    assert result.next is not None
    assert 'Say "roll back web" to return to revision 1.' in result.next


async def test_the_card_of_an_update(run: Run, control: FakeControl, store: MemoryStore) -> None:
    control.now_mode = Mode.SUGGEST
    result = await run("update_image", app="web", image="nginx:1.27")
    preview = (await store.get_approval(result.approval or "")).preview
    assert preview.title == "Update web to nginx:1.27"
    assert [(one.what, one.before, one.after) for one in preview.changes] == [("image", "nginx:1.25", "nginx:1.27")]
    assert preview.losses == ("the data inside the replicas of web",)
    assert preview.undo == "Undo it or roll web back to revision 1."
    assert control.writes == []


async def test_an_update_that_is_stuck_has_failed_though_the_old_one_serves(run: Run, control: FakeControl) -> None:
    control.fails["web"] = (AppStatus.DEGRADED, "ErrImagePull: no such tag; next try in 10 s")
    control.retry_at = T0 + 10
    result = await run("update_image", app="web", image="nginx:nope")
    assert not result.ok
    assert result.next is not None
    assert 'Say "roll back web"' in result.next


# -- rollback


async def _updated(run: Run, *images: str) -> None:
    for image in images:
        assert (await run("update_image", app="web", image=image)).ok


async def test_rollback_goes_to_the_revision_before_and_keeps_the_count(run: Run, control: FakeControl) -> None:
    first = control.app("web").spec
    await _updated(run, "nginx:1.26")
    await run("scale", app="web", replicas=5)
    result = await run("rollback", app="web")
    assert result.ok
    assert "Changed image `nginx:1.26` → `nginx:1.25`." in result.summary
    assert "That is revision 1 again, as a new revision." in result.summary
    assert result.actions == [{"action": "rollback", "app": "web"}]
    assert control.app("web").spec.template == first.template
    assert control.app("web").spec.replicas == 5
    assert control.app("web").revision == 3


async def test_rollback_twice_comes_back(run: Run, control: FakeControl) -> None:
    await _updated(run, "nginx:1.26")
    await run("rollback", app="web")
    await run("rollback", app="web")
    assert control.app("web").spec.container.image == "nginx:1.26"


async def test_rollback_to_a_number_and_to_an_image(run: Run, control: FakeControl) -> None:
    await _updated(run, "nginx:1.26", "nginx:1.27")
    result = await run("rollback", app="web", to_revision=1)
    assert result.actions == [{"action": "rollback", "app": "web", "to_revision": 1}]
    assert control.app("web").spec.container.image == "nginx:1.25"
    result = await run("rollback", app="web", to_image="docker.io/library/nginx:1.26")
    assert result.actions[0]["to_image"] == "docker.io/library/nginx:1.26"
    assert control.app("web").spec.container.image == "nginx:1.26"


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ({"to_revision": 9}, "web has no revision 9. Kept are 1 (nginx:1.25) and 2 (nginx:1.26, now)."),
        ({"to_image": "nginx:1.9"}, "No kept revision of web has the image nginx:1.9. Kept are 1 (nginx:1.25) and"),
    ],
)
async def test_an_unknown_revision_lists_those_kept(
    run: Run, control: FakeControl, to: dict[str, object], says: str
) -> None:
    await _updated(run, "nginx:1.26")
    control.writes.clear()
    result = await run("rollback", app="web", **to)
    assert not result.ok
    assert result.summary.startswith(says)
    assert result.actions == [{"action": "refuse", "reason": "not_found"}]
    assert control.writes == []


async def test_there_is_nothing_before_the_first_revision(run: Run, control: FakeControl) -> None:
    result = await run("rollback", app="web")
    assert result.summary == "web has no earlier revision to go back to; it is as it was first deployed."
    assert control.writes == []


async def test_number_and_image_together_are_refused(run: Run) -> None:
    result = await run("rollback", app="web", to_revision=1, to_image="nginx:1.25")
    assert result.summary == "rollback takes to_revision or to_image, not both."


async def test_a_restart_is_no_revision_to_go_back_to(run: Run, control: FakeControl) -> None:
    await _updated(run, "nginx:1.26")
    view = control.app("web")
    marked = view.spec.template.model_copy(update={"annotations": {RESTARTED_AT_ANNOTATION: "7"}})
    await control.apply(view.spec.model_copy(update={"template": marked}), cause="restart")
    await run("rollback", app="web")
    after = control.app("web").spec.template
    assert after.containers[0].image == "nginx:1.25"
    assert after.annotations == {RESTARTED_AT_ANNOTATION: "7"}


# -- history


async def test_history_says_what_when_and_why(
    run: Run, runner: ToolRunner, control: FakeControl, clock: FakeClock
) -> None:
    control.clock = clock.now
    clock.at += 7200
    who = caller(sentence="bump web to | 1.26")
    await runner.call("update_image", {"app": "web", "image": "nginx:1.26"}, who, turn=TurnState())
    clock.at += 600
    result = await run("history", app="web")
    head, _, *rows = [line for line in result.summary.splitlines() if line.startswith("|")]
    assert head == "| revision | image | changed | when | why |"
    why = r"updated to nginx:1.26 by ann (chat): bump web to \| 1.26"
    assert rows[0] == f"| 2 (now) | nginx:1.26 | image: nginx:1.25 → nginx:1.26 | 10 min ago | {why} |"
    assert rows[1] == "| 1 | nginx:1.25 | first deployed | 2 h ago | first |"
    assert result.actions == [{"action": "history", "app": "web"}]
    assert [one["revision"] for one in result.data["revisions"]] == [1, 2]


async def test_history_hides_secrets(run: Run) -> None:
    await run("set_env", app="web", env={"DB_PASSWORD": "correct-horse"})
    result = await run("history", app="web")
    assert "env DB\\_PASSWORD: (hidden) → (hidden), changed" in result.summary
    assert "correct-horse" not in result.model_dump_json()
    assert "hunter2" not in result.model_dump_json()


async def test_history_of_all_apps(run: Run) -> None:
    await _updated(run, "nginx:1.26")
    result = await run("history")
    rows = [line for line in result.summary.splitlines() if line.startswith("|")][2:]
    assert [row.split(" | ")[:3] for row in rows] == [
        ["| api", "1", "ghcr.io/acme/api:1.4"],
        ["| redis", "1", "redis:7"],
        ["| web", "2", "nginx:1.26"],
    ]
    assert result.actions == [{"action": "history"}]


async def test_history_of_what_is_not_there(run: Run) -> None:
    assert (await run("history", app="wbe")).next == "Near names: web."
