"""What people see of an app that is on its way from one runtime to another. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.core.spec import Desired
from app.core.views import AppStatus, AppView, Condition


@dataclass(frozen=True, slots=True)
class OldPlace:
    """What is still there of an app it moves away from. `silent`: it does not answer, so nobody knows."""

    runtime: str
    there: int
    ready: int
    url: str = ""
    silent: bool = False


def with_move(picture: AppView, desired: Desired, places: Sequence[OldPlace]) -> AppView:
    """The picture with what is still elsewhere: the app is not settled before that is gone."""
    left = [place for place in places if place.there or place.silent]
    if not left:
        return picture
    names = " and ".join(place.runtime for place in left)
    ready = sum(place.ready for place in left)
    status, reason = _word(picture, desired, names, ready)
    condition = Condition("Moved", False, "StillServing" if ready else "StillThere", _serves(names, ready, left))
    url = picture.url or ("" if picture.urls else next((place.url for place in left if place.url), ""))
    return replace(
        picture,
        status=status,
        reason=reason,
        total=picture.total + max(sum(place.there for place in left), 1),
        conditions=(*picture.conditions, condition),
        url=url,
    )


def _word(picture: AppView, desired: Desired, names: str, ready: int) -> tuple[AppStatus, str]:
    to = desired.spec.runtime
    if desired.deleting:
        return picture.status, f"{picture.reason}; some of it is still on {names}"
    if picture.status in (AppStatus.RUNNING, AppStatus.STOPPED, AppStatus.COMPLETED):
        return AppStatus.UPDATING, f"moved from {names} to {to}; what is left there is being stopped"
    serves = f"{names} still serves with {_replicas(ready)}" if ready else f"nothing answers on {names}"
    count = f"{picture.ready} of {picture.desired} ready there"
    detail = f"{count}, {picture.reason}" if picture.reason else count
    if picture.status in (AppStatus.STARTING, AppStatus.UPDATING):
        return AppStatus.UPDATING, f"moving from {names} to {to}: {detail}; {serves}"
    status = AppStatus.DEGRADED if ready and picture.status is AppStatus.FAILED else picture.status
    return status, f"the move from {names} to {to} is stuck, {serves}: {picture.reason}"


def _serves(names: str, ready: int, left: Sequence[OldPlace]) -> str:
    silent = [place.runtime for place in left if place.silent]
    if silent:
        return f"{' and '.join(silent)} does not answer, so what is left there is not known"
    return f"{names} still serves with {_replicas(ready)}" if ready else f"something of it is still on {names}"


def _replicas(count: int) -> str:
    return f"{count} replica{'s' if count != 1 else ''}"
