"""Schedules as Kubernetes reads them: fields, macros, zones, changes of the clocks, missed runs, names."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.core.errors import InvalidInput
from app.core.schedule import MANY_MISSED, job_name, parse_schedule, parse_time_zone

BERLIN = "Europe/Berlin"


def at(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def runs(schedule: str, after: str, count: int, zone: str = "") -> list[str]:
    parsed = parse_schedule(schedule, zone)
    now: float | None = at(after, zone or "UTC")
    found = []
    for _ in range(count):
        assert now is not None
        now = parsed.next_after(now)
        assert now is not None
        found.append(f"{datetime.fromtimestamp(now, parsed.zone):%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("*/15 * * * *", ["01-01 00:15", "01-01 00:30"]),
        ("30 2 * * *", ["01-01 02:30", "01-02 02:30"]),
        ("0 9-17/4 * * mon-fri", ["01-01 09:00", "01-01 13:00"]),
        ("0 0 1 JAN,jul *", ["07-01 00:00", "01-01 00:00"]),
        ("5/20 * * * *", ["01-01 00:05", "01-01 00:25"]),
        ("0 0 ? * 3", ["01-03 00:00", "01-10 00:00"]),
        ("0 0 13 * 5", ["01-05 00:00", "01-12 00:00"]),
        ("0 0 */2 * 1", ["01-03 00:00", "01-05 00:00"]),
        ("0 0 */10 * 0", ["01-07 00:00", "01-11 00:00"]),
        ("@hourly", ["01-01 01:00", "01-01 02:00"]),
        ("@daily", ["01-02 00:00", "01-03 00:00"]),
        ("@weekly", ["01-07 00:00", "01-14 00:00"]),
        ("@monthly", ["02-01 00:00", "03-01 00:00"]),
        ("@every 1h30m", ["01-01 01:30", "01-01 03:00"]),
    ],
)
def test_when_it_runs(schedule: str, expected: list[str]) -> None:
    """2024-01-01 is a Monday. With both day fields restricted either may match (also with a step, as robfig has it)."""
    assert runs(schedule, "2024-01-01 00:00", 2) == expected


class TestClocks:
    def test_a_zone_moves_the_hour(self) -> None:
        parsed = parse_schedule("0 9 * * *", BERLIN)
        assert parsed.next_after(at("2024-01-01 00:00")) == at("2024-01-01 08:00")
        assert parsed.next_after(at("2024-07-01 00:00")) == at("2024-07-01 07:00")

    def test_a_time_that_does_not_exist_runs_after_the_gap(self) -> None:
        assert runs("30 2 * * *", "2024-03-30 12:00", 2, BERLIN) == ["03-31 03:00", "04-01 02:30"]

    def test_a_time_that_exists_twice_runs_once(self) -> None:
        assert runs("30 2 * * *", "2024-10-26 12:00", 2, BERLIN) == ["10-27 02:30", "10-28 02:30"]

    def test_every_quarter_is_every_quarter(self) -> None:
        parsed = parse_schedule("*/15 * * * *", BERLIN)
        latest, count = parsed.missed(at("2024-10-27 00:00"), at("2024-10-27 03:00"))
        assert (latest, count) == (at("2024-10-27 03:00"), 12)

    @pytest.mark.parametrize("name", ["Local", "Mars/Base", "../etc/passwd", "Europe/", "EST5EDT\0"])
    def test_a_zone_there_is_not(self, name: str) -> None:
        with pytest.raises(InvalidInput, match="is not a time zone"):
            parse_time_zone(name)

    def test_utc_unless_said(self) -> None:
        assert parse_time_zone("") is UTC


class TestMissed:
    def test_the_latest_counts(self) -> None:
        found = parse_schedule("0 * * * *").missed(at("2024-01-01 00:00"), at("2024-01-01 03:30"))
        assert found == (at("2024-01-01 03:00"), 3)

    def test_none(self) -> None:
        assert parse_schedule("0 * * * *").missed(at("2024-01-01 00:00"), at("2024-01-01 00:59")) == (None, 0)

    def test_exactly_now_is_due_and_the_last_one_is_not_due_again(self) -> None:
        hourly = parse_schedule("0 * * * *")
        assert hourly.missed(at("2024-01-01 00:30"), at("2024-01-01 01:00")) == (at("2024-01-01 01:00"), 1)
        assert hourly.missed(at("2024-01-01 01:00"), at("2024-01-01 01:00")) == (None, 0)

    @pytest.mark.parametrize("schedule", ["* * * * *", "@every 1m"])
    def test_years_of_silence_are_not_counted_through(self, schedule: str) -> None:
        found = parse_schedule(schedule).missed(at("2000-01-01 00:00"), at("2024-01-01 03:30") + 10)
        assert found == (at("2024-01-01 03:30"), MANY_MISSED + 1)

    def test_a_date_that_never_comes(self) -> None:
        assert parse_schedule("0 0 29 2 *").next_after(at("2024-03-01 00:00")) == at("2028-02-29 00:00")


@pytest.mark.parametrize(
    "schedule",
    [
        *("", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "*/0 * * * *"),
        *("a * * * *", "@often", "@every", "@every 0s", "@every 1d", "5-1 * * * *", "* * L * *", "* * * * 5#2"),
        *("0 0 31 2 *", "* * * mon *", "* * * * 5L"),
    ],
)
def test_what_is_no_schedule(schedule: str) -> None:
    with pytest.raises(InvalidInput, match="is not a schedule") as caught:
        parse_schedule(schedule)
    assert caught.value.field == "spec.schedule"


@pytest.mark.parametrize("schedule", ["0 0 * * 7", "0 0 * * 1,7", "0 0 * * 5-7"])
def test_sunday_is_zero(schedule: str) -> None:
    with pytest.raises(InvalidInput, match="write 0 or sun"):
        parse_schedule(schedule)


@pytest.mark.parametrize("schedule", ["TZ=UTC 0 0 * * *", "CRON_TZ=Asia/Tokyo 0 0 * * *"])
def test_a_zone_in_the_schedule(schedule: str) -> None:
    with pytest.raises(InvalidInput, match=r"belongs in spec\.timeZone"):
        parse_schedule(schedule)


def test_a_job_is_named_after_its_minute() -> None:
    assert job_name("backup", at("2024-01-01 02:30")) == "backup-28401270"
    assert job_name("backup", at("2024-01-01 02:30") + 30) == "backup-28401270"
    long = job_name("x" * 53 + "-yy", at("2024-01-01 02:30"))
    assert long == "x" * 53 + "-28401270"
    assert len(job_name("y" * 80, 0)) == 63
