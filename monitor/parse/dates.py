"""The date of an entry, in the many forms that feeds write. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dateutil import parser as dates

if TYPE_CHECKING:
    from time import struct_time

_ZONES = {"KST": 32_400, "JST": 32_400, "MSK": 10_800, "EET": 7_200, "EEST": 10_800}
_ZONES |= {"CET": 3_600, "CEST": 7_200, "BST": 3_600, "IST": 19_800, "HKT": 28_800, "SGT": 28_800}
# Dates that feedparser misreads. It ignores these zones, so that a time in Seoul would be one in
# London; and of `2024년 10월 31일` it reads the year only, and adds today's month.
_MISREAD = re.compile(rf"\b(?:GMT|UTC)\s?[+-]\d|\b(?:{'|'.join(_ZONES)})\s*$|^\s*\d{{4}}\s*[년年]")
_FIRST_YEAR = 1990  # older dates come from a clock that was never set, or from an archive
_LONGEST = 64  # characters of a date; a longer text would take dateutil long


def published_at(entry: Any) -> datetime | None:
    """Return the first plausible date of an entry (UTC), None for an undated entry."""
    for name in ("published", "updated", "created"):
        # feedparser's `get` answers `published` with `updated`, and the reverse
        text = str(entry[name] or "") if name in entry else ""
        if not text:
            continue
        parsed = None if _MISREAD.search(text) else entry.get(f"{name}_parsed")
        at = _from_struct(parsed) or _from_text(text)
        if at and at.year >= _FIRST_YEAR:
            return at
    return None


def _from_struct(parsed: struct_time | None) -> datetime | None:
    if parsed is None:
        return None
    try:
        return datetime(*parsed[:5], min(parsed[5], 59), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _zone(name: str | None, offset: int | None) -> int:
    """Return the offset of a zone in seconds east of UTC; an unknown name means UTC."""
    return offset if offset is not None else _ZONES.get(name or "", 0)


def _from_text(text: str) -> datetime | None:
    """Return the time of a date that feedparser cannot read: `Thu,28 Jul 2022 4:35:5 GMT+9`.

    A date without a zone is in UTC. None for what is no date.
    """
    if len(text) > _LONGEST:
        return None
    text = re.sub(r"\b(?:GMT|UTC)\s?(?=[+-]\d)", "", text)  # dateutil reads GMT+9 as west of London
    try:
        at = dates.parse(text, default=datetime(1, 1, 1, tzinfo=UTC), tzinfos=_zone)
        return at.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
