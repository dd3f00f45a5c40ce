"""Text for people and models: foreign text made harmless, results kept short, numbers in words.

Log lines, events and the runtime's messages are written by whoever wrote the container. They are shown as data:
no terminal escapes, no invisible or direction-changing characters, no way out of a code fence or a table cell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from agent_tools.spec import OUTPUT_CHARS
from app.core.views import AppStatus

_ANSI = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # OSC and other strings: titles, links
    r"|\x1b[@-Z\\-_]?",
    re.DOTALL,
)
_KEEP = "\n\t"
_SHAPES = {
    AppStatus.FAILED: "✖",
    AppStatus.CRASH_LOOPING: "▲",
    AppStatus.DEGRADED: "△",
    AppStatus.UPDATING: "◧",
    AppStatus.UNKNOWN: "?",
    AppStatus.STARTING: "□",
    AppStatus.RUNNING: "■",
    AppStatus.STOPPED: "○",
    AppStatus.COMPLETED: "✔",
}


def clean(text: str) -> str:
    """`text` without terminal escapes and without control, format (bidi, zero-width) and private characters.

    Line ends become `\\n`; a bare carriage return (a progress bar) too, so that nothing hides what came before it.
    """
    plain = _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in plain if char in _KEEP or unicodedata.category(char) not in _UNSEEN)


_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


def one_line(text: str, limit: int = 300) -> str:
    """Foreign text as one short line for a sentence or a table cell."""
    flat = " ".join(clean(text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def cell(text: str, limit: int = 120) -> str:
    """One table cell: no bars, no line ends, no markup of its own."""
    return re.sub(r"([|`<>\[\]*_\\])", r"\\\1", one_line(text, limit))


def code(text: str, limit: int = 120) -> str:
    """Foreign text inside a sentence, as inline code that it cannot close."""
    return f"`{one_line(text, limit).replace('`', chr(39))}`"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; cells must be safe already (`cell`)."""
    lines = [" | ".join(header), " | ".join("---" for _ in header), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def fenced(text: str, language: str = "text") -> str:
    """A code fence that `text` cannot close: longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def last_lines(lines: Sequence[str], limit: int = OUTPUT_CHARS) -> tuple[list[str], int]:
    """The newest lines that fit into `limit` characters, and how many older ones were left out.

    One line alone that is too long is cut, so that something is always shown.
    """
    kept: list[str] = []
    room = limit
    for line in reversed(lines):
        if len(line) + 1 > room:
            break
        kept.append(line)
        room -= len(line) + 1
    if not kept and lines:
        kept.append(lines[-1][: limit - 1] + "…")
    return kept[::-1], len(lines) - len(kept)


def cap(text: str, limit: int = OUTPUT_CHARS) -> str:
    """`text`, cut at the end with a note of how much is missing. The result is never longer than `limit`."""
    if len(text) <= limit:
        return text
    note = f"\n… {len(text) - limit:,} more characters left out"
    return text[: limit - len(note)] + note


def plural(count: int, noun: str) -> str:
    """`1 replica`, `3 replicas`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(names: Sequence[str], *, word: str = "and", limit: int = 20) -> str:
    """`a`, `a and b`, `a, b and c`; long lists end in a count."""
    shown = list(names[:limit])
    if len(names) > limit:
        return f"{', '.join(shown)} {word} {len(names) - limit} more"
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {word} {shown[-1]}"


def age(seconds: float) -> str:
    """A span in its largest unit: `40 s`, `5 min`, `3 h`, `2 d`."""
    span = max(0.0, seconds)
    for limit, unit, name in ((100, 1, "s"), (6000, 60, "min"), (172_800, 3600, "h")):
        if span < limit:
            return f"{int(span // unit)} {name}"
    return f"{int(span // 86_400)} d"


def size(count: int) -> str:
    """Bytes for people, in binary units: `43.2 MiB`, `1.5 GiB`."""
    for limit, unit, name in ((1024**2, 1024, "KiB"), (1024**3, 1024**2, "MiB"), (1024**4, 1024**3, "GiB")):
        if count < limit:
            return f"{count / unit:.1f} {name}"
    return f"{count / 1024**4:.1f} TiB"


def clock(at: float) -> str:
    """A moment as `2026-01-31 09:41:07Z` (UTC). `at` is in epoch seconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def shape(status: AppStatus) -> str:
    """Shape and word, so that neither colour nor a screen reader is needed to tell states apart."""
    return f"{_SHAPES[status]} {status.value}"
