"""Quiet hours, and the times of digests."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from monitor.alerts import next_digest, quiet_until

NIGHT = (time(22), time(7))
BERLIN = "Europe/Berlin"


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
    ("at", "until"),
    [
        ("2024-10-31T20:59", None),
        ("2024-10-31T21:00", "2024-11-01T06:00"),
        ("2024-11-01T03:00", "2024-11-01T06:00"),
        ("2024-11-01T05:59", "2024-11-01T06:00"),
        ("2024-11-01T06:00", None),
    ],
)
def test_quiet_hours_reach_over_midnight_in_their_own_zone(at: str, until: str | None) -> None:
    assert quiet_until(NIGHT, BERLIN, utc(at)) == (until and utc(until))


@pytest.mark.parametrize(
    ("at", "until"), [("2024-10-31T12:30", "2024-10-31T13:00"), ("2024-10-31T13:00", None)]
)
def test_quiet_hours_may_lie_within_a_day(at: str, until: str | None) -> None:
    assert quiet_until((time(12), time(13)), "UTC", utc(at)) == (until and utc(until))


def test_the_night_in_which_summer_time_ends_is_an_hour_longer() -> None:
    assert quiet_until(NIGHT, BERLIN, utc("2024-10-26T20:30")) == utc("2024-10-27T06:00")


def test_without_quiet_hours_nothing_is_held() -> None:
    assert quiet_until(None, "UTC", utc("2024-10-31T03:00")) is None
