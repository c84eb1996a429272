"""The end of quiet hours, and the next digest: local times in a zone → UTC. Pure.

Cron expressions count weekdays from Sunday (0 and 7), APScheduler's triggers from Monday; weekdays
are handed over by name.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIELDS = 5  # minute, hour, day, month, weekday
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")  # as cron counts them
_DAY = re.compile(r"(?P<first>\*|[a-z0-9]+)(?:-(?P<last>[a-z0-9]+))?(?:/(?P<step>\d+))?")


def next_digest(crons: Sequence[str], zone: str, now: datetime) -> datetime:
    """Return the next moment (UTC) after `now` that one of the cron expressions names.

    Raises ValueError for a malformed expression, and where no expression ever comes true.
    """
    times = [_trigger(cron, zone).get_next_fire_time(None, now) for cron in crons]
    found: list[datetime] = [each for each in times if each is not None]
    if not found:
        raise ValueError("it never comes")
    return min(each.astimezone(UTC) for each in found)


def quiet_until(quiet: tuple[time, time] | None, zone: str, at: datetime) -> datetime | None:
    """Return the end (UTC) of the quiet hours that a moment falls in, None outside of them.

    `quiet` are begin and end, local times in the zone. An end before the begin is on the next day.
    """
    if quiet is None:
        return None
    begin, end = quiet
    local_at = at.astimezone(ZoneInfo(zone))
    nights = 1 if end <= begin else 0
    for days in (-1, 0):  # the quiet hours may have begun yesterday
        day = local_at.date() + timedelta(days=days)
        begins_at = datetime.combine(day, begin, local_at.tzinfo).astimezone(UTC)
        last_day = day + timedelta(days=nights)
        ends_at = datetime.combine(last_day, end, local_at.tzinfo).astimezone(UTC)
        if begins_at <= at < ends_at:
            return ends_at
    return None


@lru_cache(maxsize=64)
def _trigger(cron: str, zone: str) -> CronTrigger:
    """Return APScheduler's trigger for a cron expression. Raises ValueError for a malformed one."""
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
    """Return cron's weekdays (0 and 7 are Sunday; names; ranges; steps) as `mon,tue`."""
    if field == "*":
        return field
    parts = field.lower().split(",")
    days = [day for part in parts for day in _days_of(part)]
    return ",".join(dict.fromkeys(days))


def _days_of(part: str) -> list[str]:
    """Return the weekdays of one part of the field: `mon-fri/2`, `*/3`, `5-1`, `7`."""
    found = _DAY.fullmatch(part)
    if not found:
        raise ValueError(f"`{part}` is no weekday")

    is_any = found["first"] == "*"
    first = 0 if is_any else _weekday(found["first"])
    last = 6 if is_any else first
    if found["last"]:
        last = _weekday(found["last"])
    if last < first:  # over the end of the week
        last += 7
    step = int(found["step"] or 1)
    return [_DAYS[number % 7] for number in range(first, last + 1, step)]


def _weekday(name: str) -> int:
    """Return the number of a weekday, from 0 (Sunday) to 7, given by name or number."""
    if name in _DAYS:
        return _DAYS.index(name)
    if not name.isdecimal() or int(name) > len(_DAYS):
        raise ValueError(f"`{name}` is no weekday")
    return int(name)
