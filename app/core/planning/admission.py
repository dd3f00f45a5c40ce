"""Which of the starts that are due may be sent off now: configuration, room and image each hold them back. Pure.

The order is Kubernetes': what cannot be configured is not placed, what has no place pulls no image.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.core.planning.actions import Action, Pull, Start
from app.core.planning.fitting import fitting, needs
from app.core.planning.slots import ImagePhase, Observed
from app.core.pods import PodId
from app.core.spec import Desired


@dataclass(frozen=True, slots=True)
class Admitted:
    """What is done now; `wake_at` when a start that is held back may be tried again; `short` = one waits for room."""

    actions: tuple[Action, ...] = ()
    wake_at: float | None = None
    short: bool = False


def admit(desired: Desired, observed: Observed, due: list[Start], now: float) -> Admitted:
    """The starts of `due` that may go, or what they wait for. Older revisions ran before, so their configuration and
    image are taken to be there."""
    if observed.blocked:
        due = [start for start in due if start.template_hash != desired.template_hash]
    placed = _with_room(desired, observed, due)
    short = len(placed) < len(due)
    older: list[Action] = [start for start in placed if start.template_hash != desired.template_hash]
    image = observed.image
    if len(older) == len(placed) or image.phase is ImagePhase.PRESENT:
        return Admitted(tuple(placed), short=short)
    if image.phase is ImagePhase.FAILED and now < image.retry_at:
        return Admitted(tuple(older), image.retry_at, short)
    wanted = image.image or desired.spec.container.image
    return Admitted((*older, Pull(wanted, never=_never_pulled(desired, wanted))), short=short)


def _with_room(desired: Desired, observed: Observed, due: list[Start]) -> list[Start]:
    """As many as fit. What exists already (a start half done) has its place."""
    if observed.room is None:
        return due
    left = fitting(needs(desired.spec.template.wants), observed.room)
    there = {pod.id for pod in observed.pods}
    placed: list[Start] = []
    for start in due:
        if start.pod in there:
            placed.append(start)
        elif left > 0:
            placed.append(start)
            left -= 1
    return placed


def room_taken(observed: Observed, starts: list[PodId]) -> int:
    """How many of these starts need new room."""
    there = {pod.id for pod in observed.pods}
    return sum(pod not in there for pod in starts)


def _never_pulled(desired: Desired, image: str) -> bool:
    template = desired.spec.template
    users = [one for one in (*template.containers, *template.init_containers) if one.image == image]
    return bool(users) and all(one.image_pull_policy == "Never" for one in users)
