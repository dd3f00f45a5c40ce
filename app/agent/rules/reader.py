"""The way from a message to a reading, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.agent.rules.clause import Clause, Mood
from app.agent.rules.clauses import MOST, clauses
from app.agent.rules.compose import compose
from app.agent.rules.context import completed, focus_of
from app.agent.rules.cursor import Cursor
from app.agent.rules.deploying import shell_refusal
from app.agent.rules.dockerrun import docker_run, is_docker_run
from app.agent.rules.entities import ItemReader
from app.agent.rules.filters import Focus
from app.agent.rules.grammar import changes
from app.agent.rules.lexicon import detect, lexicon
from app.agent.rules.merging import merged
from app.agent.rules.modelserving import serving
from app.agent.rules.names import AppIndex
from app.agent.rules.pasted import manifest_step
from app.agent.rules.plan import plan
from app.agent.rules.postpositions import turned, verbs_marked
from app.agent.rules.reading import KnownApp, Reading, Wish, World
from app.agent.rules.replies import msg
from app.agent.rules.segments import spaced
from app.agent.rules.senses import Item, Role
from app.agent.rules.setphrases import set_phrase
from app.agent.rules.steps import Step, answer, ask, do, refuse, wish
from app.agent.rules.text import MAX_CHARS, Message, split_message
from app.agent.rules.tokens import Token, tokenize
from app.agent.rules.units import settle
from app.agent.rules.yesno import plain_answer

MAX_TOKENS = 1000
"""Words and signs of one message; a longer one is prose, and prose is not guessed at."""
_SAMPLED, _DETECTED_ON = 400, 40
"""Characters and words that settle the language."""
_TELLING = ("logs", "events")
_SHOWING = frozenset({"here", "this", "see", "got", "get", "following", "says"})
"""Words before a colon that announce somebody else's text."""


def read(text: str, world: World) -> Reading:
    """What `text` asks for, in `world`. Never raises for any text; linear in its length."""
    message = split_message(text)
    if message.manifest:
        return compose([manifest_step(message, world.tools)], "en")
    if len(text) > MAX_CHARS:
        return compose([refuse("too-long", "invalid_value", msg("too_long"))], "en")
    if not any(char.isalnum() for char in text):
        return compose([_empty(text, world)], "en")
    index = AppIndex(world.apps, world.objects)
    prose = spaced(message.prose)
    code = language_of(prose, index)
    if is_docker_run(message.prose):
        return compose([docker_run(message.prose, index) if "deploy" in world.tools else _no_deploy()], code)
    if step := serving(message.prose, world) or set_phrase(message.prose, world):
        return compose([step], code)
    if plain_answer(message.prose) is not None:
        return compose([_yes_or_no(message.prose, code, world)], code)
    message = replace(message, prose=prose)
    tokens = tokenize(prose, lexicon(code).contractions, most=MAX_TOKENS)
    if len(tokens) > MAX_TOKENS:
        return compose([refuse("too-long", "invalid_value", msg("too_many_words"))], code)
    items = items_of(message.prose, tokens, code, index)
    if special := _special(items, message):
        return compose([special], code)
    return compose(_steps(message, items, world, index), code)


def items_of(prose: str, tokens: Sequence[Token], code: str, index: AppIndex) -> list[Item]:
    """The items of a text, without what is somebody else's text in it."""
    found = ItemReader(Cursor(prose, tokens, lexicon(code), index)).items()
    words = lexicon(code)
    found = turned(found) if words.postposed else found
    return settle(_without_data(verbs_marked(found) if words.verb_last else found))


