"""The tables: `SAY` are the rules' own sentences by key, `HEARD` those of tools by key of `english.ENGLISH`, and how a
list is joined: `and` with its spaces, `or`, `comma` where it is not ", ", `more` for what is only counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from app.agent.speech.tables import de, es, fr, hi, ja, pt, zh


class Table(Protocol):
    """A module of this package."""

    @property
    def SAY(self) -> Mapping[str, str]: ...  # noqa: N802

    @property
    def HEARD(self) -> Mapping[str, str]: ...  # noqa: N802


TABLES: Mapping[str, Table] = {"es": es, "de": de, "fr": fr, "pt": pt, "zh": zh, "hi": hi, "ja": ja}
"""By language code; English is where the sentences are made."""
