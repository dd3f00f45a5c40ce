"""The loop: trouble becomes an incident, the policy says the next step, the gate allows it, the world is watched.

Everything it knows of an incident is stored before it counts, so a `kill -9` anywhere leaves an incident that the next
start goes on with. A change that was noted but not made is found by its generation, and let go.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.analysis.examining import Examiner
from app.analysis.gathering import troubled
from app.core.diagnosis import Finding
from app.core.errors import Conflict, KubeLiteError, NotFound
from app.core.incidents import Attempt, Incident, IncidentState, Outcome, Proposal
from app.core.learning import BY_PERSON, Lesson, family_of
from app.core.spec import AppKey, AppSpec
from app.core.views import AppStatus, AppView
from app.healing.casebook import KEPT, Casebook
from app.healing.judging import ours
from app.healing.policy import ATTEMPTS_SECONDS, Keep, LetGo, Look, Note, Seen, Step, TakeBack, Try, next_step
from app.healing.remedies import Case, propose
from app.healing.signature import signature_of
from app.ports.clock import Clock
from app.ports.control import Control
from app.ports.healing import Door

log = logging.getLogger(__name__)

TICK_SECONDS = 2.0
DETECT_SECONDS = 5.0
"""Trouble must last so long: a replica that is replaced at once is no incident."""
LOOK_AGAIN_SECONDS = 15.0

Tell = Callable[[Incident, str], None]


def _nobody(_incident: Incident, _words: str) -> None:
    """No conversation is open."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the last look at an incident's app came to. `generation` is the wish it was about."""

    at: float
    generation: int
    finding: Finding | None
    proposals: Sequence[Proposal]


