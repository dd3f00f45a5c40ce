"""A demo from outside: what fails is said, what was made is removed, and nobody else's app is touched.

That all ten acts come out as they should is shown by the command itself, in `test_demo_command`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.agent.backend import Backend
from app.core.approvals import Approval, Caller, Mode, Preview, Role
from app.core.errors import Conflict, InvalidInput
from app.demo import looks
from app.demo.acts import ACTS
from app.demo.stage import APPS, Missed, Stage, about_the_demo
from app.demo.steps import Act, Call, Say, Until
from app.demo.telling import Kind
from app.demo.walk import Walk, chosen
from tests.demo.world import Audience, deployed, played, stage_of

WEB = APPS[0]
DEPLOY = Say(f"deploy nginx:1.27 as {WEB} on the simulator")


def act(number: int, *steps: object, needs: tuple[int, ...] = (), ready: int = 1) -> Act:
    return Act(number, f"act {number}", "a story", steps, looks.running(**{WEB: ready}), needs)  # type: ignore[arg-type]


def names(backend: Backend) -> set[str]:
    return {view.name for view in backend.control.apps()}


def test_every_check_fails_where_its_act_was_not_played(tmp_path: Path) -> None:
    """All the apps are there and well, but nothing of what the acts do has happened to them."""

    async def work(backend: Backend) -> list[int]:
        await deployed(backend, *APPS)
        stage, held = stage_of(backend), []
        for one in ACTS:
            try:
                await one.check(stage)
            except Missed:
                continue
            held.append(one.number)
        return held

    assert played(tmp_path, work) == []


def test_a_broken_step_fails_its_act_and_those_that_need_it_and_no_other(tmp_path: Path) -> None:
    acts = (
        act(1, DEPLOY),
        act(2, Until("it is ill", looks.noticed(WEB), 20)),
        act(3, needs=(2,)),
        act(4, Say(f"scale {WEB} to 2"), needs=(1,), ready=2),
    )
    audience = Audience()

    async def work(backend: Backend) -> tuple[bool, set[str]]:
        await deployed(backend, "web")
        return await Walk(stage_of(backend, audience), acts=acts).run(), names(backend)

    assert played(tmp_path, work) == (False, {"web"})
    assert len(audience.of(Kind.SEEN)) == 2
    assert [text.partition(":")[0] for text in audience.of(Kind.MISSED)] == [
        "20 s passed and it was not so that it is ill",
        "not shown",
    ]
    assert "2 of 4 acts failed (2, 3)" in audience.of(Kind.NOTE)[-1]


def test_a_call_that_is_refused_fails_its_act(tmp_path: Path) -> None:
    audience = Audience()

    async def work(backend: Backend) -> bool:
        return await Walk(stage_of(backend, audience), acts=(act(1, Call("?", "no_such_tool")),)).run()

    assert played(tmp_path, work) is False
    assert "There is no tool" in audience.of(Kind.MISSED)[0]


def test_a_check_that_does_not_hold_fails_the_demo(tmp_path: Path) -> None:
    audience = Audience()

    async def work(backend: Backend) -> bool:
        return await Walk(stage_of(backend, audience), acts=(act(1, DEPLOY, ready=3),)).run()

    assert played(tmp_path, work) is False
    assert audience.of(Kind.MISSED) == [f"{WEB}: Running, 1 of 1 ready, where 3 replicas should be"]


def test_cut_short_it_leaves_nothing_behind(tmp_path: Path) -> None:
    """In the middle of a game day: its fault is taken back, its app is gone, and the other's is as it was."""
    acts = (
        act(
            1,
            Say(f"deploy 3 replicas of nginx:1.27 as {WEB} on the simulator"),
            Call("break it", "run_game_day", {"app": WEB, "kinds": ("pause", "kill")}),
            Until("it ends", looks.noticed(WEB), 600),
        ),
    )

    async def work(backend: Backend) -> set[str]:
        await deployed(backend, "web")
        stage = stage_of(backend)
        walk = asyncio.create_task(Walk(stage, acts=acts).run())
        await stage.until(lambda: stage.mine() and stage.chaos.running(WEB), "a fault is there", 60)
        walk.cancel()
        with pytest.raises(asyncio.CancelledError):
            await walk
        assert not stage.chaos.running()
        assert backend.control.app("web").settled
        return names(backend)

    assert played(tmp_path, work) == {"web"}


