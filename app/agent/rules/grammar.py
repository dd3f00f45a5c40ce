"""A clause to an intent: the verb's row in the table, read against the objects that are there."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from app.agent.rules.clause import Clause, Mood
from app.agent.rules.grammar_looks import ASKED, BARE, READING, Rows
from app.agent.rules.grammar_objects import Objects
from app.agent.rules.grammar_table import GRAMMAR
from app.agent.rules.senses import Count, Item, Role

_SHOWN = frozenset({"logs", "events", "diff", "history", "manifest", "metrics", "cost", "env", "config"})
"""What can be looked at, so that a question about it is no question for its meaning."""
_PAYING_LESS = frozenset({"", "export", "lower", "drop", "make"})
"""Verbs of "how can I save money": English has one word for saving a file and saving money."""
_GIVING = frozenset({"", "give", "set", "make", "need", "update", "use", "scale", "raise", "lower", "bump", "keep"})
_CHANGED_BY: Mapping[Role, str] = {
    Role.IMAGE: "update_image",
    Role.VERSION: "update_image",
    Role.MEMORY: "set_resources",
    Role.CPU: "set_resources",
    Role.GPU: "set_resources",
    Role.ENV: "set_env",
}
"""Values that say by themselves what is to be changed."""
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


def intent_of(clause: Clause) -> str:
    """The canonical intent of a clause, `vague` where nothing fits."""
    objects = Objects(clause)
    if clause.mood is Mood.HOWTO:
        return "cost" if objects.has("cost") and clause.verb in _PAYING_LESS else "help"
    if clause.mood is Mood.HYPOTHESIS:
        return "hypothesis"
    if clause.mood is Mood.WHY and not objects.app and _purpose(clause):
        return "concept"
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


def candidates_of(clause: Clause) -> list[tuple[str, str]]:
    """What the clause can mean, the winner first: (what speaks for it, intent). For explanations only."""
    objects = Objects(clause)
    rows = ASKED if clause.mood is Mood.QUESTION else GRAMMAR.get(clause.verb, ()) if clause.verb else BARE
    fitting = [(wanted or "the rest", intent) for wanted, intent in rows if wanted is None or objects.has(wanted)]
    won = intent_of(clause)
    first = next((pair for pair in fitting if pair[1] == won), (clause.mood.value, won))
    return [first, *dict.fromkeys(pair for pair in fitting if pair[1] != won)]


def changes_of(clause: Clause) -> list[str]:
    """The intents of "give web 512Mi and 3 replicas", in the order of their values; empty where there is but one."""
    if clause.negated or clause.mood not in (Mood.ORDER, Mood.PIECE) or clause.verb not in _GIVING:
        return []
    if not clause.any(Role.APP) and not clause.any(Role.PRONOUN):
        return []
    found = dict.fromkeys(intent for item in clause.items if (intent := _valued(item)))
    return list(found) if len(found) > 1 and intent_of(clause) in found else []


def _valued(item: Item) -> str:
    """The change that a value is of."""
    if isinstance(item.value, Count) and item.value.of_replicas:
        return "scale"
    return next((intent for role, intent in _CHANGED_BY.items() if item.has(role) and not item.has(Role.COUNT)), "")


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
        if objects.app and objects.has("problem"):
            return "analyze"
        return _from(ASKED, objects) if objects.nouns & _SHOWN else "status" if objects.app else "health_report"
    if _about_past(clause) and not objects.nouns:
        return "events"
    if clause.ask == "define" and not objects.app:
        compared = any(item.has(Role.ASK, "define") and item.has(Role.NOUN, "diff") for item in clause.items)
        return "concept" if compared or not objects.nouns & _SHOWN else _from(ASKED, objects)
    if clause.ask == "define" and not objects.nouns & _SHOWN:
        return "describe"
    if clause.verb in ("analyze", "heal") or (objects.app and _unable(clause)):
        return "analyze"
    intent = _from(ASKED, objects)
    thing = clause.any(Role.UNKNOWN) and not objects.app and not clause.any_of(Role.STATE, Role.PRONOUN)
    if intent == "status" and thing and clause.ask in ("what", "which", "who") and not objects.nouns:
        return "concept"
    return intent


def _purpose(clause: Clause) -> bool:
    """Why somebody needs something, not why something fails: "why do I need probes"."""
    return clause.any(Role.SUBJECT) and any(item.has(Role.VERB, "need") for item in clause.items)


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
    if (
        clause.any(Role.STATE, "bad")
        or _never(clause)
        or (objects.has("problem") and not clause.any(Role.STATE, "good"))
    ):
        return "analyze"
    if any(item.has(Role.VERB, "restart") and item.form == "ing" for item in clause.items) and objects.app:
        return "analyze"
    return "analyze" if objects.app and _unable(clause) else "statement"


def _never(clause: Clause) -> bool:
    """Something is not as it should be: "never become ready", "did not come up"."""
    denied = next((at for at, item in enumerate(clause.items) if item.has(Role.NOT)), len(clause.items))
    return any(item.has(Role.STATE, "good") for item in clause.items[denied:])


def changes(intent: str) -> bool:
    """Whether an intent may change something."""
    return intent not in READING and intent not in ("nothing", "statement", "hypothesis", "unsupported", "vague")
