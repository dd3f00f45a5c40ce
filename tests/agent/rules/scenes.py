"""Worlds to speak in, and a reading in one line, so that a table of sentences can be read at a glance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.agent.rules import read
from app.agent.rules.canonical import canonical
from app.agent.rules.reading import EarlierTurn, KnownApp, Reading, World
from app.core.images import app_name_from_image

NOW = frozenset(
    {
        "deploy",
        "scale",
        "restart",
        "delete",
        "status",
        "logs",
        "describe",
        "events",
        "help",
        "apply_manifest",
        "export_manifest",
    }
)
LATER = NOW | {
    "update_image",
    "rollback",
    "set_env",
    "set_resources",
    "set_config",
    "expose",
    "autoscale",
    "analyze",
    "heal",
    "simulate_failure",
    "cost",
    "undo",
    "history",
    "metrics",
    "diff",
}
"""With the tools of the day after, and some that do not exist yet: their intents are recognised already."""

SHOP = (
    KnownApp("front", "nginx:1.27", 3),
    KnownApp("front-admin", "nginx:1.27", 1),
    KnownApp("orders", "ghcr.io/shop/orders:2.1", 2, memory="256Mi"),
    KnownApp("cache", "redis:7", 1),
    KnownApp("mailer", "ghcr.io/shop/mailer:1.0", 0, status="Stopped", last_replicas=4),
    KnownApp("importer", "ghcr.io/shop/importer:0.3", 2, status="Crash-looping"),
)
ALL = tuple(app.name for app in SHOP)
ALONE = (KnownApp("blog", "ghost:5", 2),)
NOTHING: tuple[KnownApp, ...] = ()


def hear(text: str, apps: tuple[KnownApp, ...] = SHOP, tools: frozenset[str] = NOW) -> Reading:
    return read(text, World(apps, tools))


def brief(reading: Reading) -> str:
    """`scale(front, replicas=5); ask(delete(cache))`, `clarify app`, `refuse not_found`, `answer`."""
    return "; ".join(_action(action) for action in canonical(reading))


def talk(*texts: str, apps: tuple[KnownApp, ...] = SHOP, tools: frozenset[str] = NOW) -> str:
    """A conversation in which every wish is carried out; the last reading in one line."""
    state = {app.name: app for app in apps}
    earlier: list[EarlierTurn] = []
    reading = Reading()
    for text in texts:
        reading = read(text, World(tuple(state.values()), tools, tuple(earlier)))
        earlier.append(EarlierTurn(text, reading.wishes, reading.outcome, reading.candidates))
        for wish in reading.wishes:
            _carry_out(wish.tool, wish.arguments, state)
    return brief(reading)


def _carry_out(tool: str, arguments: dict[str, Any], state: dict[str, KnownApp]) -> None:
    if tool == "scale":
        old = state[arguments["app"]]
        state[old.name] = replace(old, replicas=arguments["replicas"], last_replicas=old.replicas or old.last_replicas)
    elif tool == "deploy":
        name = arguments.get("name") or app_name_from_image(arguments["image"])
        state[name] = KnownApp(name, arguments["image"], arguments.get("replicas", 1))


def _action(action: dict[str, Any]) -> str:
    word = action["action"]
    if word == "confirm_required":
        return f"ask({'; '.join(_action(one) for one in action['then'])})"
    if word == "clarify":
        return f"clarify {action['about']}"
    if word == "refuse":
        return f"refuse {action['reason']}"
    if word == "answer_only":
        return "answer"
    fields = {key: value for key, value in action.items() if key not in ("action", "app")}
    parts = [str(action["app"])] if "app" in action else []
    return f"{word}({', '.join(parts + [f'{key}={value}' for key, value in fields.items()])})"
