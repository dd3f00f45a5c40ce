"""Rows that several verbs of the table share."""

from __future__ import annotations

from typing import Final

from app.agent.rules.grammar_looks import Rows

CHANGE: Final[Rows] = (
    ("money", "set_budget"),
    ("budget", "set_budget"),
    ("previousversion", "rollback"),
    ("autoscale", "autoscale"),
    ("envs", "set_env"),
    ("memory", "set_resources"),
    ("cpu", "set_resources"),
    ("gpu", "set_resources"),
    ("limits", "set_resources"),
    ("resize", "unsupported"),
    ("volume", "set_config"),
    ("health", "set_config"),
    ("labels", "set_config"),
    ("command", "set_config"),
    ("env", "set_env"),
    ("imagevalue", "update_image"),
    ("replicas", "scale"),
    ("version", "update_image"),
    ("image", "update_image"),
    ("port", "expose"),
    ("loadbalancer", "expose"),
    ("foreign", "unsupported"),
    ("otherthing", "vague_change"),
    ("count", "scale"),
    ("degree", "scale"),
)
AMOUNTS: Final[Rows] = (
    ("memoryvalue", "set_resources"),
    ("cpuvalue", "set_resources"),
    ("gpuvalue", "set_resources"),
)
SHOWN_FIRST = (
    "lines",
    "logs",
    "healthreport",
    "cost",
    "diff",
    "history",
    "manifest",
    "events",
    "metrics",
    "help",
    "status",
)
SHOWN_LAST = ("config", "env", "memory", "cpu", "image", "version", "running", "apps", "secrets")
"""What "give me" shows, before and after it could be a change: "give web 2 gigs", "give me the memory of web"."""
MAKE: Final[Rows] = (
    ("healthreport", "health_report"),
    ("healthofall", "health_report"),
    ("namespacealone", "unsupported"),
    ("failure", "simulate_failure"),
    ("jobwish", "run_job"),
    ("autoscaleonly", "autoscale"),
    ("exposeonly", "expose"),
    ("foreign", "unsupported"),
    ("manifestonly", "export_manifest"),
)
GROW: Final[Rows] = (
    ("budget", "set_budget"),
    ("autoscale", "autoscale"),
    ("volume", "unsupported"),
    ("memory", "set_resources"),
    ("cpu", "set_resources"),
    ("gpu", "set_resources"),
    ("limits", "set_resources"),
    ("foreign", "unsupported"),
)
