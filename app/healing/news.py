"""What healing has to say, to whoever listens: the page posts it into open conversations, the log keeps it."""

from __future__ import annotations

import logging

from app.core.incidents import Incident
from app.healing.casebook import Tell

log = logging.getLogger("kubelite.healing")


class News:
    """`tell` is called by healing; a listener must not wait, and one that fails disturbs nobody."""

    def __init__(self) -> None:
        self._listeners: list[Tell] = []

    def listen(self, listener: Tell) -> None:
        self._listeners.append(listener)

    def tell(self, incident: Incident, words: str) -> None:
        log.info("incident %s of %s: %s", incident.id, incident.app, words)
        for listener in self._listeners:
            try:
                listener(incident, words)
            except Exception:
                log.exception("news of incident %s did not reach a listener", incident.id)
