"""Game days: the score and the report alone, then whole ones on the simulator in virtual time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.diagnosis import Cause
from app.core.errors import Conflict
from app.core.experiments import Ending, Requests
from app.core.faults import FaultName
from app.core.gamedays import ROUND, SURVIVED, GameDay, Trial, advice, compared, points, report, score
from tests.chaos.lab import Lab, lab
from tests.chaos.values import T0, WEB, spec
from tests.healing.ward import app

seconds = st.one_of(st.none(), st.floats(0, 500))


@st.composite
def trials(draw: st.DrawFn) -> Trial:
    sent = draw(st.integers(0, 200))
    return Trial(
        fault=draw(st.sampled_from(FaultName)),
        ending=draw(st.sampled_from(Ending)),
        says=draw(st.text(max_size=20)),
        detected=draw(seconds),
        healed=draw(seconds),
        cause=draw(st.one_of(st.none(), st.sampled_from(Cause))),
        right=draw(st.sampled_from([None, True, False])),
        requests=Requests(sent=sent, lost=draw(st.integers(0, sent))),
    )


def day(*done: Trial, replicas: int = 2, began_at: float = T0, **more: object) -> GameDay:
    faults = tuple(one.fault for one in done)
    whole = GameDay(id="g1", app=WEB, spec=spec(replicas), faults=faults, began_at=began_at, trials=done)
    return whole.model_copy(update=more).ended(began_at + 100)


GOOD = Trial(fault=FaultName.KILL, ending=Ending.RECOVERED, healed=1.0, requests=Requests(sent=40))
BAD = Trial(
    fault=FaultName.CONFIG_ERROR,
    ending=Ending.LASTED,
    says="a person is needed | `rm -rf /`",
    cause=Cause.UNKNOWN,
    right=False,
    requests=Requests(sent=40, lost=40),
)


@given(st.lists(trials(), max_size=8))
def test_a_score_lies_between_nothing_and_all_and_counts_what_was_tried(done: list[Trial]) -> None:
    found = score(done)
    counted = [one for one in done if one.counts]
    assert (found is None) == (not counted)
    assert found is None or min(map(points, counted)) - 1 <= found <= max(map(points, counted)) + 1
    assert all(0 <= points(one) <= 100 for one in done)
    text = report(day(*done))
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == len(done) + 2
    assert {row.count(" | ") for row in rows} == {7}


@given(trials(), st.sampled_from(sorted(SURVIVED)), seconds)
def test_surviving_sooner_and_losing_less_is_never_worse(one: Trial, ending: Ending, sooner: float | None) -> None:
    lasted = one.model_copy(update={"ending": Ending.LASTED, "healed": None})
    assert points(one.model_copy(update={"ending": ending})) >= points(lasted)
    if one.healed is not None and sooner is not None and one.ending is not Ending.HELD:
        quick, slow = sorted((one.healed, sooner))
        assert points(one.model_copy(update={"healed": quick})) >= points(one.model_copy(update={"healed": slow}))
    if one.requests.lost:
        assert points(one.model_copy(update={"requests": Requests(sent=one.requests.sent)})) >= points(one)


def test_the_best_gets_all_and_the_worst_nothing() -> None:
    assert (score([GOOD]), score([BAD]), score([])) == (100, 0, None)


def test_what_to_improve_is_only_what_was_shown() -> None:
    told = advice(day(GOOD, BAD))
    assert [line.partition(":")[0] for line in told][:2] == ["config_error", "config_error"]
    assert not any("two replicas" in line for line in told)
    alone = advice(day(BAD, replicas=1))
    assert any("two replicas" in line for line in alone)
    assert any("memory limit" in line for line in alone)


def test_it_is_compared_with_the_one_before() -> None:
    now, before = day(GOOD), day(GOOD.model_copy(update={"ending": Ending.LASTED, "healed": None}), began_at=T0 - 500)
    assert compared(now, before)[1] == "kill: lasted before, recovered now"
    assert compared(now, None) == ()
    assert "## Compared with the one before" in report(now, before)


def test_words_of_a_container_do_not_leave_their_place_in_the_report() -> None:
    text = report(day(BAD))
    assert "\\`rm -rf /\\`" in text
    assert "| `" not in text


# -- whole ones

SERIES = (FaultName.PROBE_FAILURE, FaultName.PAUSE, FaultName.NETWORK_CUT, FaultName.STOP, FaultName.CONTAINER_CRASH)


async def held(play: Lab, *faults: FaultName, last: bool = False) -> GameDay:
    begun = await play.chaos.begin_game_day("web", faults, last=last)

    for _ in range(3600):
        await play.run(1)
        if (await play.chaos.game_days("web"))[0].over:
            break
    [found] = [one for one in await play.chaos.game_days("web") if one.id == begun.id]
    return found


@pytest.mark.looptime
async def test_a_whole_game_day_is_detected_diagnosed_healed_and_scored() -> None:
    async with lab() as play:
        await play.orchestrator.apply(app(replicas=2), cause="test")
        await play.settle()
        before = play.orchestrator.app("web").spec
        found = await held(play, *SERIES)
        assert [one.fault for one in found.trials] == list(SERIES)
        assert [one.ending for one in found.trials] == [Ending.HEALED, *[Ending.RECOVERED] * 4]
        healed = found.trials[0]
        assert healed.right is True
        assert None not in (healed.detected, healed.diagnosed, healed.healed)
        assert found.score is not None
        assert found.score >= 90
        assert play.orchestrator.app("web").spec == before
        await play.settle()


@pytest.mark.looptime
async def test_without_a_choice_the_faults_are_those_that_suit_the_app() -> None:
    async with lab() as play:
        await play.orchestrator.apply(app(replicas=2, ports=()), cause="test")
        await play.settle()
        begun = await play.chaos.begin_game_day("web", last=False)
        assert begun.faults == tuple(one for one in ROUND if one is not FaultName.PROBE_FAILURE)
        with pytest.raises(Conflict, match="goes on already"):
            await play.chaos.begin_game_day("web", last=False)
        await play.chaos.stop()


@pytest.mark.looptime
async def test_a_weak_app_scores_less_and_the_second_day_is_compared_with_the_first() -> None:
    async with lab() as play:
        await play.orchestrator.apply(app(replicas=1), cause="test")
        await play.settle()
        weak = await held(play, FaultName.STOP, FaultName.NETWORK_DELAY, last=True)
        assert [one.ending for one in weak.trials] == [Ending.RECOVERED, Ending.UNNOTICED]
        await play.orchestrator.scale("web", 3, cause="test")
        await play.settle()
        strong = await held(play, FaultName.STOP, FaultName.NETWORK_DELAY)
        assert weak.score is not None
        assert strong.score is not None
        assert strong.score > weak.score
        assert compared(strong, weak)[0].startswith(f"score {strong.score}, before {weak.score} (+")


@pytest.mark.looptime
async def test_a_stop_ends_the_game_day_with_what_it_has() -> None:
    async with lab() as play:
        await play.orchestrator.apply(app(replicas=2), cause="test")
        await play.settle()
        await play.chaos.begin_game_day("web", (FaultName.KILL, FaultName.CPU_PRESSURE, FaultName.STOP), last=False)
        await play.until(lambda: any(one.fault is FaultName.CPU_PRESSURE for one in play.chaos.running()))
        await play.chaos.stop("web")
        await play.run(3)
        [found] = await play.chaos.game_days("web")
        assert found.over
        assert [one.ending for one in found.trials] == [Ending.RECOVERED, Ending.STOPPED]
        assert found.says == "Stopped by a person."


@pytest.mark.looptime
async def test_a_game_day_that_a_process_left_unfinished_is_over_at_the_next_start() -> None:
    async with lab() as play:
        await play.orchestrator.apply(app(replicas=2), cause="test")
        await play.settle()
        await play.chaos.begin_game_day("web", (FaultName.KILL, FaultName.STOP), last=False)
        await play.run(20)
        await play.kill()
        play.open()
        await play.run(5)
        [found] = await play.chaos.game_days()
        assert found.over
        assert len(found.trials) == 1
        assert await play.store.list_experiments(over=False) == []
