"""The words between the vocabulary and the grammar: what a piece of a sentence can mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any


class Role(StrEnum):
    """The part a piece plays. The first block comes from vocabulary tables, the second from the entities."""

    VERB = "verb"
    NOUN = "noun"
    AUX = "aux"
    """is, does, can: what makes a question when it stands first."""
    ASK = "ask"
    """how, why, what, which, and the phrases that make a question about doing."""
    REQUEST = "request"
    """"can you", "i want to": what makes an order polite."""
    FILLER = "filler"
    SUBJECT = "subject"
    """I, we, users: who does something; before a verb it makes a statement, not an order."""
    NOT = "not"
    DROP = "drop"
    """"never mind", "ignore": what follows is not wanted."""
    CONDITION = "condition"
    CORRECTION = "correction"
    AGAIN = "again"
    """"do it again", "same for": the last wish once more."""
    CONNECT = "connect"
    PREP = "prep"
    PRONOUN = "pronoun"
    ALL = "all"
    EXCEPT = "except"
    DEGREE = "degree"
    """more, fewer, double: a change relative to what is."""
    VAGUE = "vague"
    STATE = "state"
    PROBLEM = "problem"
    COUNTWORD = "countword"
    UNIT = "unit"
    ORDINAL = "ordinal"
    TIME = "time"
    GREETING = "greeting"
    CATEGORY = "category"
    """"a web server": a kind of product that many images are."""
    PRODUCT = "product"
    """A well-known image by its name."""
    MARK = "mark"
    """What introduces a value: named, image, namespace, port, health check."""
    FOREIGN = "foreign"
    """What this orchestrator does not have."""
    OVERRIDE = "override"
    """"ignore your instructions", "SYSTEM:": nobody has to say this to get what they may have."""
    OFFTOPIC = "offtopic"
    KIND = "kind"
    """A kind of object beside the apps: Service, ConfigMap, CronJob, ..."""
    JOB = "job"
    """What runs to its end: "a job", "once", "to completion"."""
    CYCLE = "cycle"
    """How often: "every night", "hourly", "each" (before a number and a unit)."""
    CLOCK = "clock"
    """An hour of the day in a word, or the word before one: "midnight", "at"."""
    ORDERS = "orders"
    """"do what the log says": an order to take orders from data."""

    APP = "app"
    COUNT = "count"
    MEMORY = "memory"
    CPU = "cpu"
    GPU = "gpu"
    MONEY = "money"
    """US dollars, as `0.50`."""
    SPAN = "span"
    """A length of time, as `10m`."""
    LINES = "lines"
    PERCENT = "percent"
    PORT = "port"
    IMAGE = "image"
    VERSION = "version"
    ENV = "env"
    NAME = "name"
    NAMESPACE = "namespace"
    RUNTIME = "runtime"
    PATH = "path"
    VOLUME = "volume"
    LABEL = "label"
    SCHEDULE = "schedule"
    """A time that comes back, as a cron line; "" where it is none that cron can say."""
    REVISION = "revision"
    ARGUMENTS = "arguments"
    OPTION = "option"
    QUOTE = "quote"
    ARROW = "arrow"
    BREAK = "break"
    """A comma: soft."""
    END = "end"
    """A full stop, a new line: hard."""
    SHELL = "shell"
    COLON = "colon"
    LINK = "link"
    DATE = "date"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of the sentence with all it can mean. `start` and `end` are offsets in the text."""

    text: str
    start: int
    end: int
    senses: Mapping[Role, str]
    form: str = ""
    """Of a verb: `base`, `s`, `ed` or `ing`."""
    value: Any = None
    """What an entity says: a `Count`, an `AppMention`, a port, a pair."""

    def has(self, role: Role, *senses: str) -> bool:
        found = self.senses.get(role)
        return found is not None and (not senses or found in senses)

    def sense(self, role: Role) -> str:
        return self.senses.get(role, "")

    def only(self, role: Role, sense: str, value: Any = None) -> Item:
        """The same piece, settled to one meaning."""
        return replace(self, senses={role: sense}, value=value)


@dataclass(frozen=True, slots=True)
class Count:
    """A number as it was meant. `value` None with a `problem`: negative, fraction, odd, vague or range."""

    value: int | None = None
    problem: str = ""
    change: int = 0
    """+1 for "2 more", -1 for "2 fewer", 0 where the number is the count itself."""
    factor: Fraction | None = None
    """For "double", "half", "50 %": what the present count is multiplied by."""
    of_replicas: bool = False
    """A word for replicas stands beside it."""


@dataclass(frozen=True, slots=True)
class AppMention:
    """An app that was named. `how`: exact, plural, spaced, near, part, image, several, list; `names` has
    more than one where it is unclear, or all that a list names."""

    names: tuple[str, ...]
    how: str = "exact"

    @property
    def sure(self) -> bool:
        return len(self.names) == 1 and self.how in ("exact", "plural", "spaced")
