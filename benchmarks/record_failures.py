"""Makes every failure of the product's own set on a real Docker Engine and records what the product sees of it.

    DOCKER_HOST=unix:///... python -m benchmarks.record_failures [--only ID,...] [--out FILE] [--at-once 3]

An experiment is an app that works, real load, and something broken (`benchmarks/recording/experiments`). It runs
through the product's engine on Docker; once it has failed, the same facts that a diagnosis starts from are written
down, with what is right beside them. Nothing is invented and nothing is cut but names and paths of this machine. The
rules are not asked here. Needs the images of `benchmarks/recording/build.sh`; everything is removed at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

from app.agent.evaluation.corpus import OWN_FAILURES, read_records
from app.stores.sql import SqlStore
from benchmarks.recording.experiment import Experiment
from benchmarks.recording.experiments import EXPERIMENTS
from benchmarks.recording.registry import registries
from benchmarks.recording.stage import Stage, facts, labels

Record = Mapping[str, object]


Keep = Callable[[Record], None]


async def record(
    experiments: Sequence[Experiment], docker_host: str | None, at_once: int, keep: Keep = lambda _: None
) -> tuple[list[Record], list[str]]:
    """Records in the order given, each kept at once, and a sentence for each that could not be made."""
    with tempfile.TemporaryDirectory() as home:
        store = await SqlStore.open(f"sqlite:///{Path(home) / 'kubelite.db'}")
        stage = Stage(store, docker_host)
        places = asyncio.Semaphore(at_once)
        try:
            await stage.open()
            refusing = any(one.registry for one in experiments)
            with registries(await _gateway(stage), Path(home)) if refusing else nullcontext():
                made = await asyncio.gather(*(_one(stage, one, places, keep) for one in experiments))
        finally:
            await stage.close()
            await store.aclose()
    return [one for one in made if not isinstance(one, str)], [one for one in made if isinstance(one, str)]


async def _gateway(stage: Stage) -> str:
    bridge = (await stage.client.call("GET", "/networks/bridge")).expect(200)
    return str(bridge["IPAM"]["Config"][0].get("Gateway") or "172.17.0.1")


async def _one(stage: Stage, one: Experiment, places: asyncio.Semaphore, keep: Keep) -> Record | str:
    async with places:
        begun = time.monotonic()
        try:
            made = facts(one, await stage.play(one), stage)
            keep(made)
            found: Record | str = made
        except Exception as error:
            found = f"{one.id}: {type(error).__name__} {error}"
        with suppress(Exception):  # what is left is removed at the end
            await stage.clear(one)
        said = found if isinstance(found, str) else f"{one.id}: {_lines(found)} lines, exit {found['exit_code']}"
        print(f"{said} ({time.monotonic() - begun:.1f} s)", flush=True)
        return found


def _lines(found: Record) -> int:
    streams = (found["logs"], found["previous_logs"])
    return sum(len(one) for one in streams if isinstance(one, list))


def write(records: Iterable[Record], out: Path) -> None:
    """JSON Lines, gzip where the name says so; the same records give the same bytes."""
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records).encode()
    out.write_bytes(gzip.compress(text, 9, mtime=0) if out.suffix == ".gz" else text)


def merged(new: Sequence[Record], out: Path) -> list[Record]:
    """The new ones in place of the old of their id, in the order of the experiments and with their labels."""
    old: list[Record] = list(read_records(out, "id")) if out.exists() else []
    by_id = {str(one["id"]): one for one in (*old, *new)}
    return [{**by_id[one.id], **labels(one)} for one in EXPERIMENTS if one.id in by_id]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="ids, by commas; a part of an id will do")
    parser.add_argument("--out", type=Path, default=OWN_FAILURES)
    parser.add_argument("--missing", action="store_true", help="only those that the file does not have yet")
    parser.add_argument("--at-once", type=int, default=3)
    given = parser.parse_args(arguments)
    wanted = [one for one in given.only.split(",") if one]
    chosen = [one for one in EXPERIMENTS if not wanted or any(part in one.id for part in wanted)]
    if given.missing and given.out.exists():
        there = {one["id"] for one in read_records(given.out, "id")}
        chosen = [one for one in chosen if one.id not in there]

    def keep(one: Record) -> None:
        write(merged([one], given.out), given.out)

    records, failed = asyncio.run(record(chosen, os.environ.get("DOCKER_HOST"), given.at_once, keep))
    print(f"{len(records)} of {len(chosen)} recorded in {given.out} ({given.out.stat().st_size} bytes)")
    for sentence in failed:
        print(sentence, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
