"""The tools of chaos behind the gate: what a card says, what a yes does, and what is reported."""

from __future__ import annotations

import pytest

from agent_tools import ToolResult, TurnState
from app.core.approvals import Approval, Caller, Mode, Role
from app.core.experiments import Ending
from app.core.faults import FaultName
from tests.chaos.lab import Lab, lab
from tests.healing.ward import app

pytestmark = [pytest.mark.looptime]
ANN = Caller(user="ann", role=Role.OPERATOR, conversation="c1")


async def call(play: Lab, tool: str, **arguments: object) -> ToolResult:
    return await play.runner.call(tool, arguments, ANN, turn=TurnState())


async def card(play: Lab, result: ToolResult) -> Approval:
    assert result.approval is not None
    return await play.runner.approval(result.approval)


async def approved(play: Lab, result: ToolResult) -> ToolResult:
    assert result.approval is not None
    _, after = await play.runner.decide(result.approval, "ann", Role.OPERATOR, approve=True)
    assert after is not None
    return after


async def deployed(play: Lab, replicas: int = 2) -> None:
    await play.orchestrator.apply(app(replicas=replicas), cause="test")
    await play.settle()


@pytest.mark.parametrize("mode", [Mode.ASK, Mode.AUTO])
async def test_one_replica_of_several_is_broken_as_soon_as_somebody_asks_for_it(mode: Mode) -> None:
    async with lab(mode=mode) as play:
        await deployed(play)
        done = await call(play, "simulate_failure", app="web", kind="crash")
        assert done.ok
        assert done.data["ending"] == Ending.RECOVERED.value
        assert done.actions == [{"action": "simulate_failure", "app": "web", "kind": "crash"}]


@pytest.mark.parametrize("mode", [Mode.ASK, Mode.AUTO])
async def test_what_changes_the_wish_asks_whatever_the_mode(mode: Mode) -> None:
    async with lab(mode=mode) as play:
        await deployed(play)
        asked = await call(play, "simulate_failure", app="web", kind="image_pull")
        assert asked.approval is not None
        assert {pod.id.attempt for pod in await play.pods()} == {1}


async def test_breaking_asks_in_mode_suggest_and_then_tells_what_was_measured() -> None:
    async with lab(mode=Mode.SUGGEST) as play:
        await deployed(play)
        asked = await call(play, "simulate_failure", app="web", kind="crash")
        assert asked.actions[0]["then"] == [{"action": "simulate_failure", "app": "web", "kind": "crash"}]
        assert {pod.id.attempt for pod in await play.pods()} == {1}
        preview = (await card(play, asked)).preview
        assert preview.losses == ()
        assert preview.notes[0] == "It hits web-1."
        done = await approved(play, asked)
        assert done.ok
        assert done.data["ending"] == Ending.RECOVERED.value
        assert "well again" in done.summary
        assert "requests lost" in done.summary


async def test_an_app_of_one_replica_is_broken_only_by_a_yes_to_a_card_that_says_so() -> None:
    async with lab() as play:
        await deployed(play, 1)
        asked = await call(play, "simulate_failure", app="web")
        assert asked.actions[0]["then"] == [{"action": "simulate_failure", "app": "web"}]
        assert (await card(play, asked)).preview.losses == (
            "that hits its only ready replica, and web answers nobody meanwhile",
        )
        assert (await approved(play, asked)).data["over"] is True


async def test_a_card_no_longer_true_does_not_count() -> None:
    async with lab(mode=Mode.SUGGEST) as play:
        await deployed(play)
        asked = await call(play, "simulate_failure", app="web")
        await play.orchestrator.scale("web", 1, cause="a person")
        await play.settle()
        after = await approved(play, asked)
        assert not after.ok
        assert {pod.id.attempt for pod in await play.pods()} == {1}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"app": "web", "kind": "earthquake"}, "there is no fault"),
        ({"app": "nobody"}, "nobody"),
        ({"app": "web", "kind": "db-connection"}, "say which one it needs"),
        ({"app": "web", "kind": "disk-full"}, "has none"),
        ({"app": "web", "replicas": 9}, "9 cannot be hit"),
        ({"app": "web", "seconds": 0.1}, "seconds"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence_and_nothing_is_asked(
    arguments: dict[str, object], words: str
) -> None:
    async with lab() as play:
        await deployed(play)
        result = await call(play, "simulate_failure", **arguments)
        if result.approval is not None:  # what only the runtime can say is said when it is tried
            result = await approved(play, result)
        assert not result.ok
        assert words in result.summary
        assert play.simulator._world.faults == []


async def test_stop_the_experiment_needs_no_yes() -> None:
    async with lab(mode=Mode.ASK) as play:
        await deployed(play)
        asked = await call(play, "simulate_failure", app="web", kind="engine_down", seconds=600)
        running = await approved(play, asked)
        assert (running.data["over"], len(play.chaos.running())) == (False, 1)
        stopped = await call(play, "stop_experiment")
        assert stopped.summary.endswith("stopped, and its fault is gone.")
        assert play.simulator._world.faults == []
        assert (await call(play, "stop_experiment")).summary == "No experiment runs."


async def test_experiments_are_shown_and_what_can_be_done() -> None:
    async with lab() as play:
        await deployed(play)
        ended = await play.over(FaultName.CONFIG_ERROR)
        shown = await call(play, "experiments", app="web")
        assert f"| {ended.id} | web | config\\_error" in shown.summary or f"| {ended.id} | web" in shown.summary
        assert "Can be done there: container_crash" in shown.summary
        whole = await call(play, "experiments", experiment=ended.id)
        assert "which is right" in whole.summary
        assert "healed" in whole.summary
        assert "before" not in whole.data["experiment"]


async def test_a_game_day_by_tool_with_its_report() -> None:
    async with lab() as play:
        await deployed(play)
        asked = await call(play, "run_game_day", app="web", kinds=["image-pull-error", "kill"])
        begun = await approved(play, asked)
        assert begun.data["faults"] == ["image_pull_error", "kill"]
        assert "0 of 2 faults done" in (await call(play, "game_days", app="web")).summary
        await play.run(240)
        shown = await call(play, "game_days", app="web")
        assert shown.data["over"] is True
        assert shown.data["score"] >= 90
        assert "| image_pull_error | healed |" in shown.data["markdown"]
        assert "image not found (right)" in shown.data["markdown"]
        assert "2 of 2" in (await call(play, "game_days")).summary


@pytest.mark.parametrize("tool", ["simulate_failure", "run_game_day", "stop_experiment"])
@pytest.mark.parametrize(("role", "mode"), [(Role.VIEWER, Mode.AUTO), (Role.ADMIN, Mode.OBSERVE)])
async def test_who_may_only_look_breaks_nothing_and_stops_nothing(tool: str, role: Role, mode: Mode) -> None:
    async with lab(mode=mode) as play:
        await deployed(play)
        one = ANN.model_copy(update={"role": role})
        result = await play.runner.call(tool, {"app": "web"}, one, turn=TurnState())
        assert (result.ok, result.approval) == (False, None)
        assert result.summary.startswith("Not done: ")
        assert play.chaos.running() == []
        for look in ("experiments", "game_days"):
            assert (await play.runner.call(look, {}, one, turn=TurnState())).ok


async def test_without_a_room_for_it_nothing_is_broken() -> None:
    async with lab() as play:
        await deployed(play)
        play.runner.chaos = None
        result = await call(play, "simulate_failure", app="web")
        assert not result.ok
        assert "kubelite serve" in result.summary
