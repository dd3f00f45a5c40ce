"""The loop: trouble becomes an incident, the policy says the next step, the gate allows it, the world is watched."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from app.analysis.examining import Examiner
from app.core.errors import KubeLiteError
from app.core.incidents import Attempt, Incident, IncidentState, Outcome, Proposal, Question
from app.core.learning import BY_PERSON, Lesson
from app.core.spec import AppKey
from app.core.views import AppStatus, AppView
from app.healing.casebook import Casebook
from app.healing.detecting import ill
from app.healing.fronts import port_taken
from app.healing.judging import HOLD_SECONDS
from app.healing.policy import Keep, LetGo, Look, Note, Seen, Step, TakeBack, Try, Turn, Withdraw, next_step
from app.healing.rounds import Found, Rounds
from app.healing.treatment import Treatment
from app.ports.clock import Clock
from app.ports.control import Control
from app.ports.healing import Door, Word

log = logging.getLogger(__name__)

TICK_SECONDS = 2.0
RARER = 25.0
"""A look at a thousand apps takes time: the pause is at least so many times as long, so that it stays a small share."""
DETECT_SECONDS = 5.0
"""Trouble must last so long: a replica that is replaced at once is no incident."""
FREED_SECONDS = 60.0
"""What failed because of another app has so long to come back by itself when that one is well."""
ASKED_SECONDS = 900.0
"""So long after a person asked for it what is safe is done without asking again."""
TAKE_BACK_TRIES = 5
"""How often in a row, where the store or the gate does not answer."""

Views = Mapping[AppKey, AppView]


class Healer:
    """Implements `app.ports.healing.Healing`. `hold` is how long an app must be well before a remedy is kept."""

    def __init__(
        self,
        control: Control,
        examiner: Examiner,
        casebook: Casebook,
        clock: Clock,
        new_id: Callable[[], str],
        *,
        hold: float = HOLD_SECONDS,
    ) -> None:
        self._control = control
        self._book = casebook
        self._clock = clock
        self._new_id = new_id
        self._hold = hold
        self._rounds = Rounds(control, examiner, casebook, clock, hold=hold)
        self._treatment = Treatment(control, casebook, self._rounds, clock)
        self.door: Door | None = None
        """Set once the gate is there; until then nothing is tried."""
        self._trouble: dict[AppKey, float] = {}
        """Since when each app is ill; later than now where it was freed by the end of another's incident."""
        self._blind: dict[AppKey, float] = {}
        """When each app was last not to be seen."""
        self._fronts: dict[AppKey, str] = {}
        """What is wrong with a Service in front of each app."""
        self._began, self._loaded = clock.now(), False
        self._cost = 0.0
        """Seconds that the last look at all apps took."""
        self._turns: defaultdict[AppKey, asyncio.Lock] = defaultdict(asyncio.Lock)
        """Of each app: its incident is moved on by one at a time, the loop or a person who asks."""
        self._healed = False
        """A person asked since the loop looked: what it saw is not up to date."""
        self._missed: dict[str, int] = {}
        """How often in a row an attempt could not be taken back."""

    async def load(self) -> None:
        """What an earlier process left. Raises `PortError`."""
        await self._book.load()
        self._began, self._loaded = self._clock.now(), True

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                if not self._loaded:
                    await self.load()
                await self.tick()
            except KubeLiteError as error:
                log.warning("healing waits: %s", error)
            except Exception:
                log.exception("healing failed; it goes on with the next look")
            await self._clock.sleep(max(TICK_SECONDS, RARER * self._cost))

    async def tick(self) -> None:
        """One look at all apps, and one step for each incident; one that fails does not hold up the others."""
        self._healed = False
        views = self._views()
        await self._detect(views)
        for incident in self._book.open():
            turn = self._turns[incident.app]
            if turn.locked():
                continue  # a person asks right now; what came of that is for the next look
            try:
                async with turn:
                    await self._advance(incident.id, self._views() if self._healed else views)
            except KubeLiteError as error:
                log.warning("incident %s waits: %s", incident.id, error)
            except Exception:
                log.exception("incident %s: a bug; it goes on with the next look", incident.id)

    def _views(self) -> Views:
        began = self._clock.now()
        views = {view.key: view for view in self._control.apps()}
        self._cost = self._clock.now() - began
        return views

    # -- what the tools ask

    def incidents(self, app: str | None = None) -> Sequence[Incident]:
        key = None if app is None else self._control.app(app).key
        found = [one for one in self._book.open() if key in (None, one.app, *one.apps)]
        return sorted(found, key=lambda one: (one.state is not IncidentState.PERSON, -one.began_at))

    async def past(self, app: str | None = None, *, limit: int = 20) -> Sequence[Incident]:
        return await self._book.past(None if app is None else AppKey.parse(app), limit=limit)

    def incident(self, incident_id: str) -> Incident:
        return self._book.get(incident_id)

    async def find(self, incident_id: str) -> Incident:
        return await self._book.find(incident_id)

    async def heal(self, app: str, *, by: str = "") -> Incident | None:
        key = self._control.app(app).key
        held = self._book.holding(key)
        async with self._turns[key if held is None else held.app]:
            self._healed = True
            return await self._heal(app, by)

    async def _heal(self, app: str, by: str) -> Incident | None:
        view = self._control.app(app)
        incident = self._book.holding(view.key)
        if incident is None:
            if not ill(view, self._clock.now()) and view.key not in self._fronts:
                return None
            incident = await self._book.put(self._begun(view.key))
        if incident.watching is None:
            await self._withdraw(incident)
            state = IncidentState.OPEN if incident.question is not None else incident.state
            asked = incident.asked(by, self._clock.now()).model_copy(update={"state": state})
            await self._book.put(asked)
            self._rounds.drop(incident.id)
        for _ in ("look", "act"):
            if (now := self._book.holding(view.key)) is not None and now.watching is None:
                await self._advance(now.id, self._views())
        return self._book.holding(view.key) or await self._book.find(incident.id)

    def proposal(self, incident_id: str, key: str) -> Proposal:
        return self._rounds.proposal(self._book.get(incident_id), key)[0]

    async def carry_out(self, incident_id: str, key: str) -> Attempt:
        return await self._treatment.carry_out(incident_id, key)

    async def undo(self, incident_id: str) -> Attempt:
        return await self._treatment.undo(incident_id)

    async def similar(self, incident: Incident, *, limit: int = 3) -> Sequence[Incident]:
        return await self._book.similar(incident, limit=limit)

    async def judged(self, incident_id: str, *, right: bool) -> Incident:
        incident = await self._book.find(incident_id)
        if incident.judged_right is None:
            tried = [one for one in incident.attempts if one.outcome in (Outcome.KEPT, Outcome.UNDONE)]
            for attempt in tried[-1:]:
                await self._book.learn(incident, attempt.proposal.kind, helped=right, weight=BY_PERSON)
        return await self._book.put(incident.model_copy(update={"judged_right": right}))

    def counts(self) -> Mapping[str, int]:
        return self._book.counts()

    async def lessons(self) -> Sequence[Lesson]:
        return self._book.lessons()

    async def forget(self, *, cause: str | None = None, remedy: str | None = None, family: str | None = None) -> int:
        return await self._book.forget(cause, remedy, family)

    # -- finding

    async def _detect(self, views: Views) -> None:
        now = self._clock.now()
        self._blind |= {key: now for key, view in views.items() if view.status is AppStatus.UNKNOWN}
        self._blind = {key: at for key, at in self._blind.items() if key in views}
        services = self._control.objects("Service")
        self._fronts = {key: words for key, view in views.items() if (words := port_taken(view, services))}
        sick = (key for key, view in views.items() if key in self._fronts or ill(view, now))
        self._trouble = {key: self._trouble.get(key, now) for key in sick}
        held = self._book.held()
        for key, since in list(self._trouble.items()):
            if now - since >= DETECT_SECONDS and key not in held:
                async with self._turns[key]:
                    if self._book.holding(key) is None:
                        await self._book.put(self._begun(key, since))

    def _begun(self, key: AppKey, since: float | None = None) -> Incident:
        now = self._clock.now()
        return Incident(id=self._new_id(), app=key, began_at=now if since is None else since, detected_at=now)

    def _freed(self, incident: Incident) -> None:
        """Others that failed of the same cause come back by themselves now, or get an incident of their own."""
        after = self._clock.now() + FREED_SECONDS - DETECT_SECONDS
        self._trouble |= dict.fromkeys(incident.apps, after)

    # -- one step

    async def _advance(self, incident_id: str, views: Views) -> None:
        incident = await self._answered(self._book.get(incident_id))
        view = views.get(incident.app)
        found = self._rounds.fresh(incident, view)
        step = next_step(incident, self._seen(incident, view, views, found), self._clock.now())
        await self._take(incident, step, view, views)

    def _seen(self, incident: Incident, view: AppView | None, views: Views, found: Found | None) -> Seen:
        proposals = found.proposals if found else ()
        targets = {incident.app, *(incident.target(one) for one in proposals)}
        return Seen(
            view=view,
            front=self._fronts.get(incident.app, ""),
            targets=views,
            finding=found.finding if found else None,
            proposals=proposals,
            order=found.order if found else "",
            mode=self._control.mode(),
            recent={key: self._book.attempts(key) for key in targets},
            busy=self._treatment.busy(but=incident.id),
            blind_until=max(self._began, self._blind.get(incident.app, 0.0)),
            hold=self._hold,
        )

    async def _take(self, incident: Incident, step: Step, view: AppView | None, views: Views) -> None:
        match step:
            case Look() if view is not None:
                if self._rounds.fresh(incident, view) is None:
                    await self._rounds.look(incident, view, views, front=self._fronts.get(view.key, ""))
            case Try(proposal):
                await self._try(incident, proposal)
            case Keep(attempt):
                await self._treatment.keep(incident, attempt)
                self._freed(incident)
            case TakeBack(attempt):
                await self._take_back(incident, attempt)
            case LetGo(outcome, says, again):
                await self._treatment.over(incident.id, outcome, says, again=again)
            case Withdraw(says):
                await self._withdraw(incident)
                await self._open_again(incident, f"not asked any more: {says}")
            case Turn(since):
                await self._book.put(incident.well_since(since))
            case Note(state, says, changes):
                await self._note(incident.model_copy(update=dict(changes)), state, says)

    async def _note(self, incident: Incident, state: IncidentState, says: str) -> None:
        if state.over:
            await self._withdraw(incident)
            incident = incident.model_copy(update={"question": None})
            if incident.watching is not None:
                incident = incident.settled(Outcome.OVERTAKEN, self._clock.now())
            self._rounds.drop(incident.id)
            self._freed(incident)
        await self._book.note(incident, state, says)

    # -- the gate

    async def _try(self, incident: Incident, proposal: Proposal) -> None:
        if self.door is None:
            return
        if incident.asked_at is not None and self._clock.now() - incident.asked_at >= ASKED_SECONDS:
            incident = await self._book.put(incident.model_copy(update={"asked_by": "", "asked_at": None}))
        _, of = self._rounds.proposal(incident, proposal.key)
        asked = await self.door.ask(incident, proposal)
        if asked.done:
            return
        current = self._book.get(incident.id)
        if asked.approval:
            question = Question(approval=asked.approval, proposal=proposal, of=of, mode=self._control.mode())
            waits = current.model_copy(update={"question": question})
            await self._book.note(waits, IncidentState.ASKING, f"may I {proposal.what}?")
        elif proposal.key not in current.tried:
            await self._open_again(current.refusing(proposal.key), f"not done: {asked.words}")

    async def _answered(self, incident: Incident) -> Incident:
        """With what a person said to what was asked."""
        question = incident.question
        if question is None or self.door is None:
            return incident
        answer = await self.door.answered(question.approval)
        incident = self._book.get(incident.id)
        if incident.question != question or answer.word is Word.OPEN:
            return incident
        key, what = question.proposal.key, question.proposal.what
        if answer.word is Word.NO:
            return await self._open_again(incident.refusing(key), f"not done, {answer.says}: {what}")
        if answer.word is Word.EXPIRED:
            return await self._open_again(incident.refusing(key), f"nobody answered in time whether I may {what}")
        return await self._open_again(incident, answer.says)

    async def _open_again(self, incident: Incident, says: str) -> Incident:
        """Nothing is asked any more; what comes next is decided afresh."""
        self._rounds.drop(incident.id)
        return await self._book.note(incident.model_copy(update={"question": None}), IncidentState.OPEN, says)

    async def _withdraw(self, incident: Incident) -> None:
        if incident.question is not None and self.door is not None:
            await self.door.withdraw(incident.question.approval)

    async def _take_back(self, incident: Incident, attempt: Attempt) -> None:
        if self.door is None:
            return
        asked = await self.door.take_back(incident)
        if not asked.done and self._retries(incident):
            return
        self._missed.pop(incident.id, None)
        if not asked.done:
            words = (
                f"a person is needed: {attempt.proposal.what} did not help and could not be taken back: {asked.words}"
            )
            await self._treatment.over(incident.id, Outcome.FAILED, words, state=IncidentState.PERSON)
            await self._stop(incident.id)
        await self._book.learn(incident, attempt.proposal.kind, helped=False)

    async def _stop(self, incident_id: str) -> None:
        """Nothing more is tried on top of what could not be taken back."""
        incident = self._book.get(incident_id)
        revision = self._control.app(str(incident.app)).revision
        await self._book.put(incident.model_copy(update={"stopped_at": revision}))

    def _retries(self, incident: Incident) -> bool:
        """The next look tries it again, a few times."""
        self._missed[incident.id] = self._missed.get(incident.id, 0) + 1
        return self._missed[incident.id] < TAKE_BACK_TRIES
