"""Names of runtimes in sentences: what to say where one is asked for that is not there. Pure."""

from __future__ import annotations

from collections.abc import Sequence

NOSANA = "nosana"
HOW_TO_GET_A_KEY = (
    "make a key at https://deploy.nosana.com (Account > API Keys), put it into NOSANA_API_KEY and start KubeLite again"
)


def not_here(name: str, known: Sequence[str]) -> str:
    """One sentence with the way out, for a runtime that this process does not have; `known` are those it has."""
    if name == NOSANA:
        return f"Nosana is not connected: there is no key. To use it, {HOW_TO_GET_A_KEY}."
    return f'There is no runtime "{name}" here; use {" or ".join(known)}.'
