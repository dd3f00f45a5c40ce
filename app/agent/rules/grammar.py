"""A clause to an intent: the verb's row in the table, read against the objects that are there."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from itertools import pairwise

from app.agent.rules.clause import Clause, Mood
from app.agent.rules.grammar_looks import ASKED, BARE, READING, Rows
from app.agent.rules.grammar_table import GRAMMAR
from app.agent.rules.senses import Count, Item, Role

_SHOWN = frozenset({"logs", "events", "diff", "history", "manifest", "metrics", "cost", "env", "config"})
"""What can be looked at, so that a question about it is no question for its meaning."""
_COUNTED = frozenset({"app", "apps", "replicas", "replicaset"})
_NUMERIC = frozenset({"number", "numbers", "amount", "total", "about", "least", "most", "now"})
"""Common words that may stand in a wish for a count."""
_LOOK_NOUNS: Mapping[str, str] = {
    "logs": "logs",
    "events": "events",
    "status": "status",
    "manifest": "export_manifest",
    "history": "history",
    "metrics": "metrics",
    "config": "describe",
    "cost": "cost",
}
_VALUES: Mapping[str, Role] = {
    "memory": Role.MEMORY,
    "memoryvalue": Role.MEMORY,
    "cpu": Role.CPU,
    "cpuvalue": Role.CPU,
    "gpu": Role.GPU,
    "gpuvalue": Role.GPU,
    "imagevalue": Role.IMAGE,
    "envs": Role.ENV,
    "env": Role.ENV,
    "port": Role.PORT,
    "portonly": Role.PORT,
    "version": Role.VERSION,
    "count": Role.COUNT,
    "degree": Role.DEGREE,
    "volume": Role.VOLUME,
    "all": Role.ALL,
    "state": Role.STATE,
    "problem": Role.PROBLEM,
    "foreign": Role.FOREIGN,
    "category": Role.CATEGORY,
    "product": Role.PRODUCT,
    "quote": Role.QUOTE,
    "labels": Role.LABEL,
    "runtime": Role.RUNTIME,
}
"""Objects that are there when a value of this role is."""


def intent_of(clause: Clause) -> str:
    """The canonical intent of a clause, `vague` where nothing fits."""
    objects = Objects(clause)
    if clause.mood is Mood.HOWTO:
        return "help"
    if clause.mood is Mood.HYPOTHESIS:
        return "hypothesis"
    if clause.mood is Mood.WHY:
        return "cost" if objects.has("cost") else "analyze"
    if clause.mood is Mood.HAPPENED:
        return "logs" if objects.has("logs") else "events"
    if clause.mood is Mood.QUESTION:
        return _asked(clause, objects)
    if clause.mood is Mood.STATEMENT:
        return _stated(clause, objects)
    if clause.verb:
        return _from(GRAMMAR.get(clause.verb, ()), objects)
    return _from(BARE, objects)


def looks_of(clause: Clause) -> list[str]:
    """The intents of "show logs and status of web", in order; empty where there are not at least two."""
    if clause.mood not in (Mood.ORDER, Mood.PIECE) or clause.verb not in ("", "show", "give", "need", "check", "list"):
        return []
    if not any(item.has(Role.BREAK) or item.has(Role.CONNECT, "and") for item in clause.items):
        return []
    found = [
        _LOOK_NOUNS[item.sense(Role.NOUN)] for item in clause.all(Role.NOUN) if item.sense(Role.NOUN) in _LOOK_NOUNS
    ]
    distinct = list(dict.fromkeys(found))
    return distinct if len(distinct) > 1 else []


def topic_of(clause: Clause) -> str:
    """What a how-to question is about: the intent its verb would have as an order."""
    intent = _from(GRAMMAR.get(clause.verb, ()), Objects(clause)) if clause.verb else _from(BARE, Objects(clause))
    return "" if intent.startswith("vague") or intent in ("nothing", "unsupported", "bare_app", "concept") else intent


def _from(rows: Rows, objects: Objects) -> str:
    return next((intent for wanted, intent in rows if wanted is None or objects.has(wanted)), "vague")


def _asked(clause: Clause, objects: Objects) -> str:
    if clause.ask == "anything":
        return "analyze" if objects.app and objects.has("problem") else "status"
    if _about_past(clause) and not objects.nouns:
        return "events"
    if clause.ask == "define" and not objects.app:
        return "concept" if not objects.nouns & _SHOWN else _from(ASKED, objects)
    if clause.ask == "define" and not objects.nouns & _SHOWN:
        return "describe"
    if clause.verb in ("analyze", "heal") or (objects.app and _unable(clause)):
        return "analyze"
    intent = _from(ASKED, objects)
    thing = clause.any(Role.UNKNOWN) and not objects.app and not clause.any_of(Role.STATE, Role.PRONOUN)
    if intent == "status" and thing and clause.ask in ("what", "which", "who") and not objects.nouns:
        return "concept"
    return intent


def _about_past(clause: Clause) -> bool:
    """What happened is in the events: "who deleted redis", "was web restarted lately"."""
    verb = clause.verb in ("restart", "delete", "scale", "deploy", "stop", "start", "simulate", "kill", "update", "set")
    past = any(item.text.lower() in ("was", "were", "did", "has", "have", "had") for item in clause.all(Role.AUX))
    asked = clause.ask in ("who", "when") or (clause.ask == "is" and past and clause.any(Role.TIME, "past"))
    return verb and asked and not clause.any(Role.SUBJECT)


def _unable(clause: Clause) -> bool:
    """Something does not work: "can't reach web", "api cannot connect"."""
    return any(one.has(Role.AUX, "can") and two.has(Role.NOT) for one, two in pairwise(clause.items))


def _stated(clause: Clause, objects: Objects) -> str:
    """A complaint ("api is very slow") is a question about its cause; the rest says nothing to do."""
    if clause.any(Role.STATE, "bad") or (objects.has("problem") and not clause.any(Role.STATE, "good")):
        return "analyze"
    if any(item.has(Role.VERB, "restart") and item.form == "ing" for item in clause.items) and objects.app:
        return "analyze"
    return "analyze" if objects.app and _unable(clause) else "statement"


def _is_thing(item: Item) -> bool:
    """Names something that is no app and no word of ours."""
    unknown = item.has(Role.UNKNOWN) and not item.has(Role.APP)
    return unknown or item.has(Role.PROBLEM) or item.has(Role.SUBJECT, "people")


class Objects:
    """What is in a clause besides its verb, asked by the names of the table."""

    def __init__(self, clause: Clause) -> None:
        self._clause = clause
        self._nouns = {item.sense(Role.NOUN) for item in clause.all(Role.NOUN)}
        self.app = any(item.has(Role.APP) and item.value is not None for item in clause.all(Role.APP)) or clause.any(
            Role.APP
        )

    def has(self, wanted: str) -> bool:
        special = _SPECIAL.get(wanted)
        if special is not None:
            return special(self)
        role = _VALUES.get(wanted)
        return (
            (role is not None and self._clause.any(role))
            or wanted in self._nouns
            or self._clause.any(Role.MARK, wanted)
        )

    @property
    def counted(self) -> bool:
        return self._clause.any(Role.COUNT) or self._clause.any(Role.DEGREE) or self._clause.any(Role.VAGUE)

    @property
    def replicas(self) -> bool:
        return "replicas" in self._nouns or any(
            isinstance(item.value, Count) and item.value.of_replicas for item in self._clause.all(Role.COUNT)
        )

    @property
    def more(self) -> bool:
        counts = [item.value for item in self._clause.all(Role.COUNT)]
        return self._clause.any(Role.DEGREE, "+") or any(isinstance(c, Count) and c.change > 0 for c in counts)

    @property
    def image(self) -> bool:
        return self._clause.any(Role.IMAGE)

    @property
    def product_only(self) -> bool:
        return self._clause.any(Role.PRODUCT) and not self.app

    @property
    def autoscale(self) -> bool:
        clause = self._clause
        bounds = clause.any(Role.MARK, "min") and clause.any(Role.MARK, "max")
        spread = clause.any(Role.PREP, "between") and len(clause.all(Role.COUNT)) > 1
        load = bool(clause.condition) and any(item.has(Role.PERCENT) for item in clause.condition)
        return "autoscale" in self._nouns or bounds or spread or (load and self.counted)

    @property
    def to_count(self) -> bool:
        items = self._clause.items
        return any(one.has(Role.PREP, "to") and two.has(Role.COUNT) for one, two in itertools.pairwise(items))

    @property
    def other(self) -> bool:
        """Something besides apps and replicas is spoken of: "set the timeout of web to 30"."""
        clause = self._clause
        return (
            any(map(_is_thing, clause.items))
            or bool(self._nouns - _COUNTED)
            or any(word.lower() not in _NUMERIC for word in clause.loose)
        )

    @property
    def part(self) -> bool:
        """The object is something of an app, not the app: "delete 3 files in web"."""
        seen = False
        for one, two in pairwise(self._clause.items[self._clause.head + 1 :]):
            seen = seen or _is_thing(one)
            if seen and one.has(Role.PREP, "of", "in", "from", "on", "for", "to") and two.has(Role.APP):
                return True
        return False

    @property
    def labels_first(self) -> bool:
        """The labels are what is spoken of, not what apps are picked by: "remove label tier from web"."""
        after = self._clause.items[self._clause.head + 1 :]
        about = (item for item in after if item.has(Role.NOUN) or item.has(Role.APP) or item.has(Role.ALL))
        return next((item.has(Role.NOUN, "labels") for item in about), False)

    @property
    def nouns(self) -> set[str]:
        return self._nouns

    @property
    def clause(self) -> Clause:
        return self._clause


_SPECIAL: Mapping[str, Callable[[Objects], bool]] = {
    "app": lambda o: o.app or "app" in o.nouns or o.clause.any(Role.PRONOUN) or o.clause.any(Role.UNKNOWN),
    "appcount": lambda o: o.app and (o.replicas or (o.counted and not o.other)),
    "apptarget": lambda o: o.app,
    "replicasonly": lambda o: o.replicas and o.counted and not o.product_only and not o.image,
    "appversion": lambda o: o.app and not o.image and not o.clause.any(Role.PRODUCT) and o.has("version"),
    "toreplicas": lambda o: o.to_count and o.app,
    "pronouncount": lambda o: o.counted and o.clause.any(Role.PRONOUN),
    "namespaceonly": lambda o: o.clause.any(Role.NAMESPACE) and not o.app and not o.clause.any(Role.ALL),
    "namespacealone": lambda o: (
        o.clause.any(Role.NAMESPACE)
        and not o.clause.any_of(Role.APP, Role.IMAGE, Role.PRODUCT, Role.CATEGORY, Role.UNKNOWN, Role.QUOTE)
    ),
    "lines": lambda o: o.clause.any(Role.LINES),
    "deployed": lambda o: o.clause.verb in ("deploy", "run", "create", "start"),
    "otherthing": lambda o: o.app and o.other,
    "memoryfactor": lambda o: o.has("memory") and o.clause.any(Role.COUNT),
    "partof": lambda o: o.part,
    "labelsof": lambda o: o.labels_first,
    "imagefor": lambda o: o.image and o.app,
    "appstate": lambda o: o.app and o.clause.any(Role.STATE),
    "replicas": lambda o: o.replicas,
    "more": lambda o: o.more and ((o.app and not o.other) or (o.replicas and not o.product_only and not o.image)),
    "imagevalue": lambda o: o.image,
    "productonly": lambda o: o.product_only,
    "productonlycount": lambda o: o.product_only and o.clause.any(Role.COUNT),
    "autoscale": lambda o: o.autoscale,
    "autoscaleonly": lambda o: o.autoscale and not o.image and not o.product_only,
    "exposeonly": lambda o: "loadbalancer" in o.nouns and not o.image and not o.product_only,
    "manifestonly": lambda o: "manifest" in o.nouns and not o.image and not o.product_only,
    "foreignfirst": lambda o: o.clause.any(Role.FOREIGN) and not o.app,
    "degree": lambda o: o.clause.any(Role.DEGREE) or o.clause.any(Role.VAGUE) or o.clause.any(Role.ARROW),
    "to": lambda o: o.to_count,
    "off": lambda o: o.clause.any(Role.STATE, "stopped"),
    "gone": lambda o: o.clause.any(Role.STATE, "gone"),
    "health": lambda o: "health" in o.nouns or o.clause.any(Role.PATH, "health"),
    "command": lambda o: "command" in o.nouns or o.clause.any(Role.ARGUMENTS) or o.clause.any(Role.MARK, "command"),
    "scalepast": lambda o: any(item.has(Role.VERB, "scale", "raise", "lower") for item in o.clause.items),
    "memory": lambda o: o.clause.any(Role.MEMORY) or "memory" in o.nouns or o.clause.any(Role.MARK, "memory"),
    "cpu": lambda o: o.clause.any(Role.CPU) or "cpu" in o.nouns or o.clause.any(Role.MARK, "cpu"),
    "foreign": lambda o: o.clause.any(Role.FOREIGN),
}


def changes(intent: str) -> bool:
    """Whether an intent may change something."""
    return intent not in READING and intent not in ("nothing", "statement", "hypothesis", "unsupported", "vague")
