"""`kubelite doctor`: what is reachable, and one sentence about what to do where something is not."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click
import httpx

from app.core.errors import KubeLiteError, Permanent
from app.core.runtimenames import HOW_TO_GET_A_KEY
from app.core.spending import Balance
from app.runtimes.clock import SystemClock
from app.settings import Settings
from app.stores.home import Home

Check = dict[str, Any]
_WITHOUT_DOCKER = {
    "auto": "new apps run on the simulator; KubeLite looks for an Engine each time it starts",
    "simulator": "not needed: KUBELITE_RUNTIME is simulator",
    "nosana": "not needed: KUBELITE_RUNTIME is nosana",
    "docker": "",
}
_BUY = "nothing can be started: buy credits at https://deploy.nosana.com (Billing)"


async def run(settings: Settings, *, as_json: bool) -> int:
    """Prints the checks; 1 when something that was asked for does not work."""
    checks = [_directory(settings), await _docker(settings), await _nosana(settings), await _model(settings)]
    if as_json:
        click.echo(json.dumps({"checks": checks}))
    else:
        for check in checks:
            click.echo(f"{'■' if check['ok'] else '✖'} {check['what']}: {check['detail']}")
            if check["advice"]:
                click.echo(f"  {check['advice']}")
    return 1 if any(not check["ok"] and check["needed"] for check in checks) else 0


def _check(what: str, ok: bool, detail: str, advice: str = "", *, needed: bool = True) -> Check:
    return {"what": what, "ok": ok, "detail": detail, "advice": advice, "needed": needed}


def _directory(settings: Settings) -> Check:
    path = settings.data_directory
    server = Home.running_server(path)
    if server is not None:
        return _check(
            "data directory", True, f"{path}, served at {server.url} by pid {server.pid}", _link(path, server.url)
        )
    place = path if path.exists() else _first_existing(path)
    if not os.access(place, os.W_OK) or not place.is_dir():
        return _check(
            "data directory", False, f"{path} cannot be written", "set KUBELITE_HOME to a directory you can write"
        )
    return _check("data directory", True, f"{path}, no server is running", "start one with: make run")


def _link(path: Path, url: str) -> str:
    return f"log in: {url}/enter?token={Home.stored_token(path)}"


def _is_address(text: str) -> bool:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return False
    return url.scheme in ("http", "https") and bool(url.host)


def _first_existing(path: Path) -> Path:
    return next(parent for parent in path.parents if parent.exists())


async def _docker(settings: Settings) -> Check:
    needed = settings.runtime == "docker"
    from app.runtimes.docker import DockerRuntime  # heavy: every other command reads this module too

    docker = DockerRuntime("doctor00", settings.docker_host, SystemClock())
    try:
        info = await docker.check()
    except KubeLiteError as error:
        return _check("Docker", False, str(error), _WITHOUT_DOCKER[settings.runtime], needed=needed)
    finally:
        await docker.aclose()
    return _check("Docker", True, info.detail, needed=needed)


async def _nosana(settings: Settings) -> Check:
    """Asks with the key what is on the account; nothing is changed and nothing is spent."""
    needed = settings.runtime == "nosana"
    if not settings.nosana_key:
        advice = f"to rent GPUs there, {HOW_TO_GET_A_KEY}"
        return _check("Nosana", not needed, "no key, so nothing is asked of it", advice, needed=needed)
    from app.runtimes.nosana import NosanaRuntime

    nosana = NosanaRuntime("doctor00", settings.nosana_key, SystemClock(), **settings.nosana_addresses)
    try:
        balance = await nosana.balance()
    except Permanent as error:
        return _check("Nosana", False, str(error))
    except KubeLiteError as error:
        return _check("Nosana", False, str(error), "check the network and NOSANA_API_URL", needed=needed)
    finally:
        await nosana.aclose()
    detail = f"{settings.nosana_api_url} accepts the key; {_in_words(balance)}"
    if balance.spendable <= 0:
        return _check("Nosana", True, detail, _BUY)
    return _check("Nosana", True, detail, _capped(settings), needed=needed)


def _in_words(balance: Balance) -> str:
    return f"${balance.spendable:.2f} to spend, ${balance.reserved:.2f} reserved by what runs"


def _capped(settings: Settings) -> str:
    if settings.budget_per_hour or settings.budget_total:
        return ""
    return "no cap over all apps: KUBELITE_BUDGET_PER_HOUR and KUBELITE_BUDGET_TOTAL set one"


async def _model(settings: Settings) -> Check:
    if not settings.model_configured:
        return _check(
            "language model",
            True,
            "none configured: the rules answer",
            "set OPENAI_API_KEY, or OPENAI_BASE_URL for a local server, to use a model",
            needed=False,
        )
    url = settings.openai_base_url or "https://api.openai.com/v1"
    if not _is_address(url):
        example = "set OPENAI_BASE_URL to one such as http://127.0.0.1:11434/v1"
        return _check("language model", False, f"{url!r} is not an http or https address", example)
    url = url.rstrip("/")
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none"
    try:
        async with httpx.AsyncClient(timeout=10) as client:
            reply = await client.get(f"{url}/models", headers={"authorization": f"Bearer {key}"})
    except httpx.HTTPError as error:
        return _check(
            "language model", False, f"{url} does not answer ({type(error).__name__})", "the rules answer meanwhile"
        )
    if reply.status_code in (401, 403):
        return _check(
            "language model", False, f"{url} refuses the key (HTTP {reply.status_code})", "check OPENAI_API_KEY"
        )
    return _check("language model", True, f"{url} answers (HTTP {reply.status_code})")
