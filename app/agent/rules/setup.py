"""Parts of a set-up out of a clause: volumes, health check, command, arguments, labels. Checked by the tool."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from app.agent.rules.clause import Clause
from app.agent.rules.cursor import shell_words
from app.agent.rules.replies import cited, msg
from app.agent.rules.senses import Item, Role
from app.agent.rules.slots import environment
from app.agent.rules.steps import Problem

HOST_ITSELF = re.compile(r"/(?:etc|proc|sys|root|boot|dev|var/run|run)?/?(?:docker\.sock)?:")
"""Host directories, and the engine's socket, that a container must not have, whatever an administrator allows."""
TAKING_AWAY = ("delete", "unset", "drop", "stop", "unexpose")


def setup_of(clause: Clause) -> dict[str, Any] | Problem:
    """What is said of each part, by the tools' own argument names."""
    mounts, path = volumes(clause), health_path(clause)
    for part in (mounts, path):
        if isinstance(part, Problem):
            return part
    found: dict[str, Any] = {"volumes": mounts, "health_path": path, **arguments(clause)}
    if pairs := {key: value for key, value in labels(clause).items() if value is not None}:
        found["labels"] = pairs
    return {key: value for key, value in found.items() if value}


def volumes(clause: Clause) -> list[str] | Problem:
    """As `name:/path`, or the path alone; a volume without a path is asked about."""
    items = clause.items
    given = [_sized(items, at) for at, item in enumerate(items) if at != clause.head and item.has(Role.VOLUME)]
    if not given and _speaks_of(clause, "volume"):
        given = [_named(items, at) for at, item in enumerate(items) if item.has(Role.PATH) and item.value is None]
        if not given:
            return Problem(msg("needs_volume_path"), about="value")
    if host := next((text for text in given if HOST_ITSELF.match(text)), ""):
        return Problem(msg("host_volume", text=cited(host)), reason="unsafe")
    return list(dict.fromkeys(given))


def _sized(items: Sequence[Item], at: int) -> str:
    """With the size that stands before it: "a 5Gi volume data at /data"."""
    text = items[at].sense(Role.VOLUME)
    size = items[at - 1].sense(Role.MEMORY) if at else ""
    return f"{text}:{size}" if size and text.count(":") == 1 else text


def _named(items: Sequence[Item], at: int) -> str:
    """A path with the free word before it: "data at /data"."""
    before = items[max(at - 2, 0) : at]
    word = next((item.text for item in before if item.has(Role.UNKNOWN) and not item.has(Role.APP)), "")
    return f"{word}:{items[at].sense(Role.PATH)}" if word else items[at].sense(Role.PATH)


def health_path(clause: Clause) -> str | Problem:
    """The HTTP path of a health check, which may also stand before its mark: "use /ok as the health check"."""
    said = next((item for item in clause.all(Role.PATH, "health")), None)
    if said is not None:
        return str(said.value)
    if not _speaks_of(clause, "health"):
        return ""
    path = clause.first(Role.PATH)
    return path.sense(Role.PATH) if path is not None else Problem(msg("needs_health_path"), about="value")


def _speaks_of(clause: Clause, sense: str) -> bool:
    return clause.any(Role.NOUN, sense) or clause.any(Role.MARK, sense)


def arguments(clause: Clause) -> dict[str, list[str]]:
    """What follows its mark at once, or stands in quotes further on: the command of web to "python serve.py"."""
    given = {item.sense(Role.ARGUMENTS): list(item.value) for item in clause.all(Role.ARGUMENTS)}
    mark, text = clause.first(Role.MARK, "command", "args"), clause.first(Role.QUOTE)
    if given or text is None:
        return given
    place = clause.items.index(text)
    if mark is None:
        runs = place and clause.items[place - 1].has(Role.PREP, "using") and clause.any(Role.IMAGE)
        return {"command": shell_words(text.sense(Role.QUOTE))} if runs else {}
    return {mark.sense(Role.MARK): shell_words(text.sense(Role.QUOTE))}


def labels(clause: Clause) -> dict[str, str | None]:
    """Those to set, or to take away where the verb says so: "label web tier=front", "remove the label tier"."""
    pairs = [item.sense(Role.LABEL).partition("=") for item in clause.all(Role.LABEL)]
    found: dict[str, str | None] = {_last_word(key): value for key, _, value in pairs}
    if not found and (clause.verb == "label" or clause.any(Role.NOUN, "labels")):
        found = dict(environment(clause))
    if clause.verb in TAKING_AWAY and clause.any_of(Role.LABEL, Role.NOUN):
        return dict.fromkeys(found or bare_names(clause.items)) if clause.any(Role.NOUN, "labels") or found else {}
    return {key: value for key, value in found.items() if value is not None}


def bare_names(items: Sequence[Item]) -> list[str]:
    """The words between the verb and "on": names of variables that nothing else gives away."""
    found: list[str] = []
    for item in items:
        if item.has(Role.PREP) and found:
            break
        if item.has(Role.UNKNOWN):
            found.append(item.text)
    return found


def _last_word(text: str) -> str:
    """The key of a label that was read with its mark: "label tier=web"."""
    return text.split()[-1] if text.split() else ""
