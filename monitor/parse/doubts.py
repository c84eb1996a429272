"""Dates that cannot be right, judged by the feed's other dates and by its server. Pure.

Feeds are sorted by date, the newest first or last. A date that stands alone against this order was
misread or mistyped, and its article must not be taken for an old one.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_DAY = 86_400
_FEWEST = 5  # dates that show an order; of fewer, none is doubted


def out_of_order(dates: Sequence[int]) -> int | None:
    """Return the index of the one date that is more than a day out of the order of the others.

    `dates` are in seconds since 1970, 0 for an undated entry. None where all dates are in order,
    as those within a day are, and where no order shows: there an old article is nothing odd.
    """
    dated = [(index, at) for index, at in enumerate(dates) if at]
    if len(dated) < _FEWEST or max(dates) - min(filter(None, dates)) <= _DAY:
        return None
    rises = sum(a < b for (_, a), (_, b) in pairwise(dated))
    falls = sum(a > b for (_, a), (_, b) in pairwise(dated))
    if rises == falls:
        return None
    sign = 1 if rises > falls else -1
    return _odd_one([(index, sign * at) for index, at in dated])


def _odd_one(dated: Sequence[tuple[int, int]]) -> int | None:
    """Return the one index without which dates ascend; None if they do anyway, or never."""
    fall = _fall(dated)
    if fall is None:
        return None
    odd = [at for at in fall if _fall([*dated[:at], *dated[at + 1 :]]) is None]
    return dated[odd[0]][0] if len(odd) == 1 else None


def _fall(dated: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Return the first two places of which the later has a date more than a day before, if any."""
    highest = 0
    for place, (_, at) in enumerate(dated):
        if at < dated[highest][1] - _DAY:
            return highest, place
        if at > dated[highest][1]:
            highest = place
    return None


def too_late(at: datetime, now: datetime | None, changed_at: datetime | None) -> str:
    """Return why a date is doubted as one of the future, "" for no doubt.

    `changed_at` is when the feed changed (see `last_change`).
    """
    if now and (at - now).total_seconds() > _DAY:
        return f"date {at:%Y-%m-%d %H:%M} UTC doubted: it was in the future"
    if changed_at and (at - changed_at).total_seconds() > _DAY:
        return f"date {at:%Y-%m-%d %H:%M} UTC doubted: later than the feed's Last-Modified"
    return ""


def last_change(last_modified: str) -> datetime | None:
    """Return the time that a header `Last-Modified` tells, None for an unreadable one."""
    try:
        at = parsedate_to_datetime(last_modified)
    except (ValueError, OverflowError):  # a year or a zone of twenty digits
        return None
    return at if at.tzinfo else None
