"""An endpoint that is out of order costs one turn, not every turn."""

from __future__ import annotations

import time
from typing import Any

import pytest

from app.agent.breaker import COOLING_SECONDS, LONGEST_SECONDS, PROBE_SECONDS, Breaker
from tests.agent.fakes import World1, closing, make_world
from tests.openai_server import Fail, Hang, OpenAIServer, Reply, Say, Use
from tests.tools.fakes import FakeClock


def test_closed_open_and_tried_again() -> None:
    clock = FakeClock()
    breaker = Breaker(clock.now)
    assert breaker.waiting() is None
    breaker.failed("it timed out")
    assert breaker.waiting() == "it timed out; it is asked again in 30 s"
    clock.at += COOLING_SECONDS - 5
    assert breaker.waiting() == "it timed out; it is asked again in 5 s"
    clock.at += 5
    assert breaker.waiting() is None
    breaker.answered()
    assert breaker.waiting() is None


def test_one_tries_and_the_others_do_not_wait_for_it() -> None:
    clock = FakeClock()
    breaker = Breaker(clock.now)
    breaker.failed("it timed out")
    clock.at += COOLING_SECONDS
    assert [breaker.waiting() is None for _ in range(3)] == [True, False, False]
    clock.at += PROBE_SECONDS  # the probe was cancelled: nobody told how it ended
    assert breaker.waiting() is None


def test_each_failure_doubles_the_cooling_up_to_a_limit() -> None:
    clock = FakeClock()
    breaker, spans = Breaker(clock.now), []
    for _ in range(12):
        breaker.failed("x")
        begun = clock.at
        while breaker.waiting() is not None:
            clock.at += 10
        spans.append(clock.at - begun)
    assert spans[:4] == [30, 60, 120, 240]
    assert set(spans[5:]) == {LONGEST_SECONDS}
    breaker.answered()
    breaker.failed("x")
    assert breaker.waiting() == "x; it is asked again in 30 s"


async def test_a_hanging_endpoint_costs_one_turn_only() -> None:
    async with OpenAIServer([Hang()]).running() as server, closing(make_world(url=server.url, timeout=0.3)) as world:
        await world.say("status")
        done = await world.say("scale web to 5")
        assert len(server.requests) == 1
        assert done.model == "rules"
        assert done.notice == (
            "The model fake-1 did not answer (it timed out; it is asked again in 30 s); the rules answered."
        )
        assert world.control.app("web").spec.replicas == 5
        other = await world.say("status", conversation="c2")
        assert (other.model, len(server.requests)) == ("rules", 1)


async def test_it_is_asked_again_later_and_answers() -> None:
    server = OpenAIServer([Hang(), Say("I am back.")])
    async with server.running(), closing(make_world(url=server.url, timeout=0.3)) as world:
        await world.say("status")
        world.clock.at += COOLING_SECONDS
        done = await world.say("hello")
        assert (done.reply, done.model, done.notice) == ("I am back.", "fake-1", None)
        assert (await world.say("hello again")).model == "fake-1"


@pytest.mark.parametrize(
    "reply",
    [Say(""), Fail(400), Fail(413), Use([("scale", {})], raw='{"a')],
    ids=["empty", "400", "413", "half a call"],
)
async def test_what_one_conversation_caused_does_not_stop_the_others(reply: Reply) -> None:
    async with OpenAIServer([reply, Say("Here.")]).running() as server, closing(make_world(url=server.url)) as world:
        assert (await world.say("status")).model == "rules"
        assert (await world.say("hello", conversation="c2")).reply == "Here."


async def test_the_rules_alone_are_never_left_alone() -> None:
    world: World1 = make_world()
    assert (await world.say("status")).notice is None


async def test_a_breaker_without_a_clock_of_its_own_uses_the_machines() -> None:
    breaker: Any = Breaker(time.monotonic)
    breaker.failed("x")
    assert breaker.waiting() is not None
