"""FRENCH."""

from __future__ import annotations

from app.agent.rules.vocabulary import Language

FRENCH = Language("fr", {}, {})
