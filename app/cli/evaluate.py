"""`eval`: the product against a corpus, in the answer format of the corpus's scorer."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import click

from app.core.errors import InvalidInput
from app.settings import Settings

What = Literal["requests", "failures", "manifests"]
Model = Literal["rules", "openai"]


def command(settings: Callable[[], Settings]) -> click.Command:
    """The command for the group; `settings` reads them when it runs."""

    @click.command(name="eval")
    @click.argument("what", type=click.Choice(("requests", "failures", "manifests")))
    @click.option("--corpus", required=True, type=click.Path(path_type=Path), help="JSON Lines, one record a line.")
    @click.option("--out", required=True, type=click.Path(path_type=Path), help="Where the answers go.")
    @click.option(
        "--model",
        type=click.Choice(("rules", "openai")),
        default="rules",
        show_default=True,
        help="Who reads requests.",
    )
    def evaluate(what: What, corpus: Path, out: Path, model: Model) -> None:
        """Answer every record of a corpus, for its scorer. Nothing outside this process is changed."""
        sys.exit(run(what, corpus, out, model, settings()))

    return evaluate


def run(what: What, corpus: Path, out: Path, model: Model, settings: Settings) -> int:
    """Raises `InvalidInput` where corpus, file or model cannot be used."""
    if not corpus.exists():
        raise InvalidInput(f"there is no corpus at {corpus}")
    started = time.perf_counter()
    if what == "requests":
        count = _requests(corpus, out, model, settings)
    else:
        count = _failures(corpus, out) if what == "failures" else _manifests(corpus, out)
    click.echo(f"{count} answers in {out} ({time.perf_counter() - started:.1f} s)")
    return 0


def _requests(corpus: Path, out: Path, model: Model, settings: Settings) -> int:
    from app.agent.evaluation import requests  # heavy: the agent brings LangChain along

    if model == "rules":
        settings = requests.rules_only(settings)
    elif not settings.model_configured:
        raise InvalidInput("--model openai needs a model: set OPENAI_API_KEY or OPENAI_BASE_URL, or use --model rules")
    return asyncio.run(requests.evaluate(corpus, out, settings, _say))


def _manifests(corpus: Path, out: Path) -> int:
    from app.agent.evaluation import manifests

    return manifests.evaluate(corpus, out, _say)


def _failures(corpus: Path, out: Path) -> int:
    from app.agent.evaluation import failures

    return failures.evaluate(corpus, out, _say)


def _say(line: str) -> None:
    click.echo(line, err=True)
