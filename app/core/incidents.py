"""An incident as values: one failure of one app, what was found, what was tried, and how it came out. Pure.

Times are epoch seconds. Specs inside are stored as they are desired (secrets are references there).
"""

from __future__ import annotations

from enum import StrEnum

from app.core.approvals import Mode
from app.core.diagnosis import Cause, RemedyClass
from app.core.objects import Service
from app.core.spec import AppKey, AppSpec, Frozen


class Risk(StrEnum):
    """What a remedy may spoil. SAFE: it can be undone and loses nothing that works now. RISKY: an address, data in a
    container or another app's life changes with it. PERSON: nothing that a program should do."""

    SAFE = "safe"
    RISKY = "risky"
    PERSON = "person"


class Proposal(Frozen):
    """One remedy made concrete for one app.

    `after` is the spec it leads to; None for one that changes no app's wish (`restarts`, `service` or waiting). `what`
    says it in one sentence; `undo` how it is taken back; `promise` what must be true for it to have helped.
    """

    remedy: RemedyClass
    way: str = ""
    """Which of several ways of that class: "port" of a probe, "path"."""
    what: str
    risk: Risk
    promise: str = ""
    after: AppSpec | None = None
    service: Service | None = None
    """The Service it leads to, where it is in front of the app that the fault lies."""
    restarts: bool = False
    undo: str = ""
    cost: str = ""
    """What it takes: "64Mi more per replica", "every replica is replaced"; empty for nothing."""

    @property
    def waits(self) -> bool:
        """It changes nothing: what is wrong ends by itself, or somewhere else."""
        return self.after is None and self.service is None and not self.restarts

    @property
    def kind(self) -> str:
        """What one learns about: `rollback`, `fix_probe/port`."""
        return f"{self.remedy.value}/{self.way}" if self.way else self.remedy.value

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
    service_before: Service | None = None
    generation: int
    made: AppSpec | None = None
    """The wish as it was stored, which may have marks that the proposal lacks; None until that is known."""
    began_at: float
    restarts: int = 0
    """Restarts counted when it began, where its replicas stay: one more means that it failed again."""
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


class Question(Frozen):
    """What a person is asked right now. Kept whole, so that a yes means this very remedy, also after a restart: `of` is
    the wish of the app that it changes, `mode` the one in which it had to be asked."""

    approval: str
    proposal: Proposal
    of: AppSpec
    mode: Mode


class Incident(Frozen):
    """One failure from the first sign to its end. `apps` are others that fail of the same cause; `about` the one at
    fault where that is another one. `signature` is the masked line that similar failures share."""

    id: str
    app: AppKey
    began_at: float
    """The first sign of trouble."""
    detected_at: float | None = None
    """When it had lasted long enough to be one."""
    state: IncidentState = IncidentState.OPEN
    cause: Cause | None = None
    confidence: float = 0.0
    because: str = ""
    about: str = ""
    signature: str = ""
    image_family: str = ""
    apps: tuple[AppKey, ...] = ()
    diagnosed_at: float | None = None
    """When a cause was first named that one may act on."""
    well_at: float | None = None
    """Since when the app is well again; None while it is not."""
    ended_at: float | None = None
    attempts: tuple[Attempt, ...] = ()
    tried: tuple[str, ...] = ()
    """Keys of proposals that were carried out."""
    refused: tuple[str, ...] = ()
    """Keys of proposals that a person or the gate did not allow."""
    says: str = ""
    """Where it stands, in words for a person."""
    waits_since: float | None = None
    """Since when nothing is done but to wait."""
    stopped_at: int | None = None
    """The revision at which no more was tried, as too many remedies had not helped; another one starts it again."""
    asked_by: str = ""
    """The person who asked for it to be healed; empty where it began by itself, so that more is asked."""
    asked_at: float | None = None
    question: Question | None = None
    """What a person is asked right now."""
    healed_by: str = ""
    """The remedy that was kept; empty where it became well by itself."""
    judged_right: bool | None = None
    """A person's word on the cause."""

    @property
    def approval(self) -> str:
        """Id of the approval that waits for a person; empty where none does."""
        return self.question.approval if self.question is not None else ""

    @property
    def watching(self) -> Attempt | None:
        last = self.attempts[-1] if self.attempts else None
        return last if last is not None and last.outcome is Outcome.WATCHING else None

    def target(self, proposal: Proposal) -> AppKey:
        """The app that a remedy changes: mostly the one that fails, else what it depends on."""
        return self.app if proposal.after is None else proposal.after.key

    def trying(self, attempt: Attempt) -> Incident:
        """With one more remedy, which is watched from now on."""
        tried = tuple(dict.fromkeys((*self.tried, attempt.proposal.key)))
        begun = {"attempts": (*self.attempts, attempt), "tried": tried, "question": None, "well_at": None}
        return self.model_copy(update={**begun, "waits_since": None})

    def untried(self) -> Incident:
        """The watched remedy was noted and never made: it may be tried."""
        last = self.watching
        return self.model_copy(update={"tried": tuple(key for key in self.tried if last and key != last.proposal.key)})

    def refusing(self, key: str) -> Incident:
        """With one more remedy that is not to be asked for again."""
        refused = tuple(dict.fromkeys((*self.refused, key)))
        return self.model_copy(update={"refused": refused, "question": None})

    def asked(self, person: str, now: float) -> Incident:
        """By a person to be healed: what was refused or given up before may be tried again."""
        afresh = {"refused": (), "stopped_at": None, "waits_since": None, "question": None}
        return self.model_copy(update={**afresh, "asked_by": person or self.asked_by, "asked_at": now})

    def settled(self, outcome: Outcome, now: float) -> Incident:
        """With the watched remedy over."""
        return self._last(outcome=outcome, ended_at=now)

    def well_since(self, at: float | None) -> Incident:
        """Of the watched remedy."""
        return self._last(well_since=at)

    def made(self, spec: AppSpec, generation: int) -> Incident:
        """With the wish that the watched remedy really made."""
        return self._last(made=spec, generation=generation)

    def _last(self, **changes: object) -> Incident:
        last = self.attempts[-1].model_copy(update=changes)
        return self.model_copy(update={"attempts": (*self.attempts[:-1], last)})
