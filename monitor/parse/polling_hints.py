"""The polling hints of an RSS document: `ttl`, `skipHours`, `skipDays`. Pure."""

from __future__ import annotations

import re
from typing import Any

from monitor.model import PollingHints

_MINUTES = re.compile(r"[0-9]{1,6}")
_HOUR = re.compile(rb"<hour>\s{0,20}([01]?[0-9]|2[0-4])\s{0,20}</hour>")
_DAY = re.compile(rb"<day>\s{0,20}([A-Za-z]{6,9})\s{0,20}</day>")
_WEEK = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")


def hints_of(document: bytes, feed: Any) -> PollingHints:
    """Return the hints of a document; `feed` is feedparser's, which reads the ttl only.

    skipHours and skipDays are looked for before the first item and after the last one.
    """
    ttl = str(feed.get("ttl") or "").strip()  # minutes
    parts = document[: document.find(b"<item")], document[document.rfind(b"</item>") :]
    hours = [int(hour) for part in parts for hour in _skipped(part, b"skipHours", _HOUR)]
    days = {day.lower() for part in parts for day in _skipped(part, b"skipDays", _DAY)}
    return PollingHints(
        ttl=int(ttl) * 60.0 if _MINUTES.fullmatch(ttl) else 0.0,
        skip_hours=frozenset(hour % 24 for hour in hours),  # 24 is an old way to write 0
        skip_days=frozenset(number for number, day in enumerate(_WEEK) if day in days),
    )


def _skipped(part: bytes, name: bytes, value: re.Pattern[bytes]) -> list[bytes]:
    """Return the values inside the element `name`."""
    _, _, after = part.partition(b"<%b>" % name)
    inside = after.partition(b"</%b>" % name)[0]
    return value.findall(inside)
