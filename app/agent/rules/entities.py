"""Tokens into items: apps, numbers with their units, images, ports, pairs, marked values, and the words around them.

Left to right, one step an item; each reader looks only a few tokens ahead, so the whole is linear.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Any

from app.agent.rules.lexicon import Entry, Lexicon
from app.agent.rules.marks import MarkReader
from app.agent.rules.names import AppIndex
from app.agent.rules.counts import factor, percent, read_count
from app.agent.rules.senses import AppMention, Count, Item, Role
from app.agent.rules.tokens import Shape, Token, fold
from app.core.errors import InvalidInput
from app.core.images import parse_image

GUESSES = 24
"""Words that are compared with the vocabulary and the app names for slips; a longer text is prose, not a command."""
_SELECTOR = re.compile(r"^(?:app|name)\s*[:=]\s*", re.IGNORECASE)
_SPEAKERS = frozenset({"system", "assistant", "developer", "admin", "administrator", "root", "user", "tool", "human"})
"""Who a forged transcript lets speak; "SYSTEM:" in a message gives no rights."""
_PLAIN = {
    Shape.LINK: Role.LINK,
    Shape.ARROW: Role.ARROW,
    Shape.COMMA: Role.BREAK,
    Shape.STOP: Role.END,
    Shape.SHELL: Role.SHELL,
    Shape.COLON: Role.COLON,
    Shape.DATE: Role.DATE,
}


class ItemReader:
    """Reads one text's tokens once."""

    def __init__(self, text: str, tokens: Sequence[Token], lexicon: Lexicon, apps: AppIndex) -> None:
        self._text, self._tokens, self._lexicon, self._apps = text, tokens, lexicon, apps
        self._marks = MarkReader(text, tokens, lexicon, apps)
        self._taken: set[int] = set()
        self._guesses = GUESSES
        self._verb_seen = False

    def items(self) -> list[Item]:
        found: list[Item] = []
        at = 0
        while at < len(self._tokens):
            if at in self._taken:
                at += 1
                continue
            new, length = self._step(at, found)
            found.extend(new)
            at += length
        return found

    def _step(self, at: int, before: Sequence[Item]) -> tuple[list[Item], int]:
        token = self._tokens[at]
        if token.shape in _PLAIN:
            if token.shape in (Shape.STOP, Shape.SHELL):
                self._verb_seen = False
            if token.text == "&":
                return [self._item(at, 1, {Role.CONNECT: "and"})], 1
            return [self._item(at, 1, {_PLAIN[token.shape]: token.text})], 1
        if token.low in _SPEAKERS and at + 1 < len(self._tokens) and self._tokens[at + 1].shape is Shape.COLON:
            return [self._item(at, 2, {Role.OVERRIDE: "speaker"}), self._item(at, 2, {Role.END: ":"})], 2
        if marked := self._marks.read(at, before):
            return marked
        if token.shape is Shape.QUOTE:
            return [self._quote(at)], 1
        if token.shape is Shape.STAR:
            return [self._item(at, 1, {Role.ALL: "all"})], 1
        return self._word(at)

    def _word(self, at: int) -> tuple[list[Item], int]:
        token = self._tokens[at]
        phrase = self._lexicon.match(self._tokens, at)
        named = self._apps.exact(self._tokens, at)
        parted = self._lexicon.parted(self._tokens, at)
        if parted and not (phrase and phrase[1] > parted[1] and Role.VERB in phrase[0].senses):
            return self._parted(at, parted)
        if named:
            return self._named(at, named, phrase)
        counted = read_count(self._tokens, at, self._lexicon)
        if counted and (not phrase or counted[1] >= phrase[1]):
            return [self._count(at, counted, phrase)], counted[1]
        if phrase:
            self._verb_seen |= Role.VERB in phrase[0].senses
            return [self._phrase(at, phrase)], phrase[1]
        return [self._other(at, token)], 1

    def _parted(self, at: int, parted: tuple[Entry, int, tuple[int, int]]) -> tuple[list[Item], int]:
        entry, length, (start, end) = parted
        self._taken.update(range(start, end))
        self._verb_seen = True
        item = self._item(at, length, entry.senses, form=entry.form)
        if self._tokens[start].low == "in" and end - start == 2:
            return [item, self._item(at, length, {Role.DEGREE: "/2"})], length
        return [item], length

    def _named(self, at: int, named: tuple[AppMention, int], phrase: tuple[Entry, int] | None) -> tuple[list[Item], int]:
        mention, length = named
        senses: dict[Role, str] = {}
        form = ""
        if phrase and phrase[1] >= length:
            opens = Role.VERB in phrase[0].senses and not self._verb_seen
            if opens and mention.how != "exact" or mention.how == "plural" and phrase[0].senses.keys() - {Role.UNIT}:
                self._verb_seen |= Role.VERB in phrase[0].senses
                return [self._phrase(at, phrase)], phrase[1]
            kept = {Role.CATEGORY, Role.PRODUCT, *({Role.VERB, Role.NOUN} if opens else ())}
            senses = {role: sense for role, sense in phrase[0].senses.items() if role in kept or phrase[1] > length}
            form, length = phrase[0].form, phrase[1]
            self._verb_seen |= opens
        return [self._item(at, length, {**senses, Role.APP: mention.names[0]}, value=mention, form=form)], length

    def _phrase(self, at: int, phrase: tuple[Entry, int]) -> Item:
        return self._item(at, phrase[1], phrase[0].senses, form=phrase[0].form)

    def _count(self, at: int, counted: tuple[Count, int], phrase: tuple[Entry, int] | None) -> Item:
        token = self._tokens[at]
        senses: dict[Role, str] = {Role.COUNT: token.text}
        if phrase:
            senses |= {role: sense for role, sense in phrase[0].senses.items() if role is Role.PRONOUN}
        if token.shape is Shape.VERSION:
            senses[Role.VERSION] = token.text
        return self._item(at, counted[1], senses, value=counted[0])

    def _other(self, at: int, token: Token) -> Item:
        if token.shape is Shape.AMOUNT:
            return self._amount(at, token)
        if token.shape is Shape.PATH:
            return self._item(at, 1, {Role.PATH: token.text})
        if multiple := factor(token.low):
            return self._item(at, 1, {Role.COUNT: token.text}, value=Count(factor=multiple))
        if ":/" in token.text:
            return self._item(at, 1, {Role.VOLUME: token.text})
        if token.shape is Shape.REFERENCE:
            return self._reference(at, token)
        if "*" in token.text and len(token.text) > 1:
            return self._item(at, 1, {Role.ALL: "glob"}, value=token.text)
        return self._unknown(at, token)

    def _reference(self, at: int, token: Token) -> Item:
        parts = token.low.split("/")
        if ":" not in token.text and "@" not in token.text and len(parts) == 2:
            if all(part in self._apps.apps for part in parts):
                mention = AppMention(tuple(parts), "list")
                return self._item(at, 1, {Role.APP: parts[0]}, value=mention)
            words = [self._lexicon.match([Token(Shape.WORD, part, part, token.start, token.end)], 0) for part in parts]
            if all(word is not None and Role.PRODUCT not in word[0].senses for word in words) and words[0]:
                return self._item(at, 1, words[0][0].senses)
        try:
            parse_image(token.text)
        except InvalidInput:
            return self._item(at, 1, {Role.UNKNOWN: token.text})
        return self._item(at, 1, {Role.IMAGE: token.text})

    def _amount(self, at: int, token: Token) -> Item:
        number = token.low.rstrip("abcdefghijklmnopqrstuvwxyzµ%×")
        unit = token.low[len(number) :]
        senses: dict[Role, str] = {}
        value: Any = None
        if unit in ("st", "nd", "rd", "th"):
            senses[Role.ORDINAL] = number
        elif unit == "%":
            senses[Role.PERCENT], value = token.text, percent(token.low)
        elif unit in ("x", "×"):
            senses[Role.COUNT], value = token.text, Count(factor=factor(token.low))
        elif unit in ("s", "h", "d") or unit[:3] in ("sec", "min", "hr", "hrs", "hou", "day"):
            senses[Role.SPAN] = f"{number}{unit[0]}"
        elif unit.startswith(("core", "cpu", "vcpu", "mcpu")):
            senses[Role.CPU] = token.text.removesuffix("cpu") if unit == "mcpu" else number
        elif unit.startswith("gpu"):
            senses[Role.GPU] = number
        elif unit.startswith("line"):
            senses[Role.LINES] = number
        else:
            senses[Role.MEMORY] = token.text
            if unit == "m":
                senses |= {Role.CPU: token.text, Role.SPAN: token.low}
        return self._item(at, 1, senses, value=value)

    def _quote(self, at: int) -> Item:
        token = self._tokens[at]
        senses: dict[Role, str] = {Role.QUOTE: token.text}
        word = _SELECTOR.sub("", token.text.strip())
        mention = self._apps.word(fold(word), word) if " " not in word else None
        if mention:
            senses[Role.APP] = mention.names[0]
        return self._item(at, 1, senses, value=mention)

    def _unknown(self, at: int, token: Token) -> Item:
        """A word nobody knows: a slip, an app nearly spelt, or a new name."""
        if token.low.endswith("s") and (product := self._singular(token)):
            return self._item(at, 1, {Role.PRODUCT: product})
        if self._guesses <= 0:
            return self._item(at, 1, {Role.UNKNOWN: token.text})
        self._guesses -= 1
        slip, near = self._lexicon.near(token.low), self._apps.near(token.low)
        heads = slip is not None and Role.VERB in slip.senses and not self._verb_seen
        if slip and (heads or (not near and self._verb_seen and not self._after_naming(at))):
            self._verb_seen |= Role.VERB in slip.senses
            return self._item(at, 1, slip.senses, form="base" if slip.form else "", value="slip")
        senses: dict[Role, str] = {Role.UNKNOWN: token.text}
        if near:
            senses[Role.APP] = near.names[0]
        return self._item(at, 1, senses, value=near)

    def _singular(self, token: Token) -> str:
        """The product of "two nginxes" and "three caddys"."""
        for ending in ("es", "s"):
            stem = token.low.removesuffix(ending)
            found = self._lexicon.match([Token(Shape.WORD, stem, stem, token.start, token.end)], 0)
            if found and Role.PRODUCT in found[0].senses:
                return found[0].senses[Role.PRODUCT]
        return ""

    def _after_naming(self, at: int) -> bool:
        """Whether the word stands where a new name would: right after an order to deploy or delete."""
        return at > 0 and self._verb_at(at - 1)

    def _verb_at(self, at: int) -> bool:
        found = self._lexicon.match(self._tokens, at)
        return found is not None and found[0].senses.get(Role.VERB) in ("deploy", "create", "run", "delete", "start")

    def _item(self, at: int, length: int, senses: Any, *, value: Any = None, form: str = "") -> Item:
        start, end = self._tokens[at].start, self._tokens[at + length - 1].end
        return Item(self._text[start:end], start, end, dict(senses), form, value)


def shell_words(text: str) -> list[str]:
    """`text` as a shell would split it, without running anything; plain words where the quotes do not close."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
