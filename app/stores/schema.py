"""The tables, and how values become rows: each row is keys to find it by, and the whole value as JSON.

Only types that SQLite and PostgreSQL share are used, so one schema serves both. The value sits in JSON because
PostgreSQL's text columns refuse a NUL character, which a container may well print into a message.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

from app.core.approvals import Approval, AuditRow
from app.core.errors import Permanent
from app.core.events import Event
from app.core.experiments import Experiment
from app.core.gamedays import GameDay
from app.core.history import SlotRecord
from app.core.incidents import Incident
from app.core.learning import Lesson
from app.core.objects import Stored
from app.core.spec import Desired, Revision, Strategy
from app.core.spending import Charge

Value = TypeVar("Value")

SCHEMA_VERSION = 3
"""Kept in `meta` under `SCHEMA_KEY`; rises with every change of a table or of a stored value's meaning.

2: the tables `objects` and `samples` are there; what version 1 wrote is read as it is.
3: the tables `charges`, `incidents`, `lessons`, `experiments` and `game_days` are there."""

SCHEMA_KEY = "schema_version"

OLDER_KEPT_AT_LEAST = 1
"""While a rollout goes on, replicas of the revision before must be replaced as they were, whatever the limit."""

METADATA = MetaData()

_ROW_ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only a column that is exactly INTEGER PRIMARY KEY."""


def _of_app() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["namespace", "name"], ["apps.namespace", "apps.name"], ondelete="CASCADE")


META = Table("meta", METADATA, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

APPS = Table(
    "apps",
    METADATA,
    Column("namespace", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("body", JSON, nullable=False),
)

REVISIONS = Table(
    "revisions",
    METADATA,
    Column("namespace", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("body", JSON, nullable=False),
    _of_app(),
)

SLOTS = Table(
    "slots",
    METADATA,
    Column("namespace", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("body", JSON, nullable=False),
    _of_app(),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("id", _ROW_ID, primary_key=True),
    Column("namespace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("last_at", Float, nullable=False),
    Column("body", JSON, nullable=False),
    Index("events_by_app", "namespace", "name", "last_at"),
    Index("events_by_time", "last_at"),
    sqlite_autoincrement=True,
)
"""No foreign key: the events of an app outlive it."""

APPROVALS = Table(
    "approvals",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("conversation", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("body", JSON, nullable=False),
    Index("approvals_by_conversation", "conversation", "state"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", _ROW_ID, primary_key=True),
    Column("conversation", Text, nullable=False),
    Column("body", JSON, nullable=False),
    Index("audit_by_conversation", "conversation"),
    sqlite_autoincrement=True,
)

CONVERSATIONS = Table(
    "conversations", METADATA, Column("id", Text, primary_key=True), Column("body", JSON, nullable=False)
)

OBJECTS = Table(
    "objects",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("namespace", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("body", JSON, nullable=False),
)

SAMPLES = Table(
    "samples",
    METADATA,
    Column("id", _ROW_ID, primary_key=True),
    Column("namespace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("pod", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("cpu_millicores", BigInteger, nullable=False),
    Column("memory_bytes", BigInteger, nullable=False),
    Column("restarts", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("bucket", BigInteger, nullable=False),
    Column("mean", Integer, nullable=False),
    Index("samples_by_app", "namespace", "name", "at"),
    Index("samples_by_age", "mean", "at"),
)
"""`bucket` is the number of the five minutes that `at` lies in; `mean` 1 = folded already."""

CHARGES = Table(
    "charges",
    METADATA,
    Column("runtime", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("started_at", Float, nullable=False),
    Column("body", JSON, nullable=False),
    Index("charges_by_time", "started_at"),
)
"""No foreign key: what an app cost outlives it."""

INCIDENTS = Table(
    "incidents",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("namespace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("over", Integer, nullable=False),
    Column("began_at", Float, nullable=False),
    Column("body", JSON, nullable=False),
    Index("incidents_by_time", "over", "began_at"),
)
"""`over` 1 = ended. No foreign key: one learns from the incidents of apps that are gone."""

LESSONS = Table(
    "lessons",
    METADATA,
    Column("cause", Text, primary_key=True),
    Column("remedy", Text, primary_key=True),
    Column("family", Text, primary_key=True),
    Column("body", JSON, nullable=False),
)

EXPERIMENTS = Table(
    "experiments",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("namespace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("over", Integer, nullable=False),
    Column("began_at", Float, nullable=False),
    Column("body", JSON, nullable=False),
    Index("experiments_by_time", "over", "began_at"),
)
"""`over` 0 = its fault may still be there: the next start cleans it up."""

GAME_DAYS = Table(
    "game_days",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("namespace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("began_at", Float, nullable=False),
    Column("body", JSON, nullable=False),
    Index("game_days_by_app", "namespace", "name", "began_at"),
)


def revisions_kept(strategy: Strategy) -> int:
    """The present revision and Kubernetes' `revisionHistoryLimit` of older ones."""
    return max(strategy.revision_history_limit, OLDER_KEPT_AT_LEAST) + 1


class Codec(Generic[Value]):
    """One kind of value to and from JSON data. A stored body that no longer fits is `Permanent`, never a guess."""

    def __init__(self, kind: type[Value]) -> None:
        self._kind = kind.__name__
        self._adapter = TypeAdapter(kind)

    def dump(self, value: Value) -> dict[str, Any]:
        return cast("dict[str, Any]", self._adapter.dump_python(value, mode="json"))

    def load(self, body: Any) -> Value:
        try:
            return self._adapter.validate_python(body)
        except ValidationError as error:
            raise Permanent(
                f"a stored {self._kind} cannot be read: {error.error_count()} fields do not fit; "
                "it was written by another version or changed by hand",
                reason="StoreCorrupt",
            ) from error


DESIRED = Codec(Desired)
REVISION = Codec(Revision)
SLOT = Codec(SlotRecord)
EVENT = Codec(Event)
APPROVAL = Codec(Approval)
STORED = Codec(Stored)
AUDIT_ROW = Codec(AuditRow)
CHARGE = Codec(Charge)
INCIDENT = Codec(Incident)
LESSON = Codec(Lesson)
EXPERIMENT = Codec(Experiment)
GAME_DAY = Codec(GameDay)
