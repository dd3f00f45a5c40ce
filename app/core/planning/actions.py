"""What a plan may say, as values. The executor of the engine knows each of them; nothing else is ever done."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.pods import PodId


@dataclass(frozen=True, slots=True)
class Start:
    """Create and start this attempt, or take one whose init containers run a step further. Mostly with the newest
    template; a replica of an older revision that is lost during an update is replaced by its like, so that an update
    that is stuck does not bleed the app out."""

    pod: PodId
    template_hash: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop gracefully, then remove; a start of it that is on its way is given up first."""

    pod: PodId
    why: str


@dataclass(frozen=True, slots=True)
class Fail:
    """End an attempt that is unhealthy, and keep its body: it counts as an unplanned end."""

    pod: PodId
    why: str


@dataclass(frozen=True, slots=True)
class Repair:
    """Mend in place what was changed of a running attempt from outside."""

    pod: PodId
    template_hash: str


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove an ended attempt."""

    pod: PodId


@dataclass(frozen=True, slots=True)
class Release:
    """Give up a slot that waits for its next attempt: it is not wanted any more."""

    slot: int


@dataclass(frozen=True, slots=True)
class Pull:
    """See to it that the image gets there. Asked for by every app that waits for it, also while it is pulled already:
    so each of them is told when it is there. `never`: no registry may be asked (imagePullPolicy Never)."""

    image: str
    never: bool = False


@dataclass(frozen=True, slots=True)
class RolledOut:
    """Remember that the present revision came up in full once: from then on no progress deadline counts."""


@dataclass(frozen=True, slots=True)
class RollBack:
    """Go back to the revision before."""

    why: str


@dataclass(frozen=True, slots=True)
class Expire:
    """Delete a Job that finished long enough ago."""

    why: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Nothing of a deleted app is left: drop its record."""


Action = Start | Stop | Fail | Repair | Remove | Release | Pull | RolledOut | RollBack | Expire | Forget


@dataclass(frozen=True, slots=True)
class Plan:
    """`wake_at`: look again then (epoch seconds) even if nothing happens; None = only on news.

    `short`: a start waits for room on the host. `milestone`: what is worth one event when it becomes true, reason
    first: "Completed: completed 3 of 3"."""

    actions: tuple[Action, ...] = ()
    wake_at: float | None = None
    short: bool = False
    milestone: str = ""
