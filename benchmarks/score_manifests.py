"""Answers a manifest corpus with the real parser and writes the answers as JSON Lines for the corpus's own scorer.

    python benchmarks/score_manifests.py CORPUS_DIR ANSWERS.jsonl

`CORPUS_DIR` holds `index.jsonl` (one `{"path", "generate"?}` a line), the files, and a generator script for those
that are written at test time. Prints the slowest file and the peak of memory. Nothing is applied.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from app.core.manifest import ManifestReport, parse_manifests


def outcome(report: ManifestReport) -> str:
    """One of the corpus's four words."""
    if report.ok:
        return "accept_with_warning" if report.warnings else "accept"
    return "unsupported_kind" if report.unsupported_kinds else "reject"


def answer(path: str, text: bytes) -> dict[str, Any]:
    """One line of answers."""
    started = time.perf_counter()
    crashed, report = False, ManifestReport()
    try:
        report = parse_manifests(text, runtime="simulator")
    except Exception as error:  # a crash is a result here
        print(f"{path}: crashed: {error!r}", file=sys.stderr)
        crashed = True
    return {
        "path": path,
        "outcome": outcome(report),
        "documents": [
            {"doc": each.document, "apiVersion": each.api_version, "kind": each.kind, "facts": each.facts}
            for each in report.documents
        ],
        "errors": [
            {
                "doc": each.document,
                "path": each.path or None,
                "line": each.line,
                "message": f"{each.message}. {each.hint}",
            }
            for each in report.errors
        ],
        "warnings": [str(each) for each in report.warnings],
        "kinds": list(report.kinds),
        "seconds": round(time.perf_counter() - started, 4),
        "crashed": crashed,
    }


def read(corpus: Path, record: dict[str, Any]) -> bytes:
    """A file's bytes, written by the corpus's generator first if it is not stored."""
    if "generate" not in record:
        return (corpus / str(record["path"])).read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "generated.yaml"
        command = [sys.executable, str(corpus / "gen_large.py"), record["generate"], str(target)]
        subprocess.run(command, check=True)
        return target.read_bytes()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("answers", type=Path)
    arguments = parser.parse_args()
    lines = (arguments.corpus / "index.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines if line.strip()]
    answers = [answer(record["path"], read(arguments.corpus, record)) for record in records]
    with arguments.answers.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(each, ensure_ascii=False) + "\n" for each in answers)
    slowest = max(answers, key=lambda each: float(each["seconds"]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{len(answers)} files, slowest {slowest['path']} {slowest['seconds']} s, peak {peak} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
