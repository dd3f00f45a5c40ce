"""Marked values of a set-up: volumes, health checks, commands, arguments and labels.

As with every mark: the word announces, the value follows within a few words, and both are taken together. What stands
between them and means something else (the app: "set the command of web to ...") stays an item of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from app.agent.rules.cursor import Cursor, shell_words
from app.agent.rules.flags import Marked
from app.agent.rules.senses import Item, Role
from app.agent.rules.tokens import Shape

_NEAR = 5
"""Tokens between a mark and its value: "health check on the path /x"."""
_WIDE = 10
"""The same for a volume, which has a name, a size and a path."""
_LONGEST_LIST = 2000
_ENDS = frozenset({Shape.STOP, Shape.COMMA, Shape.SHELL})
_NO_NAME = frozenset({Role.PREP, Role.VERB, Role.AUX, Role.CONNECT, Role.PRONOUN, Role.NOT, Role.ALL, Role.UNIT})
_COMMAND_ENDS = frozenset({Shape.COMMA, Shape.SHELL, Shape.ARROW})
_GOES_ON = frozenset({"and", "then"})
_SIZES = frozenset({"memory:Mi", "memory:Gi", "memory:Ti", "memory:Ki"})


def health(cursor: Cursor, at: int, place: int, _before: Sequence[Item]) -> Marked | None:
    extra: list[Item] = []
    for here in range(place, min(place + _NEAR, len(cursor.tokens))):
        if cursor.shape(here) is Shape.PATH or cursor.tokens[here].text == "/":
            text = cursor.tokens[here].text
            return [*_opening(cursor, at), *extra, cursor.item(at, here + 1, Role.PATH, "health", text)], here + 1 - at
        if cursor.shape(here) in _ENDS:
            break
        extra.extend(_app(cursor, here))
    return None


def volume(cursor: Cursor, at: int, place: int, before: Sequence[Item]) -> Marked | None:
    """`name:/path`, or a name, a size and a path in any order: as `name:/path:size`."""
    name = size = ""
    extra: list[Item] = []
    for here in range(place, min(place + _WIDE, len(cursor.tokens))):
        token = cursor.tokens[here]
        if token.shape in _ENDS or cursor.sense(here, Role.CONNECT):
            break
        if ":/" in token.text and "://" not in token.text:
            return _volume(cursor, at, here, token.text, before, extra)
        if token.shape is Shape.PATH:
            end = here
            if not name and cursor.sense(here + 1, Role.MARK) == "name" and _announced(cursor, here + 2):
                name, end = cursor.tokens[here + 2].text.strip(), here + 2
            text = f"{name}:{token.text}" if name else token.text
            return _volume(cursor, at, end, f"{text}:{size}" if size and name else text, before, extra)
        if named := _app(cursor, here):
            extra.extend(named)
        elif amount := _size(cursor, here):
            size = amount
        elif not name and (
            _may_name(cursor, here) or _announced(cursor, here) or (here == place and _inflected(cursor, here))
        ):
            name = token.text.strip()
    return None


def _volume(cursor: Cursor, at: int, end: int, text: str, before: Sequence[Item], extra: Sequence[Item]) -> Marked:
    opening = (
        _opening(cursor, at)
        if not before
        or before[-1].senses.keys()
        & {Role.END, Role.BREAK, Role.CONNECT, Role.REQUEST, Role.FILLER, Role.CORRECTION, Role.NOT}
        else []
    )
    return [*opening, *extra, cursor.item(at, end + 1, Role.VOLUME, text)], end + 1 - at


def _opening(cursor: Cursor, at: int) -> list[Item]:
    """A mark that is a verb, too, where it opens the wish: "mount data at /data"."""
    verb = cursor.sense(at, Role.VERB)
    entry = cursor.lexicon.word(cursor.low(at))
    return [cursor.meaning(at, at + 1, {Role.VERB: verb}, form=entry.form)] if verb and entry else []


def _app(cursor: Cursor, here: int) -> list[Item]:
    """The app that a preposition names between the mark and the value."""
    if not cursor.inside(here) or not cursor.sense(here - 1, Role.PREP):
        return []
    named = cursor.apps.word(cursor.low(here), cursor.tokens[here].text)
    return [cursor.item(here, here + 1, Role.APP, named.names[0], named)] if named and named.sure else []


def _size(cursor: Cursor, here: int) -> str:
    """`5Gi`, `10 gigs`: with the unit that the tool takes."""
    token = cursor.tokens[here]
    if token.shape is Shape.AMOUNT and token.low[-1] in "bikmgt" and not token.low.endswith("min"):
        return token.text
    unit = cursor.sense(here + 1, Role.UNIT)
    return f"{token.text}{unit.partition(':')[2]}" if token.shape is Shape.NUMBER and unit in _SIZES else ""


def _announced(cursor: Cursor, here: int) -> bool:
    """After "called" any word is a name."""
    called = cursor.sense(here - 1, Role.MARK) == "name"
    return called and cursor.shape(here) in (Shape.WORD, Shape.QUOTE) and not cursor.is_article(here)


def _inflected(cursor: Cursor, here: int) -> bool:
    """Right after the mark a verb's form is a name: "volume uploads"."""
    entry = cursor.lexicon.word(cursor.low(here)) if cursor.shape(here) is Shape.WORD else None
    return entry is not None and entry.form == "s" and Role.PREP not in entry.senses


def _may_name(cursor: Cursor, here: int) -> bool:
    token = cursor.tokens[here]
    if token.shape not in (Shape.WORD, Shape.QUOTE) or cursor.is_article(here) or " " in token.text.strip():
        return False
    senses = cursor.senses(here)
    marked = senses.get(Role.MARK) in ("volume", "name") or senses.get(Role.NOUN) == "volume"
    return not marked and not senses.keys() & _NO_NAME