def _without_data(items: list[Item]) -> list[Item]:
    """What somebody says a log or a message said is data: "the log says ...", "here is a log: ..."."""
    if not any(item.has(Role.NOUN, *_TELLING) for item in items):
        return items
    asked = next((place for place, item in enumerate(items) if item.has(Role.ASK)), len(items))
    for place, item in enumerate(items):
        near = items[max(place - 3, 0) : place]
        if not any(other.has(Role.NOUN, *_TELLING) for other in near):
            continue
        told = item.has(Role.VERB, "say") and asked > place
        shown = item.has(Role.COLON) and any(other.text.lower() in _SHOWING for other in items[:place])
        if told or shown:
            return [*items[:place], *(other for other in items[place:] if other.has(Role.ORDERS))]
    return items


def clauses_of(text: str, world: World) -> list[Clause]:
    """The clauses of an earlier turn, read again in the world of now."""
    prose = spaced(split_message(text[:MAX_CHARS]).prose)
    index = AppIndex(world.apps, world.objects)
    code = language_of(prose, index)
    tokens = tokenize(prose, lexicon(code).contractions, most=MAX_TOKENS)[:MAX_TOKENS]
    items = items_of(prose, tokens, code, index)
    found = merged(clauses(items))
    return completed(found, world, clauses_of, index, prose)


def _steps(message: Message, items: Sequence[Item], world: World, index: AppIndex) -> list[Step]:
    found = merged(clauses(items))
    found = completed(found, world, clauses_of, index, message.prose)
    if len(found) > MOST:
        return [refuse("too-long", "invalid_value", msg("too_long"))]
    focus = focus_of(world, index)
    steps: list[Step] = []
    told: list[bool] = []
    for clause in found:
        made = plan(clause, index, focus, world.tools)
        if clause.lead in ("shell", "semicolon") and not _plainly_ordered(clause, made):
            return [shell_refusal(_after_verb(message.prose, found[0]))]
        told.extend([clause.mood is Mood.STATEMENT] * len(made))
        steps.extend(made)
        index = _with_planned(index, made)
        focus = _moved(focus, made, index)
    steps = _foreground(_looked_into(steps, found), told) if len(steps) == len(found) else _foreground(steps, told)
    if any(item.has(Role.OVERRIDE, "prompt") for item in items):
        return [refuse("override", "injection", msg("no_override"))]
    if any(item.has(Role.OVERRIDE) for item in items):
        return _pressed(steps)
    return steps


def _plainly_ordered(clause: Clause, made: Sequence[Step]) -> bool:
    """After a shell's separator only a full order counts: verb, app, and nothing a shell would take."""
    strange = clause.any_of(Role.UNKNOWN, Role.PATH, Role.OPTION, Role.SHELL)
    named = clause.any_of(Role.APP, Role.IMAGE, Role.PRODUCT, Role.PRONOUN, Role.ALL)
    return any(step.wishes for step in made) and bool(clause.verb) and named and not strange


def _after_verb(prose: str, first: Clause) -> str:
    start = first.items[first.head].end if first.head >= 0 else 0
    return prose[start:].strip()


def _with_planned(index: AppIndex, made: Sequence[Step]) -> AppIndex:
    """The apps as they will be after these steps, so that the same message can go on about them."""
    apps = dict(index.apps)
    for step in made:
        for wanted in step.wishes:
            given = wanted.arguments
            if wanted.tool == "deploy" and step.apps and step.apps[0] not in apps:
                apps[step.apps[0]] = KnownApp(
                    step.apps[0], str(given["image"]), int(given.get("replicas", 1)), status=""
                )
            elif (old := apps.get(str(given.get("app")))) is not None:
                apps[old.name] = _changed_by(wanted, old)
    return AppIndex(list(apps.values()), index.objects) if apps != index.apps else index


def _changed_by(wanted: Wish, app: KnownApp) -> KnownApp:
    given = wanted.arguments
    if wanted.tool in ("scale", "stop", "start"):
        count = int(given.get("replicas", 0 if wanted.tool == "stop" else app.last_replicas or 1))
        return replace(app, replicas=count, last_replicas=app.replicas or app.last_replicas)
    if wanted.tool == "update_image":
        return replace(app, image=str(given["image"]))
    return app


