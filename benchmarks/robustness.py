"""Random, cut, mixed-script and very long inputs through the rules: none may raise, none may take long.

    python -m benchmarks.robustness [--count 10000] [--seed 1]

Inputs are made from a seed: sentences of the product's own corpus are cut, shuffled, repeated and laced with signs of
many scripts, with shell and YAML pieces and with bare noise. Prints the slowest ones; exit 1 where one raised or took
longer than 100 ms of CPU.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from statistics import quantiles

from app.agent.evaluation.corpus import OWN_REQUESTS
from app.agent.rules import read
from app.agent.rules.lexicon import warm
from app.agent.rules.reading import KnownApp, World
from benchmarks.requests import LATER

LIMIT_SECONDS = 0.1
LONGEST = 20_000
_PIECES = (
    "```yaml\nkind: Pod\n",
    "\n---\n",
    "$(rm -rf /)",
    "&&",
    "; ",
    "--replicas=",
    "A=1,B=",
    "nginx:1.25@sha256:",
    "'",
    '"',
    "«",
    "\u202e",
    "\u200b",
    "\x00",
    "\ufeff",
    "💥",
    "١٢٣",
    "๕",
    "Ⅳ",
    "½",
    "1e999",
    "-0",
    "0x",
    "99999999999999999999",
    "é" * 9,
    "ไทย",
    "العربية",
    "עברית",
    "русский",
    "한국어",
    "日本語",
    "हिन्दी",
    "中文",
    "\t\t",
    "....",
    "???",
    "(((",
    "]]]]",
    "//",
    "::",
    "@@",
    "{{",
    "\\",
)
WORLD = World(
    tuple(
        KnownApp(name, image, replicas)
        for name, image, replicas in (
            ("web", "nginx:1.25", 3),
            ("api", "ghcr.io/x/api:2", 2),
            ("search", "elasticsearch:8.14.0", 1),
            ("status", "redis:7", 0),
            ("a-very-long-name-of-an-app-with-many-parts", "busybox", 1),
        )
    ),
    LATER,
)


def sentences() -> list[str]:
    """What people say, as the seeds of noise."""
    lines = OWN_REQUESTS.read_text(encoding="utf-8").splitlines()
    return [turn["user"] for line in lines for turn in json.loads(line)["turns"]]


def inputs(count: int, seed: int, longest: int = LONGEST) -> Iterator[str]:
    """`count` texts of at most `longest` characters, the same for the same seed."""
    dice = random.Random(seed)
    said = sentences()
    for _ in range(count):
        yield _made(dice, said)[:longest]


def _made(dice: random.Random, said: Sequence[str]) -> str:
    text = dice.choice(said)
    match dice.randrange(9):
        case 0:
            return text[: dice.randrange(len(text) + 1)]
        case 1:
            return text[dice.randrange(len(text) + 1) :]
        case 2:
            words = [word for _ in range(dice.randrange(1, 4)) for word in dice.choice(said).split()]
            dice.shuffle(words)
            return " ".join(words)
        case 3:
            return _laced(dice, text)
        case 4:
            return " ".join(dice.choice(said) for _ in range(dice.randrange(2, 60)))
        case 5:
            return dice.choice((text, dice.choice(_PIECES), dice.choice(text.split() or ["x"]) + " ")) * dice.randrange(
                1, 3000
            )
        case 6:
            return "".join(
                chr(dice.choice((dice.randrange(32, 127), dice.randrange(0x20, 0xD7FF))))
                for _ in range(dice.randrange(400))
            )
        case 7:
            return "".join(dice.choice(_PIECES) for _ in range(dice.randrange(1, 200)))
        case _:
            return _laced(dice, "".join(dice.sample(text, len(text))))


def _laced(dice: random.Random, text: str) -> str:
    """With foreign signs put into it."""
    for _ in range(dice.randrange(1, 8)):
        place = dice.randrange(len(text) + 1)
        text = text[:place] + dice.choice(_PIECES) + text[place:]
    return text


def seconds_of(text: str) -> float:
    """CPU seconds of one reading; whatever it raises comes through. One over the limit is read once more, so that a
    collection of garbage is not taken for the rules."""
    taken = _once(text)
    return taken if taken <= LIMIT_SECONDS else min(taken, _once(text))


def _once(text: str) -> float:
    start = time.thread_time()
    read(text, WORLD)
    return time.thread_time() - start


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(argv)
    warm()
    taken: list[tuple[float, str]] = []
    raised = 0
    for text in inputs(given.count, given.seed):
        try:
            taken.append((seconds_of(text), text))
        except Exception as error:
            raised += 1
            print(f"raised {type(error).__name__}: {error}: {text[:120]!r}")
    taken.sort(reverse=True)
    cuts = quantiles([seconds for seconds, _ in taken], n=100)
    slow = [pair for pair in taken if pair[0] > LIMIT_SECONDS]
    print(f"inputs {given.count}  raised {raised}  over {LIMIT_SECONDS * 1000:.0f} ms {len(slow)}")
    print(f"p50 {cuts[49] * 1000:.2f} ms  p99 {cuts[98] * 1000:.2f} ms  max {taken[0][0] * 1000:.2f} ms")
    for seconds, text in slow[:5]:
        print(f"  {seconds * 1000:.0f} ms {len(text)} characters {text[:80]!r}")
    return 1 if raised or slow else 0


if __name__ == "__main__":
    sys.exit(main())
