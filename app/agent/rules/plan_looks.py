"""The read-only intents. They may act on a near spelling and need no app where the whole can be shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from app.agent.rules.clause import Mood
from app.agent.rules.replies import cited, msg
from app.agent.rules.scene import Scene
from app.agent.rules.senses import Role
from app.agent.rules.slots import log_arguments
from app.agent.rules.steps import Problem, Step, ask, do, refuse, stopped_by, wish
from app.agent.rules.vocabulary.say_en import NOUNS_EN

_OF_ALL = frozenset({"cost", "health_report"})
"""Looks that are about the whole where no app is named, whatever "it" may be."""
_ASKS_ALL = ("howmany", "howmuch", "how", "which", "what", "anything", "who", "when")
_ACTED_ON = frozenset({"near", "part"})


def unsettled(scene: Scene) -> Step | None:
    """The question or refusal for an app that is not clear, None where one app can be looked at."""
    target, intent = scene.target, scene.intent
    if target.settled or (target.doubt in _ACTED_ON and len(target.candidates) == 1):
        return None
    if not scene.index.names:
        return refuse(f"{intent}.no-apps", "not_found", msg("no_apps"))
    names = scene.index.names
    if target.doubt == "unknown":
        near, word = target.candidates, cited(target.word)
        say = msg("no_such_app_near", word=word, near=near) if near else msg("no_such_app", word=word, names=names)
        return refuse(f"{intent}.not-found", "not_found", say, candidates=near or names)
    if target.doubt == "nomatch":
        return refuse(f"{intent}.no-match", "not_found", msg("no_app_matches"))
    if target.doubt == "filter":
        say = msg("unknown_filter", word=cited(target.word), names=names)
        return ask(f"{intent}.filter", "app", say, candidates=names)
    offered = target.candidates or names
    if target.doubt == "image":
        say = msg("runs_image", word=cited(target.word), near=offered)
    elif target.doubt == "either":
        say = msg("either", names=offered)
    else:
        say = msg("which_app", names=offered)
    return ask(f"{intent}.app", "app", say, candidates=offered)


def apps_of(scene: Scene) -> tuple[str, ...]:
    """The apps to look at, a near spelling included."""
    target = scene.target
    return target.names if target.settled else target.candidates[:1]


def _optional(scene: Scene, tool: str, *, each: bool = True, note: bool = False) -> Step:
    """A look that needs no app: the whole where none is named."""
    target = scene.target
    if scene.clause.ask == "which" and not target.settled and target.doubt == "none":
        return do(scene.intent, wish(tool, {}, intent=scene.intent), note=_note(scene, note))
    implied = target.pronoun == "implied" and not (scene.clause.lead in ("and", "then", "break") and target.settled)
    vaguely = scene.intent in _OF_ALL and target.doubt in ("none", "unknown") and not scene.clause.any(Role.APP)
    whole = (
        implied
        or vaguely
        or (
            (target.everything or target.by_filter or target.doubt in ("none", "empty", "nomatch", "filter"))
            and not target.pronoun
        )
    )
    said = scene.clause.any(Role.APP) or scene.clause.any(Role.PRONOUN) or target.by_filter
    if whole or (target.settled and not said and not each) or _only_mentioned(scene):
        return do(scene.intent, wish(tool, {}, intent=scene.intent), note=_note(scene, note))
    stop = unsettled(scene)
    if stop is not None:
        return stop
    names = apps_of(scene)
    wishes = (wish(tool, {"app": name}, intent=scene.intent) for name in names)
    confidence = 0.95 if target.settled else 0.7
    return do(scene.intent, *wishes, apps=names, note=_note(scene, note), confidence=confidence)


def _only_mentioned(scene: Scene) -> bool:
    """Unknown words in a question about the whole are no app: "which apps live in team-a"."""
    clause, target = scene.clause, scene.target
    if target.doubt != "unknown" or scene.intent not in ("list", "status", "events", "metrics", "cost", "history"):
        return False
    asked = clause.mood is Mood.QUESTION and clause.ask in _ASKS_ALL
    return asked or clause.any(Role.NOUN, "apps") or clause.any(Role.NOUN, "cluster")


def _note(scene: Scene, wanted: bool) -> Any:
    return msg("no_lookup", what=NOUNS_EN.get(scene.intent, scene.intent)) if wanted else None


def instead(scene: Scene, tool: str) -> Step:
    """A nearby tool for a look whose own tool is not bound; it says so where the answer is another one."""
    if scene.intent == "analyze":
        return _troubled(scene, tool)
    if tool == "describe":
        stop = unsettled(scene)
        if stop is not None:
            return stop
    return _optional(scene, tool, note=scene.intent in ("history", "diff", "metrics"))


def _troubled(scene: Scene, tool: str) -> Step:
    """A question for a cause: of the app named, of all, else of the only one in trouble."""
    target = scene.target
    general = scene.clause.ask in _ASKS_ALL and target.doubt == "none" and not scene.clause.any(Role.PRONOUN)
    if not scene.clause.any(Role.APP) and (
        scene.clause.any(Role.ALL) or (general and scene.clause.any(Role.NOUN, "apps"))
    ):
        return do(scene.intent, wish(tool, {}, intent=scene.intent))
    if not target.settled and target.doubt in ("none", "unknown"):
        troubled = scene.index.with_health("bad")
        if len(troubled) == 1 and target.doubt == "none":
            return do(scene.intent, wish(tool, {"app": troubled[0]}, intent=scene.intent), apps=troubled)
    stop = unsettled(scene)
    if stop is not None:
        return stop
    names = apps_of(scene)
    if not any(item.has(Role.BREAK) or item.has(Role.CONNECT, "and") for item in scene.clause.items):
        names = names[:1]
    return do(scene.intent, *(wish(tool, {"app": name}, intent=scene.intent) for name in names), apps=names)


def _analyze(scene: Scene) -> Step:
    return _troubled(scene, "analyze")


def _logs(scene: Scene) -> Step:
    stop = unsettled(scene)
    if stop is not None:
        return stop
    arguments = log_arguments(scene.clause)
    names = apps_of(scene)
    if isinstance(arguments, Problem):
        return stopped_by("logs.value", arguments, names)
    return do("logs", *(wish("logs", {"app": name, **arguments}) for name in names), apps=names)


def _describe(scene: Scene) -> Step:
    stop = unsettled(scene)
    if stop is not None:
        return stop
    names = apps_of(scene)
    return do("describe", *(wish("describe", {"app": name}) for name in names), apps=names)


def _describe_or_list(scene: Scene) -> Step:
    """One app for "what image does web use", all for "which apps use latest"."""
    target = scene.target
    named = target.settled and (scene.clause.any(Role.APP) or scene.clause.any(Role.PRONOUN)) and not target.by_filter
    if named and "describe" in scene.tools:
        return _describe(scene)
    if target.doubt in _ACTED_ON and len(target.candidates) == 1:
        return _describe(scene)
    return do("list", wish("status", {}, intent="list"))


def _status(scene: Scene) -> Step:
    return _optional(scene, "status")


def _list(scene: Scene) -> Step:
    target = scene.target
    if target.settled and scene.clause.any(Role.APP) and not target.by_filter:
        return do("status", *(wish("status", {"app": name}) for name in target.names), apps=target.names)
    services = tuple(one.name for one in scene.index.objects if one.kind == "Service")
    told = bool(services) and scene.clause.any(Role.KIND, "Service")
    note = msg("objects_are", kind="Service", names=services) if told else None
    return do("list", wish("status", {}, intent="list"), note=note)


def _health_report(scene: Scene) -> Step:
    return _optional(scene, "health_report" if "health_report" in scene.tools else "status")


def _metrics(scene: Scene) -> Step:
    """Of now; of one app also over a time that is said."""
    step = _optional(scene, "metrics")
    given = log_arguments(scene.clause)
    since = None if isinstance(given, Problem) else given.get("since")
    if since is None:
        return step
    over = (
        wish("metrics", {**one.arguments, "since": since}, intent=one.intent) for one in step.wishes if one.arguments
    )
    return replace(step, wishes=tuple(over) or step.wishes)


def _export(scene: Scene) -> Step:
    """Of one app, of a namespace, or of everything; with the Secrets only where they are named."""
    clause = scene.clause
    said = clause.first(Role.NAMESPACE)
    extra = {"secrets": True} if clause.any(Role.NOUN, "secrets") else {}
    if said is not None and not clause.any(Role.APP):
        return do("export_manifest", wish("export_manifest", {"namespace": said.sense(Role.NAMESPACE), **extra}))
    step = _optional(scene, "export_manifest")
    return replace(step, wishes=tuple(wish("export_manifest", {**one.arguments, **extra}) for one in step.wishes))


optional = _optional


def _plain(tool: str) -> Callable[[Scene], Step]:
    return lambda scene: _optional(scene, tool)


HANDLERS: Mapping[str, Callable[[Scene], Step]] = {
    "status": _status,
    "list": _list,
    "health_report": _health_report,
    "logs": _logs,
    "describe": _describe,
    "describe_or_list": _describe_or_list,
    "events": _plain("events"),
    "export_manifest": _export,
    "metrics": _metrics,
    "history": _plain("history"),
    "diff": _plain("diff"),
    "analyze": _analyze,
}
