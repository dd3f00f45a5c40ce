"""When a CronJob runs: Kubernetes' five fields and macros, in a time zone. Pure but for the time zone tables.

The expression is cronsim's to read; this module says what Kubernetes' parser (robfig/cron v3) takes and how it reads
it. Over a change of the clocks it is Debian's cron that is followed: a fixed time that does not exist that day runs
right after the gap, one that exists twice runs once. So no run is lost and none doubled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from app.core.errors import InvalidInput
from app.core.quoting import quoted

MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
MANY_MISSED = 100
"""More runs missed than this are not counted any more, as in Kubernetes."""
HOW = 'write five fields such as "30 2 * * *" (every day at 2:30), or @hourly, @daily, @weekly, @monthly'

_EVERY = re.compile(r"@every (?=\d)(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?")
_FIELD = re.compile(r"[0-9A-Za-z*?,/-]+")
_WORD = re.compile(r"[A-Za-z]+")
_WORDS = {
    3: frozenset(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    4: frozenset(["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
}
"""By field; cronsim knows more (L, #), Kubernetes does not."""
_SEVEN = re.compile(r"(?:^|[,-])7(?=$|[,/-])")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")
_STEPS = {2: "1-31", 4: "0-6"}
"""Fields where a step over all is no "any day" (robfig): with both day fields set, either may match."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Made by `parse_schedule`. `every` in seconds where the times are counted, not named."""

    expression: str
    zone: tzinfo
    every: int = 0

    def next_after(self, at: float) -> float | None:
        """The first run later than `at`; None = never within 50 years. Epoch seconds."""
        if self.every:
            return at + self.every
        found = next(CronSim(self.expression, _moment(at, self.zone)), None)
        return found.timestamp() if found is not None else None

    def missed(self, since: float, now: float) -> tuple[float | None, int]:
        """The latest run later than `since` that is due by `now`, and how many there are (101 = more than 100)."""
        if self.every:
            count = int((now - since) // self.every)
            return (since + count * self.every if count > 0 else None), min(max(count, 0), MANY_MISSED + 1)
        latest, count = None, 0
        for run in CronSim(self.expression, _moment(since, self.zone)):
            if run.timestamp() > now:
                return latest, count
            latest, count = run.timestamp(), count + 1
            if count > MANY_MISSED:
                break
        else:
            return latest, count
        return self._latest(now), count

    def _latest(self, now: float) -> float | None:
        after = _moment(now, self.zone) + timedelta(seconds=1)
        found = next(CronSim(self.expression, after, reverse=True), None)
        return found.timestamp() if found is not None else None


def parse_schedule(text: str, time_zone: str = "", *, field: str = "spec.schedule") -> Schedule:
    """Raises `InvalidInput` that says what is wrong and how to write it. `time_zone` empty = UTC."""
    zone = parse_time_zone(time_zone)
    plain = " ".join(text.split())
    if every := _EVERY.fullmatch(plain):
        hours, minutes, seconds = (int(part or 0) for part in every.groups())
        return Schedule(plain, zone, _positive(hours * 3600 + minutes * 60 + seconds, text, field))
    parts = MACROS.get(plain, plain).split()
    if "=" in plain:
        raise InvalidInput(f"{quoted(text)}: the time zone belongs in spec.timeZone, not in the schedule", field=field)
    if len(parts) != 5 or not all(_readable(part, place) for place, part in enumerate(parts)):
        raise InvalidInput(f"{quoted(text)} is not a schedule: {HOW}", field=field)
    if _SEVEN.search(parts[4]):
        raise InvalidInput(f"{quoted(text)}: the days of the week are 0 to 6; write 0 or sun for Sunday", field=field)
    expression = " ".join(_as_cronsim(part, place) for place, part in enumerate(parts))
    try:
        CronSim(expression, datetime(2000, 1, 1, tzinfo=UTC))
    except (CronSimError, ValueError) as error:
        raise InvalidInput(f"{quoted(text)} is not a schedule ({str(error).lower()}): {HOW}", field=field) from error
    return Schedule(expression, zone)


def parse_time_zone(name: str, *, field: str = "spec.timeZone") -> tzinfo:
    """An IANA name; empty = UTC."""
    if not name:
        return UTC
    try:
        if _ZONE.fullmatch(name) and name != "Local":
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass
    raise InvalidInput(f"{quoted(name)} is not a time zone: write an IANA name such as Europe/Berlin", field=field)


def job_name(cron_job: str, run: float, *, longest: int = 63) -> str:
    """Of the Job of one run: the minute since the epoch behind the CronJob's name, as in Kubernetes."""
    minute = f"-{int(run) // 60}"
    return cron_job[: longest - len(minute)].rstrip("-.") + minute


def _positive(seconds: int, text: str, field: str) -> int:
    if seconds < 1:
        raise InvalidInput(f"{quoted(text)} is not a schedule: {HOW}", field=field)
    return seconds


def _readable(part: str, place: int) -> bool:
    words = {word.lower() for word in _WORD.findall(part)}
    return bool(_FIELD.fullmatch(part)) and words <= _WORDS.get(place, frozenset())


def _as_cronsim(part: str, place: int) -> str:
    part = part.replace("?", "*")
    if part == "*/1":
        return "*"
    return _STEPS[place] + part[1:] if place in _STEPS and part.startswith("*/") else part


def _moment(at: float, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(int(at), zone)
