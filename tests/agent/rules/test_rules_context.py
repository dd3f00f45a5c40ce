"""Conversations: pronouns, answers to a question, corrections, "again", "the same for"."""

from __future__ import annotations

import pytest

from app.agent.rules import read
from app.agent.rules.reading import EarlierTurn, KnownApp, Outcome, World
from tests.agent.rules.scenes import ALONE, NOTHING, NOW, SHOP, brief, talk

TALKS = [
    (("describe front", "scale it to 4"), "scale(front, replicas=4)"),
    (("logs of orders", "restart it"), "restart(orders)"),
    (("status of front and orders", "restart them"), "restart(front); restart(orders)"),
    (("describe front", "what are its logs?"), "logs(front)"),
    (("describe front", "scale to 4"), "scale(front, replicas=4)"),
    (("describe front", "delete it"), "ask(delete(front))"),
    (("describe front", "delete"), "clarify app"),
    (("stop front", "start it again"), "start(front)"),
    (("why is importer crashing?", "restart it"), "restart(importer)"),
    (("how many copies of front are there?", "make it 5"), "scale(front, replicas=5)"),
    (("deploy nginx as gate", "scale it to 3", "show its logs"), "logs(gate)"),
    (("restart front", "and the orders too"), "restart(orders)"),
    (("restart front", "same for orders"), "restart(orders)"),
    (("restart front", "do the same with orders and cache"), "restart(orders); restart(cache)"),
    (("logs of front", "and cache?"), "logs(cache)"),
    (("logs of front", "what about orders?"), "logs(orders)"),
    (("scale front to 5", "and orders to 3"), "scale(orders, replicas=3)"),
    (("add two replicas to front", "again"), "scale(front, replicas=7)"),
    (("add two replicas to front", "again", "do it again"), "scale(front, replicas=9)"),
    (("restart front", "thanks", "do it again"), "restart(front)"),
    (("scale front to 5", "no, 6"), "scale(front, replicas=6)"),
    (("scale front to 5", "actually make it 4"), "scale(front, replicas=4)"),
    (("scale front to 5", "sorry, I meant orders"), "scale(orders, replicas=5)"),
    (("delete front", "no, I meant cache"), "ask(delete(cache))"),
    (("restart the app", "orders"), "restart(orders)"),
    (("restart the app", "the second one"), "restart(front-admin)"),
    (("restart the app", "the last one"), "restart(importer)"),
    (("restart the app", "orders please"), "restart(orders)"),
    (("delete cach", "cache"), "ask(delete(cache))"),
    (("scale front", "5"), "scale(front, replicas=5)"),
    (("scale front up", "by 2"), "scale(front, replicas=5)"),
    (("scale front to 1O", "10"), "scale(front, replicas=10)"),
    (("scale phantom to 3", "front"), "scale(front, replicas=3)"),
    (("deploy a web server", "nginx"), "deploy(nginx, image=nginx)"),
    (("deploy a web server", "the first one"), "deploy(nginx, image=nginx)"),
    (("deploy a database as ledger", "mysql with 2 replicas"), "deploy(ledger, image=mysql, replicas=2)"),
    (("kill front", "delete"), "ask(delete(front))"),
    (("kill front", "the first one"), "stop(front)"),
    (("scale front", "restart orders"), "restart(orders)"),
    (("scale front", "never mind"), "answer"),
    (("delete cache", "yes"), "answer"),
    (("restart the app", "yes"), "answer"),
]


@pytest.mark.parametrize(("texts", "meant"), TALKS)
def test_talk(texts: tuple[str, ...], meant: str) -> None:
    assert talk(*texts) == meant


def test_the_other_one() -> None:
    two = SHOP[:1] + SHOP[2:3]
    assert talk("restart front", "the other one as well", apps=two) == "restart(orders)"


def test_all_of_them() -> None:
    assert talk("logs", "all of them", apps=SHOP[:1] + SHOP[2:3]) == "logs(front); logs(orders)"


def test_it_means_nothing_without_an_earlier_turn() -> None:
    assert talk("restart it") == "clarify app"
    assert talk("restart it", apps=ALONE) == "restart(blog)"
    assert talk("again") == "answer"


def test_an_app_that_is_gone_is_not_it() -> None:
    gone = EarlierTurn("delete old", ())
    assert brief(read("restart it", World(SHOP, NOW, (gone,)))) == "clarify app"


def test_an_answer_without_candidates_is_no_choice() -> None:
    asked = EarlierTurn("restart the app", (), Outcome.CLARIFY, ())
    assert brief(read("the first one", World(SHOP, NOW, (asked,)))).startswith(("answer", "clarify"))


def test_text_of_an_earlier_turn_that_is_a_manifest_is_no_sentence() -> None:
    pasted = EarlierTurn("apiVersion: v1\nkind: Pod\n# delete front", ())
    assert brief(read("again", World(SHOP, NOW, (pasted,)))) == "answer"


def test_long_histories_are_bounded() -> None:
    earlier = tuple(EarlierTurn("again") for _ in range(500))
    assert brief(read("again", World(NOTHING, NOW, earlier))) == "answer"


def test_a_new_request_is_no_answer_to_the_question_before() -> None:
    asked = EarlierTurn("scale ngnix to 3", (), Outcome.CLARIFY, ("nginx",))
    world = World((KnownApp("nginx", "nginx", 2),), frozenset(("scale", "delete", "logs", "status")), (asked,))
    assert [wish.tool for wish in read("logs of nginx", world).wishes] == ["logs"]
