"""Effects that must happen sooner or later: they are tried again while the runtime is only busy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tenacity import AsyncRetrying, retry_if_exception, wait_exponential

from app.core.errors import PortError, Transient, Unreachable
from app.engine.observing.site import Site
from app.ports.clock import Clock

STUCK_SECONDS = 30.0
"""How long an end that cannot work is left alone before the plan may ask for it again."""


async def insist(site: Site, clock: Clock, effect: Callable[[], Awaitable[None]]) -> None:
    """Returns once it worked. Raises `Permanent`, and `Unreachable` while the runtime is silent."""
    async for attempt in AsyncRetrying(
        sleep=clock.sleep, retry=retry_if_exception(_busy), wait=wait_exponential(multiplier=0.5, max=30), reraise=True
    ):
        with attempt:
            if not site.cache.reachable:
                raise Unreachable(site.cache.silent)
            try:
                await effect()
            except PortError as error:
                site.cache.effect_failed(error)
                raise
            site.cache.effect_worked()


def _busy(error: BaseException) -> bool:
    return isinstance(error, Transient) and not isinstance(error, Unreachable)
