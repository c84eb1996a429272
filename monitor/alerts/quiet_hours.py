"""Quiet hours, and the times of digests: which moment comes next in a time zone. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIELDS = 5
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")  # as cron counts them
_DAY = re.compile(r"(?P<first>\*|[a-z0-9]+)(?:-(?P<last>[a-z0-9]+))?(?:/(?P<step>\d+))?")


def next_digest(crons: Sequence[str], zone: str, now: datetime) -> datetime:
    """Return the next moment after now that one of the cron expressions names.

    Raises ValueError for what is no cron expression, or names no moment.
    """
    times = [_trigger(cron, zone).get_next_fire_time(None, now) for cron in crons]
    found: list[datetime] = [each for each in times if each is not None]
    if not found:
        raise ValueError("it never comes")
    return min(each.astimezone(UTC) for each in found)


def quiet_until(quiet: tuple[time, time] | None, zone: str, at: datetime) -> datetime | None:
    """Return when the quiet hours end in which a moment falls, or None where it falls in none.

    Hours that end before they begin reach into the next day.
    """
    if quiet is None:
        return None
    local = at.astimezone(ZoneInfo(zone))
    for days in (-1, 0):
        day = local.date() + timedelta(days=days)
        over_night = quiet[1] <= quiet[0]
        begins = datetime.combine(day, quiet[0], local.tzinfo)
        ends = datetime.combine(day + timedelta(days=over_night), quiet[1], local.tzinfo)
        if begins.astimezone(UTC) <= at < ends.astimezone(UTC):
            return ends.astimezone(UTC)
    return None


@lru_cache(maxsize=64)
def _trigger(cron: str, zone: str) -> CronTrigger:
    """Return APScheduler's trigger; it counts weekdays from Monday, cron from Sunday."""
    fields = cron.split()
    if len(fields) != _FIELDS:
        raise ValueError("expected five fields: minute, hour, day, month, weekday")
    minute, hour, day, month, weekday = fields
    return CronTrigger(
        minute=minute,
        hour=hour,
        day=day,
        month=month,
        day_of_week=_weekdays(weekday),
        timezone=ZoneInfo(zone),
    )


def _weekdays(field: str) -> str:
    """Return cron's weekdays (0 and 7 are Sunday; names; ranges; steps) as a list of names."""
    if field == "*":
        return field
    days: list[str] = []
    for part in field.lower().split(","):
        found = _DAY.fullmatch(part)
        if not found:
            raise ValueError(f"`{part}` is no weekday")
        everything = found["first"] == "*"
        first = 0 if everything else _weekday(found["first"])
        last = _weekday(found["last"]) if found["last"] else 6 if everything else first
        last += 7 if last < first else 0
        days += [_DAYS[number % 7] for number in range(first, last + 1, int(found["step"] or 1))]
    return ",".join(dict.fromkeys(days))


def _weekday(written: str) -> int:
    if written in _DAYS:
        return _DAYS.index(written)
    if not written.isdecimal() or int(written) > len(_DAYS):
        raise ValueError(f"`{written}` is no weekday")
    return int(written)
