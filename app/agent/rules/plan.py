"""An intent with its clause to a checked step: the right app or a question, a valid value or a refusal.

What the orchestrator's bound tools cannot do is recognised all the same and refused in words, never bent into
something it can do; a question may be answered by a nearby read-only tool.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from app.agent.rules import (
    plan_changes,
    plan_config,
    plan_expose,
    plan_jobs,
    plan_looks,
    plan_money,
    plan_objects,
    plan_scaling,
    plan_setup,
)
from app.agent.rules.clause import Clause, Mood
from app.agent.rules.conditions import supposition, timed, under_condition
from app.agent.rules.deploying import deploy
from app.agent.rules.filters import Focus
from app.agent.rules.grammar import changes, changes_of, intent_of, looks_of, topic_of
from app.agent.rules.grammar_looks import FALLBACK
from app.agent.rules.names import AppIndex
from app.agent.rules.replies import cited, msg, plain
from app.agent.rules.scene import Scene, scene
from app.agent.rules.senses import Role
from app.agent.rules.steps import Step, answer, ask, do, refuse, wish
from app.agent.rules.vocabulary import phrases
from app.agent.rules.vocabulary.glossary import GLOSSARY
from app.agent.rules.vocabulary.say_en import INTENTS_EN

_NO_LONGER = frozenset({"no longer", "no more", "ya no", "nicht mehr", "ne plus", "não mais"})
_ENDS: Mapping[str, str] = {
    "autoscale": "autoscale_off",
    "scale": "autoscale_off",
    "deploy": "stop",
    "start": "stop",
    "list": "stop",
    "expose": "unexpose",
}
Handler = Callable[[Scene], Step | list[Step]]


def plan(clause: Clause, index: AppIndex, focus: Focus, tools: frozenset[str]) -> list[Step]:
    """The steps of one clause."""
    several = [] if clause.negated else looks_of(clause) or changes_of(clause)
    if several:
        return [step for intent in several for step in steps_for(clause, intent, index, focus, tools)]
    return steps_for(clause, intent_of(clause), index, focus, tools)


def steps_for(clause: Clause, intent: str, index: AppIndex, focus: Focus, tools: frozenset[str]) -> list[Step]:
    """The steps of a clause if it means `intent`."""
    if clause.negated and (ended := _ended(clause, intent)):
        clause, intent = replace(clause, negated=False), ended
    here = scene(clause, intent, index, focus, tools)
    if intent == "start" and clause.any(Role.CATEGORY) and here.target.doubt in ("none", "unknown", ""):
        here = here if here.target.settled else replace(here, intent="deploy")
    if clause.any(Role.OFFTOPIC) and not changes(intent):
        return [answer("offtopic", msg("offtopic"))]
    if clause.negated:
        return [answer("negated", msg("nothing_done"), apps=here.target.names)]
    if (
        changes(intent)
        and clause.mood in (Mood.ORDER, Mood.PIECE)
        and intent != "set_budget"
        and timed(clause, scheduled=intent in ("run_job", "delete_object"))
    ):
        return [refuse("later", "unsupported", msg("not_later"), apps=here.target.names)]
    if clause.condition and clause.mood is Mood.QUESTION and (supposed := supposition(clause)):
        return [_hypothesis(scene(supposed, "hypothesis", index, focus, tools))]
    if clause.condition and changes(intent) and intent != "autoscale":
        here, stop = under_condition(here)
        if stop is not None:
            return [stop]
    found = _HANDLERS.get(here.intent, _vague)(here)
    return found if isinstance(found, list) else [found]


def _ended(clause: Clause, intent: str) -> str:
    """What "no longer" makes of an intent: "web should no longer scale by itself" ends the autoscaling."""
    if (
        clause.verb in ("need", "use")
        and clause.any(Role.APP)
        and (clause.any(Role.NOUN, "gpu") or clause.any(Role.GPU))
    ):
        return "no_gpu"
    over = any(item.has(Role.NOT) and item.text.lower() in _NO_LONGER for item in clause.items)
    return _ENDS.get(intent, "") if over else ""


def _help(scene: Scene) -> Step:
    topic = topic_of(scene.clause)
    if topic in ("", "help") and scene.clause.mood is not Mood.HOWTO:
        rest = tuple(item for item in scene.clause.items if not item.has(Role.NOUN, "help"))
        verb = next((place for place, item in enumerate(rest) if item.has(Role.VERB)), -1)
        topic = topic_of(replace(scene.clause, items=rest, head=verb)) if rest else ""
    if "help" not in scene.tools:
        return answer("help", msg("not_understood"))
    topic = "" if topic == "help" else topic
    return do("help", wish("help", {"topic": topic}))


def _hypothesis(scene: Scene) -> Step:
    verb = topic_of(scene.clause)
    names = scene.target.names
    key = f"hypothesis_{verb}"
    if names and verb in ("delete", "stop", "restart", "scale"):
        return answer("hypothesis", msg(key, name=names), apps=names)
    return answer("hypothesis", msg("hypothesis"), apps=names)


def _unsupported(scene: Scene) -> Step:
    thing = scene.clause.first(Role.FOREIGN)
    if thing is not None:
        return refuse("unsupported", "unsupported", msg("cannot_thing", what=thing.sense(Role.FOREIGN)))
    what = " ".join(item.text for item in scene.clause.items)
    return refuse("unsupported", "unsupported", msg("cannot_yet", what=cited(what)))


def _vague(scene: Scene) -> Step:
    names = scene.target.names
    if scene.target.settled and not scene.target.by_filter and scene.target.pronoun != "implied" and _app_said(scene):
        return ask("vague", "intent", msg("what_with", name=names), apps=names)
    return Step(say=msg("not_understood"), rule="unknown", confidence=0.2)


def _app_said(scene: Scene) -> bool:
    return scene.clause.any(Role.APP) or scene.clause.any(Role.PRONOUN)


def _vague_end(scene: Scene) -> Step:
    stop = plan_changes.unsettled(scene, "delete")
    if stop is not None:
        return stop
    names = scene.target.names
    candidates = (f"stop {' and '.join(names)}", f"delete {' and '.join(names)}")
    return ask("kill", "intent", msg("stop_or_delete", name=names), candidates=candidates, apps=names)


def _vague_change(scene: Scene) -> Step:
    if scene.target.settled:
        return ask("change", "value", msg("change_what", name=scene.target.names), apps=scene.target.names)
    return ask("change", "intent", msg("change_nothing_named"))


def _concept(scene: Scene) -> Step:
    """The longest term of the glossary that the question has in it."""
    said = f" {' '.join((*(item.text.lower() for item in scene.clause.items), *scene.clause.loose))} "
    found = [(len(term), text) for terms, text in GLOSSARY.items() for term in phrases(terms) if f" {term} " in said]
    return answer("concept", plain(max(found)[1]) if found else msg("concept"))


def _offtopic(scene: Scene) -> Step:
    if scene.target.doubt in ("near", "part", "image"):
        stop = plan_looks.unsettled(scene)
        if stop is not None:
            return stop
    return answer("offtopic", msg("offtopic"), confidence=0.4)


def _statement(scene: Scene) -> Step:
    return Step(apps=scene.target.names, rule="statement", confidence=0.3)


def _apply_path(_scene: Scene) -> Step:
    return refuse("apply.path", "unsupported", msg("cannot_read_files"))


def _deploy(scene: Scene) -> list[Step]:
    if "deploy" not in scene.tools:
        return [cannot("deploy")]
    running = _started_by_image(scene)
    if running:
        say = msg("runs_image", word=cited(scene.clause.all(Role.PRODUCT)[0].text), near=running)
        return [ask("start.image", "app", say, candidates=running)]
    return deploy(scene.clause, scene.index)


def _started_by_image(scene: Scene) -> tuple[str, ...]:
    """For "start nginx" where no app has that name but some run that image: those, as neither is meant for sure."""
    clause = scene.clause
    said = clause.any_of(Role.COUNT, Role.PORT, Role.ENV, Role.NAME, Role.MEMORY, Role.CPU, Role.IMAGE)
    product = clause.first(Role.PRODUCT)
    if clause.verb != "start" or said or product is None:
        return ()
    mention = scene.index.by_image(product.sense(Role.PRODUCT))
    return mention.names if mention else ()


def cannot(intent: str, apps: Sequence[str] = ()) -> Step:
    """The refusal of an intent whose tool is not bound."""
    say = msg("cannot_yet", what=INTENTS_EN.get(intent, "do that"))
    return refuse(f"{intent}.unbound", "unsupported", say, apps=apps)


def _bound(intent: str, handler: Handler) -> Handler:
    """The handler behind the check that there is a tool for it."""

    def checked(scene: Scene) -> Step | list[Step]:
        tool = plan_changes.TOOL_OF.get(intent, intent)
        if tool in scene.tools or intent in scene.tools:
            return handler(scene)
        nearby = FALLBACK.get(intent)
        if nearby is None or nearby not in scene.tools:
            return cannot(tool, scene.target.names)
        return plan_looks.instead(scene, nearby)

    return checked


_FREE: Mapping[str, Handler] = {
    "help": _help,
    "hypothesis": _hypothesis,
    "unsupported": _unsupported,
    "vague": _vague,
    "vague_end": _vague_end,
    "vague_change": _vague_change,
    "concept": _concept,
    "offtopic": _offtopic,
    "statement": _statement,
    "apply_path": _apply_path,
    "deploy": _deploy,
    "bare_app": _vague,
}
_PARTS = (
    plan_looks,
    plan_money,
    plan_changes,
    plan_config,
    plan_setup,
    plan_scaling,
    plan_expose,
    plan_jobs,
    plan_objects,
)
_HANDLERS: Mapping[str, Handler] = {
    **_FREE,
    **{intent: _bound(intent, handler) for part in _PARTS for intent, handler in part.HANDLERS.items()},
}
