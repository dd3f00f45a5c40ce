"""The way from a message to a reading, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.agent.rules.clauses import Clause, Mood, clauses
from app.agent.rules.compose import compose
from app.agent.rules.context import completed, focus_of
from app.agent.rules.deploying import shell_refusal
from app.agent.rules.dockerrun import docker_run, is_docker_run
from app.agent.rules.entities import ItemReader
from app.agent.rules.grammar import intent_of
from app.agent.rules.lexicon import detect, lexicon
from app.agent.rules.names import AppIndex
from app.agent.rules.overlay import laid_over
from app.agent.rules.pasted import manifest_step
from app.agent.rules.plan import plan
from app.agent.rules.reading import KnownApp, Reading, World
from app.agent.rules.replies import cited, msg
from app.agent.rules.senses import Item, Role
from app.agent.rules.steps import Step, answer, ask, do, refuse, wish
from app.agent.rules.targets import Focus
from app.agent.rules.text import MAX_CHARS, Message, split_message
from app.agent.rules.tokens import Token, tokenize
from app.agent.rules.units import settle
from app.agent.rules.yesno import plain_answer

_DETECTED_ON = 40
"""Words that settle the language."""


def read(text: str, world: World) -> Reading:
    """What `text` asks for, in `world`. Never raises for any text; linear in its length."""
    message = split_message(text)
    if message.manifest:
        return compose([manifest_step(message, world.tools)], "en")
    if len(text) > MAX_CHARS:
        return compose([refuse("too-long", "invalid_value", msg("too_long"))], "en")
    if not any(char.isalnum() for char in text):
        return compose([_empty(text, world)], "en")
    index = AppIndex(world.apps)
    code = _language(message.prose)
    if is_docker_run(message.prose):
        return compose([docker_run(message.prose, index) if "deploy" in world.tools else _no_deploy()], code)
    if plain_answer(message.prose) is not None and not _leans_on_question(world):
        return compose([_yes_or_no(message.prose, code, world)], code)
    items = items_of(message.prose, code, index)
    if special := _special(items, message):
        return compose([special], code)
    return compose(_steps(message, items, world, index), code)


def items_of(prose: str, code: str, index: AppIndex) -> list[Item]:
    """The items of a text, without the phrases that try to switch the checks off."""
    words = lexicon(code)
    tokens = tokenize(prose, words.contractions)
    return settle(_without_data(ItemReader(prose, tokens, words, index).items()))


def _without_data(items: list[Item]) -> list[Item]:
    """What somebody says a log or a message said is data: "the log says ...", "here is a log: ..."."""
    for place, item in enumerate(items):
        before = items[:place]
        told = item.has(Role.VERB, "say") and any(other.has(Role.NOUN, "logs", "events") for other in before[-3:])
        shown = item.has(Role.COLON) and any(other.has(Role.NOUN, "logs", "events") for other in before[-2:]) and any(
            other.text.lower() in ("here", "this", "see", "got", "get", "following", "says") for other in before
        )
        if (told and not any(other.has(Role.ASK) for other in before)) or shown:
            return [*before, *(other for other in items[place:] if other.has(Role.ORDERS))]
    return items


def clauses_of(text: str, world: World) -> list[Clause]:
    """The clauses of an earlier turn, read again in the world of now."""
    prose = split_message(text[:MAX_CHARS]).prose
    index = AppIndex(world.apps)
    found = _merged([_unpressed(clause) for clause in clauses(items_of(prose, _language(prose), index))])
    return completed(found, world, clauses_of, index)


def _steps(message: Message, items: Sequence[Item], world: World, index: AppIndex) -> list[Step]:
    found = _merged([_unpressed(clause) for clause in clauses(items)])
    found = completed(found, world, clauses_of, index)
    wanted = [clause for clause in found if clause.mood is not Mood.STATEMENT or clause.verb]
    focus = focus_of(world, index)
    steps: list[Step] = []
    for clause in found:
        made = plan(clause, index, focus, world.tools)
        if clause.lead == "shell" and not _plainly_ordered(clause, made):
            return [shell_refusal(_after_verb(message.prose, found[0]))]
        if wanted and _beside(clause, made):
            made = [Step(apps=step.apps) for step in made]
        steps.extend(made)
        focus = _moved(focus, made)
        index = _with_planned(index, made)
    if any(item.has(Role.OVERRIDE, "prompt") for item in items):
        return [refuse("override", "injection", msg("no_override"))]
    if any(item.has(Role.OVERRIDE) for item in items):
        return _pressed(steps)
    return _answered_once(steps, found)


def _plainly_ordered(clause: Clause, made: Sequence[Step]) -> bool:
    """After a shell's separator only a full order counts: verb, app, and nothing a shell would take."""
    strange = clause.senses_of(Role.UNKNOWN, Role.PATH, Role.OPTION, Role.SHELL)
    named = clause.senses_of(Role.APP, Role.IMAGE, Role.PRODUCT, Role.PRONOUN, Role.ALL)
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
                apps[step.apps[0]] = KnownApp(step.apps[0], str(given["image"]), int(given.get("replicas", 1)), status="")
            elif wanted.tool == "scale" and given["app"] in apps:
                old = apps[given["app"]]
                apps[old.name] = replace(old, replicas=int(given["replicas"]), last_replicas=old.replicas or old.last_replicas)
    return AppIndex(list(apps.values())) if apps != index.apps else index


