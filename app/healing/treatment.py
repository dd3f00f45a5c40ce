"""Carrying a remedy out, taking it back, and what is learnt of either."""

from __future__ import annotations

from app.core.errors import Conflict, KubeLiteError
from app.core.incidents import Attempt, Incident, IncidentState, Outcome, Proposal
from app.core.objects import Service
from app.core.spec import AppKey, AppSpec
from app.core.views import AppView
from app.healing.casebook import Casebook
from app.healing.judging import ours, same_but_count
from app.healing.rounds import Rounds
from app.ports.clock import Clock
from app.ports.control import Control


class Treatment:
    """What is written down comes before what is done: an attempt that was noted but not made is known by the
    generation that never came."""

    def __init__(self, control: Control, casebook: Casebook, rounds: Rounds, clock: Clock) -> None:
        self._control = control
        self._book = casebook
        self._rounds = rounds
        self._clock = clock

    async def carry_out(self, incident_id: str, key: str) -> Attempt:
        """Raises `NotFound`, `Conflict`, and what the write itself raises."""
        incident = self._book.get(incident_id)
        if incident.watching is not None:
            raise Conflict(f"another remedy is being tried on {incident.app.name}")
        proposal, of = self._rounds.proposal(incident, key)
        view, target = self._control.app(str(incident.app)), self._control.app(str(of.key))
        if not same_but_count(target.spec, of):
            raise Conflict(f"{target.name} was changed since; it is looked into again")
        if target.key in self.busy(but=incident_id):
            raise Conflict(f"another remedy is being tried on {target.name}")
        attempt = self._attempt(_onto(proposal, of, target.spec), view, target)
        await self._book.note(incident.trying(attempt), IncidentState.WATCHING, f"tried: {proposal.what}")
        try:
            await self._write(incident, attempt.proposal, target)
        except KubeLiteError as error:
            await self.over(incident_id, Outcome.FAILED, f"could not {proposal.what}: {error}")
            raise
        await self._made(incident_id, target.key)
        return attempt

    def busy(self, *, but: str = "") -> frozenset[AppKey]:
        """The apps on which a remedy is being watched, those of one incident left out."""
        return frozenset(
            one.target(one.watching.proposal) for one in self._book.open() if one.id != but and one.watching is not None
        )

    def _attempt(self, proposal: Proposal, view: AppView, target: AppView) -> Attempt:
        changes = proposal.service is None
        return Attempt(
            proposal=proposal,
            before=target.spec,
            service_before=self._service(proposal),
            generation=target.generation + changes,
            began_at=self._clock.now(),
            restarts=view.restarts if _same_replicas(proposal, target.spec) else 0,
        )

    def _service(self, proposal: Proposal) -> Service | None:
        """As it stands before the remedy. Raises `NotFound`."""
        if proposal.service is None:
            return None
        found = self._control.object("Service", f"{proposal.service.namespace}/{proposal.service.name}").object
        assert isinstance(found, Service)
        return found

    async def _write(self, incident: Incident, proposal: Proposal, target: AppView) -> None:
        cause = f"incident {incident.id}: {proposal.what}"
        if proposal.restarts:
            await self._control.restart(str(target.key), cause=cause)
        elif proposal.service is not None:
            await self._control.put_object(proposal.service, cause=cause)
        elif proposal.after is not None:
            await self._control.apply(proposal.after, cause=cause)

    async def _made(self, incident_id: str, key: AppKey) -> None:
        """What was stored is the wish that counts as ours: it may have marks that the proposal lacks."""
        target = self._control.app(str(key))
        await self._book.put(self._book.get(incident_id).made(target.spec, target.generation))

    async def undo(self, incident_id: str) -> Attempt:
        """What stood before stands again; a count that followed the load meanwhile stays. Raises `Conflict`."""
        incident = self._book.get(incident_id)
        attempt = incident.watching
        if attempt is None:
            raise Conflict(f"nothing is being tried on {incident.app.name}")
        cause = f"incident {incident.id}: undone, as it did not help"
        if attempt.service_before is not None:
            await self._put_back(attempt, attempt.service_before, cause)
        elif (after := attempt.proposal.after) is not None:
            target = self._control.app(str(incident.target(attempt.proposal)))
            if not ours(attempt, target):
                raise Conflict(f"{target.name} was changed by somebody else meanwhile; that is left as it is")
            await self._control.apply(_onto_spec(attempt.before, after, target.spec), cause=cause)
        changed = not attempt.proposal.restarts
        words = "did not help, taken back" if changed else "did not help"
        await self.over(incident_id, Outcome.UNDONE, f"{words}: {attempt.proposal.what}")
        return attempt

    async def _put_back(self, attempt: Attempt, before: Service, cause: str) -> None:
        if self._service(attempt.proposal) != attempt.proposal.service:
            raise Conflict(f"Service {before.name} was changed by somebody else meanwhile; that is left as it is")
        await self._control.put_object(before, cause=cause)

    async def keep(self, incident: Incident, attempt: Attempt) -> None:
        self._book.counted(Outcome.KEPT)
        kept = incident.settled(Outcome.KEPT, self._clock.now())
        kept = kept.model_copy(update={"healed_by": attempt.proposal.what, "well_at": attempt.well_since})
        self._rounds.drop(incident.id)
        await self._book.note(kept, IncidentState.RESOLVED, f"it helped: {attempt.proposal.what}")
        await self._book.learn(kept, attempt.proposal.kind, helped=True)

    async def over(
        self,
        incident_id: str,
        outcome: Outcome,
        words: str,
        *,
        again: bool = False,
        state: IncidentState = IncidentState.OPEN,
    ) -> None:
        """The attempt is over, the incident is not. `again`: it may be tried, as it was never made."""
        self._rounds.drop(incident_id)
        self._book.counted(outcome)
        incident = self._book.get(incident_id)
        incident = incident.untried() if again else incident
        await self._book.note(incident.settled(outcome, self._clock.now()), state, words)


def _onto(proposal: Proposal, of: AppSpec, present: AppSpec) -> Proposal:
    """The remedy for the wish as it is now: the count and the notes beside it may have changed since."""
    if proposal.after is None:
        return proposal
    return proposal.model_copy(update={"after": _onto_spec(proposal.after, of, present)})


def _onto_spec(wanted: AppSpec, other: AppSpec, present: AppSpec) -> AppSpec:
    """`wanted`, with count and annotations of `present` where `wanted` and `other` do not differ in them."""
    kept: dict[str, object] = {}
    if wanted.replicas == other.replicas:
        kept["replicas"] = present.replicas
    if wanted.annotations == other.annotations:
        kept["annotations"] = present.annotations
    return wanted.model_copy(update=kept)


def _same_replicas(proposal: Proposal, present: AppSpec) -> bool:
    """They stay as they are, so their restarts so far are no sign of failure."""
    return not proposal.restarts and (proposal.after is None or proposal.after.template == present.template)
