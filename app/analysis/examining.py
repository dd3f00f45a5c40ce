"""Takes an app's evidence from the `Control` port and has it analysed: the one module here that waits for anything.

Bounded whatever the app did: so many lines of this and the previous attempt, so many events, one change.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.analysis.finding import analyze
from app.analysis.gathering import STREAM_LINES, symptoms_of, troubled
from app.analysis.sentences import explain, nothing_wrong, unseen
from app.core.diagnosis import Diagnosed, Symptoms
from app.core.errors import KubeLiteError
from app.core.pods import LogLine
from app.core.views import AppStatus, AppView
from app.ports.control import Control

EVENTS = 40


class Examiner:
    """Implements `app.ports.diagnosis.Diagnosis`."""

    def __init__(self, control: Control) -> None:
        self._control = control

    async def examine(self, name: str) -> Diagnosed:
        diagnosed, _ = await self.look(self._control.app(name))
        return diagnosed

    async def look(self, view: AppView) -> tuple[Diagnosed, Symptoms]:
        """The answer with what it was concluded from."""
        if view.status is AppStatus.UNKNOWN:
            return Diagnosed(str(view.key), (), (), unseen(view), observed=False), Symptoms()
        if not troubled(view):
            return Diagnosed(str(view.key), (), (), nothing_wrong(view)), Symptoms()
        symptoms = await self.symptoms(view)
        verdict = analyze(symptoms)
        text = explain(str(view.key), verdict.findings, verdict.evidence, view.spec)
        return Diagnosed(str(view.key), verdict.findings, verdict.evidence.items, text), symptoms

    async def symptoms(self, view: AppView) -> Symptoms:
        """Everything that is seen of `view` now; what cannot be read is left out."""
        name = str(view.key)
        return symptoms_of(
            view,
            logs=await self._logs(name, previous=False),
            previous=await self._logs(name, previous=True),
            events=await self._control.events(name, limit=EVENTS),
            revisions=await self._control.revisions(name),
            usage=await self._control.usage(name, seconds=3600.0),
            apps=self._control.apps(),
        )

    async def _logs(self, name: str, *, previous: bool) -> Sequence[LogLine]:
        try:
            found = await self._control.logs(name, tail=STREAM_LINES, previous=previous)
        except KubeLiteError:
            return ()
        return found.lines
