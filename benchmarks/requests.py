"""Reads every record of a request corpus with the rules alone, writes answers for the scorer, prints the timings.

    python -m benchmarks.requests CORPUS.jsonl ANSWERS.jsonl [--tools all] [--show ID ...]

Earlier turns are replayed by forcing what they did. A typed yes or no is matched to a pending question first, as the
page does it. `--tools all` also binds tools that do not exist yet, which measures the grammar alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

from agent_tools import TOOLS
from app.agent.rules import read
from app.agent.rules.canonical import Action, answered, canonical, wishes_of
from app.agent.rules.lexicon import warm
from app.agent.rules.reading import EarlierTurn, KnownApp, Outcome, Reading, World
from app.agent.rules.vocabulary import phrases

NOW = frozenset(tool.name for tool in TOOLS)
LATER = NOW | frozenset(
    phrases(
        "update_image, rollback, set_env, set_resources, expose, autoscale, analyze, heal, simulate_failure, cost, "
        "undo, history, metrics, diff"
    )
)
ROUNDS = 5
"""Readings of each record for the timings; the first answer is the one that is kept."""


def known_apps(state: Sequence[Mapping[str, Any]]) -> tuple[KnownApp, ...]:
    """The apps of a record's state as the language sees them."""
    return tuple(
        KnownApp(
            name=app["name"],
            image=app["image"],
            replicas=app["replicas"],
            status=app.get("status", "running"),
            last_replicas=next(
                (old["replicas"] for old in reversed(app.get("history", [])) if "replicas" in old), None
            ),
            memory=str(app.get("memory") or ""),
            cpu=str(app.get("cpu") or ""),
            gpus=int(app.get("gpu") or 0),
            env=tuple(app.get("env") or ()),
            ports=tuple(port for port in app.get("ports", ()) if isinstance(port, int)),
        )
        for app in state
    )


def world_of(record: Mapping[str, Any], tools: frozenset[str]) -> World:
    """The world before the last turn of a record."""
    turns = record["turns"]
    earlier = []
    for turn in turns[:-1]:
        first = turn["did"][0] if turn["did"] else {}
        word = first.get("action")
        earlier.append(
            EarlierTurn(
                text=turn["user"],
                wishes=wishes_of(turn["did"], known_apps(turn["state"])),
                outcome=next((outcome for outcome in Outcome if outcome == word), None),
                candidates=tuple(first.get("candidates", ())),
            )
        )
    state = turns[-2]["state"] if len(turns) > 1 else record["initial_state"]
    return World(known_apps(state), tools, tuple(earlier))


def answer(
    record: Mapping[str, Any], tools: frozenset[str], rounds: int = ROUNDS
) -> tuple[list[Action], Reading, list[float]]:
    """The canonical actions for a record, the reading behind them, and seconds of each of `rounds` readings."""
    world, text = world_of(record, tools), record["turns"][-1]["user"]
    times = []
    reading = Reading()
    for _ in range(rounds):
        start = time.perf_counter()
        reading = read(text, world)
        times.append(time.perf_counter() - start)
    by_page = answered(text, record["turns"][-2]["did"]) if len(record["turns"]) > 1 else None
    return (canonical(reading) if by_page is None else by_page), reading, times


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("answers", type=Path)
    parser.add_argument("--tools", choices=("now", "all"), default="now")
    parser.add_argument("--show", nargs="*", default=[], metavar="ID")
    given = parser.parse_args(argv)
    tools = LATER if given.tools == "all" else NOW
    times: list[float] = []
    warm()
    with given.answers.open("w", encoding="utf-8") as out:
        for line in given.corpus.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            actions, reading, taken = answer(record, tools)
            times.extend(taken)
            out.write(json.dumps({"id": record["id"], "actions": actions}, ensure_ascii=False) + "\n")
            if record["id"] in given.show:
                print(record["id"], record["turns"][-1]["user"], reading, sep="\n  ")
    cuts = quantiles(times, n=100)
    p50, p99, most = (seconds * 1000 for seconds in (cuts[49], cuts[98], max(times)))
    print(f"readings {len(times)}  p50 {p50:.2f} ms  p99 {p99:.2f} ms  max {most:.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