class Healer:
    """Implements `app.ports.healing.Healing`. `tell` posts a sentence where people read."""

    def __init__(
        self,
        control: Control,
        examiner: Examiner,
        casebook: Casebook,
        clock: Clock,
        new_id: Callable[[], str],
        *,
        tell: Tell = _nobody,
    ) -> None:
        self._control = control
        self._examiner = examiner
        self._book = casebook
        self._clock = clock
        self._new_id = new_id
        self._tell = tell
        self.door: Door | None = None
        """Set once the gate is there; until then nothing is tried."""
        self._trouble: dict[AppKey, float] = {}
        self._found: dict[str, Found] = {}
        self._earlier: dict[AppKey, list[float]] = {}
        """When attempts of incidents that are over began: they count for the limit, too."""

    async def run(self) -> None:
        """Until cancelled."""
        await self._book.load()
        while True:
            try:
                await self.tick()
            except KubeLiteError as error:
                log.warning("healing waits: %s", error)
            except Exception:
                log.exception("healing failed; it goes on with the next look")
            await self._clock.sleep(TICK_SECONDS)

    async def tick(self) -> None:
        """One look at all apps, and one step for each incident."""
        views = {view.key: view for view in self._control.apps()}
        await self._detect(views)
        for incident in self._book.open():
            await self._advance(incident, views)

    # -- what the tools ask

    def incidents(self, app: str | None = None) -> Sequence[Incident]:
        key = None if app is None else self._control.app(app).key
        found = [one for one in self._book.open() if key in (None, one.app, *one.apps)]
        return sorted(found, key=lambda one: (one.state is not IncidentState.PERSON, -one.began_at))

    async def past(self, app: str | None = None, *, limit: int = 20) -> Sequence[Incident]:
        return await self._book.past(None if app is None else AppKey.parse(app), limit=limit)

    def incident(self, incident_id: str) -> Incident:
        return self._book.get(incident_id)

    async def heal(self, app: str, *, by: str = "") -> Incident | None:
        view = self._control.app(app)
        if not troubled(view):
            return None
        incident = self._book.of(view.key) or self._begun(view.key)
        incident = await self._book.put(incident.model_copy(update={"asked_by": by or incident.asked_by}))
        self._found.pop(incident.id, None)
        await self._advance(incident, {one.key: one for one in self._control.apps()})
        if incident.id in self._found:  # the look came first; now the step that follows from it
            await self._advance(self._book.get(incident.id), {one.key: one for one in self._control.apps()})
        return self._book.of(view.key) or incident

    def proposal(self, incident_id: str, key: str) -> Proposal:
        found = self._found.get(incident_id)
        for one in found.proposals if found is not None else ():
            if one.key == key:
                return one
        raise NotFound("this remedy is not proposed any more; look at the incident again")

    async def carry_out(self, incident_id: str, key: str) -> Attempt:
        incident, proposal = self._book.get(incident_id), self.proposal(incident_id, key)
        if incident.watching is not None:
            raise Conflict(f"another remedy is being tried on {incident.app.name}")
        view = self._control.app(str(incident.app))
        target = self._control.app(str(_target(incident, proposal)))
        if view.generation != self._found[incident_id].generation:
            raise Conflict(f"{incident.app.name} was changed since; it is looked into again")
        attempt = Attempt(
            proposal=proposal,
            before=target.spec,
            generation=target.generation + 1,
            began_at=self._clock.now(),
            restarts=view.restarts if _same_template(proposal, target.spec) else 0,
        )
        await self._note(incident, _with(incident, attempt), IncidentState.WATCHING, f"tried: {proposal.what}")
        try:
            await self._carry_out(incident, proposal, target)
        except KubeLiteError as error:
            await self._close(incident_id, attempt, Outcome.FAILED, f"could not {proposal.what}: {error}")
            raise
        return attempt

    async def _carry_out(self, incident: Incident, proposal: Proposal, target: AppView) -> None:
        cause = f"incident {incident.id}: {proposal.what}"
        if proposal.restarts:
            await self._control.restart(str(target.key), cause=cause)
        elif proposal.after is not None:
            await self._control.apply(proposal.after, cause=cause)

    async def undo(self, incident_id: str) -> Attempt:
        incident = self._book.get(incident_id)
        attempt = incident.watching
        if attempt is None:
            raise Conflict(f"nothing is being tried on {incident.app.name}")
        target = self._control.app(str(_target(incident, attempt.proposal)))
        if attempt.proposal.after is not None:
            if not ours(attempt, target):
                raise Conflict(f"{target.name} was changed by somebody else meanwhile; that is left as it is")
            before = attempt.before
            if attempt.before.replicas == (attempt.proposal.after or before).replicas:
                before = before.model_copy(update={"replicas": target.spec.replicas})
            await self._control.apply(before, cause=f"incident {incident.id}: undone, as it did not help")
        await self._close(incident_id, attempt, Outcome.UNDONE, f"did not help, taken back: {attempt.proposal.what}")
        return attempt

    async def similar(self, incident: Incident, *, limit: int = 3) -> Sequence[Incident]:
        return await self._book.similar(incident, limit=limit)

    async def judged(self, incident_id: str, *, right: bool) -> Incident:
        incident = await self._any(incident_id)
        if incident.judged_right is None and incident.cause is not None:
            kept = [one for one in incident.attempts if one.outcome in (Outcome.KEPT, Outcome.UNDONE)]
            for attempt in kept[-1:]:
                await self._book.learn(
                    incident.cause, attempt.proposal.remedy, incident.image_family, helped=right, weight=BY_PERSON
                )
        return await self._book.put(incident.model_copy(update={"judged_right": right}))

    async def lessons(self) -> Sequence[Lesson]:
        return self._book.lessons()

    async def forget(self, *, cause: str | None = None, remedy: str | None = None, family: str | None = None) -> int:
        return await self._book.forget(cause, remedy, family)

    # -- finding

    async def _detect(self, views: dict[AppKey, AppView]) -> None:
        now = self._clock.now()
        held = {key for one in self._book.open() for key in (one.app, *one.apps)}
        for key in [key for key in self._trouble if key not in views]:
            del self._trouble[key]
        for key, view in views.items():
            ill = troubled(view) and view.status is not AppStatus.UNKNOWN and not view.deleting
            if not ill:
                self._trouble.pop(key, None)
                continue
            since = self._trouble.setdefault(key, now)
            if key not in held and now - since >= DETECT_SECONDS:
                await self._book.put(self._begun(key, since))

    def _begun(self, key: AppKey, since: float | None = None) -> Incident:
        return Incident(id=self._new_id(), app=key, began_at=self._clock.now() if since is None else since)

    # -- one step

    async def _advance(self, incident: Incident, views: dict[AppKey, AppView]) -> None:
        incident = await self._answered(incident)
        view = views.get(incident.app)
        now = self._clock.now()
        found = self._found.get(incident.id)
        stale = found is not None and view is not None and found.generation != view.generation
        if found is not None and (stale or now - found.at >= LOOK_AGAIN_SECONDS) and incident.watching is None:
            found = None
        step = next_step(incident, self._seen(incident, view, views, found), now)
        await self._take(incident, step, view, views)

    def _seen(
        self, incident: Incident, view: AppView | None, views: dict[AppKey, AppView], found: Found | None
    ) -> Seen:
        attempt = incident.watching
        others = [one for one in self._book.open() if one.id != incident.id and one.watching is not None]
        return Seen(
            view=view,
            target=views.get(_target(incident, attempt.proposal)) if attempt else None,
            finding=found.finding if found else None,
            proposals=found.proposals if found else (),
            mode=self._control.mode(),
            recent=[one.began_at for one in incident.attempts] + self._earlier.get(incident.app, []),
            busy=any(_target(one, one.watching.proposal) == incident.app for one in others if one.watching),
        )

    async def _take(self, incident: Incident, step: Step, view: AppView | None, views: dict[AppKey, AppView]) -> None:
        match step:
            case Look() if view is not None:
                await self._look(incident, view, views)
            case Try(proposal):
                await self._try(incident, proposal)
            case Keep(attempt):
                await self._keep(incident, attempt)
            case TakeBack(attempt):
                await self._take_back(incident, attempt)
            case LetGo(attempt):
                await self._close(incident.id, attempt, Outcome.OVERTAKEN, "somebody else changed it meanwhile")
            case Note(state, says, changes):
                await self._note(incident, _changed(incident, changes), state, says)

    async def _look(self, incident: Incident, view: AppView, views: dict[AppKey, AppView]) -> None:
        last = self._found.get(incident.id)
        now = self._clock.now()
        if last is not None and last.generation == view.generation and now - last.at < LOOK_AGAIN_SECONDS:
            return
        diagnosed, symptoms = await self._examiner.look(view)
        finding = diagnosed.best
        proposals: Sequence[Proposal] = ()
        if finding is not None:
            case = Case(finding, view, symptoms, await self._control.revisions(str(view.key)), list(views.values()))
            proposals = propose(case, self._book.ranking(finding.cause, view.spec.container.image))
        self._found[incident.id] = Found(now, view.generation, finding, proposals)
        if finding is not None:
            await self._diagnosed(incident, finding, view)

    async def _diagnosed(self, incident: Incident, finding: Finding, view: AppView) -> None:
        known = incident.cause is finding.cause and incident.about == finding.about
        updated = incident.model_copy(
            update={
                "cause": finding.cause,
                "confidence": finding.confidence,
                "because": finding.because,
                "about": finding.about,
                "signature": signature_of(finding) or incident.signature,
                "image_family": family_of(view.spec.container.image),
                "diagnosed_at": incident.diagnosed_at or self._clock.now(),
            }
        )
        if not await self._joined(updated):
            await self._book.put(updated)
            if not known:
                self._tell(updated, f"{finding.cause.value.replace('_', ' ')} ({finding.confidence:.0%})")

    async def _joined(self, incident: Incident) -> bool:
        """One incident holds both, where the app at fault has one of its own."""
        root = next(
            (one for one in self._book.open() if one.id != incident.id and incident.about == one.app.name), None
        )
        if root is None or incident.watching is not None or incident.app in root.apps:
            return False
        await self._book.put(root.model_copy(update={"apps": (*root.apps, incident.app)}))
        words = f"it fails because of {root.app.name}: incident {root.id} holds both"
        await self._note(incident, incident, IncidentState.CLOSED, words)
        return True

    async def _try(self, incident: Incident, proposal: Proposal) -> None:
        if self.door is None:
            return
        asked = await self.door.ask(incident, proposal)
        if asked.done:
            return
        current = self._book.get(incident.id)
        if asked.approval:
            changes = {"approval": asked.approval, "asking": proposal.key}
            await self._note(current, _changed(current, changes), IncidentState.ASKING, f"may I {proposal.what}?")
        else:
            await self._refused(current, proposal.key, asked.words)

    async def _answered(self, incident: Incident) -> Incident:
        if incident.state is not IncidentState.ASKING or self.door is None:
            return incident
        answer = await self.door.answered(incident.approval)
        current = self._book.get(incident.id)
        if answer is None or current.state is not IncidentState.ASKING:
            return current
        return await self._refused(current, current.asking, "nobody allowed it") if not answer else current

    async def _refused(self, incident: Incident, key: str, words: str) -> Incident:
        changes = {"tried": (*incident.tried, key), "approval": "", "asking": ""}
        return await self._note(incident, _changed(incident, changes), IncidentState.OPEN, f"not done: {words}")

    async def _keep(self, incident: Incident, attempt: Attempt) -> None:
        kept = _settled(incident, attempt, Outcome.KEPT, self._clock.now())
        if incident.cause is not None:
            await self._book.learn(incident.cause, attempt.proposal.remedy, incident.image_family, helped=True)
        kept = kept.model_copy(update={"healed_by": attempt.proposal.what})
        await self._note(incident, kept, IncidentState.RESOLVED, f"it helped: {attempt.proposal.what}")

    async def _take_back(self, incident: Incident, attempt: Attempt) -> None:
        if self.door is None:
            return
        asked = await self.door.take_back(incident, attempt)
        if not asked.done:
            words = asked.words or f"could not be taken back: {attempt.proposal.what}"
            await self._close(incident.id, attempt, Outcome.FAILED, words)
        if incident.cause is not None:
            await self._book.learn(incident.cause, attempt.proposal.remedy, incident.image_family, helped=False)

    # -- writing down

    async def _close(self, incident_id: str, attempt: Attempt, outcome: Outcome, words: str) -> None:
        """The attempt is over, the incident is not."""
        incident = self._book.get(incident_id)
        self._found.pop(incident_id, None)
        await self._note(incident, _settled(incident, attempt, outcome, self._clock.now()), IncidentState.OPEN, words)

    async def _note(self, before: Incident, after: Incident, state: IncidentState, says: str) -> Incident:
        changes: dict[str, object] = {"state": state, "says": says}
        if state.over:
            changes["ended_at"] = self._clock.now()
            self._found.pop(before.id, None)
            self._remember(after)
        after = await self._book.put(after.model_copy(update=changes))
        if (before.state, before.says) != (state, says):
            self._tell(after, says)
        return after

    def _remember(self, incident: Incident) -> None:
        now = self._clock.now()
        begun = [*self._earlier.get(incident.app, []), *(one.began_at for one in incident.attempts)]
        self._earlier[incident.app] = [at for at in begun if now - at < ATTEMPTS_SECONDS]

    async def _any(self, incident_id: str) -> Incident:
        try:
            return self._book.get(incident_id)
        except NotFound:
            past = await self._book.past(limit=KEPT)
            found = next((one for one in past if one.id == incident_id), None)
            if found is None:
                raise
            return found


