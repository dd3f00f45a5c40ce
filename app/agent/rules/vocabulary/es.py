"""SPANISH."""

from __future__ import annotations

from app.agent.rules.vocabulary import Language

SPANISH = Language("es", {}, {})
