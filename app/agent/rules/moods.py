"""How a chunk is said: an order, a question, something told, or a piece that leans on its neighbour.

The first words decide. Politeness, negation and subjects are passed over until a verb, a question word or a noun
stands there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.agent.rules.chunks import LOOKING
from app.agent.rules.clause import Clause, Mood
from app.agent.rules.postpositions import LAST
from app.agent.rules.senses import Item, Role

_ASK_MOODS = {"howto": Mood.HOWTO, "hypo": Mood.HYPOTHESIS, "why": Mood.WHY, "happened": Mood.HAPPENED}
_PASSED = frozenset({Role.TIME, Role.CONNECT, Role.ORDINAL})
_LOOSE_VERBS = ("run", "do", "say", "help", "apply", "make", "keep", "need")
"""Verbs that only carry another one: "go run restart", "execute: delete web"."""
_SUBJECTS = frozenset({Role.EXCEPT, Role.APP, Role.UNKNOWN, Role.PRONOUN, Role.NOUN, Role.CATEGORY, Role.ALL})
_BEFORE_VERB = frozenset({Role.NOUN, Role.AUX, Role.REQUEST, Role.NOT, Role.UNKNOWN, Role.APP, Role.PRONOUN})
_BARE = frozenset(
    {
        Role.COUNT,
        Role.AUX,
        Role.VAGUE,
        Role.STATE,
        Role.VERB,
        Role.PRONOUN,
        Role.UNIT,
        Role.DEGREE,
        Role.FILLER,
    }
)
_FRONTED = frozenset({Role.PREP, Role.NAMESPACE, Role.APP, Role.NOUN, Role.MARK, Role.UNKNOWN, Role.ALL, Role.QUOTE})
_LOOKED = ("cost", "logs", "events", "history", "metrics", "manifest", "status")
_WANTED = frozenset({Role.COUNT, Role.IMAGE, Role.PRODUCT, Role.NOUN, Role.MEMORY, Role.CPU, Role.GPU, Role.CATEGORY})
_ADDRESSED = frozenset({Role.VERB, Role.REQUEST, Role.FILLER})
_VALUES_OF = frozenset({Role.COUNT, Role.IMAGE, Role.VERSION, Role.MEMORY, Role.CPU, Role.ENV, Role.PORT})
_SUFFICES = frozenset({"enough", "suffice", "sufficient", "plenty"})
_MODALS = frozenset({"should", "must", "needs", "need", "has", "ought"})
"""First words of verb phrases that say what is to be: "should be reachable"."""
_LOOKED_AT = 4
"""Items after the first that a question word is looked for in: "tell me why"."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """A chunk's items, where its content begins, and what was passed on the way there."""

    lead: str
    items: tuple[Item, ...]
    place: int
    negated: bool
    request: bool

    @property
    def first(self) -> Item:
        return self.items[self.place]

    def said(self, mood: Mood, head: int = -1, *, ask: str = "", negated: bool | None = None) -> Clause:
        denied = self.negated if negated is None else negated
        return Clause(self.items, mood, head, ask=ask, negated=denied, lead=self.lead)


def clause_of(lead: str, items: Sequence[Item]) -> Clause:
    """The clause of one chunk."""
    clause = _clause(_opening(lead, tuple(items)))
    if any(item.has(Role.NOT, "prohibit") for item in items):
        return replace(clause, mood=Mood.ORDER, negated=True)
    return clause


