"""What is still there of an app on the runtimes it moves away from."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.planning.setstate import serving_url
from app.core.pods import ObservedPod, PodPhase
from app.core.reporting.moving import OldPlace
from app.core.spec import Desired
from app.engine.observing.setsite import SetSite
from app.engine.observing.site import Site


def old_places(wish: Desired, sites: Mapping[str, Site]) -> list[OldPlace]:
    return [_place(wish, name, sites.get(name)) for name in wish.moved_from]


def _place(wish: Desired, name: str, site: Site | None) -> OldPlace:
    if site is None:
        return OldPlace(name, 0, 0, silent=True)
    pods = [pod for pod in site.cache.pods(wish.key) if not pod.phase.ended]
    ready = [pod for pod in pods if pod.ready and pod.phase is PodPhase.RUNNING]
    there, url = len(pods), _url(ready)
    if isinstance(site, SetSite):
        sets = site.sets.of(wish.key)
        there, url = max(there, len(sets)), serving_url(sets)
    return OldPlace(name, there, len(ready), url, silent=not site.cache.reachable)


def _url(ready: list[ObservedPod]) -> str:
    return next((port.url for pod in ready for port in pod.ports), "")
