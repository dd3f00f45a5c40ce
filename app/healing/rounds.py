"""Looking into an incident: the cause with its quotes, and the remedies that follow, ranked by what was learnt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.analysis.examining import Examiner
from app.core.diagnosis import Cause, Finding, Symptoms
from app.core.errors import NotFound
from app.core.incidents import Incident, IncidentState, Proposal
from app.core.learning import family_of
from app.core.spec import AppKey, AppSpec
from app.core.views import AppView
from app.healing.casebook import Casebook
from app.healing.detecting import ill
from app.healing.fronts import finding_of
from app.healing.judging import HOLD_SECONDS
from app.healing.orders import at_fault, order_of
from app.healing.policy import SURE
from app.healing.remedies import Case, propose, worth_going_back_to
from app.healing.signature import signature_of
from app.ports.clock import Clock
from app.ports.control import Control

LOOK_AGAIN_SECONDS = 15.0
"""More may be known by then: a second crash, another line of output."""
PERSON_SECONDS = 60.0
"""As much where a person is waited for: a new wish is looked at at once anyway."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the last look came to. `wishes` are the apps that the proposals would change, as they were then."""

    at: float
    generation: int
    finding: Finding | None
    proposals: Sequence[Proposal] = ()
    wishes: Mapping[AppKey, AppSpec] = field(default_factory=dict)
    order: str = ""
    """What a person would have to do."""


class Rounds:
    def __init__(
        self, control: Control, examiner: Examiner, casebook: Casebook, clock: Clock, *, hold: float = HOLD_SECONDS
    ) -> None:
        self._control = control
        self._examiner = examiner
        self._book = casebook
        self._clock = clock
        self._hold = hold
        self._found: dict[str, Found] = {}

    def fresh(self, incident: Incident, view: AppView | None) -> Found | None:
        """What is known of it, unless it is old or about another wish. While a remedy is watched nothing is looked
        for."""
        found = self._found.get(incident.id)
        if found is None or view is None or incident.watching is not None:
            return found
        patience = PERSON_SECONDS if incident.state is IncidentState.PERSON else LOOK_AGAIN_SECONDS
        old = self._clock.now() - found.at >= patience
        return None if old or found.generation != view.generation else found

    def proposal(self, incident: Incident, key: str) -> tuple[Proposal, AppSpec]:
        """A remedy with the wish it was made from: the one that a person is asked about, or one of the last look.
        Raises `NotFound` when it no longer holds."""
        if incident.question is not None and incident.question.proposal.key == key:
            return incident.question.proposal, incident.question.of
        found = self._found.get(incident.id)
        for one in found.proposals if found is not None else ():
            if found is not None and one.key == key:
                return one, found.wishes[incident.target(one)]
        raise NotFound("this remedy is not proposed any more; look at the incident again")

    def drop(self, incident_id: str) -> None:
        """What was found no longer counts."""
        self._found.pop(incident_id, None)

    async def look(
        self, incident: Incident, view: AppView, views: Mapping[AppKey, AppView], *, front: str = ""
    ) -> None:
        """`front`: what is wrong with a Service in front of it. Raises `PortError` where the history cannot be read."""
        diagnosed, symptoms = await self._examiner.look(view)
        finding = _about(diagnosed.best, symptoms)
        if front and not ill(view, self._clock.now()):
            finding = finding_of(front)
        found = Found(self._clock.now(), view.generation, finding)
        if finding is not None:
            case = Case(
                finding,
                view,
                symptoms,
                revisions=worth_going_back_to(await self._control.revisions(str(view.key)), incident.attempts),
                apps=list(views.values()),
                services=self._control.objects("Service"),
                now=self._clock.now(),
                hold=self._hold,
            )
            proposals = propose(case, self._book.ranking(finding.cause, view.spec.container.image))
            wishes = {key: views[key].spec for one in proposals if (key := incident.target(one)) in views}
            found = replace(found, proposals=proposals, wishes={view.key: view.spec, **wishes}, order=order_of(case))
        self._found[incident.id] = found
        if finding is not None:
            await self._diagnosed(self._book.get(incident.id), finding, view)

    async def _diagnosed(self, incident: Incident, finding: Finding, view: AppView) -> None:
        sure = finding.cause is not Cause.UNKNOWN and finding.confidence >= SURE
        news = sure and (incident.cause, incident.about) != (finding.cause, finding.about)
        updated = incident.model_copy(
            update={
                "cause": finding.cause,
                "confidence": finding.confidence,
                "because": finding.because,
                "about": finding.about,
                "signature": signature_of(finding) or incident.signature,
                "image_family": family_of(view.spec.container.image),
                "diagnosed_at": incident.diagnosed_at or (self._clock.now() if sure else None),
            }
        )
        if await self._joined(updated):
            return
        if updated != incident:
            await self._book.put(updated)
        if news:
            about = f" ({finding.about})" if finding.about else ""
            cause = finding.cause.value.replace("_", " ")
            self._book.say(updated, f"{cause}{about}, {finding.confidence:.0%} sure: {finding.because}")

    async def _joined(self, incident: Incident) -> bool:
        """One incident holds both, where the app at fault is in another one."""
        root = self._root(incident)
        if root is None or incident.watching is not None or incident.question is not None:
            return False
        apps = dict.fromkeys((*root.apps, incident.app, *incident.apps))
        apps.pop(root.app, None)
        await self._book.put(root.model_copy(update={"apps": tuple(apps)}))
        words = f"it fails because of {incident.about}: incident {root.id} of {root.app.name} holds both"
        await self._book.note(incident, IncidentState.CLOSED, words)
        self.drop(incident.id)
        return True

    def _root(self, incident: Incident) -> Incident | None:
        """The other open incident that the app at fault is in."""
        if not incident.about:
            return None
        for one in self._book.open():
            held = (one.app, *one.apps)
            names = (name for key in held for name in (key.name, str(key)) if key.namespace == incident.app.namespace)
            if one.id != incident.id and incident.app not in held and incident.about in names:
                return one
        return None


def _about(finding: Finding | None, symptoms: Symptoms) -> Finding | None:
    return None if finding is None else replace(finding, about=at_fault(finding, symptoms))
