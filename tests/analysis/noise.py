"""Lines that healthy programs print, with words that look like trouble: what must not decide a diagnosis."""

from __future__ import annotations

import random

LINES = (
    '10.0.0.{a} - - [12/Mar/2026:10:0{b}:11 +0000] "GET /api/items/{c} HTTP/1.1" 200 {d}',
    '10.0.0.{a} - - [12/Mar/2026:10:0{b}:12 +0000] "GET /missing.png HTTP/1.1" 404 153',
    '10.0.0.{a} - - [12/Mar/2026:10:0{b}:13 +0000] "POST /login HTTP/1.1" 401 27',
    "2026-03-12 10:0{b}:14 INFO  [worker-{a}] processed {d} rows in {c} ms, 0 errors",
    "2026-03-12 10:0{b}:15 WARN  deprecated setting old_timeout is ignored",
    "2026-03-12 10:0{b}:16 WARN  telemetry endpoint: connection refused, continuing without it",
    "2026-03-12 10:0{b}:17 DEBUG cache miss for key user:{c}",
    "2026-03-12 10:0{b}:18 INFO  memory usage {a} MB of 512 MB",
    'level=info msg="checkpoint written" id={d}',
    'level=warn msg="slow query" ms={c}',
    '[notice] 1#1: using the "epoll" event method',
    "WARNING overcommit_memory is set to 0! Background save may fail under low memory condition.",
    "INFO connected to postgres, pool size {a}",
    "INFO health check ok",
    "npm WARN deprecated request@2.88.2: this package is no longer maintained",
    "INFO scheduler: next run in {c} s",
)


def around(lines: list[str], seed: int, before: int = 200, after: int = 6) -> list[str]:
    """`lines` after `before` lines of noise and before `after` more, by `seed`."""
    dice = random.Random(seed)
    return [*(_one(dice) for _ in range(before)), *lines, *(_one(dice) for _ in range(after))]


def _one(dice: random.Random) -> str:
    numbers = {
        "a": dice.randint(2, 250),
        "b": dice.randint(0, 9),
        "c": dice.randint(10, 900),
        "d": dice.randint(1000, 9999),
    }
    return dice.choice(LINES).format(**numbers)