def _clause(start: _Opening) -> Clause:
    if start.place >= len(start.items):
        return start.said(Mood.PIECE)
    first = start.first
    if first.has(Role.SUBJECT) and not start.request:
        return _told(start)
    if first.has(Role.DROP) and not _wants(first, start):
        return start.said(Mood.ORDER, start.place if first.has(Role.VERB) else -1, negated=True)
    defines = first.has(Role.VERB) and any(item.has(Role.ENV) for item in start.items)
    if first.has(Role.ASK) and not names_app(first) and not defines:
        return _question(start, first.sense(Role.ASK))
    inquires = first.has(Role.VERB, "do") and len(start.items) > start.place + 1
    inquires = inquires and start.items[start.place + 1].has(Role.SUBJECT)
    if first.has(Role.VERB) and not inquires and (first.form == "base" or (start.request and first.form == "ing")):
        return _order(start)
    inner = _inner_verb(start.items, start.place + 1)
    if first.has(Role.AUX) and not start.request:
        within = _asked(start)
        if within is not None and within.sense(Role.ASK) in _ASK_MOODS:
            return _question(start, within.sense(Role.ASK))
        asked = first.has(Role.AUX, "will") and inner >= 0
        return start.said(
            Mood.HYPOTHESIS if asked else Mood.QUESTION, inner, ask="hypo" if asked else "is", negated=False
        )
    return _declared(start)


def names_app(item: Item) -> bool:
    """An app and nothing else, though its name may be a word: an app called `status`."""
    return item.has(Role.APP) and item.form == ""


def _opening(lead: str, items: tuple[Item, ...]) -> _Opening:
    request = negated = False
    place = 0
    while place < len(items):
        item = items[place]
        after = items[place + 1] if place + 1 < len(items) else None
        if item.has(Role.OVERRIDE) or _polite_subject(item, after, request) or _auxiliary(item, after):
            pass
        elif _interjected(item, after):
            place += 1
            continue
        elif item.has(Role.REQUEST) and not (item.has(Role.VERB) and after is None):
            request = True
        elif item.has(Role.NOT, "instead") and after is not None and not after.has(Role.VERB):
            place += 1
        elif item.has(Role.NOT):
            negated = not (request and negated)
        elif item.has(Role.VERB) or not item.senses.keys() & _PASSED:
            break
        place += 1
    return _Opening(lead, items, place, negated, request)


def _polite_subject(item: Item, after: Item | None, request: bool) -> bool:
    """The "I" of "I, please, want to"; the "you" of "could you"."""
    return item.has(Role.SUBJECT) and (request or (after is not None and after.has(Role.REQUEST)))


def _interjected(item: Item, after: Item | None) -> bool:
    """The "ok" of "ok give it 1Gi", which may say how something is, too."""
    return item.has(Role.FILLER, "interjection") and after is not None and bool(after.senses.keys() & _ADDRESSED)


def _auxiliary(item: Item, after: Item | None) -> bool:
    """The "do" of "do not"."""
    return item.has(Role.AUX, "do", "have") and after is not None and after.has(Role.NOT)


def _wants(first: Item, start: _Opening) -> bool:
    """An order of its own ("drop web"), no denial of what follows ("skip web")."""
    return first.has(Role.VERB, "drop", "delete", "stop") and start.place + 1 < len(start.items)


def _order(start: _Opening) -> Clause:
    place = _means_by(start.items, _said_verb(start.items, start.place))
    asked = _asked(start)
    if asked is not None and start.items[place].sense(Role.VERB) in LOOKING:
        return _question(start, asked.sense(Role.ASK))
    after = any(item.has(Role.NOT, "after") for item in start.items[place:])
    return start.said(Mood.ORDER, place, negated=start.negated or after)


def _means_by(items: Sequence[Item], place: int) -> int:
    """What is to be done is how it is to be done: "show self-healing by crashing web"."""
    for before, at in zip(items[place:], range(place + 1, len(items)), strict=False):
        if before.has(Role.PREP, "by") and items[at].has(Role.VERB) and items[at].form == "ing":
            return at
    return place


def _asked(start: _Opening) -> Item | None:
    return next((item for item in start.items[: start.place + _LOOKED_AT] if item.has(Role.ASK)), None)


