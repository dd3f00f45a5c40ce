"""Replies are Markdown for the page; a terminal gets the same words without the marks, tables in columns.

A reply may come from a language model, so escapes that would drive the terminal are taken out here as well.
"""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence

from agent_tools.text import clean

_FENCE = re.compile(r"^(`{3,}|~{3,})[\w-]*$")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_BAR = re.compile(r"(?<!\\)\|")
_NARROWEST = 12
_GAP = "  "


def plain(markdown: str, width: int | None = None) -> str:
    """`width` in columns; None = the terminal's, or no limit where the output is no terminal (for `grep`)."""
    if width is None:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    return "\n".join(_lines(clean(markdown).split("\n"), width)).rstrip("\n")


def _lines(lines: Sequence[str], width: int) -> Iterator[str]:
    fence, table = "", list[str]()
    for line in (*lines, ""):
        if not fence and line.startswith("|"):
            table.append(line)
            continue
        yield from _table(table, width)
        table = []
        opening = _FENCE.match(line)
        if fence:
            if line == fence:
                fence = ""
            else:
                yield line
        elif opening:
            fence = opening[1]
        else:
            yield _text(line)


def _text(line: str) -> str:
    return _ESCAPED.sub(r"\1", _BOLD.sub(r"\1", line))


def _table(lines: Sequence[str], width: int) -> Iterator[str]:
    rows = [[_text(cell.strip()) for cell in _BAR.split(line.strip().strip("|"))] for line in lines]
    rows = [row for row in rows if set("".join(row)) - {"-", ":"}]
    if not rows:
        return
    columns = max(map(len, rows))
    rows = [row + [""] * (columns - len(row)) for row in rows]
    for row in _wrapped(rows, _widths(rows, width)):
        yield row.rstrip()


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Of each column, the widest made narrower until all fit."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    room = width - len(_GAP) * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widest = widths.index(max(widths))
        second = max([one for at, one in enumerate(widths) if at != widest], default=0)
        widths[widest] = max(_NARROWEST, second - 1, widths[widest] - (sum(widths) - room))
    return widths


def _wrapped(rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Iterator[str]:
    for row in rows:
        cells = [textwrap.wrap(cell, wide) or [""] for cell, wide in zip(row, widths, strict=True)]
        for at in range(max(map(len, cells))):
            parts = (cell[at] if at < len(cell) else "" for cell in cells)
            yield _GAP.join(part.ljust(wide) for part, wide in zip(parts, widths, strict=True))
