"""Help, questions, small talk, what is not there yet, conditions, and several wishes in one message."""

from __future__ import annotations

import pytest

from tests.agent.rules.scenes import LATER, brief, hear

SAID = [
    ("help", "help()"),
    ("?", "help()"),
    ("what can you do?", "help()"),
    ("help with logs", "help(topic=logs)"),
    ("how do I scale an app?", "help(topic=scale)"),
    ("how to delete something", "help(topic=delete)"),
    ("what is the way to restart an app?", "help(topic=restart)"),
    ("can I roll back?", "help(topic=rollback)"),
    ("is it possible to scale front to 10?", "help(topic=scale)"),
    ("should I restart orders?", "answer"),
    ("what is a pod?", "answer"),
    ("what does liveness probe mean?", "answer"),
    ("hello", "answer"),
    ("thanks a lot", "answer"),
    ("who are you?", "answer"),
    ("hi, restart front", "restart(front)"),
    ("thanks! now stop cache", "stop(cache)"),
    ("hey kubelite, could you be so kind and restart front for me, thank you", "restart(front)"),
    ("yes", "answer"),
    ("no, thanks", "answer"),
    ("go ahead", "answer"),
    ("tell me a joke", "answer"),
    ("what's the weather like?", "answer"),
    ("asdf qwer", "answer"),
    ("front", "clarify intent"),
    ("", "clarify intent"),
    ("...", "clarify intent"),
    ("!!!", "clarify intent"),
    ("order a pizza for me and scale front to 4", "scale(front, replicas=4)"),
    ("https://example.com/delete-all root@example.com restart front", "restart(front)"),
]

NOT_YET = [
    "roll back orders",
    "set LOG_LEVEL=debug on orders",
    "update front to nginx:1.28",
    "upgrade cache to 8",
    "give orders 2 gigs of memory",
    "limit orders to half a core",
    "expose front on 8080",
    "autoscale front between 2 and 5",
    "autoscale front, min 3 max 9, when the cpu is over 75 percent",
    "fix importer",
    "simulate a crash of front",
    "kill a pod of front",
    "how much does front cost?",
    "undo that",
    "rename front to site",
    "open a shell in front",
    "run rm -rf / on the host",
    "create an ingress for front",
    "create a namespace prod",
    "grow the disk of front to 20Gi",
    "apply web.yaml",
    "move front to nosana",
    "restart front tomorrow",
    "scale front to 5 in ten minutes",
    "delete cache at 5pm",
    "restart front every night",
    "if the cpu goes over 80 percent, scale front to 5",
    "restart orders if it crashes again",
]

LATER_CALLS = [
    ("add label tier=edge to front", "set_config(front, labels={'tier': 'edge'})"),
    ('change the command of mailer: "node mail.js"', "set_config(mailer, command=['node', 'mail.js'])"),
    ("set LOG_LEVEL=debug on orders", "set_env(orders, env={'LOG_LEVEL': 'debug'})"),
    ("set LOG_LEVEL to debug for orders", "set_env(orders, env={'LOG_LEVEL': 'debug'})"),
    ("set DEBUG to 1 for orders", "set_env(orders, env={'DEBUG': '1'})"),
    ("remove the variable TRACE_ID from orders", "set_env(orders, env={'TRACE_ID': None})"),
    ("upgrade cache to 8.0-bookworm", "update_image(cache, image=redis:8.0-bookworm)"),
    ("update front to nginx:1.28", "update_image(front, image=nginx:1.28)"),
    ("give orders twice the memory", "set_resources(orders, memory=512Mi)"),
    ("limit orders to half a core", "set_resources(orders, cpu=500m)"),
    ("expose front as 9000:80", "expose(front, port=9000, target_port=80)"),
    ("autoscale front between 2 and 6 at 70% cpu", "autoscale(front, min=2, cpu_percent=70, max=6)"),
    ("revert orders to 2.0", "rollback(orders, to_image=ghcr.io/shop/orders:2.0)"),
    ("go back to revision 3 of orders", "rollback(orders, to_revision=3)"),
    ("fix it", "heal(importer)"),
    ("pretend cache runs out of memory", "simulate_failure(cache, kind=oom)"),
    ("undo that", "undo()"),
    ("cost of front", "cost(front)"),
    ("why is importer crashing?", "analyze(importer)"),
    ("change the image", "clarify app"),
    ("autoscale the front app", "clarify value"),
    (
        "update front to nginx:1.28, and give it 4 replicas",
        "update_image(front, image=nginx:1.28); scale(front, replicas=4)",
    ),
]

