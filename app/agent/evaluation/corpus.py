"""A corpus in, answers out: JSON Lines, UTF-8, one object a line."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.core.errors import InvalidInput

OWN_REQUESTS = Path(__file__).with_name("requests.jsonl")
"""The corpus that comes with the product: requests in eight languages, each with what a right answer does."""
OWN_FAILURES = Path(__file__).parent / "recorded" / "failures.jsonl.gz"
"""Failures of real containers, recorded on Docker by `benchmarks/record_failures.py`, each with its cause."""
Record = dict[str, Any]
Write = Callable[[Mapping[str, Any]], None]


def read_records(path: Path, name: str) -> list[Record]:
    """Every record of the file, in its order; each has a text under `name`. Raises `InvalidInput` with the line."""
    try:
        read = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = read.decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise InvalidInput(f"the corpus {path} cannot be read: {why}") from error
    lines = enumerate(text.split("\n"), start=1)
    return [_record(f"{path}, line {number}", line, name) for number, line in lines if line.strip()]


def _record(place: str, line: str, name: str) -> Record:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise InvalidInput(f"{place}: not JSON ({error}); a corpus has one JSON object a line") from error
    if not isinstance(record, dict) or not isinstance(record.get(name), str):
        raise InvalidInput(f'{place}: a record of this corpus is an object with a text under "{name}"')
    return record


@contextmanager
def answers_file(path: Path, corpus: Path) -> Iterator[Write]:
    """Takes answers one by one; each is in the file at once, so that a run that is cut short loses none.

    Raises `InvalidInput` when the file cannot be written, or is the corpus itself."""
    if path.resolve() == corpus.resolve():
        raise InvalidInput(f"the answers would overwrite the corpus {corpus}; choose another file with --out")
    try:
        out = path.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise InvalidInput(f"the answers cannot be written to {path}: {error.strerror or error}") from error
    with out:

        def write(answer: Mapping[str, Any]) -> None:
            out.write(json.dumps(answer, ensure_ascii=False) + "\n")
            out.flush()

        yield write
