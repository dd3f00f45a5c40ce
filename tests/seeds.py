"""Seeds of random histories that failed once: kept beside the tests, one a line, and played before all others."""

from __future__ import annotations

from pathlib import Path


def failed_before(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def remember(path: Path, seed: int) -> None:
    """Adds a seed that failed just now."""
    if seed not in failed_before(path):
        path.write_text("".join(f"{one}\n" for one in sorted({*failed_before(path), seed})))
