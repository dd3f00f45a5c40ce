"""Approvals and audit as values (DESIGN: the gate). An approval is a stored record, used once."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from app.core.spec import Frozen

APPROVAL_SECONDS = 600.0


class Role(StrEnum):
    """What a person may do: look; look and change; everything. Ordered by `rank`."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        return list(Role).index(self)


class Mode(StrEnum):
    """How much happens unasked: nothing; show every change first; ask before what destroys, costs or touches many;
    act, healing included (a later issue). In every mode what destroys asks."""

    OBSERVE = "observe"
    SUGGEST = "suggest"
    ASK = "ask"
    AUTO = "auto"


class Caller(Frozen):
    """Who calls a tool: the person, the conversation it happens in, and the sentence that led to it."""

    user: str
    role: Role
    conversation: str
    source: str = "chat"
    """chat, shell, api, mcp, incident."""
    sentence: str = ""
    model: str = "rules"


class Change(Frozen):
    """One line of a diff for people."""

    what: str
    before: str
    after: str


class Preview(Frozen):
    """What a call would do, found without doing it: the body of an approval card and of a dry run."""

    title: str
    """A sentence with verb and names: "Delete nginx"."""
    verb: str
    """The button: "Delete nginx"."""
    apps: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    """What else it touches, by kind and name: "Service web"."""
    stopping: tuple[str, ...] = ()
    """Of these, the ones that would be stopped, where the call does not stop all or none of them."""
    deleting: tuple[str, ...] = ()
    """Of these, the ones that would be deleted by a tool that is not there for deleting: the gate then asks."""
    changes: tuple[Change, ...] = ()
    losses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What will be otherwise than one may expect, a sentence each."""
    undo: str = ""
    price: str = ""
    risky: bool = False
    """It may spoil something that works now, so a person is asked whatever the mode."""
    promised: bool = False
    """It takes back what was allowed on the promise that it would be."""
    canonical: tuple[dict[str, Any], ...] = ()


class ApprovalState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    DONE = "done"
    FAILED = "failed"


class Approval(Frozen):
    """A parked call. Runs exactly `tool(arguments)` once, when a person with the role says so before `expires_at`."""

    id: str
    conversation: str
    tool: str
    arguments: dict[str, Any]
    arguments_hash: str
    preview: Preview
    caller: Caller
    asked_by_person: bool
    """The person's own sentence asked for exactly this; only then does a typed yes count."""
    created_at: float
    expires_at: float
    state: ApprovalState = ApprovalState.PENDING
    decided_by: str | None = None
    decided_at: float | None = None
    result: dict[str, Any] | None = None


class AuditRow(Frozen):
    """One change: who, why, what, before, after, outcome. `undo` takes changes back by these rows (docs/adr/0009).

    `before` and `after` are specs by app, and objects by kind and name ("Service web"), without secret values; what is
    not in one of them was not there.
    """

    id: int = 0
    at: float
    user: str
    role: Role
    source: str
    conversation: str
    sentence: str
    model: str
    tool: str
    arguments: dict[str, Any]
    approval: str | None = None
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    templates_before: dict[str, str] = {}
    """Content hash of each app's template before: the template itself is in the app's revision history. Of an object
    the hash of all of it."""
    templates_after: dict[str, str] = {}
    kept: dict[str, Any] = Field(default={}, repr=False)
    """The whole spec, secret values included, of each app that the change deleted (its history went with it) and of
    each object that it changed or deleted (objects have none): the only copy. For `undo` alone, never to be shown."""
    undid: tuple[int, ...] = ()
    """Ids of the rows that this one, an `undo`, took back."""
    ok: bool
    summary: str
