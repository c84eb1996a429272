"""Dates of pages: those of feeds, and dates in words such as “2 hours ago”, “vor 3 Tagen”. Pure.

dateparser reads the words, in the language of the feed and in English.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from monitor.parse.dates import DateReader

if TYPE_CHECKING:
    from monitor.model import Source

_LONGEST = 60  # characters; longer texts are no dates, and cost dateparser long


class WordDates:
    """Reads the dates of a page; words count from `source.now`, the moment of the poll."""

    def __init__(self, source: Source) -> None:
        self._now = source.now
        self._lang = source.lang
        self._written = DateReader(b"", source.now, source.lang)

    def read(self, written: str) -> str:
        """Return a date in ISO 8601 (UTC), "" for what is none."""
        at = self._written.read(written) or self._in_words(written)
        return at.astimezone(UTC).isoformat() if at else ""

    def _in_words(self, written: str) -> Any:
        if not written or len(written) > _LONGEST or self._now is None:
            return None
        import dateparser  # noqa: PLC0415 - only pages with dates in words need the library

        settings = {
            "RELATIVE_BASE": self._now.astimezone(UTC).replace(tzinfo=None),
            "TIMEZONE": "UTC",
            "RETURN_AS_TIMEZONE_AWARE": True,
            "PREFER_DATES_FROM": "past",
            "DEFAULT_LANGUAGES": ["en"],
        }
        languages = [self._lang, "en"] if self._lang not in {"", "en"} else None
        try:
            return dateparser.parse(written, languages=languages, settings=settings)
        except (ValueError, OverflowError, RecursionError):
            return None
