"""Seams around healing: what the tools may ask of it, and what it asks of the gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from app.core.incidents import Attempt, Incident, Proposal
from app.core.learning import Lesson


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a request: `done`, or parked as `approval`, or refused in `words`."""

    done: bool
    approval: str | None = None
    words: str = ""


class Word(StrEnum):
    """What became of an approval."""

    OPEN = "open"
    DONE = "done"
    NO = "no"
    """A person said so."""
    EXPIRED = "expired"
    FAILED = "failed"
    """Allowed, and could not be carried out."""


@dataclass(frozen=True, slots=True)
class Answer:
    word: Word
    says: str = ""
    """Who said no, or why it failed."""


class Door(Protocol):
    """The gate as healing sees it. Nothing is carried out but through here."""

    async def ask(self, incident: Incident, proposal: Proposal) -> Asked:
        """Asks for a remedy; where it may run at once, `Healing.carry_out` has been called when this returns."""
        ...

    async def take_back(self, incident: Incident) -> Asked:
        """Asks for what was promised when the watched attempt was allowed: that it is undone when it does not help."""
        ...

    async def answered(self, approval: str) -> Answer: ...

    async def withdraw(self, approval: str) -> None:
        """It is not asked any more. No error where it was decided already."""
        ...


class Healing(Protocol):
    """What the tools may ask."""

    def incidents(self, app: str | None = None) -> Sequence[Incident]:
        """Those that are not over, worst and newest first; of one app or all."""
        ...

    async def past(self, app: str | None = None, *, limit: int = 20) -> Sequence[Incident]:
        """Those that are over, newest first."""
        ...

    def incident(self, incident_id: str) -> Incident:
        """Raises `NotFound`."""
        ...

    async def find(self, incident_id: str) -> Incident:
        """One that is over, too. Raises `NotFound`."""
        ...

    async def heal(self, app: str, *, by: str = "") -> Incident | None:
        """A person asks for it: looks at once, and carries out what is safe without asking again. None = nothing is
        wrong. Raises `NotFound`."""
        ...

    def proposal(self, incident_id: str, key: str) -> Proposal:
        """A remedy that was found for it. Raises `NotFound` when it no longer holds."""
        ...

    async def carry_out(self, incident_id: str, key: str) -> Attempt:
        """What the gate allowed. Raises `Conflict` when the app changed since, or another remedy is on its way."""
        ...

    async def undo(self, incident_id: str) -> Attempt:
        """Takes the watched attempt back. Raises `Conflict`."""
        ...

    async def similar(self, incident: Incident, *, limit: int = 3) -> Sequence[Incident]:
        """Earlier ones of the same cause and masked line, those that ended well first."""
        ...

    async def judged(self, incident_id: str, *, right: bool) -> Incident:
        """A person's word on the cause and the remedy. Raises `NotFound`."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Since the start of the process: `healed`, and attempts by outcome (`kept`, `undone`, ...)."""
        ...

    async def lessons(self) -> Sequence[Lesson]: ...

    async def forget(self, *, cause: str | None = None, remedy: str | None = None, family: str | None = None) -> int:
        """Forgets what was learnt of these, all of it where none is given. Returns how many lessons."""
        ...
