"""An incident as values: one failure of one app, what was found, what was tried, and how it came out. Pure.

Times are epoch seconds. Specs inside are stored as they are desired (secrets are references there).
"""

from __future__ import annotations

from enum import StrEnum

from app.core.diagnosis import Cause, RemedyClass
from app.core.spec import AppKey, AppSpec, Frozen


class Risk(StrEnum):
    """What a remedy may spoil. SAFE: it can be undone and loses nothing that works now. RISKY: an address, data in a
    container or another app's life changes with it. PERSON: nothing that a program should do."""

    SAFE = "safe"
    RISKY = "risky"
    PERSON = "person"


class Proposal(Frozen):
    """One remedy made concrete for one app.

    `after` is the spec it leads to; None for one that changes no wish (`restarts` or waiting). `what` says it in one
    sentence; `undo` how it is taken back; `promise` what must be true for it to have helped.
    """

    remedy: RemedyClass
    what: str
    risk: Risk
    promise: str = "the app is ready for 60 s without another restart"
    after: AppSpec | None = None
    restarts: bool = False
    undo: str = ""
    cost: str = ""
    """What it takes: "64Mi more per replica", "every replica is replaced"; empty for nothing."""

    @property
    def key(self) -> str:
        """The same remedy in the same words is not tried twice in one incident."""
        return f"{self.remedy.value}: {self.what}"


class Outcome(StrEnum):
    """How an attempt came out."""

    WATCHING = "watching"
    KEPT = "kept"
    UNDONE = "undone"
    """It did not help, and what stood before stands again."""
    FAILED = "failed"
    """It could not be carried out, or not be taken back."""
    REFUSED = "refused"
    """A person, the mode or a limit said no."""
    OVERTAKEN = "overtaken"
    """A person changed the app meanwhile: theirs counts."""


class Attempt(Frozen):
    """One remedy that was carried out. `generation` is the wish it made; a later one was made by somebody else."""

    proposal: Proposal
    before: AppSpec
    generation: int
    began_at: float
    restarts: int = 0
    """Restarts counted when it began: one more means that it failed again."""
    ended_at: float | None = None
    outcome: Outcome = Outcome.WATCHING
    well_since: float | None = None


class IncidentState(StrEnum):
    OPEN = "open"
    """Found; being looked into, or between two attempts."""
    ASKING = "asking"
    """A person is asked whether the next remedy may be carried out."""
    WATCHING = "watching"
    """A remedy was carried out and is being judged."""
    WAITING = "waiting"
    """Nothing here is at fault: it waits for another app or for the world."""
    PERSON = "person"
    """A person is needed; it says for what."""
    RESOLVED = "resolved"
    """The app is well again."""
    CLOSED = "closed"
    """The app was deleted or stopped."""

    @property
    def over(self) -> bool:
        return self in (IncidentState.RESOLVED, IncidentState.CLOSED)


class Incident(Frozen):
    """One failure from the first sign to its end. `apps` are others that fail of the same cause; `about` the one at
    fault where that is another one. `signature` is the masked line that similar failures share."""

    id: str
    app: AppKey
    began_at: float
    state: IncidentState = IncidentState.OPEN
    cause: Cause | None = None
    confidence: float = 0.0
    because: str = ""
    about: str = ""
    signature: str = ""
    image_family: str = ""
    apps: tuple[AppKey, ...] = ()
    diagnosed_at: float | None = None
    well_at: float | None = None
    """When the app was first well again after its last trouble."""
    ended_at: float | None = None
    attempts: tuple[Attempt, ...] = ()
    tried: tuple[str, ...] = ()
    """Keys of proposals that were carried out or refused."""
    says: str = ""
    """Where it stands, in words for a person."""
    asked_by: str = ""
    """The person who asked for it to be healed; empty where it began by itself, so that more is asked."""
    approval: str = ""
    """What a person is asked right now."""
    asking: str = ""
    """The key of the proposal that the approval is about."""
    healed_by: str = ""
    """The remedy that was kept; empty where it became well by itself."""
    judged_right: bool | None = None
    """A person's word on the cause."""

    @property
    def watching(self) -> Attempt | None:
        last = self.attempts[-1] if self.attempts else None
        return last if last is not None and last.outcome is Outcome.WATCHING else None
