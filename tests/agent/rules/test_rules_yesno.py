"""A typed yes or no is short and says nothing else."""

from __future__ import annotations

import pytest

from app.agent.rules.canonical import answered
from app.agent.rules.yesno import plain_answer

YES = [
    *("yes", "Yes!", "YES PLEASE", "y", "yep", "ok", "go ahead", "do it", "confirm", "sí", "Si, por favor", "ja"),
    *("ja, bitte", "oui", "sim", "haan", "好的", "是", "はい", "お願いします"),
]
NO = [
    *("no", "No.", "n", "nope", "no thanks", "no, keep it", "cancel", "don't", "dont do it", "never mind", "nein"),
    *("non merci", "não", "nahi", "不要", "いいえ", "やめて"),
]
NEITHER = [
    *("", "yes and delete the rest", "no, delete api instead", "yes, delete it", "delete web", "why", "maybe"),
    *("yes but only web", "no web", "ok scale web to 3", "yes no", "wait", f"y{'e' * 80}s"),
]


@pytest.mark.parametrize("text", YES)
def test_yes(text: str) -> None:
    assert plain_answer(text) is True


@pytest.mark.parametrize("text", NO)
def test_no(text: str) -> None:
    assert plain_answer(text) is False


@pytest.mark.parametrize("text", NEITHER)
def test_anything_else_is_neither(text: str) -> None:
    assert plain_answer(text) is None


def test_the_page_matches_an_answer_to_what_was_asked() -> None:
    asked = [{"action": "confirm_required", "then": [{"action": "delete", "app": "web"}]}]
    assert answered("yes", asked) == [{"action": "delete", "app": "web"}]
    assert answered("no", asked) == [{"action": "answer_only"}]
    assert answered("yes, and api", asked) is None
    assert answered("yes", [{"action": "restart", "app": "web"}]) is None
    assert answered("yes", [*asked, *asked]) is None
