"""Counts: absolute, relative, in words; what is no count is refused or asked about, never clamped."""

from __future__ import annotations

import pytest

from tests.agent.rules.scenes import ALL, ALONE, NOTHING, SHOP, brief, hear

CALLS = [
    ("scale front to 5", "scale(front, replicas=5)"),
    ("Scale Front To 5", "scale(front, replicas=5)"),
    ("SCALE FRONT TO 5!!!", "scale(front, replicas=5)"),
    ("scale front up to ten", "scale(front, replicas=10)"),
    ("scale orders to twenty-one", "scale(orders, replicas=21)"),
    ("scale orders to a hundred and two", "scale(orders, replicas=102)"),
    ("scale the orders app down to zero replicas", "scale(orders, replicas=0)"),
    ("scale front to ５", "scale(front, replicas=5)"),
    ("scale front to 1,000", "scale(front, replicas=1000)"),
    ("increase front by 2", "scale(front, replicas=5)"),
    ("add two more front replicas", "scale(front, replicas=5)"),
    ("one more orders please", "scale(orders, replicas=3)"),
    ("take orders down by 1", "scale(orders, replicas=1)"),
    ("remove one replica from front", "scale(front, replicas=2)"),
    ("double front", "scale(front, replicas=6)"),
    ("orders needs three times as many", "scale(orders, replicas=6)"),
    ("halve orders", "scale(orders, replicas=1)"),
    ("scale orders down by half", "scale(orders, replicas=1)"),
    ("increase orders by 50%", "scale(orders, replicas=3)"),
    ("bump front to 6", "scale(front, replicas=6)"),
    ("front: 3 -> 7", "scale(front, replicas=7)"),
    ("front=4", "scale(front, replicas=4)"),
    ("six copies for orders", "scale(orders, replicas=6)"),
    ("reduce front from 3 to 1", "scale(front, replicas=1)"),
    ("we do not need 3 copies of front, 1 will do", "scale(front, replicas=1)"),
    ("front should have 4 replicas", "scale(front, replicas=4)"),
    ("there should be 3 orders replicas", "scale(orders, replicas=3)"),
    ("keep at least 4 copies of orders running", "scale(orders, replicas=4)"),
    ("scale orders to as many replicas as front", "scale(orders, replicas=3)"),
    ("delete all but 2 replicas of front", "scale(front, replicas=2)"),
    ("scale front to 2 and orders to 3", "scale(front, replicas=2); scale(orders, replicas=3)"),
    ("scale front and orders to 4", "scale(front, replicas=4); scale(orders, replicas=4)"),
    ("front can lose one, orders needs twice as many", "scale(front, replicas=2); scale(orders, replicas=4)"),
    ("scale front to 5 no wait 6", "scale(front, replicas=6)"),
    ("scale front, I mean orders, to 4", "scale(orders, replicas=4)"),
    ("kubectl scale deployment/front --replicas=2", "scale(front, replicas=2)"),
    ("scale ordres to 4", "scale(orders, replicas=4)"),
    ("sclae orders to 4", "scale(orders, replicas=4)"),
    ("restart replicas... no, scale orders to 4", "scale(orders, replicas=4)"),
]

REFUSED = [
    "scale front to -3",
    "scale front to negative two",
    "scale front to −2",
    "scale front to 2.5",
    "scale front to two and a half",
    "scale front to two point five",
    "scale front to 1e9",
    "scale front to 0x10",
    "scale front to 1001",
    "scale front to ten thousand",
    "scale front to 99999999999999999999999999",
    "scale front to " + "9" * 6000,
    "reduce cache by 5",
    "front -1",
]

ASKED = [
    ("scale front to 1O", "value"),
    ("scale front to l5", "value"),
    ("scale front to many", "replicas"),
    ("scale front to a few", "replicas"),
    ("scale front to NaN", "replicas"),
    ("scale front to infinity", "replicas"),
    ("scale front to 3-5", "replicas"),
    ("scale front", "replicas"),
    ("scale front up", "replicas"),
    ("raise orders a bit", "replicas"),
    ("halve front", "value"),
    ("scale front by 2", "replicas"),
    ("double mailer", "replicas"),
    ("scale to 3", "app"),
    ("scale it to 3", "app"),
    ("scale mail to 2", "app"),
    ("scale nginx to 3", "app"),
    ("scale front or orders to 2", "app"),
]

NOT_A_COUNT = [
    "set timeout to 30 for orders",
    "set the max connections of orders to 100",
    "increase the timeout of orders to 30",
    "add 3 users to front",
    "create 2 more users in orders",
    "set DEBUG to 1 for orders",
    "set PORT to 8080 on front",
    "give front 2 more gigs",
    "scale the timeout of front to 30",
    "Ensure there is zero downtime",
    "make sure front has zero errors",
    "run 3 tests on front",
]
"""A number is said and an app, but not how many replicas."""


@pytest.mark.parametrize(("text", "meant"), CALLS)
def test_call(text: str, meant: str) -> None:
    assert brief(hear(text)) == meant


@pytest.mark.parametrize("text", REFUSED)
def test_bad_numbers_are_refused(text: str) -> None:
    assert brief(hear(text)) == "refuse invalid_value"


@pytest.mark.parametrize(("text", "about"), ASKED)
def test_unclear_is_asked(text: str, about: str) -> None:
    assert brief(hear(text)) == f"clarify {about}"


@pytest.mark.parametrize("text", NOT_A_COUNT)
def test_other_numbers_scale_nothing(text: str) -> None:
    assert not [wish for wish in hear(text).wishes if wish.tool == "scale"]


def test_the_only_app_needs_no_name() -> None:
    assert brief(hear("scale it to 3", ALONE)) == "scale(blog, replicas=3)"
    assert brief(hear("scale up by one", ALONE)) == "scale(blog, replicas=3)"


def test_an_unknown_app_is_refused_with_near_names() -> None:
    reading = hear("scale ordering-service to 3")
    assert brief(reading) == "refuse not_found"
    assert "ordering-service" in reading.say
    assert brief(hear("scale front to 3", NOTHING)) == "refuse not_found"


def test_everything_is_each_app() -> None:
    assert [wish.arguments["app"] for wish in hear("scale everything to 2").wishes] == list(ALL)


def test_names_with_hyphens_beat_their_prefixes() -> None:
    assert brief(hear("scale front-admin to 2")) == "scale(front-admin, replicas=2)"
    assert brief(hear("scale front admin to 2")) == "scale(front-admin, replicas=2)"
    assert brief(hear("scale the front to 2")) == "scale(front, replicas=2)"


def test_a_slip_is_less_sure() -> None:
    assert hear("scale ordres to 4").confidence < hear("scale orders to 4").confidence


def test_halves_are_offered_both_ways() -> None:
    assert hear("halve front").candidates == ("1", "2")
    assert SHOP[0].replicas == 3