def _told(start: _Opening) -> Clause:
    """Only needing is a wish ("I need 3"), the rest is told ("we have an app that crashes")."""
    items, place, negated = start.items, start.place, start.negated
    passed = {Role.SUBJECT, Role.NOT, Role.AUX, Role.REQUEST, Role.TIME}
    while place < len(items) and items[place].senses.keys() & passed:
        negated = negated or items[place].has(Role.NOT)
        place += 1
    if place < len(items) and items[place].has(Role.VERB, "need") and items[place].form == "base":
        return start.said(Mood.ORDER, _said_verb(items, place), negated=negated)
    return start.said(Mood.STATEMENT, negated=False)


def _said_verb(items: Sequence[Item], place: int) -> int:
    """The verb that counts of two in a row."""
    after = items[place + 1] if place + 1 < len(items) else None
    if after is None or not items[place].has(Role.VERB, *_LOOSE_VERBS):
        return place
    carried = after.has(Role.VERB) and after.form == "base" and not names_app(after)
    return place + 1 if carried and not after.has(Role.NOUN, "restart", "rollout") else place


def _declared(start: _Opening) -> Clause:
    """No verb and no question word in front: subject first, or nouns only."""
    items, place = start.items, start.place
    asked = _asked(start)
    if asked is not None and asked.sense(Role.ASK) in _ASK_MOODS:
        return _question(start, asked.sense(Role.ASK))
    if _disabled(items, place):
        return start.said(Mood.STATEMENT, negated=False)
    if (wished := _wished_of(start)) is not None:
        return wished
    if _enough(items):
        return start.said(Mood.PIECE)
    last = items[-1]
    if last.value == LAST and last.form == "base" and len(items) > 1 and not _modal(items):
        return start.said(Mood.ORDER, len(items) - 1, negated=start.negated or _denied(items, len(items)))
    if _thing_of(items[place:]):
        return start.said(Mood.PIECE)
    inner = _inner_verb(items, place)
    if inner >= 0 and items[inner].form == "base" and _fronted(items[place:inner]):
        return start.said(Mood.ORDER, inner)
    if any(_reports(item) for item in items):
        return start.said(Mood.STATEMENT)
    wanted = next((at for at in range(place) if items[at].has(Role.REQUEST, "me")), -1)
    if inner < 0 and wanted >= 0 and any(item.senses.keys() & _WANTED for item in items[place:]):
        return _wish(start, wanted)
    if inner < 0 and wanted >= 0:
        return start.said(Mood.STATEMENT, negated=False)
    order = inner >= 0 and (start.request or items[inner].form == "base")
    denied = start.negated or (inner >= 0 and any(item.has(Role.NOT, "after") for item in items[place:]))
    return start.said(Mood.ORDER if order else Mood.PIECE, inner, negated=denied)


def _wished_of(start: _Opening) -> Clause | None:
    """A wish that is said of its subject: "web needs restarting", "web should be on 2.1", "web must be stopped"."""
    items, place = start.items, start.place
    supposed = _supposed(items, place)
    if supposed >= 0:
        made = replace(items[supposed], senses={**items[supposed].senses, Role.VERB: "make"}, form="base")
        items = (*items[:supposed], made, *items[supposed + 1 :])
        return replace(start, items=items).said(Mood.ORDER, supposed, negated=_denied(items, len(items)))
    for head in (_needing(items, place), _predicate(items, place)):
        if head >= 0:
            return start.said(Mood.ORDER, head, negated=start.negated or _denied(items, head))
    return None


def _wish(start: _Opening, at: int) -> Clause:
    """Where "I would like" is the verb, what follows is what is needed."""
    asked = start.items[at]
    need = replace(asked, senses={**asked.senses, Role.VERB: "need"}, form="base")
    return replace(start, items=(*start.items[:at], need, *start.items[at + 1 :])).said(Mood.ORDER, at)


def _modal(items: Sequence[Item]) -> bool:
    """Says what something does or cannot do: "gateway kann nicht starten"."""
    return any(item.has(Role.AUX) and not item.has(Role.VERB) for item in items)


