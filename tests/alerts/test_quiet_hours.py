"""The ends of quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from monitor.alerts import quiet_until

NIGHT = (time(22), time(7))
BERLIN = "Europe/Berlin"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


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
