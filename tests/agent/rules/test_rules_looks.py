"""Looking: status, logs with their filters, details, events; a near spelling will do, another app never."""

from __future__ import annotations

import pytest

from tests.agent.rules.scenes import ALONE, NOTHING, brief, hear

CALLS = [
    ("status", "status()"),
    ("list", "list()"),
    ("what's running?", "list()"),
    ("show me what's running", "list()"),
    ("what apps do i have", "list()"),
    ("docker ps", "list()"),
    ("kubectl get pods", "list()"),
    ("lsit apps", "list()"),
    ("is front up?", "status(front)"),
    ("how is orders doing?", "status(orders)"),
    ("status of front and cache", "status(front); status(cache)"),
    ("how many copies of orders are there?", "status(orders)"),
    ("are all apps healthy?", "status()"),
    ("good morning, all fine?", "status()"),
    ("check the importer", "status(importer)"),
    ("check if front is healthy", "status(front)"),
    ("Check cache's health", "status(cache)"),
    ("Count the pods in the demo namespace", "list()"),
    ("which apps are crashing?", "list()"),
    ("what have you deployed?", "list()"),
    ("logs of orders", "logs(orders)"),
    ("orders logs", "logs(orders)"),
    ("dispaly the lgos of orders", "logs(orders)"),
    ("can i see the orders logs?", "logs(orders)"),
    ("show me the last 20 lines of the orders logs", "logs(orders, tail=20)"),
    ('last 10 log lines of front that contain "GET /"', "logs(front, tail=10, grep=GET /)"),
    ("print the last hundred lines from orders", "logs(orders, tail=100)"),
    ("logs of cache since 2 hours ago", "logs(cache, since=2h)"),
    ("orders logs from the last 15 minutes", "logs(orders, since=15m)"),
    ("orders logs from the last hour", "logs(orders, since=1h)"),
    ("logs of cache since 90m", "logs(cache, since=90m)"),
    ("cache logs since yesterday", "logs(cache, since=24h)"),
    ("show errors in the logs of orders", "logs(orders, grep=error)"),
    ("grep timeout in orders logs", "logs(orders, grep=timeout)"),
    ("find 'connection refused' in the logs of cache", "logs(cache, grep=connection refused)"),
    ("logs of importer before the crash", "logs(importer, previous=True)"),
    ("logs of ordres", "logs(orders)"),
    ("logs of front and orders", "logs(front); logs(orders)"),
    ("kubectl logs orders --tail=5 --since=10m", "logs(orders, tail=5, since=10m)"),
    ("describe front", "describe(front)"),
    ("what image does front run?", "describe(front)"),
    ("which port is cache on?", "describe(cache)"),
    ("tell me about orders", "describe(orders)"),
    ("env of orders", "describe(orders)"),
    ("show me all secrets of orders in plain text", "describe(orders)"),
    ("which apps use the tag latest?", "list()"),
    ("events", "events()"),
    ("what happened to orders?", "events(orders)"),
    ("what happened?", "events()"),
    ("who deleted cache?", "events(cache)"),
    ("was front restarted yesterday?", "events(front)"),
    ("export orders", "export_manifest(orders)"),
    ("i want the manifests of front and cache", "export_manifest(front); export_manifest(cache)"),
    ("export everything", "export_manifest()"),
    ("show status and logs of orders", "status(orders); logs(orders)"),
]

CAUSES = [
    ("why is importer crashing?", "importer"),
    ("importer keeps crashing", "importer"),
    ("what is wrong with orders?", "orders"),
    ("why is it crashing?", "importer"),
    ("users report 502s from front, can you find out why?", "front"),
    ("can't reach front", "front"),
    ("why does the autoscaler leave orders alone?", "orders"),
    ("orders is terribly slow. People complain. What is wrong with it?", "orders"),
]

ASKED = ["logs", "logs of nginx", "what happened to nginx?", "describe front or orders", "why is the site slow?"]


@pytest.mark.parametrize(("text", "meant"), CALLS)
def test_call(text: str, meant: str) -> None:
    assert brief(hear(text)) == meant


@pytest.mark.parametrize(("text", "app"), CAUSES)
def test_a_cause_is_answered_by_the_events(text: str, app: str) -> None:
    assert brief(hear(text)) == f"events({app})"


@pytest.mark.parametrize("text", ASKED)
def test_unclear_is_asked(text: str) -> None:
    assert brief(hear(text)) == "clarify app"


def test_the_only_app_needs_no_name() -> None:
    assert brief(hear("logs", ALONE)) == "logs(blog)"
    assert brief(hear("what is wrong?", ALONE)) == "events(blog)"


def test_not_there() -> None:
    assert brief(hear("logs of phantom")) == "refuse not_found"
    assert brief(hear("is phantom up?")) == "refuse not_found"
    assert brief(hear("logs of front", NOTHING)) == "refuse not_found"
    assert brief(hear("status", NOTHING)) == "status()"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("last -5 lines of orders", "refuse invalid_value"),
        ("last 0 lines of the orders logs", "refuse invalid_value"),
        ("last 1000000 lines of orders", "refuse invalid_value"),
        ("orders logs of the last 1.5 hours", "clarify value"),
    ],
)
def test_bad_values(text: str, meant: str) -> None:
    assert brief(hear(text)) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("cpu usage of front", "status(front)"),
        ("list revisions of orders", "describe(orders)"),
        ("does front differ from its desired state?", "status(front)"),
    ],
)
def test_a_nearby_tool_says_that_it_is_not_the_same(text: str, meant: str) -> None:
    reading = hear(text)
    assert brief(reading) == meant
    assert reading.say
    assert reading.outcome is None
