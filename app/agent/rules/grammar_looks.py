"""What is looked at, by questions, by bare nouns and by verbs of seeing; and what changes nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Rows = tuple[tuple[str | None, str], ...]
"""(object, intent): the first object that is there wins; `None` is the rest."""

LOOK: Final[Rows] = (
    ("lines", "logs"),
    ("logs", "logs"),
    ("cost", "cost"),
    ("diff", "diff"),
    ("history", "history"),
    ("manifest", "export_manifest"),
    ("events", "events"),
    ("metrics", "metrics"),
    ("problem", "analyze"),
    ("help", "help"),
    ("status", "status"),
    ("secrets", "describe"),
    ("env", "describe"),
    ("config", "describe"),
    ("autoscale", "describe"),
    ("limits", "describe"),
    ("image", "describe"),
    ("version", "describe"),
    ("port", "describe"),
    ("loadbalancer", "describe"),
    ("command", "describe"),
    ("memory", "metrics"),
    ("cpu", "metrics"),
    ("gpu", "describe"),
    ("replicas", "status"),
    ("foreign", "unsupported"),
    ("running", "list"),
    ("apps", "list"),
    ("cluster", "status"),
    ("app", "status"),
    ("all", "list"),
    (None, "status"),
)
BARE: Final[Rows] = (
    ("restart", "restart"),
    ("kindlist", "list_objects"),
    *(row for row in LOOK if row[0] in ("lines", "logs", "cost", "diff", "history", "manifest", "events")),
    ("autoscale", "autoscale"),
    ("envs", "set_env"),
    ("volumeof", "set_config"),
    ("healthof", "set_config"),
    ("memoryvalue", "set_resources"),
    ("cpuvalue", "set_resources"),
    ("imagefor", "update_image"),
    ("appcount", "scale"),
    ("productonlycount", "deploy"),
    ("replicasonly", "scale"),
    *(
        row
        for row in LOOK
        if row[0]
        not in ("lines", "logs", "cost", "diff", "history", "manifest", "events", "foreign", "app", "all", None)
    ),
    ("foreign", "unsupported"),
    ("app", "bare_app"),
    (None, "vague"),
)
"""For a clause without a verb: "api logs", "two replicas for api"."""

ASKED: Final[Rows] = (
    ("cost", "cost"),
    ("diff", "diff"),
    ("history", "history"),
    ("logs", "logs"),
    ("events", "events"),
    ("manifest", "export_manifest"),
    ("metrics", "metrics"),
    ("help", "help"),
    ("kindlist", "list_objects"),
    ("envs", "describe"),
    ("env", "describe"),
    ("secrets", "describe"),
    ("config", "describe"),
    ("image", "describe_or_list"),
    ("version", "describe_or_list"),
    ("port", "describe_or_list"),
    ("limits", "describe"),
    ("loadbalancer", "describe"),
    ("autoscale", "describe"),
    ("health", "describe"),
    ("volume", "describe"),
    ("memory", "metrics"),
    ("cpu", "metrics"),
    ("gpu", "describe_or_list"),
    ("foreignfirst", "offtopic"),
    ("replicas", "status"),
    ("status", "status"),
    ("state", "status"),
    ("problem", "analyze"),
    ("running", "list"),
    ("apps", "list"),
    ("cluster", "status"),
    ("foreign", "offtopic"),
    ("app", "status"),
    ("all", "list"),
    ("deployed", "list"),
    (None, "offtopic"),
)
"""For questions: whatever the verb, nothing changes."""

READING: Final = frozenset(
    {
        "list",
        "list_objects",
        "status",
        "logs",
        "describe",
        "events",
        "help",
        "metrics",
        "history",
        "analyze",
        "health_report",
        "cost",
        "diff",
        "export_manifest",
        "concept",
        "offtopic",
        "vague",
        "bare_app",
        "describe_or_list",
        "greeting",
    }
)
"""Intents that change nothing."""

FALLBACK: Final[Mapping[str, str]] = {
    "analyze": "events",
    "metrics": "status",
    "history": "describe",
    "diff": "status",
    "list": "status",
    "health_report": "status",
}
"""Read-only intents, and the tool that answers them where their own is not bound."""
