"""Intents about what is beside the apps: Services, ConfigMaps, Secrets, claims, autoscalers, CronJobs, namespaces.

People call an app a service, too. Where no Service of that name is known but an app is, the app is meant.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

from app.agent.rules import plan_changes
from app.agent.rules.reading import KnownObject
from app.agent.rules.replies import cited, msg
from app.agent.rules.scene import Scene
from app.agent.rules.senses import Item, Role
from app.agent.rules.steps import Step, ask, do, refuse, wish
from app.agent.rules.vocabulary.say_en import KINDS_EN

_NAMEABLE = (Role.UNKNOWN, Role.NAME, Role.QUOTE, Role.APP, Role.PRODUCT, Role.NAMESPACE, Role.SCHEDULE)


def _kind(scene: Scene) -> str:
    said = scene.clause.first(Role.KIND)
    if said is None:
        return "Namespace" if scene.clause.any(Role.NAMESPACE) else ""
    return said.sense(Role.KIND)


def _delete_object(scene: Scene) -> Step:
    kind = _kind(scene)
    known = [one for one in scene.index.objects if one.kind == kind]
    found = _named(scene, known)
    app_meant = scene.clause.any(Role.APP) and kind == "Service"
    if len(found) == 1 and app_meant and found[0].name in scene.index.apps and not _of(scene):
        name = found[0].name
        choices = (f"delete the app {name}", f"delete the service of {name}")
        return ask("delete_object.either", "intent", msg("app_or_service", name=name), candidates=choices)
    if not found and kind == "Service" and scene.index.names:
        return plan_changes.HANDLERS["delete"](scene)
    if not found and kind == "HorizontalPodAutoscaler" and scene.clause.any(Role.APP):
        return plan_changes.each(scene, lambda _name: {"enabled": False}, "autoscale")
    if not found and kind == "Namespace":
        found = _namespace(scene)
    if not found and scene.clause.any(Role.ALL):
        found = known
    if not found:
        return _not_there(scene, kind, known)
    filtered = scene.clause.any(Role.ALL)
    wishes = (
        wish("delete_object", {"kind": one.kind, "name": _full(one)}, intent="delete_object", by_filter=filtered)
        for one in found
    )
    return do("delete_object", *wishes)


def _of(scene: Scene) -> bool:
    """ "the service of web" is the Service, "the service web" may be either."""
    items = scene.clause.items
    return any(one.has(Role.PREP) and two.has(Role.APP) for one, two in itertools.pairwise(items))


def _named(scene: Scene, known: Sequence[KnownObject]) -> list[KnownObject]:
    """Objects whose name stands in the clause, else those of the app that does, or of the only kind there is of it."""
    said = {_text(item) for place, item in enumerate(scene.clause.items) if place != scene.clause.head}
    found = [one for one in known if one.name.lower() in said or f"{one.namespace}/{one.name}".lower() in said]
    if found or not _of(scene):
        return found
    return [one for one in known if set(one.apps) & set(scene.target.names)] if scene.target.settled else []


def _namespace(scene: Scene) -> list[KnownObject]:
    """A namespace is there as soon as something is in it."""
    item = scene.clause.first(Role.NAMESPACE)
    name = item.sense(Role.NAMESPACE) if item is not None else next(iter(_words(scene)), "")
    inside = scene.index.namespaces | {one.namespace for one in scene.index.objects}
    return [KnownObject("Namespace", name, "")] if name in inside else []


def _words(scene: Scene) -> list[str]:
    clause = scene.clause
    return [
        _text(item)
        for place, item in enumerate(clause.items)
        if place != clause.head and not item.has(Role.KIND) and item.senses.keys() & set(_NAMEABLE)
    ]


def _text(item: Item) -> str:
    return (item.sense(Role.NAME) or item.sense(Role.QUOTE) or item.sense(Role.NAMESPACE) or item.text).strip().lower()


def _full(one: KnownObject) -> str:
    return one.name if one.namespace in ("", "default") else f"{one.namespace}/{one.name}"


def _not_there(scene: Scene, kind: str, known: Sequence[KnownObject]) -> Step:
    words, what = _words(scene), KINDS_EN.get(kind, kind)
    names = tuple(_full(one) for one in known)
    if kind == "Namespace":
        names = tuple(sorted({*names, *scene.index.namespaces}))
    if words:
        key = "no_such_object" if names else "no_such_object_at_all"
        say = msg(key, kind=what, word=cited(words[0]), names=names)
        return refuse("delete_object.not-found", "not_found", say, candidates=names)
    if not known:
        return refuse("delete_object.none", "not_found", msg("no_objects", kind=what))
    return ask("delete_object.which", "app", msg("which_object", kind=what, names=names), candidates=names)


def _list_objects(scene: Scene) -> Step:
    """The board, with the names of the kind that was asked for; of one app, that app with all its parts."""
    kind = _kind(scene)
    if scene.target.settled and scene.clause.any(Role.APP) and "describe" in scene.tools:
        names = scene.target.names
        return do("describe", *(wish("describe", {"app": name}) for name in names), apps=names)
    known = tuple(_full(one) for one in scene.index.objects if one.kind == kind)
    if kind == "Namespace":
        known = tuple(sorted({*known, *scene.index.namespaces}))
    what = KINDS_EN.get(kind, kind)
    note = msg("objects_are", kind=what, names=known) if known else msg("no_objects", kind=what)
    silent = kind == "Service" and not known
    return do("list", wish("status", {}, intent="list"), note=None if silent else note)


HANDLERS: Mapping[str, Callable[[Scene], Step]] = {"delete_object": _delete_object, "list_objects": _list_objects}
