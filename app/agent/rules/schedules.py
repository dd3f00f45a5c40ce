"""Times that come back, as cron lines: "every night at 3", "at 2:30 every monday", "hourly", `0 3 * * *`.

Which words say how often and when is vocabulary (`Role.CYCLE`, `Role.CLOCK`); here they become the five fields. Nothing
is guessed: what cron cannot say ("every 7 minutes"), or a time of day without an hour, has no line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.agent.rules.cursor import Cursor, whole
from app.agent.rules.senses import Role
from app.agent.rules.tokens import Shape

_CRON = re.compile(r"(?:[\d*][\d*/,-]{0,20}[ \t]{1,4}){4}[\d*][\w*/,-]{0,20}")
_NAMED = re.compile(r"@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)")
_HOUR = re.compile(r"(\d{1,2})(?:[:h.](\d{2}))?(?::\d\d)?(am|pm|h)?")
_MINUTES, _HOURS, _NOON = 60, 24, 12
_DAYS: Mapping[str, str] = {
    "d": "* * *",
    "night": "* * *",
    "morning": "* * *",
    "evening": "* * *",
    "w": "* * 0",
    "month": "1 * *",
    "year": "1 1 *",
    "weekday": "* * 1-5",
    "weekend": "* * 0,6",
    **{str(day): f"* * {day}" for day in range(7)},
}
"""The last three fields of what comes back on days."""
_LATE = frozenset({"evening"})
_NEEDS_HOUR = frozenset({"morning", "evening"})
_NIGHT_BEGINS = 6
"""An hour from here on, said of a night without am or pm, is in the evening: "every night at 11"."""

Clock = tuple[int, int]
"""Hour and minute of a day, UTC."""


def read_schedule(cursor: Cursor, at: int) -> tuple[str, int] | None:
    """The cron line that begins at token `at` ("" where cron has none for it) and how many tokens it is."""
    if written := _written(cursor, at):
        return written
    if cursor.shape(at) is not Shape.WORD:
        return None
    clock, place = _clock(cursor, at)
    cycle = _cycle(cursor, place)
    if cycle is None:
        return None
    sense, number, place = cycle
    if clock is None:
        clock, place = _clock(cursor, place)
    return _line(sense, number, clock), place - at


def _written(cursor: Cursor, at: int) -> tuple[str, int] | None:
    """A cron line as such, in quotes or not."""
    token = cursor.tokens[at]
    if token.shape is Shape.QUOTE:
        text = token.text.strip()
        return (text, 1) if _CRON.fullmatch(text) or _NAMED.fullmatch(text) else None
    if token.text[0] == "@" and _NAMED.fullmatch(token.low):
        return token.low, 1
    if not (token.text[0].isdigit() or token.text[0] == "*"):
        return None
    found = _CRON.match(cursor.text, token.start)
    if found is None or "*" not in found[0]:
        return None
    end = at
    while cursor.inside(end) and cursor.tokens[end].start < found.end():
        end += 1
    return found[0], end - at


def _cycle(cursor: Cursor, at: int) -> tuple[str, int, int] | None:
    """How often: the sense, a number of units, and where it ends."""
    while cursor.shape(at) is Shape.COMMA:
        at += 1
    found = cursor.lexicon.match(cursor.tokens, at) if cursor.inside(at) else None
    if found is None or Role.CYCLE not in found[0].senses:
        return None
    sense, place = found[0].senses[Role.CYCLE], at + found[1]
    if sense != "each":
        return sense, 1, place
    number = whole(cursor.tokens[place].text) if cursor.shape(place) is Shape.NUMBER else None
    number = number if number is not None else cursor.lexicon.number(cursor.low(place))
    unit = cursor.sense(place + 1, Role.UNIT)
    if number and unit in ("s", "m", "h", "d", "w"):
        return unit, number, place + 2
    amount = re.fullmatch(r"(\d{1,4})(s|m|h|d)[a-z]*", cursor.low(place))
    return (amount[2], int(amount[1]), place + 1) if amount else None


def _clock(cursor: Cursor, at: int) -> tuple[Clock | None, int]:
    """The hour that is said at `at`, with what announces it; where there is none, `at` as it is."""
    place, said = at, ""
    while cursor.shape(place) is Shape.COMMA:
        place += 1
    found = cursor.lexicon.match(cursor.tokens, place) if cursor.inside(place) else None
    if found is not None and Role.CLOCK in found[0].senses:
        said, place = found[0].senses[Role.CLOCK], place + found[1]
        if said.isdigit():
            return (int(said), 0), place
    timely = cursor.shape(place) is Shape.DATE or cursor.sense(place + 1, Role.CLOCK) == "hour"
    if said not in ("", "at") or (not said and not timely):
        return None, at
    time = _HOUR.fullmatch(cursor.low(place))
    if time is None:
        return None, at
    hour, minute, half = int(time[1]), int(time[2] or 0), time[3] or ""
    place += 1
    after = cursor.lexicon.match(cursor.tokens, place) if cursor.inside(place) else None
    while after is not None and after[0].senses.get(Role.CLOCK) in ("am", "pm", "hour"):
        sense = after[0].senses[Role.CLOCK]
        half, place = half if sense == "hour" else sense, place + after[1]
        after = cursor.lexicon.match(cursor.tokens, place) if cursor.inside(place) else None
    hour = _of_day(hour, half)
    return ((hour, minute) if hour < _HOURS and minute < _MINUTES else None), place


def _of_day(hour: int, half: str) -> int:
    if half == "am":
        return hour % _NOON
    return hour % _NOON + _NOON if half == "pm" and hour <= _NOON else hour


def _line(sense: str, number: int, clock: Clock | None) -> str:
    if sense in ("m", "h") and number == 1:
        return "* * * * *" if sense == "m" else "0 * * * *"
    if sense == "m":
        return f"*/{number} * * * *" if 0 < number < _MINUTES and not _MINUTES % number else ""
    if sense == "h":
        return f"0 */{number} * * *" if 0 < number < _HOURS and not _HOURS % number else ""
    if number != 1 or sense not in _DAYS or (clock is None and sense in _NEEDS_HOUR):
        return ""
    hour, minute = clock or (0, 0)
    late = sense in _LATE or (sense == "night" and hour >= _NIGHT_BEGINS)
    if late and 0 < hour < _NOON:
        hour += _NOON
    return f"{minute} {hour} {_DAYS[sense]}"
