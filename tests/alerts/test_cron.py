"""Cron expressions: the times of digests and of the heartbeat, also when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts import next_digest
from monitor.alerts.cron import last_daily

BERLIN = "Europe/Berlin"
DAY = timedelta(days=1)
YEAR = [datetime(2027, 1, 1, tzinfo=UTC) + day * DAY for day in range(366)]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 8 * * *", "2024-11-01T07:00"),
        ("30 19 * * *", "2024-10-31T18:30"),
        ("0 8 * * 1", "2024-11-04T07:00"),
        ("0 8 * * mon-fri", "2024-11-01T07:00"),
        ("0 8 * * 6,0", "2024-11-02T07:00"),
        ("0 8 * * 7", "2024-11-03T07:00"),
        ("0 8 * * 5-7", "2024-11-01T07:00"),
        ("0 8 * * sat-mon", "2024-11-02T07:00"),
        ("0 8 * * */2", "2024-11-02T07:00"),
        ("0 */6 1 * *", "2024-10-31T23:00"),
    ],
)
def test_a_digest_goes_out_at_the_next_time_of_its_cron_expression(
    cron: str, expected: str
) -> None:
    assert next_digest([cron], BERLIN, utc("2024-10-31T18:00")) == utc(expected)


def test_of_several_expressions_the_next_one_counts() -> None:
    assert next_digest(["0 8 * * *", "0 20 * * *"], "UTC", utc("2024-10-31T18:00")) == utc(
        "2024-10-31T20:00"
    )


def test_a_digest_that_is_due_this_moment_is_this_one() -> None:
    now = utc("2024-10-31T08:00")
    assert next_digest(["0 8 * * *"], "UTC", now) == now


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2024-10-26T12:00", "2024-10-27T07:00"),
        ("2024-10-25T12:00", "2024-10-26T06:00"),
        ("2025-03-29T12:00", "2025-03-30T06:00"),
    ],
    ids=["after winter time began", "before", "after summer time began"],
)
def test_a_digest_is_at_the_same_time_of_day_in_summer_and_winter(now: str, expected: str) -> None:
    assert next_digest(["0 8 * * *"], BERLIN, utc(now)) == utc(expected)


def test_a_time_that_a_change_to_summer_time_leaves_out_still_brings_a_digest() -> None:
    at = next_digest(["30 2 * * *"], BERLIN, utc("2025-03-29T12:00"))
    assert utc("2025-03-30T00:00") <= at <= utc("2025-03-31T00:30")


@pytest.mark.parametrize(
    "cron", ["", "8:00", "0 8 * *", "0 25 * * *", "0 8 * * 9", "0 8 * * someday", "0 8 31 2 *"]
)
def test_what_names_no_time_is_refused(cron: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        next_digest([cron], "UTC", utc("2024-10-31T18:00"))


@pytest.mark.parametrize(
    ("cron", "reason"),
    [
        ("0 25 * * *", "the hour `25` is wrong"),
        ("0 8 * * someday", "the weekday `someday` is wrong"),
        ("0 8 32 * *", "the day `32` is wrong"),
        ("0 8 31 2 *", "it never comes"),
        ("* * *", "expected five fields (minute, hour, day, month, weekday), found 3"),
    ],
)
def test_a_refusal_names_the_field(cron: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as refused:
        next_digest([cron], "UTC", utc("2024-10-31T18:00"))
    assert str(refused.value) == reason


def test_of_a_day_and_a_weekday_one_is_enough_as_in_cron() -> None:
    assert next_digest(["0 8 1 * mon"], "UTC", utc("2024-10-29T18:00")) == utc("2024-11-01T08:00")
    assert next_digest(["0 8 1 * mon"], "UTC", utc("2024-11-01T18:00")) == utc("2024-11-04T08:00")


# ── the days when clocks change ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cron", "now", "expected"),
    [
        ("0 0 * * mon", "2027-03-26T11:00", "2027-03-28T22:00"),
        ("0 0 1 * *", "2027-03-20T11:00", "2027-03-31T22:00"),
        ("0 0 * * *", "2027-03-28T00:30", "2027-03-28T22:00"),
        ("30 2 * * *", "2027-03-27T11:00", "2027-03-28T01:00"),
        ("30 2 * * *", "2027-10-30T11:00", "2027-10-31T00:30"),
        ("30 2 * * *", "2027-10-31T01:10", "2027-11-01T01:30"),
    ],
    ids=["week", "month", "day", "left out", "the first of two", "between two"],
)
def test_a_change_of_clocks_makes_no_digest_late(cron: str, now: str, expected: str) -> None:
    assert next_digest([cron], BERLIN, utc(now)) == utc(expected)


def changes(zone: str) -> list[datetime]:
    """Return the days (UTC) of 2027 on which a zone changes its clocks."""
    offsets = [at.astimezone(ZoneInfo(zone)).utcoffset() for at in YEAR]
    return [day for day, a, b in zip(YEAR, offsets, offsets[1:], strict=False) if a != b]


@cache
def all_changes() -> list[tuple[str, datetime]]:
    return [(zone, day) for zone in sorted(available_timezones()) for day in changes(zone)]


def moment(day: date, at: time, zone: str) -> datetime:
    """Return when a local time of day comes, the first time; the end of the gap if it is in one."""
    local = datetime.combine(day, at, ZoneInfo(zone))
    while local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(
        tzinfo=None
    ):
        local += timedelta(minutes=1)  # by the clock on the wall
    return local.astimezone(UTC)


@given(
    st.deferred(lambda: st.sampled_from(all_changes())),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.sampled_from(["*", "mon", "sat", "sun", "mon-fri"]),
    st.integers(-36 * 60, 36 * 60),
)
def test_around_each_change_in_each_zone_the_next_digest_is_the_first_to_come(
    change: tuple[str, datetime], at: time, weekday: str, minutes: int
) -> None:
    zone, day = change
    now = day + timedelta(minutes=minutes)
    weekdays = {"*": range(7), "mon": [0], "sat": [5], "sun": [6], "mon-fri": range(5)}[weekday]
    days = [now.date() + number * DAY for number in range(-2, 10)]
    due = [moment(each, at, zone) for each in days if each.weekday() in weekdays]

    found = next_digest([f"{at.minute} {at.hour} * * {weekday}"], zone, now)

    assert found == min(each for each in due if each >= now)
    if weekday == "*":
        last = last_daily(f"{at:%H:%M}", zone, now)
        assert last == max(each for each in due if each <= now)


# ── the heartbeat ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("now", "due_at"),
    [
        ("2024-07-01T05:59", "2024-06-30T06:00"),
        ("2024-07-01T06:00", "2024-07-01T06:00"),
        ("2024-10-27T06:59", "2024-10-26T06:00"),
        ("2024-10-27T07:00", "2024-10-27T07:00"),
    ],
    ids=["before it", "at it", "summer time ends", "winter"],
)
def test_a_heartbeat_is_due_at_an_hour_of_its_zone(now: str, due_at: str) -> None:
    assert last_daily("08:00", BERLIN, utc(now)) == utc(due_at)
