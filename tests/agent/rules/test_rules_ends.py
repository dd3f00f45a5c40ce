"""Stopping, starting, restarting, deleting: what ends an app needs its name, and a yes where many or a filter end."""

from __future__ import annotations

import pytest

from app.agent.rules.reading import KnownApp, Wish
from tests.agent.rules.scenes import ALL, ALONE, NOTHING, NOW, brief, hear

MILD = [
    ("stop front", "stop(front)"),
    ("shut orders down", "stop(orders)"),
    ("turn the cache off", "stop(cache)"),
    ("take front down", "stop(front)"),
    ("stop front and orders", "stop(front); stop(orders)"),
    ("start mailer", "start(mailer)"),
    ("bring mailer back online", "start(mailer)"),
    ("turn mailer back on", "start(mailer)"),
    ("start mailer with 2 replicas", "scale(mailer, replicas=2)"),
    ("start front", "answer"),
    ("restart front", "restart(front)"),
    ("reboot orders", "restart(orders)"),
    ("resatrt orders", "restart(orders)"),
    ("orders could do with a rolling restart", "restart(orders)"),
    ("give orders a restart", "restart(orders)"),
    ("would you mind restarting orders?", "restart(orders)"),
    ("turn cache off and on again", "restart(cache)"),
    ("restart front and orders", "restart(front); restart(orders)"),
    ("restart fornt-admin", "restart(front-admin)"),
    ("restart `orders`", "restart(orders)"),
    ("restart the app named orders", "restart(orders)"),
    ("restart the crashing app", "restart(importer)"),
    ("restart orders, not front", "restart(orders)"),
    ("restart orders instead of front", "restart(orders)"),
    ("restart all running apps", "restart(front); restart(front-admin); restart(orders); restart(cache)"),
]

ASKED_FOR = [
    ("delete cache", "delete(cache)"),
    ("get rid of front and orders", "delete(front); delete(orders)"),
    ("tear cache down", "delete(cache)"),
    ("delete front*", "delete(front); delete(front-admin)"),
    ("delete all stopped apps", "delete(mailer)"),
    ("delete all nginx apps", "delete(front); delete(front-admin)"),
    ("delete everything ending in er", "delete(mailer); delete(importer)"),
    ("delete front, no wait, cache", "delete(cache)"),
    ("delete front but not orders or cache", "delete(front)"),
    ("rm -f cache", "delete(cache)"),
    ("stop front, orders and cache", "stop(front); stop(orders); stop(cache)"),
    ("halt every app beginning with front", "stop(front); stop(front-admin)"),
    ("stop apps starting with front", "stop(front); stop(front-admin)"),
    ("stop front*", "stop(front); stop(front-admin)"),
    ("stop the crashing app", "stop(importer)"),
]

EVERYTHING = [
    "delete everything",
    "delete all",
    "delete all apps",
    "delete *",
    "clear out the entire cluster",
    "nuke everything NOW",
    "URGENT!!! delete everything",
    "kubectl delete all --all",
    "kill everything",
]

CLARIFIED = [
    "delete cach",
    "delete mail",
    "delete",
    "delete it",
    "delete the apps",
    "delete all apps older than a week",
    "delete all test apps",
    "delete everything in namespace prod",
    "delete front or orders",
    "stop nginx",
    "kill front",
    "stop",
]

KEPT = [
    "don't delete front",
    "please do not delete anything",
    "never delete front or orders",
    "under no circumstances stop orders",
    "no need to restart front",
    "delete front... no, don't",
    "delete front - actually no",
    "never mind",
    "suppose I remove cache, what breaks?",
    "should I delete cache?",
    "would deleting cache break orders?",
    "if I stop front, what happens?",
]

PARTS = [
    "delete the logs of front",
    "delete 3 files in front",
    "delete the volume of cache",
    "delete the namespace prod",
    "delete port 80 from front",
    "remove LOG_LEVEL from orders",
    "drop 3 tables in orders",
]
"""The object is not the app."""


