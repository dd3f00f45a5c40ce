"""The prompts, as Markdown files beside this one, so that they can be read and changed without touching code."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template


@cache
def load(name: str) -> Template:
    """The prompt `<name>.md`; its `$words` are filled in by the caller. Raises `FileNotFoundError`."""
    return Template(files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8"))
