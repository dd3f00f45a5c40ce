"""The tools of the day after, as they are bound: releases, set-up, amounts relative to what is, and undo."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from agent_tools import TOOLS
from app.agent.rules import read
from app.agent.rules.reading import EarlierTurn, KnownApp, Wish, World
from tests.agent.rules.scenes import SHOP, brief, hear

BOUND = frozenset(tool.name for tool in TOOLS)
APPS = tuple(
    replace(app, cpu="500m", gpus=1, env=("LOG_LEVEL", "FOO")) if app.name == "orders" else app for app in SHOP
)
"""orders has 256Mi, half a core and a GPU; no other app has a limit."""

STOPS = [
    ("stop front", "stop(front)"),
    ("start mailer", "start(mailer)"),
    ("start mailer with 2 replicas", "scale(mailer, replicas=2)"),
    ("stop front, orders and cache", "ask(stop(front); stop(orders); stop(cache))"),
    ("stop front and start it again", "stop(front); start(front)"),
    ("scale front to 0", "scale(front, replicas=0)"),
]
RELEASES = [
    ("bump front to 1.28", "update_image(front, image=nginx:1.28)"),
    ("use nginx:1.28 for front", "update_image(front, image=nginx:1.28)"),
    ("front nginx:1.28", "update_image(front, image=nginx:1.28)"),
    ("update front to nginx:1.28 and roll it back", "update_image(front, image=nginx:1.28); rollback(front)"),
    ("roll back front", "rollback(front)"),
    ("roll front back to revision 2", "rollback(front, to_revision=2)"),
    ("roll orders back to 2.0", "rollback(orders, to_image=ghcr.io/shop/orders:2.0)"),
    ("history of front", "history(front)"),
    ("show the revisions of orders", "history(orders)"),
]
SETUP = [
    ("unset FOO and BAR on orders", "set_env(orders, env={'FOO': None, 'BAR': None})"),
    ("unset FOO, BAR on orders", "set_env(orders, env={'FOO': None, 'BAR': None})"),
    ("export FOO=bar for orders", "set_env(orders, env={'FOO': 'bar'})"),
    ("export orders", "export_manifest(orders)"),
    ("set FOO= on orders", "set_env(orders, env={'FOO': ''})"),
    (
        "set LOG_LEVEL=debug on orders, then restart it",
        "set_env(orders, env={'LOG_LEVEL': 'debug'}); restart(orders)",
    ),
    ("label front tier=edge", "set_config(front, labels={'tier': 'edge'})"),
    ("label front tier=edge team=a", "set_config(front, labels={'tier': 'edge', 'team': 'a'})"),
    ("remove the label tier from front", "set_config(front, labels={'tier': None})"),
    ("remove the labels tier and team from front", "set_config(front, labels={'tier': None, 'team': None})"),
    ("remove the label from all apps", "clarify value"),
    ('set the command of orders to "python serve.py"', "set_config(orders, command=['python', 'serve.py'])"),
    ("set the health check of front to /ok", "set_config(front, health_path=/ok)"),
    ("how much memory does front use?", "metrics(front)"),
    ("any drift on front?", "diff(front)"),
]
AMOUNTS = [
    ("give orders 1Gi of memory", "set_resources(orders, memory=1Gi)"),
    ("double orders's memory", "set_resources(orders, memory=512Mi)"),
    ("double the cpu of orders", "set_resources(orders, cpu=1)"),
    ("double memory and cpu of orders", "set_resources(orders, memory=512Mi, cpu=1)"),
    ("halve the memory of orders", "set_resources(orders, memory=128Mi)"),
    ("1Gi more memory for orders", "set_resources(orders, memory=1280Mi)"),
    ("give orders 2 more gigs", "set_resources(orders, memory=2304Mi)"),
    ("two more gigs for orders", "set_resources(orders, memory=2304Mi)"),
    ("an extra 256Mi for orders", "set_resources(orders, memory=512Mi)"),
    ("add 256Mi of memory to orders", "set_resources(orders, memory=512Mi)"),
    ("cut 128Mi from orders", "set_resources(orders, memory=128Mi)"),
    ("lower the memory of orders by 64Mi", "set_resources(orders, memory=192Mi)"),
    ("raise the memory of orders by 256Mi", "set_resources(orders, memory=512Mi)"),
    ("raise the memory of orders by 50%", "set_resources(orders, memory=384Mi)"),
    ("raise the memory of orders to 1Gi", "set_resources(orders, memory=1Gi)"),
    ("limit orders to no more than 1Gi of memory", "set_resources(orders, memory=1Gi)"),
    ("remove the memory limit of orders", "set_resources(orders, memory=none)"),
    ("remove the limits of orders", "set_resources(orders, memory=none, cpu=none)"),
    ("add a memory limit of 512Mi to cache", "set_resources(cache, memory=512Mi)"),
]
ASKED_BACK = [
    ("double the cpu of cache", "clarify value", "cache has no CPU limit now"),
    ("add 256Mi of memory to cache", "clarify value", "cache has no memory limit now"),
    ("increase orders memory 128Mi", "clarify value", "orders has 256Mi of memory now"),
    ("lower the memory of orders by 1Gi", "refuse invalid_value", "that would leave nothing"),
    ("undo everything", "clarify value", "How many changes"),
    ("undo the scaling of cache", "clarify intent", "that was not about cache"),
]


@pytest.mark.parametrize(("text", "meant"), [*STOPS, *RELEASES, *SETUP, *AMOUNTS])
def test_said(text: str, meant: str) -> None:
    assert brief(hear(text, APPS, BOUND)) == meant


@pytest.mark.parametrize(("text", "meant", "says"), ASKED_BACK)
def test_asked_back(text: str, meant: str, says: str) -> None:
    reading = hear(text, APPS, BOUND)
    assert brief(reading) == meant
    assert says in reading.say
    assert not reading.wishes


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("undo", "undo()"),
        ("undo that", "undo()"),
        ("undo the last two changes", "undo(steps=2)"),
        ("undo the scaling of front", "undo()"),
        ("undo the scaling of cache", "clarify intent"),
    ],
)
def test_an_undo_must_be_about_what_was_changed_last(text: str, meant: str) -> None:
    earlier = (EarlierTurn("scale front to 5", (Wish("scale", {"app": "front", "replicas": 5}),)),)
    assert brief(read(text, World(APPS, BOUND, earlier))) == meant


def test_a_pattern_that_stops_says_so_to_the_gate() -> None:
    assert [wish.by_filter for wish in hear("stop front*", APPS, BOUND).wishes] == [True, True]


_VOCABULARY = (
    "undo roll back rollback update bump set unset label remove add give double halve cut raise lower memory cpu gpu "
    "limit limits front orders cache ghost everything all the of to by from for on 1Gi 256Mi 500m 2 two more less 50% "
    "1.28 nginx:1.28 FOO FOO=bar tier=edge revision command args 'x-y' ' history metrics diff stop start and then not "
    ", . ?"
)
_WORDS = st.sampled_from(_VOCABULARY.split())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_WORDS, max_size=14).map(" ".join))
def test_every_wish_is_one_that_its_tool_takes(text: str) -> None:
    schemas = {tool.name: tool.args for tool in TOOLS}
    names = {app.name for app in APPS}
    reading = hear(text, APPS, BOUND)
    assert reading.wishes or reading.say
    for wish in reading.wishes:
        try:
            schemas[wish.tool].model_validate(wish.arguments)
        except ValidationError as error:  # pragma: no cover - the message is the point
            pytest.fail(f"{text!r}: {wish}: {error}")
        if wish.tool not in ("deploy", "delete", "undo", "help") and "app" in wish.arguments:
            assert wish.arguments["app"] in names or "deploy" in {one.tool for one in reading.wishes}


def test_amounts_are_never_known_of_an_app_that_has_none() -> None:
    assert KnownApp("x", "y", 1).cpu == ""
    assert brief(hear("double the memory limit of x", (KnownApp("x", "y", 1),), BOUND)) == "clarify value"