def label(cursor: Cursor, at: int, place: int, _before: Sequence[Item]) -> Marked | None:
    place = cursor.skip(place)
    if cursor.shape(place) is not Shape.PAIR:
        return None
    return [cursor.item(at, place + 1, Role.LABEL, cursor.tokens[place].text)], place + 1 - at


def args(cursor: Cursor, at: int, place: int, _before: Sequence[Item]) -> Marked | None:
    return _rest(cursor, at, place, "args", (Shape.FLAG, Shape.QUOTE))


def command(cursor: Cursor, at: int, place: int, _before: Sequence[Item]) -> Marked | None:
    return _rest(cursor, at, place, "command", (Shape.QUOTE,))


def _rest(cursor: Cursor, at: int, place: int, sense: str, shapes: Sequence[Shape]) -> Marked | None:
    """One quoted text; after a colon or a flag all to the end of the line; else the words up to the next part of the
    wish. Split as a shell does it."""
    extra, given = _of_app(cursor, place)
    place = given or place
    colon = cursor.has_colon(place) or cursor.has_colon(place - 1)
    place = cursor.skip(place, (Role.AUX,), article=False)
    if not cursor.inside(place) or (at > 0 and cursor.sense(at - 1, Role.PREP) == "as"):
        return None
    if listed := _json(cursor, place):
        return [*extra, cursor.item(at, listed[1], Role.ARGUMENTS, sense, listed[0])], listed[1] - at
    plain = not (colon or cursor.shape(place) in shapes)
    loose = Role.VERB in cursor.senses(place - 1) and not given
    if plain and not _begins(cursor, place, explicit=bool(given), loose=loose):
        return None
    if cursor.shape(place) is Shape.QUOTE:
        return [*extra, cursor.item(at, place + 1, Role.ARGUMENTS, sense, shell_words(cursor.tokens[place].text))], (
            place + 1 - at
        )
    end = place + 1
    while cursor.inside(end) and not cursor.tokens[end].text.startswith("\n") and not (plain and _ends(cursor, end)):
        end += 1
    words = shell_words(cursor.text[cursor.tokens[place].start : cursor.tokens[end - 1].end])
    return [*extra, cursor.item(at, end, Role.ARGUMENTS, sense, words)], end - at


def _json(cursor: Cursor, place: int) -> tuple[list[str], int] | None:
    """`["./run", "--fast"]`, as in a Dockerfile, and where it ends."""
    start = cursor.tokens[place].start
    close = cursor.text.find("]", start, start + _LONGEST_LIST)
    if cursor.tokens[place].text != "[" or close < 0:
        return None
    try:
        words = json.loads(cursor.text[start : close + 1])
    except ValueError:
        return None
    end = place
    while cursor.inside(end) and cursor.tokens[end].start <= close:
        end += 1
    return ([str(word) for word in words], end) if words and isinstance(words, list) else None


def _of_app(cursor: Cursor, place: int) -> tuple[list[Item], int]:
    """The app between "command of" and "to", and where the value begins; 0 where it is not said so."""
    if cursor.sense(place, Role.PREP) not in ("of", "for", "on", "in"):
        return [], 0
    here = cursor.skip(place + 1)
    named = _app(cursor, here) if here == place + 1 else []
    if not named and cursor.inside(here) and (found := cursor.apps.word(cursor.low(here), cursor.tokens[here].text)):
        named = [cursor.item(here, here + 1, Role.APP, found.names[0], found)] if found.sure else []
    if not named and cursor.sense(here, Role.PRONOUN):
        named = [cursor.item(here, here + 1, Role.PRONOUN, cursor.sense(here, Role.PRONOUN))]
    joined = cursor.has_colon(here + 1) or cursor.sense(here + 1, Role.PREP) == "to"
    return (named, here + 2) if named and joined else ([], 0)


def _begins(cursor: Cursor, place: int, *, explicit: bool, loose: bool) -> bool:
    """Whether a plain word may be a program's name: one that says nothing else in the sentence, and after a `loose`
    "that runs" no image either."""
    token = cursor.tokens[place]
    if token.shape not in (Shape.WORD, Shape.PATH, Shape.REFERENCE):
        return False
    if loose and (token.shape is Shape.REFERENCE or cursor.senses(place) or token.low in cursor.apps.apps):
        return False
    taken = {Role.PREP, Role.CONNECT, Role.AUX, Role.NOT, Role.ALL, Role.PRONOUN, Role.FILLER, Role.NOUN}
    return explicit or not cursor.senses(place).keys() & taken


def _ends(cursor: Cursor, here: int) -> bool:
    """The next part of the wish: a comma, "and", "every night", "with 2 replicas", "in namespace x"."""
    token = cursor.tokens[here]
    if token.shape in _COMMAND_ENDS or token.low in _GOES_ON:
        return True
    found = cursor.lexicon.match(cursor.tokens, here)
    if found is None:
        return False
    after = here + found[1]
    senses = found[0].senses
    if Role.CYCLE in senses or senses.get(Role.JOB) == "once" or senses.get(Role.CLOCK) == "at":
        return True
    marked = cursor.senses(after).keys() & {Role.MARK, Role.NOUN, Role.FILLER} or cursor.shape(after) is Shape.NUMBER
    return senses.get(Role.PREP) in ("with", "in", "on", "using") and bool(marked)


READERS: Mapping[str, Callable[[Cursor, int, int, Sequence[Item]], Marked | None]] = {
    "health": health,
    "volume": volume,
    "label": label,
    "args": args,
    "command": command,
}
