"""Values that a word announces: "named X", "port 80", "namespace Y", "LOG_LEVEL to debug", "args --model m".

Each reader is asked at every token, says nothing where its mark is not, and otherwise takes mark and value together.
Which words are marks is vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from app.agent.rules import setupmarks
from app.agent.rules.cursor import Cursor, whole
from app.agent.rules.flags import Marked, flag, pair, port_pair
from app.agent.rules.schedules import read_schedule
from app.agent.rules.senses import Item, Role
from app.agent.rules.tokens import Shape, fold

_NAMEABLE = frozenset({Shape.WORD, Shape.QUOTE, Shape.VERSION, Shape.NUMBER, Shape.ODD, Shape.AMOUNT})
_RUNTIMES = frozenset({"docker", "nosana", "simulator"})
_PATTERN_SHAPES = _NAMEABLE | {Shape.STAR, Shape.REFERENCE}
_TAGS = frozenset({"latest", "stable", "alpine", "edge"})
_NO_NAME = frozenset({Role.PREP, Role.CONNECT, Role.AUX, Role.PRONOUN})
_LOOSE_NAME = frozenset({Role.CATEGORY, Role.PRODUCT, Role.NOUN})
"""What a name after a bare "as" may also mean: "as cache". Anything else is a phrase: "as needed"."""
_NO_LOOSE_NAME = frozenset(
    {Role.FILLER, Role.STATE, Role.TIME, Role.FOREIGN, Role.DEGREE, Role.VAGUE, Role.CONNECT, Role.PREP}
)
_BUSY = frozenset(
    {
        Role.VERB,
        Role.PREP,
        Role.CONNECT,
        Role.AUX,
        Role.FILLER,
        Role.NOUN,
        Role.ALL,
        Role.PRONOUN,
        Role.ASK,
        Role.NOT,
    }
)
_SHELL_KINDS = frozenset({"deployment", "deploy", "pod", "deployment.apps"})
_ENV_NAME = re.compile(r"[A-Z][A-Z0-9]{0,40}(?:_[A-Z0-9]{0,40}){1,20}|[A-Z][A-Z0-9]{1,40}")
_SAMPLE = 40


class MarkReader:
    """Reads marked values out of one text's tokens."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        letters = [token.text for token in cursor.tokens[:_SAMPLE] if token.text.isalpha()]
        self._shouted = len(letters) > 2 and all(word.isupper() for word in letters)

    def read(self, at: int, before: Sequence[Item]) -> Marked | None:
        """The items of the mark that begins at `at`, and how many tokens it takes."""
        cursor, shape = self._cursor, self._cursor.shape(at)
        if shape is Shape.PAIR:
            return pair(cursor, at, before)
        if shape is Shape.FLAG:
            return flag(cursor, at)
        if shape is Shape.MAPPING:
            text = cursor.tokens[at].text
            return [cursor.item(at, at + 1, Role.PORT, text, port_pair(text))], 1
        if scheduled := read_schedule(cursor, at):
            return [cursor.item(at, at + scheduled[1], Role.SCHEDULE, scheduled[0])], scheduled[1]
        if marked := self._namespace(at) or self._shell_name(at) or self._named_behind(at):
            return marked
        if shape is not Shape.WORD:
            return None
        found = cursor.lexicon.match(cursor.tokens, at)
        sense = found[0].senses.get(Role.MARK, "") if found is not None else ""
        if found is not None and (reader := _READERS.get(sense)):
            marked = reader(self, at, at + found[1], before)
        elif found is not None and (setup := setupmarks.READERS.get(sense)):
            marked = setup(cursor, at, at + found[1], before)
        return marked or self._assigned(at) or self._runtime(at)

    def _named_behind(self, at: int) -> Marked | None:
        """`portal という名前`, `portal naam se`: where prepositions stand behind, so does the mark of a name."""
        cursor = self._cursor
        if not cursor.lexicon.postposed or cursor.shape(at) not in _NAMEABLE or cursor.senses(at):
            return None
        found = cursor.lexicon.match(cursor.tokens, at + 1) if cursor.inside(at + 1) else None
        if found is None or found[0].senses.get(Role.MARK) != "name":
            return None
        return [cursor.item(at, at + 1, Role.NAME, cursor.tokens[at].text)], 1 + found[1]

    def _shell_name(self, at: int) -> Marked | None:
        """The name in `kubectl run NAME` and `kubectl create deployment NAME`."""
        cursor = self._cursor
        words = [cursor.low(place) for place in range(max(at - 3, 0), at)]
        created = words[-3:-1] == ["kubectl", "create"] and words[-1] in _SHELL_KINDS
        if cursor.shape(at) not in _NAMEABLE or not (created or words[-2:] == ["kubectl", "run"]):
            return None
        return [cursor.item(at, at + 1, Role.NAME, cursor.tokens[at].text)], 1

    def _name(self, at: int, place: int, _before: Sequence[Item]) -> Marked | None:
        cursor = self._cursor
        loose = Role.PREP in cursor.senses(at) and place == at + 1
        place = cursor.skip(place, (Role.AUX,), article=not loose)
        if cursor.shape(place) not in _NAMEABLE:
            return None
        token = cursor.tokens[place]
        if token.shape is not Shape.QUOTE and not self._may_be_name(place, loose):
            return None
        item = cursor.item(at, place + 1, Role.NAME, token.text.strip())
        mention = cursor.apps.word(fold(token.text.strip()), token.text.strip())
        if mention is not None:
            item = replace(item, senses={**item.senses, Role.APP: mention.names[0]}, value=mention)
        return [item], place + 1 - at

    def _may_be_name(self, at: int, loose: bool) -> bool:
        senses = self._cursor.senses(at)
        if self._cursor.is_article(at) or senses.keys() & _NO_NAME:
            return False
        if not senses or not loose:
            return True
        return bool(senses.keys() & _LOOSE_NAME) and not senses.keys() & _NO_LOOSE_NAME

    def _image(self, at: int, place: int, before: Sequence[Item]) -> Marked | None:
        cursor = self._cursor
        colon = cursor.has_colon(place)
        said = before and before[-1].senses.keys() & {Role.UNKNOWN, Role.IMAGE, Role.PRODUCT}
        if said and (place == at + 1 or cursor.lexicon.postposed) and not colon:
            return None
        place = cursor.skip(place, (Role.AUX,))
        while cursor.sense(place, Role.PREP) in ("of", "to") or cursor.sense(place, Role.MARK) == "name":
            place = cursor.skip(place + 1)
        senses = cursor.senses(place)
        product = Role.PRODUCT in senses
        shape = cursor.shape(place)
        word = shape is Shape.WORD and (not senses or product or colon)
        if shape not in (Shape.QUOTE, Shape.REFERENCE) and not word:
            return None
        if shape is Shape.WORD and cursor.low(place) in cursor.apps.apps and not product:
            return None
        return [cursor.item(at, place + 1, Role.IMAGE, cursor.tokens[place].text.strip())], place + 1 - at

    def _port(self, at: int, place: int, _before: Sequence[Item]) -> Marked | None:
        """`port 80`, `ports 80, 443 and 8080`; a number that is no port stays, for the refusal to name it."""
        cursor = self._cursor
        place = cursor.skip(place, (Role.AUX, Role.PREP))
        found: list[Item] = []
        end = place
        while cursor.shape(place) in (Shape.MAPPING, Shape.NUMBER, Shape.ODD):
            texts = cursor.tokens[place].text.split(",")
            found.extend(cursor.item(place, place + 1, Role.PORT, text, port_pair(text)) for text in texts)
            end = place = place + 1
            while cursor.is_joint(place):
                place += 1
            if place == end or cursor.sense(place + 1, Role.UNIT):
                break
        return (found, end - at) if found else None

    def _target(self, at: int, place: int, before: Sequence[Item]) -> Marked | None:
        """`target port 80`: the port inside, whatever other port is said."""
        marked = self._port(at, place, before)
        return marked and (
            [replace(item, senses={**item.senses, Role.MARK: "target"}) for item in marked[0]],
            marked[1],
        )

    def _revision(self, at: int, place: int, _before: Sequence[Item]) -> Marked | None:
        cursor = self._cursor
        place = cursor.skip(place)
        number = whole(cursor.tokens[place].text) if cursor.shape(place) is Shape.NUMBER else None
        if number is None:
            return None
        return [cursor.item(at, place + 1, Role.REVISION, str(number), number)], place + 1 - at

    def _tag(self, at: int, place: int, _before: Sequence[Item]) -> Marked | None:
        cursor = self._cursor
        place = cursor.skip(place, (Role.AUX, Role.PREP))
        shape = cursor.shape(place)
        plain = shape in (Shape.VERSION, Shape.NUMBER) or cursor.low(place) in _TAGS
        if plain or (shape is Shape.QUOTE and " " not in cursor.tokens[place].text):
            return [cursor.item(at, place + 1, Role.VERSION, cursor.tokens[place].text)], place + 1 - at
        return None

    def _pattern(self, at: int, place: int, _before: Sequence[Item]) -> Marked | None:
        """`starting with web`: the mark keeps its sense, and the text after it is its value, whatever it means."""
        cursor = self._cursor
        sense = cursor.lexicon.match(cursor.tokens, at)
        place = cursor.skip(place, article=False)
        if sense is None or not cursor.inside(place) or cursor.shape(place) not in _PATTERN_SHAPES:
            return None
        text = cursor.tokens[place].text.strip("\"'`*").rstrip("-")
        return [cursor.item(at, place + 1, Role.MARK, sense[0].senses[Role.MARK], text)], place + 1 - at

    def _namespace(self, at: int) -> Marked | None:
        """`namespace X`, `in X namespace`, `in the X namespace`."""
        cursor = self._cursor
        if self._says_namespace(at):
            place = cursor.skip(at + 1)
            place += cursor.sense(place, Role.MARK) == "name"
            return self._in_namespace(at, place, place + 1) if self._free_name(place) else None
        place = at
        if cursor.sense(at, Role.PREP):
            place = at + 1 + cursor.is_article(at + 1)
        if not self._says_namespace(place + 1) or not self._free_name(place):
            return None
        named_after = self._free_name(place + 2) and place == at
        return None if named_after else self._in_namespace(at, place, place + 2)

    def _in_namespace(self, at: int, place: int, end: int) -> Marked:
        return [self._cursor.item(at, end, Role.NAMESPACE, self._cursor.tokens[place].text)], end - at

    def _says_namespace(self, at: int) -> bool:
        return self._cursor.sense(at, Role.MARK) == "namespace"

    def _free_name(self, at: int) -> bool:
        """A token that is nobody's word, or quoted: it can be a namespace's name."""
        cursor = self._cursor
        shape = cursor.shape(at)
        if shape is Shape.QUOTE:
            return re.fullmatch(r"[A-Za-z0-9][\w.-]*", cursor.tokens[at].text) is not None
        if shape not in _NAMEABLE or shape is Shape.NUMBER or cursor.is_article(at):
            return False
        senses = cursor.senses(at)
        place = senses.get(Role.FILLER) == "place" or cursor.low(at) in cursor.apps.apps
        return place or not senses.keys() & _BUSY

    def _assigned(self, at: int) -> Marked | None:
        """`LOG_LEVEL to debug`, `TZ: Europe/Berlin`, `DEBUG set to 1`: an upper-case name and a value."""
        cursor = self._cursor
        text, low = cursor.tokens[at].text, cursor.low(at)
        if self._shouted or not _ENV_NAME.fullmatch(text) or low in cursor.apps.apps:
            return None
        place = at + 1
        while self._assigns(place):
            place += 1
        marked = place > at + 1
        if "_" not in text and (not marked or self._is_word(at)):
            return None
        if not marked or cursor.shape(place) in (None, Shape.COMMA, Shape.STOP):
            return [cursor.item(at, at + 1, Role.ENV, text, (text, None))], 1
        return [cursor.item(at, place + 1, Role.ENV, text, (text, cursor.tokens[place].text))], place + 1 - at

    def _variable(self, at: int, place: int, _before: Sequence[Item]) -> Marked | None:
        """`env var WORKERS`: after the mark a word in capitals is a variable, whatever it means otherwise."""
        cursor = self._cursor
        if not cursor.inside(place) or not _ENV_NAME.fullmatch(cursor.tokens[place].text):
            return None
        name, value = cursor.tokens[place].text, place + 1
        while self._assigns(value):
            value += 1
        if value == place + 1 or cursor.shape(value) in (None, Shape.COMMA, Shape.STOP):
            return [cursor.item(at, place + 1, Role.ENV, name, (name, None))], place + 1 - at
        return [cursor.item(at, value + 1, Role.ENV, name, (name, cursor.tokens[value].text))], value + 1 - at

    def _assigns(self, at: int) -> bool:
        """Between name and value stands ":", "=", "to", "as", "is" or "set to"."""
        cursor = self._cursor
        if cursor.low(at) in ("with", "to", "the", "a") and "value" in (cursor.low(at + 1), cursor.low(at + 2)):
            return True
        joint = cursor.has_colon(at) or cursor.low(at) in ("=", "value") or cursor.sense(at, Role.PREP) in ("to", "as")
        return joint or cursor.sense(at, Role.AUX) == "be" or cursor.low(at) == "set"

    def _is_word(self, at: int) -> bool:
        """A known word in capitals; after "set" it is a variable all the same, but for CPU, RAM and the like."""
        senses = self._cursor.senses(at)
        ordered = at > 0 and self._cursor.sense(at - 1, Role.VERB) in ("set", "add", "update")
        measured = Role.UNIT in senses or senses.get(Role.MARK) in ("memory", "cpu", "gpu", "replicas")
        return self._cursor.lexicon.knows(self._cursor.low(at)) and (not ordered or measured)

    def _runtime(self, at: int) -> Marked | None:
        """`on docker`, `on the simulator`."""
        cursor = self._cursor
        if not cursor.sense(at, Role.PREP) and cursor.sense(at, Role.MARK) != "runtime":
            return None
        place = cursor.skip(at + 1)
        if cursor.low(place) not in _RUNTIMES or cursor.sense(place + 1, Role.NOUN):
            return None
        return [cursor.item(at, place + 1, Role.RUNTIME, cursor.low(place))], place + 1 - at


_Reader = Callable[[MarkReader, int, int, Sequence[Item]], Marked | None]
_READERS: Mapping[str, _Reader] = {
    "name": MarkReader._name,
    "image": MarkReader._image,
    "port": MarkReader._port,
    "target": MarkReader._target,
    "env": MarkReader._variable,
    "revision": MarkReader._revision,
    "tag": MarkReader._tag,
    "startswith": MarkReader._pattern,
    "endswith": MarkReader._pattern,
}