def test_it_refuses_where_an_app_of_that_name_is_somebody_elses(tmp_path: Path) -> None:
    async def work(backend: Backend) -> set[str]:
        await deployed(backend, WEB)
        with pytest.raises(Conflict, match=f"{WEB}.*rename"):
            await Walk(stage_of(backend)).run()
        return names(backend)

    assert played(tmp_path, work) == {WEB}


def test_it_refuses_where_somebody_took_over_what_a_demo_had_made(tmp_path: Path) -> None:
    async def work(backend: Backend) -> None:
        stage = stage_of(backend)
        await DEPLOY.take(stage)
        await Walk(stage, acts=()).check()
        await deployed(backend, WEB)
        with pytest.raises(Conflict, match="not its own"):
            await Walk(stage, acts=()).check()

    played(tmp_path, work)


def test_what_an_earlier_one_left_is_removed_first(tmp_path: Path) -> None:
    audience = Audience()

    async def work(backend: Backend) -> bool:
        await DEPLOY.take(stage_of(backend))
        return await Walk(stage_of(backend, audience), acts=(act(1, DEPLOY),)).run()

    assert played(tmp_path, work) is True
    assert audience.of(Kind.NOTE)[0].startswith("An earlier demo was cut short")


def test_where_only_looking_is_allowed_it_does_not_begin(tmp_path: Path) -> None:
    async def work(backend: Backend) -> None:
        with pytest.raises(Conflict, match="observe"):
            await Walk(stage_of(backend)).run()

    played(tmp_path, work, mode=Mode.OBSERVE)


def test_where_every_change_is_shown_first_its_person_approves_them(tmp_path: Path) -> None:
    audience = Audience()

    async def work(backend: Backend) -> bool:
        return await Walk(stage_of(backend, audience), acts=(act(1, DEPLOY),)).run()

    assert played(tmp_path, work, mode=Mode.SUGGEST) is True
    assert any(text.startswith("(presses") for text in audience.of(Kind.PERSON))


def test_its_person_approves_nothing_about_anybody_elses_app(tmp_path: Path) -> None:
    async def work(backend: Backend) -> set[str]:
        await deployed(backend, "web")
        stage: Stage = stage_of(backend)
        with pytest.raises(Missed, match="not about the demo's apps"):
            await stage.say("delete web")
        return names(backend)

    assert played(tmp_path, work) == {"web"}


@pytest.mark.parametrize(
    ("card", "mine"),
    [
        (Preview(title="t", verb="v", apps=(WEB,)), True),
        (Preview(title="t", verb="v", apps=(WEB, f"default/{WEB}"), deleting=(WEB,)), True),
        (Preview(title="t", verb="v", apps=(WEB, "web")), False),
        (Preview(title="t", verb="v", apps=(WEB,), deleting=("web",)), False),
        (Preview(title="t", verb="v", apps=(f"shop/{WEB}",)), False),
        (Preview(title="t", verb="v", apps=(WEB,), objects=("Service web",)), False),
        (Preview(title="t", verb="v"), False),
    ],
)
def test_a_card_is_the_demos_only_where_all_it_touches_is(card: Preview, *, mine: bool) -> None:
    approval = Approval(
        id="a",
        conversation="c",
        tool="delete",
        arguments={},
        arguments_hash="h",
        preview=card,
        caller=Caller(user="demo", role=Role.OPERATOR, conversation="c"),
        asked_by_person=True,
        created_at=0.0,
        expires_at=1.0,
    )
    assert about_the_demo(approval) is mine


def test_one_act_comes_with_those_that_it_goes_on_from() -> None:
    assert [one.number for one in chosen(ACTS, None)] == list(range(1, 11))
    assert [one.number for one in chosen(ACTS, 5)] == [4, 5]
    assert [one.number for one in chosen(ACTS, 7)] == [7]
    with pytest.raises(InvalidInput, match="1 to 10"):
        chosen(ACTS, 11)


def test_what_an_act_needs_comes_before_it() -> None:
    assert all(need < one.number for one in ACTS for need in one.needs)
