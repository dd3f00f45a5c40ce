"""A place in a text's tokens, with what every reader asks there: the word's meanings, what follows, a new item."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from app.agent.rules.lexicon import Lexicon
from app.agent.rules.names import AppIndex
from app.agent.rules.senses import Item, Role
from app.agent.rules.tokens import Shape, Token

LONGEST_NUMBER = 18
"""Digits of a number that are looked at; more is far beyond any limit here, whatever they are."""


_SILENT = frozenset({Shape.QUOTE, Shape.LINK, Shape.PAIR, Shape.FLAG})
"""Tokens that are no words, whatever is in them."""


class Cursor:
    """Tokens of one text, the vocabulary, and the apps there are. Places outside the text are empty."""

    def __init__(self, text: str, tokens: Sequence[Token], lexicon: Lexicon, apps: AppIndex) -> None:
        self.text, self.tokens, self.lexicon, self.apps = text, tokens, lexicon, apps

    def inside(self, at: int) -> bool:
        return 0 <= at < len(self.tokens)

    def shape(self, at: int) -> Shape | None:
        return self.tokens[at].shape if self.inside(at) else None

    def low(self, at: int) -> str:
        return self.tokens[at].low if self.inside(at) else ""

    def senses(self, at: int) -> Mapping[Role, str]:
        """What the single word at `at` can mean."""
        if not self.inside(at) or self.tokens[at].shape in _SILENT:
            return {}
        found = self.lexicon.word(self.tokens[at].low)
        return found.senses if found else {}

    def sense(self, at: int, role: Role) -> str:
        return self.senses(at).get(role, "")

    def is_article(self, at: int) -> bool:
        return self.sense(at, Role.FILLER) == "article"

    def is_joint(self, at: int) -> bool:
        """A comma or an "and", as in a list of numbers."""
        return self.shape(at) is Shape.COMMA or self.sense(at, Role.CONNECT) == "and"

    def has_colon(self, at: int) -> bool:
        return self.shape(at) is Shape.COLON

    def skip(self, at: int, roles: Collection[Role] = (), *, article: bool = True) -> int:
        """Past a colon and the little words before a value."""
        while self.inside(at):
            little = self.has_colon(at) or (article and self.is_article(at))
            if not little and not (self.senses(at).keys() & set(roles) and self.shape(at) is Shape.WORD):
                break
            at += 1
        return at

    def item(self, start: int, end: int, role: Role, sense: str, value: Any = None) -> Item:
        """An item of the tokens from `start` to before `end`, of one meaning."""
        return self.meaning(start, end, {role: sense}, value=value)

    def meaning(self, start: int, end: int, senses: Mapping[Role, str], *, value: Any = None, form: str = "") -> Item:
        begin, finish = self.tokens[start].start, self.tokens[end - 1].end
        return Item(self.text[begin:finish], begin, finish, dict(senses), form, value)


def whole(text: str) -> int | None:
    """Digits as a number, None for anything else. Never raises, however long or strange the text."""
    digits = text.replace(",", "")
    if not digits.isdecimal():
        return None
    return int(digits[:LONGEST_NUMBER])


def shell_words(text: str) -> list[str]:
    """`text` as a shell would split it, without running anything; at the spaces where its quotes do not close."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
