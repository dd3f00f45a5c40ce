"""From a finding to proposals, in the order in which they should be tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from app.core.diagnosis import Cause, RemedyClass
from app.core.incidents import Proposal
from app.core.learning import Chance
from app.healing.remedies.case import Case
from app.healing.remedies.environment import set_env_again
from app.healing.remedies.images import fix_image
from app.healing.remedies.limits import raise_limit
from app.healing.remedies.machines import other_hosts
from app.healing.remedies.memory import raise_memory
from app.healing.remedies.ports import free_port
from app.healing.remedies.power import restart, see_to_dependency, wait, wait_for_engine
from app.healing.remedies.probes import fix_probe
from app.healing.remedies.revisions import roll_back

__all__ = ["MAKERS", "Case", "propose"]

MAKERS: dict[RemedyClass, Callable[[Case], Iterator[Proposal]]] = {
    RemedyClass.INCREASE_MEMORY: raise_memory,
    RemedyClass.ROLLBACK: roll_back,
    RemedyClass.FIX_IMAGE: fix_image,
    RemedyClass.CHANGE_PORT: free_port,
    RemedyClass.FIX_PROBE: fix_probe,
    RemedyClass.RESTART: restart,
    RemedyClass.RETRY: wait,
    RemedyClass.FIX_DEPENDENCY: see_to_dependency,
    RemedyClass.SET_ENV: set_env_again,
    RemedyClass.RAISE_LIMIT: raise_limit,
    RemedyClass.RESCHEDULE: other_hosts,
    RemedyClass.NONE_NEEDED: wait_for_engine,
}
"""The classes a program can carry out. The others need a person: credentials, configuration, hosts, images to build."""


NOT_BY_GOING_BACK = frozenset({Cause.COMPLETED, Cause.KILLED, Cause.DEPENDENCY, Cause.UNKNOWN})
"""Causes that a new version does not bring."""


def propose(case: Case, chance: Chance | None = None) -> Sequence[Proposal]:
    """The finding's own order, then going back where something was changed lately; `chance` (learnt) changes the
    order. Each comes once."""
    classes = list(case.finding.remedies)
    lately = case.symptoms.recent_changes and case.finding.cause not in NOT_BY_GOING_BACK
    if lately and RemedyClass.ROLLBACK not in classes:
        classes.append(RemedyClass.ROLLBACK)
    found = (one for each in classes if each in MAKERS for one in MAKERS[each](case))
    made = {one.key: _promising(one, case) for one in found if _reaches(one, case)}
    places = {kind: place for place, kind in enumerate(dict.fromkeys(one.kind for one in made.values()))}
    ordered = list(made.values())
    if chance is not None:
        ordered.sort(key=lambda one: -chance(one.kind, places[one.kind]))
    return tuple(ordered)


def _reaches(one: Proposal, case: Case) -> bool:
    """A paused rollout replaces no replica, and the template of what runs to completion cannot be changed."""
    fixed = case.spec.paused or case.spec.job is not None
    replaces = one.restarts or (one.after is not None and one.after.template != case.spec.template)
    mine = one.after is None or one.after.key == case.view.key
    return not (fixed and replaces and mine)


def _promising(one: Proposal, case: Case) -> Proposal:
    if one.promise or one.waits:
        return one
    return one.model_copy(update={"promise": f"the app is ready for {case.hold:g} s without another restart"})
