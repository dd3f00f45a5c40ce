"""Values that a word announces: "named X", "port 80", "namespace Y", `-p 8080:80`, `KEY=value`, "args --model m".

Each reader is asked at every token, says nothing where its mark is not, and otherwise takes mark and value together.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Any

from app.agent.rules.lexicon import Lexicon
from app.agent.rules.names import AppIndex
from app.agent.rules.senses import Count, Item, Role
from app.agent.rules.tokens import Shape, Token

Marked = tuple[list[Item], int]
_ARTICLES = frozenset("the a an my our your this that el la un una der die das ein eine le les o os as um uma".split())
_NAMEABLE = frozenset({Shape.WORD, Shape.QUOTE, Shape.VERSION, Shape.NUMBER, Shape.ODD, Shape.AMOUNT})
_RUNTIMES = frozenset({"docker", "nosana", "simulator"})
_PAIR_MARKS = {
    "replicas": Role.COUNT,
    "image": Role.IMAGE,
    "name": Role.NAME,
    "memory": Role.MEMORY,
    "mem": Role.MEMORY,
    "cpu": Role.CPU,
    "cpus": Role.CPU,
    "gpu": Role.GPU,
    "gpus": Role.GPU,
    "port": Role.PORT,
    "namespace": Role.NAMESPACE,
    "runtime": Role.RUNTIME,
    "app": Role.APP,
    "tail": Role.LINES,
    "since": Role.SPAN,
    "min": Role.OPTION,
    "max": Role.OPTION,
}
_FLAG_MARKS = {
    **_PAIR_MARKS,
    "n": Role.NAMESPACE,
    "p": Role.PORT,
    "publish": Role.PORT,
    "e": Role.ENV,
    "env": Role.ENV,
    "m": Role.MEMORY,
    "v": Role.VOLUME,
    "volume": Role.VOLUME,
    "mount": Role.VOLUME,
    "grep": Role.OPTION,
    "cpu-percent": Role.OPTION,
    "to-revision": Role.REVISION,
    "target-port": Role.OPTION,
}


class MarkReader:
    """Reads marked values out of one text's tokens."""

    def __init__(self, text: str, tokens: Sequence[Token], lexicon: Lexicon, apps: AppIndex) -> None:
        self._text, self._tokens, self._lexicon, self._apps = text, tokens, lexicon, apps

    def read(self, at: int, before: Sequence[Item]) -> Marked | None:
        """The items of the mark that begins at `at`, and how many tokens it takes."""
        token = self._tokens[at]
        if token.shape is Shape.PAIR:
            return self._counted_app(at) or ([self._pair(at, before)], 1)
        if token.shape is Shape.FLAG:
            return self._flag(at)
        if token.shape is Shape.MAPPING:
            return [self._item(at, at + 1, Role.PORT, token.text, port_pair(token.text))], 1
        if namespace := self._namespace(at):
            return namespace
        if token.shape is Shape.WORD:
            found = self._lexicon.match(self._tokens, at)
            mark = found[0].senses.get(Role.MARK, "") if found else ""
            length = found[1] if found else 1
            reader = getattr(self, f"_mark_{mark}", None)
            if reader is not None and (marked := reader(at, at + length, before)):
                return marked  # type: ignore[no-any-return]  # the readers below all return Marked | None
            return self._assigned(at) or self._runtime(at)
        return None

    def _mark_name(self, at: int, place: int, before: Sequence[Item]) -> Marked | None:
        loose = self._tokens[at].low in ("as", "als", "como", "comme")
        place = self._skip(place, article=not loose, words=("is", "be", "of"))
        if place >= len(self._tokens) or self._tokens[place].shape not in _NAMEABLE:
            return None
        token = self._tokens[place]
        if token.shape is not Shape.QUOTE and not self._may_be_name(token, loose):
            return None
        return [self._item(at, place + 1, Role.NAME, token.text.strip())], place + 1 - at

    def _may_be_name(self, token: Token, loose: bool) -> bool:
        if token.low in _ARTICLES or token.low in ("it", "after", "for", "with", "in", "is", "of", "a", "and", "or", "to"):
            return False
        found = self._lexicon.match([token], 0)
        if found is None or not loose:
            return True
        return bool(found[0].senses.keys() & {Role.CATEGORY, Role.PRODUCT, Role.NOUN}) and not found[0].senses.keys() & {
            Role.FILLER, Role.STATE, Role.TIME, Role.FOREIGN, Role.DEGREE, Role.VAGUE, Role.CONNECT,
        }  # fmt: skip

    def _mark_image(self, at: int, place: int, before: Sequence[Item]) -> Marked | None:
        if self._tokens[at].low == "image" and before and before[-1].has(Role.UNKNOWN) and not self._colon(place):
            return None
        place = self._skip(place, words=("is", "of", "to", "named", "called"))
        if place >= len(self._tokens):
            return None
        token = self._tokens[place]
        known = self._lexicon.match(self._tokens, place)
        plain = known is None or Role.PRODUCT in known[0].senses or self._colon(at + 1)
        if token.shape is Shape.QUOTE or token.shape is Shape.REFERENCE or (token.shape is Shape.WORD and plain):
            if token.shape is Shape.WORD and token.low in self._apps.apps and not (known and Role.PRODUCT in known[0].senses):
                return None
            return [self._item(at, place + 1, Role.IMAGE, token.text.strip())], place + 1 - at
        return None

    def _mark_port(self, at: int, place: int, before: Sequence[Item]) -> Marked | None:
        """`port 80`, `ports 80, 443 and 8080`; a number that is no port stays, for the refusal to name it."""
        place = self._skip(place, words=("is", "of", "number", "at", "=", "to"))
        found: list[Item] = []
        end = place
        while place < len(self._tokens):
            token = self._tokens[place]
            if token.shape is Shape.MAPPING:
                found.append(self._item(place, place + 1, Role.PORT, token.text, port_pair(token.text)))
            elif token.shape is Shape.NUMBER:
                found.append(self._item(place, place + 1, Role.PORT, token.text, (None, int(token.low.replace(",", "")))))
            elif token.shape is Shape.ODD:
                found.append(self._item(place, place + 1, Role.PORT, token.text, (None, -1)))
            else:
                break
            end = place = place + 1
            if place + 1 < len(self._tokens) and self._tokens[place].low in (",", "and", "&", "y", "und", "et", "e"):
                place += 1
                if self._tokens[place].low in ("and", "port") and place + 1 < len(self._tokens):
                    place += 1
                if self._unit_follows(place + 1):
                    break
        return (found, end - at) if found else None

    def _unit_follows(self, at: int) -> bool:
        if at >= len(self._tokens):
            return False
        found = self._lexicon.match(self._tokens, at)
        return found is not None and Role.UNIT in found[0].senses

    def _mark_health(self, at: int, place: int, before: Sequence[Item]) -> Marked | None:
        for here in range(place, min(place + 4, len(self._tokens))):
            if self._tokens[here].shape is Shape.PATH:
                return [self._item(at, here + 1, Role.PATH, "health", self._tokens[here].text)], here + 1 - at
        return None

    def _mark_volume(self, at: int, place: int, before: Sequence[Item]) -> Marked | None:
        for here in range(place, min(place + 4, len(self._tokens))):
            token = self._tokens[here]
            if token.shape is Shape.PATH or ":/" in token.text:
                return [self._item(at, here + 1, Role.VOLUME, token.text)], here + 1 - at
        return None

    def _mark_revision(self, at: int, place: int, before: Sequence[Item]) -> Marked | None:
        place = self._skip(place, words=("number", "#"))
        if place < len(self._tokens) and self._tokens[place].shape is Shape.NUMBER:
            number = int(self._tokens[place].low)
            return [self._item(at, place + 1, Role.REVISION, str(number), number)], place + 1 - at
        return None

    def _mark_tag(self, at: int, place: int, before: Sequence[Item]) -> Marked | None:
        place = self._skip(place, words=("is", "of", "to"))
        if place < len(self._tokens):
            token = self._tokens[place]
            plain = token.shape in (Shape.VERSION, Shape.NUMBER) or token.low in ("latest", "stable", "alpine", "edge")
            if plain or (token.shape is Shape.QUOTE and " " not in token.text):
                return [self._item(at, place + 1, Role.VERSION, token.text)], place + 1 - at
        return None

    def _mark_label(self, at: int, place: int, before: Sequence[Item]) -> Marked | None:
        place = self._skip(place)
        if place < len(self._tokens) and self._tokens[place].shape is Shape.PAIR:
            return [self._item(at, place + 1, Role.LABEL, self._tokens[place].text)], place + 1 - at
        return None

    def _mark_args(self, at: int, place: int, before: Sequence[Item]) -> Marked | None:
        """Everything to the end of the line, as a shell splits it."""
        colon = self._colon(place)
        place = self._skip(place, words=("are", "is"), article=False)
        if place >= len(self._tokens) or not (colon or self._tokens[place].shape in (Shape.FLAG, Shape.QUOTE)):
            return None
        return self._rest(at, place, "args")

    def _mark_command(self, at: int, place: int, before: Sequence[Item]) -> Marked | None:
        colon = self._colon(place)
        place = self._skip(place, words=("is",), article=False)
        if place >= len(self._tokens) or not (colon or self._tokens[place].shape is Shape.QUOTE):
            return None
        return self._rest(at, place, "command")

    def _rest(self, at: int, place: int, sense: str) -> Marked:
        if self._tokens[place].shape is Shape.QUOTE:
            return [self._item(at, place + 1, Role.ARGUMENTS, sense, _words(self._tokens[place].text))], place + 1 - at
        end = place
        while end < len(self._tokens) and self._tokens[end].text != "\n":
            end += 1
        text = self._text[self._tokens[place].start : self._tokens[end - 1].end]
        return [self._item(at, end, Role.ARGUMENTS, sense, _words(text))], end - at

    def _namespace(self, at: int) -> Marked | None:
        """`namespace X`, `in X namespace`, `in the X namespace`."""
        low = self._tokens[at].low
        if self._is_namespace(at):
            place = self._skip(at + 1, words=("named", "called"))
            if place < len(self._tokens) and self._free_name(place):
                return [self._item(at, place + 1, Role.NAMESPACE, self._tokens[place].text)], place + 1 - at
            return None
        place = at
        if low in ("in", "from", "within", "inside", "to", "into", "of", "for", "on", "en", "dans", "em", "del"):
            place += 1
            if place < len(self._tokens) and self._tokens[place].low in _ARTICLES:
                place += 1
        if place + 1 < len(self._tokens) and self._is_namespace(place + 1) and self._free_name(place):
            later = place + 2
            if not (later < len(self._tokens) and self._free_name(later) and place == at):
                return [self._item(at, place + 2, Role.NAMESPACE, self._tokens[place].text)], place + 2 - at
        return None

    def _is_namespace(self, at: int) -> bool:
        return self._tokens[at].low in ("namespace", "ns", "namespaces", "namensraum", "espace-de-noms")

    def _free_name(self, at: int) -> bool:
        """A token that is nobody's word, or quoted: it can be a namespace's name."""
        token = self._tokens[at]
        if token.shape is Shape.QUOTE:
            return bool(re.fullmatch(r"[A-Za-z0-9][\w.-]*", token.text))
        if token.shape not in _NAMEABLE or token.shape is Shape.NUMBER or token.low in _ARTICLES:
            return False
        found = self._lexicon.match([token], 0)
        if found is not None and found[0].senses.get(Role.FILLER) == "place":
            return True
        return found is None or not found[0].senses.keys() & {
            Role.VERB, Role.PREP, Role.CONNECT, Role.AUX, Role.FILLER, Role.NOUN, Role.ALL, Role.PRONOUN, Role.ASK, Role.NOT,
        } or token.low in self._apps.apps  # fmt: skip

    def _assigned(self, at: int) -> Marked | None:
        """`LOG_LEVEL to debug`, `TZ: Europe/Berlin`, `DEBUG set to 1`: an upper-case name and a value."""
        token = self._tokens[at]
        if not re.fullmatch(r"[A-Z][A-Z0-9]*_[A-Z0-9_]*|[A-Z][A-Z0-9]{1,}", token.text) or self._shouting():
            return None
        if self._lexicon.knows(token.low) and "_" not in token.text or token.low in self._apps.apps:
            return None
        place = at + 1
        marks = 0
        while place < len(self._tokens) and self._tokens[place].low in ("to", "as", ":", "=", "set", "is", "auf", "a", "à"):
            place, marks = place + 1, marks + 1
        if not marks and "_" not in token.text:
            return None
        if not marks or place >= len(self._tokens) or self._tokens[place].shape in (Shape.COMMA, Shape.STOP):
            return [self._item(at, at + 1, Role.ENV, token.text, (token.text, None))], 1
        return [self._item(at, place + 1, Role.ENV, token.text, (token.text, self._tokens[place].text))], place + 1 - at

    def _shouting(self) -> bool:
        words = [token.text for token in self._tokens[:40] if token.text.isalpha()]
        return len(words) > 2 and all(word.isupper() for word in words)

    def _runtime(self, at: int) -> Marked | None:
        """`on docker`, `on the simulator`."""
        if self._tokens[at].low not in ("on", "in", "to", "using", "via", "runtime", "en", "auf", "sur", "em", "no"):
            return None
        place = self._skip(at + 1)
        if place < len(self._tokens) and self._tokens[place].low in _RUNTIMES:
            nouns = ("service", "container", "containers", "app", "image")
            if place + 1 < len(self._tokens) and self._tokens[place + 1].low in nouns:
                return None
            return [self._item(at, place + 1, Role.RUNTIME, self._tokens[place].low)], place + 1 - at
        return None

    def _counted_app(self, at: int) -> Marked | None:
        """`web=5`: an app and its count."""
        key, _, value = self._tokens[at].text.partition("=")
        mention = self._apps.word(key.lower(), key)
        if mention is None or mention.how != "exact" or not re.fullmatch(r"\d{1,9}", value):
            return None
        to = self._item(at, at + 1, Role.PREP, "to")
        count = self._item(at, at + 1, Role.COUNT, value, Count(int(value)))
        return [self._item(at, at + 1, Role.APP, mention.names[0], mention), to, count], 1

    def _pair(self, at: int, before: Sequence[Item]) -> Item:
        key, _, value = self._tokens[at].text.partition("=")
        value = _unquoted(value)
        if before and before[-1].has(Role.LABEL) or before and before[-1].has(Role.MARK, "label"):
            return self._item(at, at + 1, Role.LABEL, self._tokens[at].text)
        if key == "app" and (mention := self._apps.word(value.lower(), value)):
            return self._item(at, at + 1, Role.APP, mention.names[0], mention)
        if key in _PAIR_MARKS:
            return self._item(at, at + 1, *_marked(_PAIR_MARKS[key], key, value))
        return self._item(at, at + 1, Role.ENV, key, (key, value))

    def _flag(self, at: int) -> Marked:
        name, equals, value = self._tokens[at].text.lstrip("-").partition("=")
        role = Role.ALL if name == "all" else _FLAG_MARKS.get(name, Role.OPTION)
        length = 1
        takes = name in _FLAG_MARKS or name in ("tail", "since")
        if not equals and takes and at + 1 < len(self._tokens) and self._tokens[at + 1].shape is not Shape.FLAG:
            value, length = self._tokens[at + 1].text, 2
        return [self._item(at, at + length, *_marked(role, name, _unquoted(value)))], length

    def _skip(self, at: int, *, words: Sequence[str] = (), article: bool = True) -> int:
        """Past one colon and the little words before a value."""
        while at < len(self._tokens):
            token = self._tokens[at]
            if token.shape is Shape.COLON or token.low in words or (article and token.low in _ARTICLES):
                at += 1
                continue
            break
        return at

    def _colon(self, at: int) -> bool:
        return at < len(self._tokens) and self._tokens[at].shape is Shape.COLON

    def _item(self, start: int, end: int, role: Role, sense: str, value: Any = None) -> Item:
        begin, finish = self._tokens[start].start, self._tokens[end - 1].end
        return Item(self._text[begin:finish], begin, finish, {role: sense}, "", value)


def port_pair(text: str) -> tuple[int | None, int]:
    """`8080:80` as (8080, 80), `80/tcp` and `:80` as (None, 80); what is no port stays a number for the check."""
    plain = text.partition("/")[0]
    host, _, port = plain.rpartition(":")
    return (int(host.rpartition(":")[2]) if host else None), int(port)


def _marked(role: Role, key: str, value: str) -> tuple[Role, str, Any]:
    if role is Role.COUNT:
        count = Count(int(value), of_replicas=True) if value.isascii() and value.isdigit() else Count(problem="odd")
        return role, value, count
    if role is Role.PORT:
        right = re.fullmatch(r"(?:[\d.]+:)?(?:\d{1,5}:)?\d{1,5}(?:/\w+)?", value)
        return role, value, port_pair(value) if right else (None, -1)
    if role is Role.ENV:
        name, equals, text = value.partition("=")
        return role, name, (name, _unquoted(text) if equals else None)
    if role in (Role.OPTION, Role.ALL):
        return role, key, value
    if role is Role.REVISION:
        return role, value, int(value) if value.isdigit() else None
    return role, value, value


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
