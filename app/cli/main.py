"""The commands of the outer contract (DESIGN 8). Exit 0 done, 1 refused or failed with a reason, 2 wrong usage."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Coroutine
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

import click
from pydantic import ValidationError

from app.cli import calls, doctor, evaluate, explain, gamedays, healing, manifests, show
from app.cli.sessions import open_session
from app.cli.wiring import Wiring
from app.core.errors import Conflict, KubeLiteError
from app.settings import RuntimeChoice, Settings
from app.stores.home import Home

log = logging.getLogger(__name__)

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead of text.")
YES = click.option("--yes", is_flag=True, help="Grant what the request asks approval for, as the local admin.")


def run(wiring: Wiring) -> None:
    """Runs the command line of this process; no traceback ever reaches a person."""
    os.umask(0o077)  # the databases hold what was typed and the apps' secrets: nobody else reads them
    try:
        cli(obj=wiring, standalone_mode=True)
    except KubeLiteError as error:
        _fail(str(error), 1)
    except ValidationError as error:
        _fail(_setting(error), 2)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        log.debug("internal error", exc_info=True)
        _fail(f"internal error ({type(error).__name__}: {error}); KUBELITE_LOG_LEVEL=debug shows the traceback", 1)


def _fail(message: str, code: int) -> None:
    click.echo(f"kubelite: {message}", err=True)
    sys.exit(code)


def _setting(error: ValidationError) -> str:
    """One sentence per wrong setting, with the name a person wrote."""
    wrong = []
    for item in error.errors(include_url=False):
        name = str(item["loc"][0]) if item["loc"] else "setting"
        shown = name.upper() if name.isupper() else f"KUBELITE_{name.upper()}"
        got = "" if shown.endswith("_KEY") else f" (got {item.get('input')!r})"
        wrong.append(f"{shown}: {item['msg'].removeprefix('Value error, ').lower()}{got}; see .env.example")
    return "; ".join(wrong)


def _settings(**changes: Any) -> Settings:
    settings = Settings(**{name: value for name, value in changes.items() if value is not None})
    logging.basicConfig(
        level=settings.log_level.upper(), stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    return settings


def _do(work: Coroutine[Any, Any, int]) -> None:
    sys.exit(asyncio.run(work))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("kubelite"), prog_name="kubelite")
def cli() -> None:
    """KubeLite: the container orchestrator you talk to."""


@cli.command()
@click.option("--host", help="Address to listen on (default 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (default 8000; 0 = any free one).")
@click.option("--runtime", type=click.Choice(get_args(RuntimeChoice)), help="Where apps run by default.")
@click.pass_obj
def serve(wiring: Wiring, host: str | None, port: int | None, runtime: str | None) -> None:
    """Serve the page and the API, and keep every app as it was wished."""

    async def work() -> int:
        settings = _settings(host=host, port=port, runtime=runtime)
        if (other := Home.running_server(settings.data_directory)) is not None:
            raise Conflict(
                f"another KubeLite serves {settings.data_directory} already, at {other.url} (pid {other.pid}): "
                "kubelite doctor prints the login link; for a second one set KUBELITE_HOME to another directory"
            )
        await wiring.serve(settings, click.echo)
        return 0

    _do(work())


@cli.command()
@click.argument("text")
@click.option("--new", is_flag=True, help="Start a fresh conversation.")
@click.option("--explain", "explained", is_flag=True, help="Show how the rules read it, and do nothing.")
@YES
@AS_JSON
@click.pass_obj
def ask(wiring: Wiring, text: str, new: bool, explained: bool, yes: bool, as_json: bool) -> None:
    """Say one sentence to the agent, in the shell's own lasting conversation."""

    async def work() -> int:
        settings = _settings()
        if explained:
            return await explain.run(text, settings, wiring, as_json=as_json)
        if settings.log_level == "warning":  # that a model did not answer is said with the answer
            logging.getLogger("kubelite.agent").setLevel(logging.ERROR)
        async with open_session(settings, wiring) as session:
            answer = await session.ask(text, new=new, yes=yes)
        if as_json:
            click.echo(json.dumps(answer))
        else:
            show.answer(answer)
        return 0 if answer["ok"] else 1

    _do(work())


@cli.command()
@click.argument("app", required=False)
@AS_JSON
@click.pass_obj
def status(wiring: Wiring, app: str | None, as_json: bool) -> None:
    """Show the board: what was wished for and what is seen."""

    async def work() -> int:
        async with open_session(_settings(), wiring, observe_only=True) as session:
            state = await session.state()
        state = show.only(state, app)
        click.echo(json.dumps(state)) if as_json else show.board(state)
        return 0

    _do(work())


