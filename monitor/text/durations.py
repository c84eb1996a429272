"""The units of time, in seconds: as numbers, and by the letters that spans are written with.

Spans are written as `30s`, `10m`, `24h`, `7d`, `2w` and, on the command line, `1y` (365 days).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

HOUR = 3_600.0
DAY = 86_400.0
SECONDS = {"s": 1.0, "m": 60.0, "h": HOUR, "d": DAY, "w": 7 * DAY, "y": 365 * DAY}


def moment(written: str, now: datetime) -> datetime:
    """Return a time that is written as `24h` (before `now`) or in ISO 8601, UTC if without a zone.

    Raises ValueError and OverflowError.
    """
    if found := re.fullmatch(r"(\d{1,6})([smhdwy])", written):
        return now - timedelta(seconds=int(found[1]) * SECONDS[found[2]])
    at = datetime.fromisoformat(written)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def in_words(seconds: float) -> str:
    """Return a span in its largest whole unit: `30 min`, `2 h`, `3 d`; `90 s`."""
    for unit, size in (("d", DAY), ("h", HOUR), ("min", 60.0)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