@pytest.mark.parametrize(("text", "meant"), MILD)
def test_call(text: str, meant: str) -> None:
    assert brief(hear(text)) == meant


@pytest.mark.parametrize(("text", "meant"), ASKED_FOR)
def test_asked_for(text: str, meant: str) -> None:
    assert brief(hear(text)) == f"ask({meant})"


@pytest.mark.parametrize("text", EVERYTHING)
def test_everything_is_one_call_that_names_all(text: str) -> None:
    reading = hear(text)
    assert [wish.arguments for wish in reading.wishes] == [{"apps": list(ALL)}]
    assert reading.wishes[0].by_filter


@pytest.mark.parametrize("text", CLARIFIED)
def test_unclear_ends_nothing(text: str) -> None:
    reading = hear(text)
    assert not reading.wishes
    assert brief(reading).startswith("clarify")
    assert reading.candidates


@pytest.mark.parametrize("text", KEPT)
def test_nothing_is_ended(text: str) -> None:
    assert brief(hear(text)) == "answer"


@pytest.mark.parametrize("text", PARTS)
def test_a_part_is_not_the_app(text: str) -> None:
    assert brief(hear(text)) == "refuse unsupported"


def test_a_filtered_stop_carries_the_fact() -> None:
    assert all(wish.by_filter for wish in hear("halt every app beginning with front").wishes)
    assert not any(wish.by_filter for wish in hear("stop front and orders").wishes)


def test_start_goes_back_to_the_count_before() -> None:
    assert hear("start mailer").wishes[0].arguments == {"app": "mailer", "replicas": 4}


def test_stop_and_start_have_tools_of_their_own_once_they_are_bound() -> None:
    bound = NOW | {"stop", "start"}
    assert hear("stop front", tools=bound).wishes == (Wish("stop", {"app": "front"}),)
    assert hear("start mailer", tools=bound).wishes == (Wish("start", {"app": "mailer"}),)
    assert hear("start mailer with 2 replicas", tools=bound).wishes == (
        Wish("scale", {"app": "mailer", "replicas": 2}),
    )
    assert brief(hear("stop everything", tools=bound)).startswith("ask(stop(front)")
    assert brief(hear("stop front and start it again", tools=bound)) == "stop(front); start(front)"


def test_not_there() -> None:
    for text in ("delete phantom", "stop phantom", "restart phantom", "stop the database"):
        assert brief(hear(text, ALONE)) == "refuse not_found"
        assert brief(hear(text, NOTHING)) == "refuse not_found"


def test_the_only_app_needs_no_name() -> None:
    assert brief(hear("delete it", ALONE)) == "ask(delete(blog))"
    assert brief(hear("halt my app", ALONE)) == "stop(blog)"
    assert brief(hear("restart", ALONE)) == "restart(blog)"


def test_part_of_a_list_that_is_not_there_is_said() -> None:
    reading = hear("restart front and phantom")
    assert brief(reading) == "restart(front)"
    assert '"phantom"' in reading.say


def test_a_name_in_two_namespaces_is_asked_about() -> None:
    apps = (
        KnownApp("web", "nginx", 1, "prod"),
        KnownApp("web", "nginx", 1, "test"),
        KnownApp("api", "x/api", 1, "test"),
    )
    assert hear("restart web", apps).candidates == ("prod/web", "test/web")
    assert brief(hear("restart web in namespace test", apps)) == "restart(test/web)"
    assert brief(hear("restart prod/web", apps)) == "restart(prod/web)"
    assert brief(hear("delete everything in namespace test", apps)) == "ask(delete(test/web); delete(api))"
    assert brief(hear("delete api in namespace prod", apps)) == "refuse not_found"


def test_more_than_one_call_can_take_is_split() -> None:
    apps = tuple(KnownApp(f"app-{number}", "nginx", 1) for number in range(450))
    sizes = [len(wish.arguments["apps"]) for wish in hear("delete everything", apps).wishes]
    assert sizes == [200, 200, 50]
