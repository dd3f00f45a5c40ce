"""What was said before: pronouns, answers to a question of ours, "again", "the same for", "no, I meant".

The turn before is read again, in the world of now, and the new words are laid over it. So "do it again" after
"add two" adds two more, and an answer completes exactly what was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.agent.rules.clause import Clause, Mood
from app.agent.rules.filters import Focus
from app.agent.rules.grammar import intent_of
from app.agent.rules.names import AppIndex
from app.agent.rules.overlay import (
    added_to,
    carried_on,
    deployed_again,
    laid_over,
    with_apps,
    with_count,
    with_image,
    with_other,
)
from app.agent.rules.reading import EarlierTurn, KnownApp, Outcome, Wish, World
from app.agent.rules.senses import AppMention, Count, Item, Role
from app.agent.rules.tokens import tokenize
from app.core.errors import InvalidInput
from app.core.images import app_name_from_image

Reader = Callable[[str, World], list[Clause]]
"""Text to clauses, as `read` does it; passed in, so that this module needs no reader of its own."""
_VALUES = frozenset(
    {
        Role.COUNT,
        Role.APP,
        Role.PREP,
        Role.FILLER,
        Role.CONNECT,
        Role.PRONOUN,
        Role.PRODUCT,
        Role.VERSION,
        Role.CATEGORY,
    }
)
"""What a bare value may mean: a number or an app, and nothing that asks for something."""
_SAID_WITH_AN_APP = (Role.COUNT, Role.PORT, Role.MEMORY, Role.CPU, Role.ENV, Role.VERSION, Role.IMAGE, Role.DEGREE)
"""Values that an answer may bring along with the app that was asked for."""
_IN_FULL = frozenset({"autoscale", "run_job", "set_config", "deploy"})
"""Intents whose missing value is a phrase: bounds, a path, a time, a command."""
_LOOKED_AT = 500
_DEEPEST = 8
"""Turns that "again" may lean on each other."""


def focus_of(world: World, index: AppIndex) -> Focus:
    """What "it" means at the beginning of this turn."""
    for back, turn in enumerate(reversed(world.earlier)):
        names = _apps_of(turn) or _spoken_of(turn, index)
        known = tuple(name for name in names if name in index.apps)
        if known:
            return Focus(known, implied=back == 0 and len(known) == 1)
        if names and back == 0:
            return Focus()
    return Focus()


def _spoken_of(turn: EarlierTurn, index: AppIndex) -> tuple[str, ...]:
    """The apps that a turn named though nothing was called."""
    tokens = tokenize(turn.text[:_LOOKED_AT])
    found = [index.word(token.low, token.text) for token in tokens]
    return tuple(dict.fromkeys(mention.names[0] for mention in found if mention and mention.how == "exact"))


def _apps_of(turn: EarlierTurn) -> tuple[str, ...]:
    names: list[str] = []
    for wish in turn.wishes:
        names.extend(_named_in(wish))
    if not names and len(turn.candidates) == 1:
        names.extend(turn.candidates)
    return tuple(dict.fromkeys(names))


def _named_in(wish: Wish) -> list[str]:
    arguments = wish.arguments
    if "apps" in arguments:
        return [str(name) for name in arguments["apps"]]
    if wish.tool == "deploy":
        try:
            return [str(arguments.get("name") or app_name_from_image(str(arguments.get("image", ""))))]
        except InvalidInput:
            return []
    return [str(arguments["app"])] if arguments.get("app") else []


def completed(found: Sequence[Clause], world: World, read: Reader, index: AppIndex, text: str = "") -> list[Clause]:
    """The clauses with what the turn before gives them; unchanged where this turn stands by itself. `text` is what
    they were read from."""
    place = _turn_before(world)
    if not found or place < 0:
        return list(found)
    turn = world.earlier[place]
    first = found[0]
    before = replace(world, apps=_as_then(world, turn), earlier=world.earlier[:place][-_DEEPEST:])
    asked = turn.outcome in (Outcome.CLARIFY, Outcome.REFUSE) and place == len(world.earlier) - 1
    if len(found) == 1 and asked and (whole := _in_full(first, turn, before, read, text)):
        return whole
    if len(found) == 1 and asked and (answered := _answered(first, turn, before, read, index)):
        return answered
    if len(found) == 1 and _narrows(first, turn):
        return [added_to(clause, first) for clause in _acting(read(turn.text, before))]
    if len(found) == 1 and (again := _again(first, turn, before, read, index)):
        return again
    if first.lead == "correction" and _is_piece(first):
        earlier = _acting(read(turn.text, before))
        if earlier:
            return [*(laid_over(clause, first) for clause in earlier[-1:]), *found[1:]]
    return [carried_on(clause, turn) for clause in found]


def _as_then(world: World, turn: EarlierTurn) -> tuple[KnownApp, ...]:
    """The apps without those that the turn made, so that its sentence is read as it was meant."""
    made = {name for wish in turn.wishes if wish.tool == "deploy" for name in _named_in(wish)}
    return tuple(app for app in world.apps if app.name not in made)


def _turn_before(world: World) -> int:
    """The latest turn that wished for something; "thanks" in between changes nothing. -1 without one."""
    for place in range(len(world.earlier) - 1, -1, -1):
        turn = world.earlier[place]
        if turn.wishes or turn.outcome in (Outcome.CLARIFY, Outcome.REFUSE):
            return place
    return -1


def _answered(first: Clause, turn: EarlierTurn, before: World, read: Reader, index: AppIndex) -> list[Clause]:
    """The turn before with the answer in it; empty where this is no answer."""
    verbal = [name for name in turn.candidates if " " in name and first.verb and _says(first, name)]
    if len(verbal) == 1 and not first.any(Role.APP):
        return read(verbal[0], before)
    earlier = _acting(read(turn.text, before))
    if not _is_piece(first) or _asks_for_more(first, earlier):
        return []
    chosen = _chosen(first, turn.candidates)
    if turn.outcome is Outcome.REFUSE and not first.any_of(Role.APP, Role.COUNT):
        return []
    if len(chosen) == 1 and chosen[0] not in index.apps and " " in chosen[0]:
        return read(chosen[0], before)
    if not earlier:
        return []
    if chosen and all(name in index.apps for name in chosen):
        if first.any_of(*_SAID_WITH_AN_APP):
            return [laid_over(clause, first) for clause in earlier]
        return [with_apps(clause, chosen) for clause in earlier]
    if len(chosen) == 1 and chosen[0].isdigit():
        return [with_count(clause, int(chosen[0]), chosen[0]) for clause in earlier]
    if chosen and intent_of(earlier[0]) == "deploy" and not first.any(Role.COUNT):
        return [with_image(earlier[0], chosen[0]), *earlier[1:]]
    if first.any_of(
        Role.APP, Role.COUNT, Role.IMAGE, Role.PRODUCT, Role.MEMORY, Role.CPU, Role.PORT, Role.ENV, Role.NAME
    ):
        return [laid_over(earlier[0], first), *earlier[1:]]
    return []


def _in_full(first: Clause, turn: EarlierTurn, before: World, read: Reader, text: str) -> list[Clause]:
    """The question's sentence with the answer behind it, read as one: "autoscale web" and "between 2 and 5". Only for
    wishes whose answer is more than one word of a list, and only where the whole is still the same wish."""
    if not text or turn.outcome is not Outcome.CLARIFY or not _is_piece(first):
        return []
    earlier = _acting(read(turn.text, before))
    intent = intent_of(earlier[-1]) if earlier else ""
    listed = bool(turn.candidates) and intent != "run_job"
    if intent not in _IN_FULL or listed or len(turn.text) + len(text) > _LOOKED_AT:
        return []
    whole = _acting(read(f"{turn.text} {text}", before))
    return whole if [intent_of(clause) for clause in whole] == [intent_of(clause) for clause in earlier] else []


def _asks_for_more(first: Clause, earlier: Sequence[Clause]) -> bool:
    """A request of its own that has no verb: "logs of nginx"."""
    own = intent_of(first)
    return bool(own) and first.any(Role.NOUN) and own not in [intent_of(clause) for clause in earlier]


def _says(clause: Clause, candidate: str) -> bool:
    """The verb alone picks a candidate: "delete" for "delete web"."""
    return clause.items[clause.head].text.lower() == candidate.split()[0].lower()


def _chosen(clause: Clause, candidates: Sequence[str]) -> list[str]:
    """The candidates an answer picks: by place, by "both" or "all", by name."""
    if not candidates:
        return []
    picked = []
    for item in clause.items:
        place = item.sense(Role.ORDINAL)
        if place and abs(int(place)) <= len(candidates):
            picked.append(candidates[int(place) - 1 if int(place) > 0 else int(place)])
    if picked:
        return picked
    if clause.any(Role.ALL) or clause.any(Role.PRONOUN, "them"):
        return list(candidates)
    words = {item.text.lower() for item in clause.items}
    whole = " ".join(item.text.lower() for item in clause.items)
    return [name for name in candidates if name.lower() in words or name.lower() == whole] or [
        name for name in candidates if " " in name and name.lower().split()[0] in words
    ]


def _again(first: Clause, turn: EarlierTurn, before: World, read: Reader, index: AppIndex) -> list[Clause]:
    """As in "do it again", "same for api", "the other one as well", "what about redis?"."""
    repeats = first.any(Role.AGAIN, "repeat")
    same = first.any(Role.AGAIN, "same") or first.any(Role.AGAIN, "other", "others") or first.ask == "whatabout"
    piece = _is_piece(first) or first.ask == "whatabout"
    leaning = first.any(Role.CONNECT, "and") or same
    if not piece or not (repeats or leaning or _bare_value(first, turn)):
        return []
    earlier = _acting(completed(read(turn.text, before), before, read, index))
    if not earlier:
        return []
    if intent_of(earlier[-1]) == "deploy" and (changed := deployed_again(earlier[-1], first)):
        return [changed]
    names = _apps_in(first)
    if first.any(Role.AGAIN, "other", "others"):
        names = tuple(name for name in index.names if name not in _apps_of(turn))
        if len(names) > 1 and not first.any(Role.AGAIN, "others"):
            return [with_other(clause, first) for clause in earlier]
    counts = [item for item in first.items if isinstance(item.value, Count)]
    if names:
        earlier = [with_apps(clause, names) for clause in earlier]
    if first.any_of(Role.PORT, Role.IMAGE):
        return [laid_over(clause, first) for clause in earlier]
    if counts:
        earlier = [laid_over(clause, replace(first, items=tuple(counts))) for clause in earlier]
    return earlier if names or counts or (repeats and not first.any(Role.AGAIN, "other", "others")) else []


def _narrows(first: Clause, turn: EarlierTurn) -> bool:
    """Only which lines of the logs that were shown, or which revision: "just the errors", "to revision 1"."""
    back = bool(turn.wishes) and all(wish.tool == "rollback" for wish in turn.wishes)
    if back and first.mood is Mood.PIECE and first.any_of(Role.REVISION, Role.VERSION) and not first.verb:
        return not first.any_of(Role.APP, Role.NOUN)
    shown = bool(turn.wishes) and all(wish.tool == "logs" for wish in turn.wishes)
    own = first.any_of(Role.APP, Role.NOUN, Role.PRONOUN, Role.UNKNOWN, Role.ASK)
    return shown and first.mood in (Mood.PIECE, Mood.STATEMENT) and first.any(Role.PROBLEM) and not own


def _bare_value(first: Clause, turn: EarlierTurn) -> bool:
    """As in "6" or "api too" right after an order."""
    said = {role for item in first.items if not item.has(Role.NOT, "instead") for role in item.senses}
    last = turn.wishes[-1].tool if turn.wishes else ""
    more = {"expose": {Role.PORT}, "update_image": {Role.IMAGE, Role.VERSION}}.get(last, set())
    return bool(turn.wishes) and said <= _VALUES | more


def _is_piece(clause: Clause) -> bool:
    """Leans on something before it: no verb of its own, or only "make it 6"."""
    if clause.mood is Mood.PIECE and not clause.verb:
        return True
    return clause.mood is Mood.ORDER and clause.verb in ("make", "do", "say", "add") and not clause.any(Role.NOUN)


def _acting(found: Sequence[Clause]) -> list[Clause]:
    """The clauses that wish for something."""
    return [clause for clause in found if not clause.negated and clause.mood is not Mood.STATEMENT]


def _apps_in(clause: Clause) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for item in clause.items if _mentions(item) for name in item.value.names))


def _mentions(item: Item) -> bool:
    return isinstance(item.value, AppMention) and item.has(Role.APP) and (item.value.sure or len(item.value.names) == 1)
