"""What is in a clause besides its verb, asked by the names that the grammar's tables use."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from itertools import pairwise

from app.agent.rules.clause import Clause
from app.agent.rules.orders import is_image
from app.agent.rules.senses import Count, Item, Role
from app.agent.rules.vocabulary.products import is_server

_COUNTED = frozenset({"oneof", "app", "apps", "replicas", "replicaset"})
_PARTS = frozenset(
    {"image", "version", "metrics", "status", "config", "manifest", "memory", "cpu", "gpu", "loadbalancer"}
)
"""Nouns for something of an app that is no app: "delete the image of web" deletes no web."""
_CAUSES = frozenset({"problem", "issue", "trouble", "bug", "wrong", "bottleneck", "anomaly"})
"""Words for what is wrong that stand in no log."""
_PATTERNS = ("startswith", "endswith", "contains")
_NUMERIC = frozenset({"number", "numbers", "amount", "total", "about", "least", "most", "now"})
"""Common words that may stand in a wish for a count."""
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
        counts = len(clause.all(Role.COUNT))
        share = clause.any(Role.PERCENT) and counts > 1
        load = share or (bool(clause.condition) and any(item.has(Role.PERCENT) for item in clause.condition))
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
            seen = seen or _is_thing(one) or (one.sense(Role.NOUN) in _PARTS and not one.has(Role.APP))
            joined = one.has(Role.MARK) and one.text.lower().endswith(" of")
            if joined and two.has(Role.APP):
                return True
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


def _is_job(o: Objects) -> bool:
    """What comes back, or is said to run to its end; a server called a job is an app all the same."""
    clause = o.clause
    if clause.any(Role.SCHEDULE):
        return not o.app or clause.any(Role.IMAGE)
    if not clause.any(Role.JOB):
        return False
    images = [item.sense(Role.IMAGE) or item.sense(Role.PRODUCT) for item in clause.items if is_image(item)]
    serves = any(is_server(image) for image in images) and clause.any(Role.JOB, "job") and not o.has("command")
    return not serves and (bool(images) or (clause.verb in ("create", "run", "deploy") and not o.app))


def _is_tag(item: Item) -> bool:
    """A version that can be no count: "run 2.4.2"."""
    return not item.has(Role.COUNT) or item.value.problem in ("fraction", "odd")


def _object_meant(o: Objects) -> bool:
    """Not where "service" is only another word for the apps: "delete all services that failed"."""
    services = all(item.has(Role.KIND, "Service") for item in o.clause.all(Role.KIND))
    return not services or not (o.clause.any_of(Role.STATE, Role.EXCEPT) or o.clause.any(Role.MARK, *_PATTERNS))


def _kind_listed(o: Objects) -> bool:
    """Objects in the plural, or by a kind that is no word for apps, and no app they belong to."""
    clause = o.clause
    kinds = [item for item in clause.all(Role.KIND) if not item.has(Role.APP)]
    shown = [item for item in kinds if not item.has(Role.NOUN, "apps", "app") or len(clause.items) == 1]
    return bool(shown) and not (
        clause.any_of(Role.APP, Role.MEMORY, Role.COUNT, Role.IMAGE, Role.PRODUCT) or clause.any(Role.ASK, "howmany")
    )


_SPECIAL: Mapping[str, Callable[[Objects], bool]] = {
    "app": lambda o: o.app or "app" in o.nouns or o.clause.any(Role.PRONOUN) or o.clause.any(Role.UNKNOWN),
    "appcount": lambda o: o.app and (o.replicas or (o.counted and not o.other)),
    "apptarget": lambda o: o.app,
    "replicasonly": lambda o: o.replicas and o.counted and not o.product_only and not o.image,
    "runversion": lambda o: o.app and any(map(_is_tag, o.clause.all(Role.VERSION))),
    "appversion": lambda o: o.app and not o.image and not o.clause.any(Role.PRODUCT) and o.has("version"),
    "toreplicas": lambda o: o.to_count and o.app and not o.has("version"),
    "allreplicas": lambda o: o.replicas and o.clause.any(Role.ALL) and not o.image and not o.product_only,
    "newimage": lambda o: (
        o.image and o.clause.items[o.clause.head].text.lower() == "put" and not o.app and not o.clause.any(Role.PRONOUN)
    ),
    "pronouncount": lambda o: o.counted and o.clause.any(Role.PRONOUN),
    "namespaceonly": lambda o: o.clause.any(Role.NAMESPACE) and not o.app and not o.clause.any(Role.ALL),
    "namespacealone": lambda o: (
        o.clause.any(Role.NAMESPACE)
        and not o.clause.any_of(Role.APP, Role.IMAGE, Role.PRODUCT, Role.CATEGORY, Role.UNKNOWN, Role.QUOTE)
    ),
    "previousversion": lambda o: o.clause.any(Role.MARK, "previous") and bool(o.nouns & {"version", "image"}),
    "replicaset": lambda o: (
        "replicaset" in o.nouns or ("oneof" in o.nouns and o.app and bool(o.nouns & {"replicas", "apps"}))
    ),
    "loggable": lambda o: any(item.text.lower().rstrip("s") not in _CAUSES for item in o.clause.all(Role.PROBLEM)),
    "envsof": lambda o: o.app and o.clause.any(Role.ENV) and not o.clause.any_of(Role.PRODUCT, Role.IMAGE),
    "productwish": lambda o: (
        o.product_only and not o.nouns and o.clause.items[o.clause.head].text.lower().endswith(("get", "have"))
    ),
    "lines": lambda o: (
        o.clause.any(Role.LINES)
        or ("lines" in o.nouns and (o.clause.any(Role.QUOTE) or o.clause.any(Role.MARK, "grep")))
    ),
    "resourceof": lambda o: (
        o.app
        and bool(o.nouns & {"memory", "cpu"})
        and not o.image
        and not o.clause.any_of(Role.PRODUCT, Role.CATEGORY, Role.NAME)
    ),
    "newproduct": lambda o: (o.product_only or o.image) and not o.app and not o.clause.any(Role.PRONOUN),
    "gpucost": lambda o: (
        "cost" in o.nouns
        and not o.app
        and (o.clause.any(Role.GPU) or o.clause.any(Role.UNIT, "gpu") or o.clause.any(Role.NOUN, "gpu"))
    ),
    "money": lambda o: o.clause.any(Role.MONEY),
    "runtimeof": lambda o: o.app and o.clause.any(Role.RUNTIME) and not o.image,
    "countwish": lambda o: (
        o.app
        and o.counted
        and not o.nouns - _COUNTED
        and o.clause.items[o.clause.head].text.lower().endswith(("get", "have"))
    ),
    "wholestate": lambda o: (
        o.clause.ask in ("howis", "how")
        and not o.app
        and (o.clause.any(Role.ALL) or "cluster" in o.nouns)
        and not o.nouns - {"cluster", "apps", "running"}
    ),
    "healthofall": lambda o: (
        "health" in o.nouns
        and not o.app
        and not o.clause.any(Role.PATH)
        and (o.clause.any(Role.ALL) or "cluster" in o.nouns)
    ),
    "allstate": lambda o: o.clause.any(Role.ALL) and o.clause.any(Role.STATE) and not o.app and not o.nouns,
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
    "jobwish": _is_job,
    "kind": lambda o: o.clause.any(Role.KIND) and _object_meant(o),
    "kindlist": _kind_listed,
    "volumesof": lambda o: o.has("volume") and o.app,
    "volumeof": lambda o: o.clause.any(Role.VOLUME) and o.app,
    "healthof": lambda o: (
        o.app and (o.clause.any(Role.PATH, "health") or (o.has("health") and o.clause.any(Role.PATH)))
    ),
    "commandof": lambda o: o.app and not o.image and o.clause.any(Role.ARGUMENTS),
    "moreresource": lambda o: (
        o.app
        and (o.clause.any(Role.DEGREE, "+", "-") or o.clause.any(Role.VAGUE))
        and bool(o.nouns & {"memory", "cpu"})
    ),
    "resize": lambda o: (
        "volume" in o.nouns
        and (o.clause.any(Role.MEMORY) or o.to_count)
        and not o.clause.any_of(Role.VOLUME, Role.PATH)
    ),
    "health": lambda o: "health" in o.nouns or o.clause.any(Role.PATH, "health"),
    "command": lambda o: "command" in o.nouns or o.clause.any(Role.ARGUMENTS) or o.clause.any(Role.MARK, "command"),
    "scalepast": lambda o: any(item.has(Role.VERB, "scale", "raise", "lower") for item in o.clause.items),
    "memory": lambda o: o.clause.any(Role.MEMORY) or "memory" in o.nouns or o.clause.any(Role.MARK, "memory"),
    "cpu": lambda o: o.clause.any(Role.CPU) or "cpu" in o.nouns or o.clause.any(Role.MARK, "cpu"),
    "foreign": lambda o: o.clause.any(Role.FOREIGN),
}