def _thing_of(items: Sequence[Item]) -> bool:
    """A noun that is looked at, and what it is of: "price of running this", "logs of the crashing app"."""
    return len(items) > 1 and items[0].has(Role.NOUN, *_LOOKED) and items[1].has(Role.PREP, "of", "for", "from")


def _fronted(items: Sequence[Item]) -> bool:
    """Where or for what, said before the order itself: "in namespace shop create ..."."""
    opens = bool(items) and (items[0].has(Role.PREP, "in", "for", "on", "at") or items[0].has(Role.NAMESPACE))
    return opens and all(item.senses.keys() & _FRONTED for item in items)


def _reports(item: Item) -> bool:
    """Says how something is or what it did."""
    acted = item.has(Role.VERB) and item.form in ("s", "ed", "ing") and not item.has(Role.NOUN)
    return acted or bool(item.senses.keys() & {Role.AUX, Role.STATE, Role.PROBLEM})


def _enough(items: Sequence[Item]) -> bool:
    """A number and nothing that has it: "2 is enough", "3 will do"."""
    told = any(item.text.lower() in _SUFFICES for item in items)
    said = _BARE | {Role.APP, Role.NOUN, Role.PREP} if told else _BARE
    return items[0].has(Role.COUNT) and all(item.senses.keys() & said for item in items)


def _question(start: _Opening, ask: str) -> Clause:
    return start.said(_ASK_MOODS.get(ask, Mood.QUESTION), _inner_verb(start.items, start.place), ask=ask, negated=False)


def _predicate(items: Sequence[Item], place: int) -> int:
    """The verb of a wish that is said of its subject: "web needs 3", "api can lose one", "web should be restarted"."""
    if not items[place].senses.keys() & _SUBJECTS:
        return -1
    for at in range(place + 1, min(len(items), place + 6)):
        item, before = items[at], items[at - 1]
        if item.has(Role.VERB, "need") and item.form in ("base", "s"):
            return at
        modal = before.has(Role.AUX, "can", "should") or before.has(Role.REQUEST) or before.has(Role.NOT)
        if item.has(Role.VERB, "expose") and item.form == "base" and item.text.lower().split()[0] in _MODALS:
            return at
        if item.has(Role.VERB) and modal and item.form in ("base", "ed"):
            return at
        if not item.senses.keys() & _BEFORE_VERB:
            break
    return -1


def _needing(items: Sequence[Item], place: int) -> int:
    """The verb of "web needs restarting"; -1 without one."""
    near = items[place : place + _LOOKED_AT]
    for at, (one, two) in enumerate(pairwise(near), start=place + 1):
        if one.has(Role.VERB, "need") and two.has(Role.VERB) and two.form == "ing" and near[0].has(Role.APP):
            return at
    return -1


def _disabled(items: Sequence[Item], place: int) -> bool:
    """An app that cannot do something is told of, nothing is forbidden: "web cannot start"."""
    near = items[place : place + _LOOKED_AT]
    unable = any(one.has(Role.AUX, "can") and two.has(Role.NOT) for one, two in pairwise(near))
    return bool(near) and near[0].has(Role.APP) and unable


def _supposed(items: Sequence[Item], place: int) -> int:
    """The "should be" of "web should be on tag 4.3", where no other verb says what is wished for."""
    for at in range(place, min(len(items), place + _LOOKED_AT)):
        if items[at].has(Role.AUX, "should"):
            rest = items[at + 1 :]
            valued = any(item.senses.keys() & _VALUES_OF for item in rest)
            return at if valued and not any(item.has(Role.VERB) for item in rest) else -1
    return -1


def _denied(items: Sequence[Item], predicate: int) -> bool:
    return any(item.has(Role.NOT) for item in items[:predicate])


def _inner_verb(items: Sequence[Item], start: int) -> int:
    return next((at for at in range(start, len(items)) if items[at].has(Role.VERB) and not names_app(items[at])), -1)