def _beside(clause: Clause, made: Sequence[Step]) -> bool:
    """A statement beside a wish is its background, unless it complains of an app that is there."""
    return clause.mood is Mood.STATEMENT and not any(step.wishes for step in made)


def _moved(focus: Focus, made: Sequence[Step]) -> Focus:
    names = tuple(dict.fromkeys(name for step in made for name in step.apps))
    if not names:
        return focus
    return Focus(names, tuple(dict.fromkeys((*focus.said, *names))), implied=len(names) == 1)


def _language(prose: str) -> str:
    return detect([token.low for token in tokenize(prose[:400])[:_DETECTED_ON]])


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


def _leans_on_question(world: World) -> bool:
    """After a question of ours, "no, ..." may be a correction; a plain yes or no never is."""
    return False


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


def _unpressed(clause: Clause) -> Clause:
    """Without the words that claim authority or wave the checks away."""
    if not clause.any(Role.OVERRIDE):
        return clause
    kept = [place for place, item in enumerate(clause.items) if not item.has(Role.OVERRIDE)]
    head = kept.index(clause.head) if clause.head in kept else -1
    return replace(clause, items=tuple(clause.items[place] for place in kept), head=head)


def _pressed(steps: Sequence[Step]) -> list[Step]:
    """Pressure lifts nothing: whatever ends an app is asked for as if it had been chosen by a filter."""
    found = [
        replace(step, wishes=tuple(replace(made, by_filter=True) for made in step.wishes)) for step in steps if step.wishes
    ]
    return found or [refuse("override", "injection", msg("no_override"))]


def _merged(found: Sequence[Clause]) -> list[Clause]:
    """Corrections and ellipses laid over the clause before them, values that belong to a deploy put into it."""
    done: list[Clause] = []
    for clause in found:
        before = done[-1] if done else None
        if before is None:
            done.append(clause)
        elif clause.lead == "correction":
            done[-1] = laid_over(before, clause) if _piece(clause) else clause
        elif _belongs(clause, before):
            done[-1] = replace(before, items=(*before.items, *clause.items))
        elif _piece(clause) and _elided(clause, before):
            done.append(laid_over(before, clause))
        else:
            done.append(clause)
    return done


def _piece(clause: Clause) -> bool:
    return clause.mood is Mood.PIECE and not clause.verb


def _elided(clause: Clause, before: Clause) -> bool:
    """"scale web to 5, api to 3"; "I don't want 5, 2 is enough"."""
    if before.mood is not Mood.ORDER:
        return False
    own = intent_of(clause)
    return own in ("vague", "bare_app", "scale") and (clause.any(Role.APP) or clause.any(Role.COUNT))


_SLOT_INTENTS = frozenset({"set_env", "set_resources", "expose", "set_config", "vague", "autoscale", "statement"})
_DEPLOY_SLOTS = (Role.ENV, Role.MEMORY, Role.CPU, Role.GPU, Role.PORT, Role.NAME, Role.PATH, Role.VOLUME, Role.ARGUMENTS, Role.LABEL)


def _belongs(clause: Clause, before: Clause) -> bool:
    """Values said after a deploy, of no app that is there: "put it up. It should have 256 megs"."""
    if intent_of(before) != "deploy" or before.negated or clause.negated or clause.any(Role.APP):
        return False
    if clause.lead == "shell" and (clause.verb or clause.any(Role.UNKNOWN)):
        return False
    slots = any(clause.any(role) for role in _DEPLOY_SLOTS) or (clause.verb == "expose" and clause.any(Role.COUNT))
    return slots and intent_of(clause) in _SLOT_INTENTS and clause.mood in (Mood.PIECE, Mood.ORDER, Mood.STATEMENT)


def _answered_once(steps: Sequence[Step], found: Sequence[Clause]) -> list[Step]:
    return list(steps)


def _part(clause: Clause) -> str:
    return cited(" ".join(item.text for item in clause.items))


__all__ = ["clauses_of", "items_of", "read", "Token"]