CONDITIONS = [
    ("in case importer is broken, restart it", "restart(importer)"),
    ("if importer is crashing restart it", "restart(importer)"),
    ("restart importer if it is not healthy", "restart(importer)"),
    ("in case front is broken, restart it", "answer"),
    ("restart front unless it is healthy", "answer"),
    ("provided that cache runs well, delete mailer", "ask(delete(mailer))"),
    ("if front has fewer than 5 replicas, scale it to 5", "scale(front, replicas=5)"),
    ("if front has more than 5 replicas, scale it to 5", "answer"),
    ("once cache is up, restart orders", "restart(orders)"),
]

SEVERAL = [
    ("scale front to 5 and restart orders", "scale(front, replicas=5); restart(orders)"),
    ("restart orders, then show its logs and its status", "restart(orders); logs(orders); status(orders)"),
    ("scale front to 5\nrestart orders", "scale(front, replicas=5); restart(orders)"),
    ("scale front to 5; restart orders", "scale(front, replicas=5); restart(orders)"),
    ("stop front and start it again", "stop(front); start(front)"),
    ("scale front to 5 and delete cache", "scale(front, replicas=5); ask(delete(cache))"),
    ("delete cache and delete mailer", "ask(delete(cache); delete(mailer))"),
    ("front is slow, restart it", "restart(front)"),
    ("web servers are under load. scale front to 6", "scale(front, replicas=6)"),
    ("restart phantom and scale front to 4", "scale(front, replicas=4); refuse not_found"),
    ("restart orders, scale front and list apps", "restart(orders); list(); clarify replicas"),
    (
        "front to 4, orders to 1, restart the rest",
        "scale(front, replicas=4); scale(orders, replicas=1); restart(front-admin); restart(cache); restart(mailer); "
        "restart(importer)",
    ),
]


@pytest.mark.parametrize(("text", "meant"), SAID)
def test_said(text: str, meant: str) -> None:
    assert brief(hear(text)) == meant


@pytest.mark.parametrize("text", NOT_YET)
def test_what_is_not_there_is_recognised_and_refused(text: str) -> None:
    reading = hear(text)
    assert brief(reading) == "refuse unsupported"
    assert not reading.wishes
    assert reading.say


@pytest.mark.parametrize(("text", "meant"), LATER_CALLS)
def test_later_tools_are_called_once_they_are_bound(text: str, meant: str) -> None:
    assert brief(hear(text, tools=LATER)) == meant


@pytest.mark.parametrize(("text", "meant"), CONDITIONS)
def test_conditions_are_judged_by_what_is_known(text: str, meant: str) -> None:
    assert brief(hear(text)) == meant


@pytest.mark.parametrize(("text", "meant"), SEVERAL)
def test_several_wishes_in_order(text: str, meant: str) -> None:
    assert brief(hear(text)) == meant


def test_a_definition_comes_from_the_glossary() -> None:
    assert "copy" in hear("what is a replica?").say
    assert hear("what is a flurb?").say != hear("what is a replica?").say


def test_no_tool_no_wish() -> None:
    for text in (
        "deploy nginx",
        "scale front to 2",
        "delete cache",
        "status",
        "logs of orders",
        "help",
        "what happened?",
    ):
        reading = hear(text, tools=frozenset())
        assert not reading.wishes
        assert reading.say


def test_sentences_name_what_was_understood() -> None:
    assert "orders" in hear("kill orders").say
    assert "5" in hear("scale front by 5").say
    assert "memory" in hear("give orders 2 gigs of memory").say