@cli.command()
@click.option("-f", "--file", "path", required=True, type=click.Path(path_type=Path), help="Manifest; - reads stdin.")
@click.option("--dry-run", is_flag=True, help="Show the plan and what would change, change nothing.")
@YES
@AS_JSON
@click.pass_obj
def apply(wiring: Wiring, path: Path, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Make apps, and what is beside them, be as a manifest says."""
    _do(manifests.apply(wiring, _settings(), path, dry_run=dry_run, yes=yes, as_json=as_json))


@cli.command()
@click.argument("app", required=False)
@click.option("-n", "--namespace", help="Only what is in this namespace.")
@click.option("--secrets", is_flag=True, help="With the Secrets; they are left out otherwise.")
@AS_JSON
@click.pass_obj
def export(wiring: Wiring, app: str | None, namespace: str | None, secrets: bool, as_json: bool) -> None:
    """Print the manifests of one app with what belongs to it, or of everything."""
    if app and namespace:
        raise click.UsageError("give an app or a namespace, not both (an app of another namespace is namespace/name)")
    _do(manifests.export(wiring, _settings(), app, namespace=namespace, secrets=secrets, as_json=as_json))


@cli.command()
@click.option("-f", "--file", "path", required=True, type=click.Path(path_type=Path), help="Manifest; - reads stdin.")
@AS_JSON
@click.pass_obj
def diff(wiring: Wiring, path: Path, as_json: bool) -> None:
    """Show field by field what applying a manifest would change."""
    _do(manifests.apply(wiring, _settings(), path, dry_run=True, yes=False, as_json=as_json))


@cli.command()
@click.argument("app")
@click.option("--to", "runtime", required=True, help="The runtime it goes to: nosana, docker or simulator.")
@YES
@AS_JSON
@click.pass_obj
def move(wiring: Wiring, app: str, runtime: str, yes: bool, as_json: bool) -> None:
    """Start an app on another runtime, and stop it here once it answers there."""
    _do(calls.call(wiring, _settings(), "move", {"app": app, "to": runtime}, yes=yes, as_json=as_json))


@cli.command()
@click.argument("app", required=False)
@AS_JSON
@click.pass_obj
def cost(wiring: Wiring, app: str | None, as_json: bool) -> None:
    """Show what apps cost: now, so far, until they end, and what is left."""
    given = {"app": app} if app else {}
    _do(calls.call(wiring, _settings(), "cost", given, yes=False, as_json=as_json))


@cli.command()
@click.argument("app", required=False)
@AS_JSON
@click.pass_obj
def health(wiring: Wiring, app: str | None, as_json: bool) -> None:
    """Say how everything is, or one app closely: trend, incidents, what is ahead, and what to do first."""
    given = {"app": app} if app else {}
    _do(calls.call(wiring, _settings(), "health_report", given, yes=False, as_json=as_json))


@cli.command()
@click.argument("app")
@click.option("--kind", "kinds", multiple=True, help="A fault; may be repeated (default: those that suit the app).")
@click.option("--export", "path", type=click.Path(path_type=Path), help="Write the report to a file, as Markdown.")
@YES
@AS_JSON
@click.pass_obj
def gameday(wiring: Wiring, app: str, kinds: tuple[str, ...], path: Path | None, yes: bool, as_json: bool) -> None:
    """Break an app on purpose, one fault after the other, and say how well it survives."""
    _do(gamedays.gameday(wiring, _settings(), app, kinds, path, yes=yes, as_json=as_json))


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@AS_JSON
def validate(files: tuple[Path, ...], as_json: bool) -> None:
    """Say whether manifests are valid; nothing is changed and no server is needed."""
    sys.exit(manifests.validate(files, _settings(), as_json=as_json))


@cli.command(name="doctor")
@AS_JSON
def doctor_command(as_json: bool) -> None:
    """Say what is reachable (Docker, Nosana, model, data directory) and what to do about each."""
    _do(doctor.run(_settings(), as_json=as_json))


@cli.command(name="demo")
@click.option("--fast", is_flag=True, help="Without pauses for reading, and with a clock that runs much faster.")
@click.option("--only", type=int, metavar="ACT", help="Only this act (1 to 10), with those that it needs.")
@click.pass_obj
def demo_command(wiring: Wiring, fast: bool, only: int | None) -> None:
    """Show what KubeLite does, in ten acts on a simulator of their own; nothing of yours is touched."""
    from app.cli import demo  # heavy: the agent brings LangChain along

    sys.exit(demo.run(wiring, _settings(), fast=fast, only=only))


cli.add_command(evaluate.command(_settings))
for _command in healing.commands(_settings, _do, AS_JSON, YES):
    cli.add_command(_command)
