"""How a Job ended, from what is seen of it and what is recorded: asked by whoever made it."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.planning.jobs import tally, verdict
from app.core.planning.setjobs import set_verdict
from app.core.planning.slots import slot_table
from app.core.spec import Desired
from app.engine.observing.setsite import SetSite
from app.engine.observing.site import PodSite, Site
from app.engine.records import Records
from app.ports.clock import Clock


class Outcomes:
    def __init__(self, sites: Mapping[str, Site], records: Records, clock: Clock) -> None:
        self._sites = sites
        self._records = records
        self._clock = clock

    def of(self, wish: Desired) -> str:
        """ "Complete" or "Failed"; "" while it goes on, and for what is no Job."""
        site = self._sites.get(wish.spec.runtime)
        if site is None or wish.spec.job is None:
            return ""
        history, now = self._records.of(wish.key), self._clock.now()
        if isinstance(site, SetSite):
            ended = set_verdict(wish, site.observe(wish, history), now)
            return ended.type if ended is not None else ""
        assert isinstance(site, PodSite)
        over = verdict(wish, slot_table(wish, site.observe(wish), history, now), tally(wish, history), now)
        return over.type if over is not None else ""
