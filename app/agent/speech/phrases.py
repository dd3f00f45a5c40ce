"""Puts an English reply into another language, sentence by sentence; what no phrase fits stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from app.agent.speech.english import ENGLISH
from app.agent.speech.tables import TABLES

LONGEST_LINE = 4000
_SLOTS = {
    "app": r"[\w./-]+",
    "runtime": r"[\w-]+",
    "image": r"[^`\n]+",
    "n": r"\d+",
    "m": r"\d+",
    "k": r"\d+",
}
_ANY = r"[^\n]+?"
_GAP = re.compile(r"\{(\w+)\}")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_SENTENCE_END = re.compile(r"[.!?:](?= )")
_MARKED = re.compile(r"[■▲△◧□○✖?✔] [A-Z][A-Za-z ]*? (?=\*\*)")


@dataclass(frozen=True, slots=True)
class _Phrase:
    key: str
    pattern: re.Pattern[str]


def spoken(text: str, language: str) -> str:
    """`text` with the sentences that `language` has. Code blocks are quotes and stay."""
    if language not in TABLES:
        return text
    table = TABLES[language].HEARD
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence or mark:
            lines.append(line)
            fence = _after(fence, mark[1] if mark else "")
        else:
            lines.append(_line(line, table) if len(line) <= LONGEST_LINE else line)
    return "\n".join(lines)


def _after(fence: str, mark: str) -> str:
    """The fence that is open after a line with `mark`; a longer or an equal one closes it."""
    if not fence:
        return mark
    return "" if mark.startswith(fence) else fence


def _line(line: str, table: Mapping[str, str]) -> str:
    said: list[str] = []
    at = 0
    while at < len(line):
        lead = _MARKED.match(line, at)
        start = lead.end() if lead else at
        found = _phrase_at(line, start)
        if found is not None:
            said += [line[at:start], _put(found[0], found[1], table)]
            at = found[1].end()
        else:
            end = _sentence_end(line, start)
            said.append(line[at:end])
            at = end
        gap = len(line[at:]) - len(line[at:].lstrip(" "))
        said.append(line[at : at + gap])
        at += gap
    return "".join(said)


def _phrase_at(line: str, at: int) -> tuple[_Phrase, re.Match[str]] | None:
    for phrase in _phrases():
        if (found := phrase.pattern.match(line, at)) is not None:
            return phrase, found
    return None


def _sentence_end(line: str, at: int) -> int:
    end = _SENTENCE_END.search(line, at)
    return end.end() if end else len(line)


def _put(phrase: _Phrase, found: re.Match[str], table: Mapping[str, str]) -> str:
    template = table.get(phrase.key)
    if template is None:
        return found[0]
    gaps = {name: _gap(name, value, table) for name, value in found.groupdict().items()}
    return template.format(**gaps)


def _gap(name: str, value: str, table: Mapping[str, str]) -> str:
    if name == "title":
        return "; ".join(_title(one, table) for one in value.split("; "))
    if name == "list":
        comma = table.get("comma", ", ")
        return comma.join(value.split(", ")).replace(" and ", table["and"])
    return value


def _title(title: str, table: Mapping[str, str]) -> str:
    for key, pattern in _titles():
        if (found := pattern.fullmatch(title)) is not None and key in table:
            return table[key].format(**{name: _gap(name, value, table) for name, value in found.groupdict().items()})
    return title


@cache
def _phrases() -> tuple[_Phrase, ...]:
    """The longest first: what one says may begin as another does."""
    keys = sorted((key for key in ENGLISH if not key.startswith("t_")), key=lambda key: -len(ENGLISH[key]))
    return tuple(_Phrase(key, re.compile(_pattern(ENGLISH[key]) + _end(ENGLISH[key]))) for key in keys)


def _end(template: str) -> str:
    """What ends in a gap goes to the end of the line."""
    return "$" if template.endswith("}") else "(?= |$)"


@cache
def _titles() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((key, re.compile(_pattern(text))) for key, text in ENGLISH.items() if key.startswith("t_"))


def _pattern(template: str) -> str:
    return "".join(_parts(template))


def _parts(template: str) -> Iterator[str]:
    seen: set[str] = set()
    at = 0
    for gap in _GAP.finditer(template):
        yield re.escape(template[at : gap.start()]).replace(r"\~", "s?")
        yield f"(?P={gap[1]})" if gap[1] in seen else f"(?P<{gap[1]}>{_SLOTS.get(gap[1], _ANY)})"
        seen.add(gap[1])
        at = gap.end()
    yield re.escape(template[at:]).replace(r"\~", "s?")
