"""Answers a manifest corpus with the product's parser: every file is read and reported, nothing is applied."""

from __future__ import annotations

import subprocess  # the corpus brings a program that writes its largest files
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.agent.evaluation.corpus import Record, answers_file, read_records
from app.core.errors import InvalidInput
from app.core.manifest import ManifestReport, parse_manifests

INDEX = "index.jsonl"
GENERATOR = "gen_large.py"
GENERATOR_SECONDS = 60.0
SAID_EVERY = 50
Say = Callable[[str], None]


def index_of(corpus: Path) -> Path:
    """The index of a corpus that is given as its folder or as the index itself."""
    return corpus / INDEX if corpus.is_dir() else corpus


def evaluate(corpus: Path, out: Path, say: Say) -> int:
    """Writes one line a file, in the index's order; returns how many. Raises `InvalidInput`."""
    index = index_of(corpus)
    records = read_records(index, "path")
    slowest: tuple[float, str] = (0.0, "")
    with answers_file(out, index) as write:
        for number, record in enumerate(records, start=1):
            answer = answered(index.parent, record, say)
            write(answer)
            slowest = max(slowest, (answer["seconds"], answer["path"]))
            if number % SAID_EVERY == 0 or number == len(records):
                say(f"manifests: {number} of {len(records)}")
    say(f"the slowest was {slowest[1]}: {slowest[0]} s")
    return len(records)


def answered(folder: Path, record: Record, say: Say) -> dict[str, Any]:
    """One line of answers; an error line where the file is not there or cannot be made."""
    try:
        text = content(folder, record)
    except InvalidInput as error:
        say(f"{record['path']}: {error}")
        return {**_line(record["path"], ManifestReport()), "errors": [_error(0, None, None, str(error))]}
    return answer(record["path"], text, say)


def answer(path: str, text: bytes, say: Say) -> dict[str, Any]:
    """What the parser makes of `text`. `seconds` is how long it took; a crash is a result here."""
    started = time.perf_counter()
    crashed, report = False, ManifestReport()
    try:
        report = parse_manifests(text, runtime="simulator")
    except Exception as error:
        say(f"{path}: crashed: {type(error).__name__}: {error}")
        crashed = True
    return {**_line(path, report), "seconds": round(time.perf_counter() - started, 4), "crashed": crashed}


def outcome(report: ManifestReport) -> str:
    """One of the corpus's four words."""
    if report.ok:
        return "accept_with_warning" if report.warnings else "accept"
    return "unsupported_kind" if report.unsupported_kinds else "reject"


def content(folder: Path, record: Record) -> bytes:
    """A file's bytes; the corpus's own generator writes it first where it is not stored. Raises `InvalidInput`."""
    if "generate" in record:
        return _generated(folder / GENERATOR, str(record["generate"]))
    path = folder / str(record["path"])
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror or error}") from error


def _generated(generator: Path, name: str) -> bytes:
    if not generator.is_file():
        raise InvalidInput(f"{generator} is not there, so {name} cannot be made; put it beside the index")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "generated.yaml"
        command = [sys.executable, str(generator), name, str(target)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=GENERATOR_SECONDS)  # noqa: S603
            return target.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise InvalidInput(f"{generator} could not make {name}: {type(error).__name__}") from error


def _line(path: str, report: ManifestReport) -> dict[str, Any]:
    return {
        "path": path,
        "outcome": outcome(report),
        "documents": [
            {"doc": each.document, "apiVersion": each.api_version, "kind": each.kind, "facts": each.facts}
            for each in report.documents
        ],
        "errors": [
            _error(each.document, each.path or None, each.line, f"{each.message}. {each.hint}")
            for each in report.errors
        ],
        "warnings": [str(each) for each in report.warnings],
        "kinds": list(report.kinds),
        "seconds": 0.0,
        "crashed": False,
    }


def _error(document: int, path: str | None, line: int | None, message: str) -> dict[str, Any]:
    return {"doc": document, "path": path, "line": line, "message": message}
