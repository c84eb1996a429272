"""The end of quiet hours: local times in a zone → UTC. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


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
