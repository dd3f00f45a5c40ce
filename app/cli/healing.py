"""`kubelite incidents`, `heal`, `lessons`: what fails or failed, having it mended, and what was learnt of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Any

import click

from app.cli import calls
from app.cli.wiring import Wiring
from app.settings import Settings

INCIDENT_ID = re.compile(r"[0-9a-f]{8}")

Do = Callable[[Coroutine[Any, Any, int]], None]
Option = Callable[[Callable[..., None]], Callable[..., None]]


def commands(settings: Callable[[], Settings], do: Do, json_option: Option, yes_option: Option) -> list[click.Command]:
    """The commands for the group; `settings` reads them when one runs, `do` runs it to its exit code."""

    @click.command()
    @click.argument("what", metavar="[APP|ID]", required=False)
    @json_option
    @click.pass_obj
    def incidents(wiring: Wiring, what: str | None, as_json: bool) -> None:
        """Show what fails or failed, what was tried and how it came out; one in full by its id."""
        name = "incident" if what is not None and INCIDENT_ID.fullmatch(what) else "app"
        given = {} if what is None else {name: what}
        do(calls.call(wiring, settings(), "incidents", given, yes=False, as_json=as_json))

    @click.command()
    @click.argument("app", required=False)
    @yes_option
    @json_option
    @click.pass_obj
    def heal(wiring: Wiring, app: str | None, yes: bool, as_json: bool) -> None:
        """Find out why an app fails and mend it; every app that fails where none is named."""
        do(calls.call(wiring, settings(), "heal", {"app": app} if app else {}, yes=yes, as_json=as_json))

    @click.command()
    @click.option("--forget", is_flag=True, help="Forget those that match, all of them where nothing is said.")
    @click.option("--cause", help="Only of this cause: out_of_memory.")
    @click.option("--remedy", help="Only of this remedy: rollback, fix_probe/port.")
    @click.option("--image", help="Only of this image, without its tag.")
    @yes_option
    @json_option
    @click.pass_obj
    def lessons(
        wiring: Wiring, forget: bool, cause: str | None, remedy: str | None, image: str | None, yes: bool, as_json: bool
    ) -> None:
        """Show what was learnt about which remedy helps, or forget it."""
        chosen = {"forget": forget or None, "cause": cause, "remedy": remedy, "image": image}
        given = {key: value for key, value in chosen.items() if value is not None}
        do(calls.call(wiring, settings(), "lessons", given, yes=yes, as_json=as_json))

    return [incidents, heal, lessons]
