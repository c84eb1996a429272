"""Cron expressions in a time zone → moments in UTC. Pure.

The times are those of cron itself, on days when clocks change too (Debian's crontab(5)): a time
that is left out in spring comes when the clocks have changed, one that occurs twice in autumn
counts once. cronsim does the calendar; weekdays may reach over the end of the week (`sat-mon`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FIELDS = ("minute", "hour", "day", "month", "weekday")
_NAMES = {"day-of-month": "day", "day-of-week": "weekday"}  # cronsim's, by ours
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST_MONTH = 31  # days
_A_MOMENT = timedelta(microseconds=1)
_TWO_DAYS = timedelta(days=2)


def next_digest(crons: Sequence[str], zone: str, now: datetime) -> datetime:
    """Return the first moment (UTC) from `now` on that one of the cron expressions names.

    Raises ValueError for a malformed expression, and where no expression ever comes true.
    """
    found = [at for cron in crons for at in [next(_times(cron, zone, now), None)] if at]
    if not found:
        raise ValueError("it never comes")
    return min(found)


def last_daily(at: str, zone: str, now: datetime) -> datetime:
    """Return the last moment (UTC) up to `now` at the time of day `at`, such as `08:00`."""
    hour, minute = map(int, at.split(":"))
    times = _times(f"{minute} {hour} * * *", zone, now - _TWO_DAYS)
    return list(takewhile(lambda each: each <= now, times))[-1]


def last_time(cron: str, zone: str, after: datetime, now: datetime) -> datetime | None:
    """Return the last moment (UTC) after `after`, up to `now`, of an expression; None for none.

    Of a long time only the last two days are walked through, and else its first moment is taken.
    """
    recent = max(after + _A_MOMENT, now - _TWO_DAYS)
    found = list(takewhile(lambda each: each <= now, _times(cron, zone, recent)))
    first = next(_times(cron, zone, after + _A_MOMENT), None)
    if found:
        return found[-1]
    return first if first and first <= now else None


def _times(cron: str, zone: str, now: datetime) -> Iterator[datetime]:
    """Yield the moments (UTC) of an expression, from `now` on."""
    # cronsim starts after the given moment, and an hour that occurs twice from its beginning.
    for local in _simulated(cron, (now - _A_MOMENT).astimezone(ZoneInfo(zone))):
        at = local.astimezone(UTC)
        if at >= now:
            yield at


def _simulated(cron: str, start: datetime) -> CronSim:
    """Return cronsim's times after `start`. Raises ValueError that names the wrong field."""
    fields = cron.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(f"expected five fields ({', '.join(_FIELDS)}), found {len(fields)}")
    *before, weekday = fields
    try:
        return CronSim(" ".join([*before, _within_a_week(weekday)]), start)
    except CronSimError as error:
        name = str(error).removeprefix("Bad ")
        name = _NAMES.get(name, name)
        value = fields[_FIELDS.index(name)]
        if name == "day" and value.isdecimal() and 1 <= int(value) <= _LONGEST_MONTH:
            raise ValueError("it never comes") from error  # such as 31 February
        raise ValueError(f"the {name} `{value}` is wrong") from error


def _within_a_week(weekdays: str) -> str:
    """Return the field of weekdays without ranges over the end of the week: `sat-mon` → `6,0-1`."""
    return ",".join(map(_split_range, weekdays.lower().split(",")))


def _split_range(part: str) -> str:
    first, dash, last = part.partition("-")
    begin, end = _number(first), _number(last)
    if not dash or begin is None or end is None or begin <= end:
        return part
    return f"{begin % 7}-6,0-{end}"


def _number(weekday: str) -> int | None:
    if weekday in _WEEKDAYS:
        return _WEEKDAYS.index(weekday)
    return int(weekday) if weekday in set("01234567") else None
