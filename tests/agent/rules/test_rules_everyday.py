"""Everyday turns of phrase: shared values, corrections in mid-sentence, complaints, verbs that come in two parts."""

from __future__ import annotations

import pytest

from agent_tools import TOOLS
from tests.agent.rules.scenes import ALONE, SHOP, brief, hear

BOUND = frozenset(tool.name for tool in TOOLS)
SAID = [
    (
        "deploy nginx and redis, 2 replicas each",
        "deploy(nginx, image=nginx, replicas=2); deploy(redis, image=redis, replicas=2)",
    ),
    ("put front to sleep", "stop(front)"),
    ("give me the last 100 lines of orders from the last hour", "logs(orders, tail=100, since=1h)"),
    ("scale front to 3, no, 4", "scale(front, replicas=4)"),
    (
        "everything but cache should be restarted",
        "restart(front); restart(front-admin); restart(orders); restart(mailer); restart(importer)",
    ),
    ("orders is using too much memory", "analyze(orders)"),
    ("give orders a bit more cpu", "clarify value"),
    ("upgrade front to the latest", "update_image(front, image=nginx:latest)"),
    ("give front more memory", "clarify value"),
    ("not front, restart orders", "restart(orders)"),
    ("undo the last 50 changes", "refuse invalid_value"),
    (
        'deploy busybox with command ["sh", "-c", "sleep 9"]',
        "deploy(busybox, image=busybox, command=['sh', '-c', 'sleep 9'])",
    ),
]


@pytest.mark.parametrize(("text", "meant"), SAID)
def test_said(text: str, meant: str) -> None:
    assert brief(hear(text, SHOP, BOUND)) == meant


def test_a_name_that_nobody_has_is_never_the_only_app() -> None:
    for text in ("delete the service shop", "delete the deployment shop", "stop the app shop"):
        assert not hear(text, ALONE, BOUND).wishes
