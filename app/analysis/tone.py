"""How loud a line is. A warning that the program lives with must not outvote the error it died of."""

from __future__ import annotations

import re
from enum import IntEnum


class Tone(IntEnum):
    """From what the program shrugs off to what it ends with."""

    HARMLESS = 0
    QUIET = 1
    WARNING = 2
    PLAIN = 3
    ERROR = 4
    FATAL = 5


LOUDNESS = {
    Tone.HARMLESS: -3.0,
    Tone.QUIET: -1.4,
    Tone.WARNING: -0.6,
    Tone.PLAIN: 0.0,
    Tone.ERROR: 0.1,
    Tone.FATAL: 0.3,
}
"""What a line's tone adds to the weight of what it says."""

_HARMLESS = re.compile(
    r"\bignor(?:ed|ing)\b|going on without|continu(?:e|ing) (?:anyway|without)|proceeding without"
    r"|skipp(?:ed|ing)\b|fall(?:ing|s)? back|fallback to|harmless|non-?fatal|\boptional\b"
    r"|will be (?:disabled|skipped|ignored)|monitor(?:ing)? disabled|safe to ignore|not critical"
    r"|can be ignored|running without|not enabled, using|recovered from|succeeded after|reconnected",
    re.IGNORECASE,
)
_FATAL = re.compile(
    r"\bfatal\b|\bpanic(?:ked)?\b|\[emerg\]|\[crit\]|\bcritical\b|\bemerg\b|uncaught|unhandled"
    r"|\baborting\b|(?<!before )\bexiting\b|(?:could not|cannot|can't|failed to|unable to) start|Invariant failure"
    r"|terminating due to|shutting down due to",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"\berr(?:or)?\b|error:|exception|\bfail(?:ed|ure|s)?\b|\bsevere\b|\bcannot\b|can't|unable to"
    r"|denied|refused|\bE\d{4} |(?:[a-z]Error)\b|not found|no such|missing|invalid",
    re.IGNORECASE,
)
_LEVEL = re.compile(r"(?-i:\bWARN(?:ING)?\b)(?!.*(?-i:\b(?:ERROR|FATAL|CRITICAL)\b))")
_WARNING = re.compile(r"\[?\bwarn(?:ing)?\b\]?|\bW\d{4} |deprecat", re.IGNORECASE)
_WARNED = re.compile(
    r"^\W*(?:[\d:.,TZ/+\- \[\]]*)?\W*warn(?:ing)?\b|level=warn|\"level\":\s*\"warn|\[warn(?:ing)?\]", re.IGNORECASE
)
_NAMED = re.compile(r"\[(?:(err(?:or)?)|crit|alert|emerg)\]", re.IGNORECASE)
"""A level in brackets says more than the request that the line goes on to tell of."""
_OF_A_SESSION = re.compile(r"\[\d+\](?: \S+)? (?:ERROR|DETAIL|HINT|STATEMENT|CONTEXT):  ")
"""postgres' own log: ERROR ends a client's statement and FATAL its session; the server goes on."""
_QUIET = re.compile(
    r"level=(?:info|debug|trace)|\"level\":\s*\"(?:info|debug)|\[(?:info|debug|notice|trace)\]"
    r"|\"(?:GET|POST|PUT|HEAD|DELETE|PATCH|OPTIONS) \S+ HTTP/|\b(?:0|no|without) (?:errors?|failures?|failed)\b"
    r"|^\W*(?:INFO|DEBUG|TRACE)\b|\s(?:INFO|DEBUG|TRACE)\s|\bI\d{4} ",
    re.IGNORECASE,
)


def tone_of(text: str) -> Tone:
    """The tone of one line, by the level it names, else by its words."""
    if _HARMLESS.search(text):
        return Tone.HARMLESS
    if _WARNED.search(text) or _LEVEL.search(text):
        return Tone.WARNING
    if named := _NAMED.search(text):
        return Tone.ERROR if named[1] else Tone.FATAL
    if _OF_A_SESSION.search(text) or _QUIET.search(text):
        return Tone.QUIET
    if _FATAL.search(text):
        return Tone.FATAL
    if _ERROR.search(text):
        return Tone.ERROR
    return Tone.WARNING if _WARNING.search(text) else Tone.PLAIN
