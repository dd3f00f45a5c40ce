"""What the rules make of a sentence: tool calls to make, or one thing to say. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class KnownApp:
    """An app as the language needs it."""

    name: str
    image: str
    replicas: int
    namespace: str = "default"
    status: str = "Running"
    last_replicas: int | None = None
    """Of a stopped app: the count before it was stopped, where it is known; "start" goes back to it."""
    memory: str = ""
    """The limit of one replica, as `512Mi`; "" where there is none. For "double the memory"."""
    cpu: str = ""
    """The same for CPU, as `500m`."""
    gpus: int = 0
    env: tuple[str, ...] = ()
    """Names of the environment variables; values are nobody's business here."""
    ports: tuple[int, ...] = ()
    """Container ports of the main container."""


@dataclass(frozen=True, slots=True)
class KnownObject:
    """A Service, ConfigMap and so on; `apps` are those it is there for."""

    kind: str
    name: str
    namespace: str = "default"
    apps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """One tool call, arguments as the tool's schema names them."""

    tool: str
    arguments: dict[str, Any]
    intent: str = field(default="", compare=False)
    """The canonical word that was read, where one tool serves several: `start` and `stop` are both a `scale`."""
    by_filter: bool = field(default=False, compare=False)
    """The person did not name the apps but said "all", a pattern or a state: the gate's fact of the same name."""


@dataclass(frozen=True, slots=True)
class EarlierTurn:
    """A turn before this one: what the person said, what was called, what the rules asked back (if they did)."""

    text: str
    wishes: tuple[Wish, ...] = ()
    outcome: Outcome | None = None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """All the rules may look at besides the sentence. `tools` are the names that are bound right now."""

    apps: tuple[KnownApp, ...]
    tools: frozenset[str]
    earlier: tuple[EarlierTurn, ...] = ()
    objects: tuple[KnownObject, ...] = ()


class Outcome(StrEnum):
    """Canonical outcomes that change nothing."""

    CLARIFY = "clarify"
    REFUSE = "refuse"
    ANSWER = "answer_only"


@dataclass(frozen=True, slots=True)
class Reading:
    """Either `wishes` (in order) or `say` with an `outcome`; both where part of the sentence cannot be done.

    `about` (clarify) and `reason` (refuse) are the canonical words; `candidates` are what a question offers, as
    sentences-to-be: app names or values. `confidence` 0..1; `rule` names what won, for `--explain`.
    """

    wishes: tuple[Wish, ...] = ()
    say: str = ""
    outcome: Outcome | None = None
    about: str = ""
    reason: str = ""
    candidates: tuple[str, ...] = ()
    confidence: float = 0.0
    rule: str = ""
