"""When an entry was published, however its feed writes it. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dateutil import parser as dates

if TYPE_CHECKING:
    from time import struct_time

_ZONES = {"KST": 32_400, "JST": 32_400, "MSK": 10_800, "EET": 7_200, "EEST": 10_800}
_ZONES |= {"CET": 3_600, "CEST": 7_200, "BST": 3_600, "IST": 19_800, "HKT": 28_800, "SGT": 28_800}
# Dates that feedparser misreads: it ignores these zones, so that a time in Seoul would be one in
# London, and takes of `2024년 10월 31일` the year, with the month of today.
_MISREAD = re.compile(rf"\b(?:GMT|UTC)\s?[+-]\d|\b(?:{'|'.join(_ZONES)})\s*$|^\s*\d{{4}}\s*[년年]")
_FIRST_YEAR = 1990  # older dates are a clock that was never set, or an archive: no news either way


def published_at(entry: Any) -> datetime | None:
    """Return the first date that makes sense, or None for an undated entry."""
    for name in ("published", "updated", "created"):
        text = str(entry[name] or "") if name in entry else ""  # `get` takes one for the other
        if not text:
            continue
        parsed = None if _MISREAD.search(text) else entry.get(f"{name}_parsed")
        found = _from_struct(parsed) or _from_text(text)
        if found and found.year >= _FIRST_YEAR:
            return found
    return None


def _from_struct(parsed: struct_time | None) -> datetime | None:
    if parsed is None:
        return None
    try:
        return datetime(*parsed[:5], min(parsed[5], 59), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _zone(name: str | None, offset: int | None) -> int:
    """Return a zone's seconds east of London; a name that says nothing to us means UTC."""
    return offset if offset is not None else _ZONES.get(name or "", 0)


def _from_text(text: str) -> datetime | None:
    """Read what feedparser cannot, such as `Thu,28 Jul 2022 4:35:5 GMT+9`; no zone means UTC."""
    if len(text) > 64:  # noqa: PLR2004 - no date is longer, and a long text costs dateutil dear
        return None
    text = re.sub(r"\b(?:GMT|UTC)\s?(?=[+-]\d)", "", text)  # dateutil reads GMT+9 as west of London
    try:
        found = dates.parse(text, default=datetime(1, 1, 1, tzinfo=UTC), tzinfos=_zone)
        return found.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