def _target(incident: Incident, proposal: Proposal) -> AppKey:
    """The app that the remedy changes: mostly the one that fails, else what it depends on."""
    return incident.app if proposal.after is None else proposal.after.key


def _same_template(proposal: Proposal, present: AppSpec) -> bool:
    """The replicas stay as they are, so their restarts so far are no sign of failure."""
    return not proposal.restarts and (proposal.after is None or proposal.after.template == present.template)


def _with(incident: Incident, attempt: Attempt) -> Incident:
    tried = (*incident.tried, attempt.proposal.key)
    begun = {"attempts": (*incident.attempts, attempt), "tried": tried, "approval": "", "asking": "", "well_at": None}
    return incident.model_copy(update=begun)


def _settled(incident: Incident, attempt: Attempt, outcome: Outcome, now: float) -> Incident:
    done = attempt.model_copy(update={"outcome": outcome, "ended_at": now})
    return incident.model_copy(update={"attempts": (*incident.attempts[:-1], done)})


def _changed(incident: Incident, changes: Mapping[str, object]) -> Incident:
    """`well_since` is the watched attempt's, the rest the incident's own."""
    own = {name: value for name, value in changes.items() if name != "well_since"}
    if "well_since" in changes and incident.watching is not None:
        attempt = incident.watching.model_copy(update={"well_since": changes["well_since"]})
        own["attempts"] = (*incident.attempts[:-1], attempt)
    return incident.model_copy(update=own)
