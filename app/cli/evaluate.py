"""`eval`: the product against a corpus, in the answer format of the corpus's scorer."""

from __future__ import annotations

import asyncio
import sys
import tempfile
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
    @click.option(
        "--corpus",
        type=click.Path(path_type=Path),
        help="JSON Lines, one record a line. Requests and failures: the product's own if not given.",
    )
    @click.option(
        "--out",
        type=click.Path(path_type=Path),
        help="Where the answers go. Without it the score on the product's own is printed and no file kept.",
    )
    @click.option(
        "--model",
        type=click.Choice(("rules", "openai")),
        default="rules",
        show_default=True,
        help="Who reads requests.",
    )
    @click.option("--price", default="", help="IN/OUT of the model for a million tokens, such as 0.15/0.60.")
    def evaluate(what: What, corpus: Path | None, out: Path | None, model: Model, price: str) -> None:
        """Answer every record of a corpus and score it where it says what is right. Nothing else is changed."""
        given = corpus or _own(what)
        if given is None:
            raise click.UsageError(f"eval {what} needs --corpus")
        if out is None and corpus is not None:
            raise click.UsageError("--corpus needs --out, the file for the answers")
        with tempfile.TemporaryDirectory() as folder:
            kept = out or Path(folder) / "answers.jsonl"
            code = run(what, given, kept, model, settings(), named=out is not None, price=price)
        sys.exit(code)

    return evaluate


def run(
    what: What, corpus: Path, out: Path, model: Model, settings: Settings, *, named: bool = True, price: str = ""
) -> int:
    """`named`: a person chose `out`, so it is said; `price` as of `--price`. Raises `InvalidInput` where something
    given cannot be used."""
    if not corpus.exists():
        raise InvalidInput(f"there is no corpus at {corpus}")
    started = time.perf_counter()
    if what == "requests":
        count = _requests(corpus, out, model, settings, price)
    else:
        count = _failures(corpus, out) if what == "failures" else _manifests(corpus, out)
    where = f" in {out}" if named else ""
    click.echo(f"{count} answers{where} ({time.perf_counter() - started:.1f} s)")
    if what == "requests":
        for line in _score(corpus, out):
            click.echo(line)
    return 0


def _own(what: What) -> Path | None:
    """The corpus that comes with the product."""
    from app.agent.evaluation import corpus

    return {"requests": corpus.OWN_REQUESTS, "failures": corpus.OWN_FAILURES}.get(what)


def _score(corpus: Path, out: Path) -> list[str]:
    """The score as lines; none where the corpus does not say what is right."""
    from app.agent.evaluation.corpus import read_records
    from app.agent.evaluation.scoring import report, score

    answers = {line["id"]: line["actions"] for line in read_records(out, "id")}
    found = score(read_records(corpus, "id"), answers)
    return list(report(found)) if found else []


def _requests(corpus: Path, out: Path, model: Model, settings: Settings, price: str) -> int:
    from app.agent.evaluation import metering, requests  # heavy: the agent brings LangChain along

    if model == "rules":
        settings = requests.rules_only(settings)
    elif not settings.model_configured:
        raise InvalidInput("--model openai needs a model: set OPENAI_API_KEY or OPENAI_BASE_URL, or use --model rules")
    return asyncio.run(requests.evaluate(corpus, out, settings, _say, metering.Prices.parse(price)))


def _manifests(corpus: Path, out: Path) -> int:
    from app.agent.evaluation import manifests

    return manifests.evaluate(corpus, out, _say)


def _failures(corpus: Path, out: Path) -> int:
    from app.agent.evaluation import failures

    return failures.evaluate(corpus, out, _say)


def _say(line: str) -> None:
    click.echo(line, err=True)