def _looked_into(steps: Sequence[Step], found: Sequence[Clause]) -> list[Step]:
    """ "Web is down, have a look": the look is for the cause. A question how to mend it is answered with that."""
    kept = list(steps)
    for place, (step, clause) in enumerate(zip(steps, found, strict=True)):
        earlier = [made for made in kept[:place] if made.rule == "analyze" and made.wishes]
        if not earlier:
            continue
        bare = clause.verb == "check" and not clause.any_of(Role.APP, Role.NOUN, Role.UNKNOWN)
        asked = clause.mood is Mood.HOWTO and clause.lead in ("and", "break")
        if bare:
            kept[place] = earlier[-1]
        elif asked and step.wishes:
            kept[place] = Step(apps=step.apps, rule="statement")
    return kept


def _foreground(steps: Sequence[Step], told: Sequence[bool]) -> list[Step]:
    """What is only told ("web is down") is the background of what is asked for or ordered beside it."""
    asked = any(step.wishes or step.outcome for step, is_told in zip(steps, told, strict=True) if not is_told)
    return [Step(apps=step.apps) if is_told and asked else step for step, is_told in zip(steps, told, strict=True)]


def _moved(focus: Focus, made: Sequence[Step], index: AppIndex) -> Focus:
    """The focus after these steps; an app that was only spoken of and is not there is no "it"."""
    names = tuple(dict.fromkeys(name for step in made for name in step.apps if name in index.apps))
    if not names:
        return focus
    altered = tuple(name for step in made if any(changes(one.tool) for one in step.wishes) for name in step.apps)
    said = tuple(dict.fromkeys((*focus.said, *names)))
    return Focus(names, said, (*focus.changed, *altered), implied=len(names) == 1)


def language_of(prose: str, index: AppIndex) -> str:
    """The language of a text, by the words that are no app's name."""
    lows = [token.low for token in tokenize(prose[:_SAMPLED])[:_DETECTED_ON]]
    return detect([low for low in lows if index.word(low) is None])


def _empty(text: str, world: World) -> Step:
    if "?" in text and "help" in world.tools:
        return do("help", wish("help", {}))
    return ask("empty", "intent", msg("not_understood"))


def _yes_or_no(prose: str, code: str, world: World) -> Step:
    """Never an action here. A bare "stop" may also be an order without its app, so it is asked about."""
    tokens = tokenize(prose)
    found = lexicon(code).match(tokens, 0) if tokens else None
    if found and found[0].senses.get(Role.VERB) == "stop" and world.apps:
        names = tuple(app.name for app in world.apps)
        return ask("stop.app", "app", msg("which_app_for", verb="stop", names=names), candidates=names)
    return answer("yes-no", msg("nothing_pending"))


def _no_deploy() -> Step:
    return refuse("deploy.unbound", "unsupported", msg("cannot_yet", what="deploy apps"))


def _special(items: Sequence[Item], message: Message) -> Step | None:
    """Greetings, thanks, orders to obey a log, and talk that is about nothing here."""
    if any(item.has(Role.ORDERS) for item in items):
        return refuse("injection", "injection", msg("injection"))
    spoken = [item for item in items if not item.senses.keys() & {Role.END, Role.BREAK, Role.FILLER, Role.COLON}]
    greetings = [item for item in items if item.has(Role.GREETING)]
    if greetings and all(item.has(Role.GREETING) or item.has(Role.FILLER) for item in spoken):
        return answer("greeting", msg(greetings[-1].sense(Role.GREETING)))
    if not spoken and message.pasted:
        return ask("pasted", "intent", msg("not_understood"))
    return None


def _pressed(steps: Sequence[Step]) -> list[Step]:
    """Pressure lifts nothing: whatever ends an app is asked for as if it had been chosen by a filter."""
    found = [
        replace(step, wishes=tuple(replace(made, by_filter=True) for made in step.wishes))
        for step in steps
        if step.wishes
    ]
    return found or [refuse("override", "injection", msg("no_override"))]
