"""Tokens into items: apps, numbers, images, amounts, marked values, and the words around them.

Left to right, one step an item; each reader looks only a few tokens ahead, so the whole is linear.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.agent.rules.counts import factor, percent, read_count, times_of
from app.agent.rules.cursor import Cursor, whole
from app.agent.rules.lexicon import Entry
from app.agent.rules.marks import MarkReader
from app.agent.rules.senses import AppMention, Count, Item, Role
from app.agent.rules.tokens import Shape, Token, fold
from app.core.errors import InvalidInput
from app.core.images import parse_image

GUESSES = 24
"""Words that are compared with the vocabulary and the app names for slips; a longer text is prose, not a command."""
_ASKED_NOUNS = frozenset({"logs", "events", "status", "replicas", "manifest", "history", "metrics", "config"})
_ANSWERS = frozenset(
    {"with", "return", "returns", "returning", "returned", "throws", "http", "code", "gives", "giving"}
)
"""Words before 503 and the like that make it an answer of a server, no count."""
_ENDING = frozenset({"kill", "delete", "drop", "remove", "destroy", "terminate", "crash"})
_MAKING = frozenset({"deploy", "run", "create", "need", "start"})
_NAMING = frozenset({"deploy", "create", "run", "delete", "start"})
"""Verbs that a new name may follow: no slip is put right there."""
_SELECTOR = re.compile(r"^(?:app|name)\s{0,3}[:=]\s{0,3}", re.IGNORECASE)
_BEFORE_VERB = frozenset({Role.REQUEST, Role.FILLER, Role.CONNECT, Role.NOT, Role.DROP})
_MONEY = re.compile(r"\$(\d{1,9}(?:\.\d{1,4})?)|(\d{1,9}(?:\.\d{1,4})?)\$")
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

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._marks = MarkReader(cursor)
        self._taken: set[int] = set()
        self._guesses = GUESSES
        self._verb_seen = False

    def items(self) -> list[Item]:
        found: list[Item] = []
        at = 0
        while self._cursor.inside(at):
            if at in self._taken:
                at += 1
                continue
            new, length = self._step(at, found)
            found.extend(new)
            at += length
        return found

    def _step(self, at: int, before: Sequence[Item]) -> tuple[list[Item], int]:
        cursor, token = self._cursor, self._cursor.tokens[at]
        if token.text == "&":
            return [cursor.item(at, at + 1, Role.CONNECT, "and")], 1
        if token.shape in _PLAIN:
            if token.shape in (Shape.STOP, Shape.SHELL):
                self._verb_seen = False
            return [cursor.item(at, at + 1, _PLAIN[token.shape], token.text)], 1
        if token.low in _SPEAKERS and cursor.has_colon(at + 1):
            return [cursor.item(at, at + 2, Role.OVERRIDE, "speaker"), cursor.item(at, at + 2, Role.END, ":")], 2
        if marked := self._marks.read(at, before):
            return marked
        if token.shape is Shape.QUOTE:
            return [self._quote(at)], 1
        if token.shape is Shape.STAR:
            return [cursor.item(at, at + 1, Role.ALL, "all")], 1
        return self._word(at)

    def _word(self, at: int) -> tuple[list[Item], int]:
        lexicon, tokens = self._cursor.lexicon, self._cursor.tokens
        phrase = lexicon.match(tokens, at)
        parted = lexicon.parted(tokens, at)
        if parted and not (phrase and phrase[1] > parted[1] and Role.VERB in phrase[0].senses):
            return self._parted(at, parted)
        if named := self._cursor.apps.exact(tokens, at):
            return self._named(at, named, phrase)
        if self._gpu_model(at, phrase):
            return [self._cursor.item(at, at + 1, Role.GPU, "1")], 1
        counted = read_count(tokens, at, lexicon)
        if counted and (not phrase or counted[1] >= phrase[1]):
            return [self._count(at, counted, phrase)], counted[1]
        if phrase:
            return [self._phrase(at, phrase)], phrase[1]
        return [self._other(at, tokens[at])], 1

    def _gpu_model(self, at: int, phrase: tuple[Entry, int] | None) -> bool:
        """ "on a 4090": the name of a GPU, though it is a number."""
        unit = phrase is not None and phrase[0].senses.get(Role.UNIT) == "gpu"
        return unit and self._cursor.shape(at) is Shape.NUMBER and self._cursor.is_article(at - 1)

    def _parted(self, at: int, parted: tuple[Entry, int, tuple[int, int]]) -> tuple[list[Item], int]:
        entry, length, (start, end) = parted
        self._taken.update(range(start, end))
        self._verb_seen = True
        tail = " ".join(token.low for token in self._cursor.tokens[start:end])
        item = self._cursor.meaning(at, at + length, entry.senses, form=entry.form, value=tail)
        halved = self._cursor.lexicon.match(self._cursor.tokens, start)
        if halved and halved[1] == end - start and halved[0].senses.get(Role.MARK) == "public":
            return [item, self._cursor.item(at, at + length, Role.MARK, "public")], length
        if halved and halved[1] == end - start and (degree := halved[0].senses.get(Role.DEGREE)):
            return [item, self._cursor.item(at, at + length, Role.DEGREE, degree)], length
        return [item], length

    def _named(
        self, at: int, named: tuple[AppMention, int], phrase: tuple[Entry, int] | None
    ) -> tuple[list[Item], int]:
        """An app, with what the same words mean besides: "web server" is a kind of image, too."""
        mention, length = named
        senses: dict[Role, str] = {}
        form = ""
        if phrase and phrase[1] >= length:
            opens = Role.VERB in phrase[0].senses and not self._verb_seen and self._opens(at, length)
            plural = mention.how == "plural" and phrase[0].senses.keys() - {Role.UNIT}
            if (opens and mention.how != "exact") or plural:
                return [self._phrase(at, phrase)], phrase[1]
            kept = {Role.CATEGORY, Role.PRODUCT, *({Role.VERB, Role.NOUN} if opens else ())}
            senses = {role: sense for role, sense in phrase[0].senses.items() if role in kept or phrase[1] > length}
            form, length = phrase[0].form, phrase[1]
            self._verb_seen |= opens
        item = self._cursor.meaning(at, at + length, {**senses, Role.APP: mention.names[0]}, value=mention, form=form)
        return [item], length

    def _opens(self, at: int, length: int) -> bool:
        """Whether an app's name that is a verb, too, can be one here: it begins a wish and something follows."""
        cursor = self._cursor
        after = cursor.senses(at + length)
        if (
            cursor.lexicon.code != "en"
            or not cursor.inside(at + length)
            or cursor.shape(at + length) is Shape.STOP
            or Role.AUX in after
        ):
            return False
        entry = cursor.lexicon.word(cursor.low(at + length))
        if entry is not None and entry.form == "s" and Role.VERB in after:
            return False
        if at == 0 or cursor.shape(at - 1) in _PLAIN:
            return True
        return bool(cursor.senses(at - 1).keys() & _BEFORE_VERB) or cursor.low(at - 1) in ("to", "you")

    def _phrase(self, at: int, phrase: tuple[Entry, int]) -> Item:
        self._verb_seen |= Role.VERB in phrase[0].senses
        senses, value = phrase[0].senses, None
        if senses.get(Role.NOUN) == "replicaset" and self._cursor.low(at) == "one" and not self._counted_away():
            senses, value = {**senses, Role.COUNT: "1"}, Count(1, of_replicas=True)
        return self._cursor.meaning(at, at + phrase[1], senses, form=phrase[0].form, value=value)

    def _counted_away(self) -> bool:
        """Whether "one pod" is one of several, to be ended; otherwise it is how many there are to be."""
        return any(token.low in _ENDING for token in self._cursor.tokens)

    def _count(self, at: int, counted: tuple[Count, int], phrase: tuple[Entry, int] | None) -> Item:
        token = self._cursor.tokens[at]
        senses: dict[Role, str] = {Role.COUNT: token.text}
        if phrase and Role.PRONOUN in phrase[0].senses:
            senses[Role.PRONOUN] = phrase[0].senses[Role.PRONOUN]
        if phrase and Role.PROBLEM in phrase[0].senses and self._cursor.low(at - 1) in _ANSWERS:
            senses = {Role.PROBLEM: phrase[0].senses[Role.PROBLEM]}
            return self._cursor.meaning(at, at + counted[1], senses)
        if token.shape is Shape.VERSION:
            senses[Role.VERSION] = token.text
        return self._cursor.meaning(at, at + counted[1], senses, value=counted[0])

    def _other(self, at: int, token: Token) -> Item:
        item = self._cursor.item
        if token.shape is Shape.AMOUNT:
            senses, value = amount(token)
            return self._cursor.meaning(at, at + 1, senses, value=value)
        if token.shape is Shape.PATH:
            return item(at, at + 1, Role.PATH, token.text)
        if money := _MONEY.fullmatch(token.low):
            return item(at, at + 1, Role.MONEY, money[1] or money[2])
        if times_of(token.low) and not self._verb_seen and at and at + 1 == len(self._cursor.tokens):
            count = Count(whole(token.low[1:]), of_replicas=True)
            return item(at, at + 1, Role.COUNT, token.text, count)
        if multiple := factor(token.low):
            return item(at, at + 1, Role.COUNT, token.text, Count(factor=multiple))
        if ":/" in token.text and "://" not in token.text:
            return item(at, at + 1, Role.VOLUME, token.text)
        if token.shape is Shape.REFERENCE:
            return self._reference(at, token)
        if "*" in token.text:
            return item(at, at + 1, Role.ALL, "glob", token.text)
        if product := self._singular(token):
            return item(at, at + 1, Role.PRODUCT, product)
        return self._unknown(at, token)

    def _reference(self, at: int, token: Token) -> Item:
        """An image; or two words with a slash between them: `web/api`, "request/limit"."""
        parts = token.low.split("/")
        if len(parts) == 2 and not set(":@") & set(token.text):
            if all(part in self._cursor.apps.apps for part in parts):
                return self._cursor.item(at, at + 1, Role.APP, parts[0], AppMention(tuple(parts), "list"))
            found = [self._cursor.lexicon.word(part) for part in parts]
            if found[0] and all(entry and Role.PRODUCT not in entry.senses for entry in found):
                return self._cursor.meaning(at, at + 1, found[0].senses)
        try:
            parse_image(token.text)
        except InvalidInput:
            return self._cursor.item(at, at + 1, Role.UNKNOWN, token.text)
        return self._cursor.item(at, at + 1, Role.IMAGE, token.text)

    def _quote(self, at: int) -> Item:
        token = self._cursor.tokens[at]
        senses: dict[Role, str] = {Role.QUOTE: token.text}
        word = _SELECTOR.sub("", token.text.strip())
        mention = self._cursor.apps.word(fold(word), word) if " " not in word else None
        if mention:
            senses[Role.APP] = mention.names[0]
        return self._cursor.meaning(at, at + 1, senses, value=mention)

    def _singular(self, token: Token) -> str:
        """The product of "two nginxes" and "three caddys"."""
        for ending in ("es", "s"):
            stem = token.low.removesuffix(ending)
            found = self._cursor.lexicon.word(stem) if stem != token.low else None
            if found and Role.PRODUCT in found.senses:
                return found.senses[Role.PRODUCT]
        return ""

    def _unknown(self, at: int, token: Token) -> Item:
        """A word nobody knows: a slip, an app nearly spelt, or a new name."""
        if self._guesses <= 0:
            return self._cursor.item(at, at + 1, Role.UNKNOWN, token.text)
        self._guesses -= 1
        slip, near = self._cursor.lexicon.near(token.low), self._cursor.apps.near(token.low)
        if slip is not None and self._is_slip(at, slip, near):
            self._verb_seen |= Role.VERB in slip.senses
            return self._cursor.meaning(at, at + 1, slip.senses, form=slip.form, value="slip")
        senses = {Role.UNKNOWN: token.text}
        if near is None and self._makes_one() and (product := self._cursor.lexicon.near_product(token.low)):
            return self._cursor.item(at, at + 1, Role.PRODUCT, product)
        if near:
            senses[Role.APP] = near.names[0]
        return self._cursor.meaning(at, at + 1, senses, value=near)

    def _makes_one(self) -> bool:
        """Whether something new is made, so that an unknown word may be a product with a slip in it."""
        return any(self._cursor.sense(at, Role.VERB) in _MAKING for at in range(min(len(self._cursor.tokens), GUESSES)))

    def _is_slip(self, at: int, slip: Entry, near: AppMention | None) -> bool:
        """A verb where none was yet, a noun but where a new name stands; otherwise an app that is near wins."""
        if Role.VERB in slip.senses and not self._verb_seen:
            return True
        naming = at > 0 and self._cursor.sense(at - 1, Role.VERB) in _NAMING
        if slip.senses.get(Role.NOUN) in _ASKED_NOUNS and not naming:
            return True
        return near is None and self._verb_seen and not naming


def amount(token: Token) -> tuple[Mapping[Role, str], Any]:
    """What a number with its unit written on says: `512Mi`, `30m`, `80%`, `2x`; several where it is not clear."""
    number = token.low.rstrip("abcdefghijklmnopqrstuvwxyzµ%×")
    unit = token.low[len(number) :]
    if unit in ("st", "nd", "rd", "th"):
        return {Role.ORDINAL: number}, None
    if unit == "%":
        return {Role.PERCENT: token.text}, percent(token.low)
    if unit in ("x", "×"):
        return {Role.COUNT: token.text}, Count(factor=factor(token.low))
    if unit in ("s", "h", "d") or unit.startswith(("sec", "min", "hr", "hour", "day")):
        return {Role.SPAN: f"{number}{unit[0]}"}, None
    if unit.startswith(("core", "cpu", "vcpu", "mcpu")):
        return {Role.CPU: f"{number}m" if unit == "mcpu" else number}, None
    if unit.startswith("gpu"):
        return {Role.GPU: number}, None
    if unit.startswith("line"):
        return {Role.LINES: number}, None
    if unit == "m":
        return {Role.MEMORY: token.text, Role.CPU: token.text, Role.SPAN: token.low}, None
    return {Role.MEMORY: token.text}, None
