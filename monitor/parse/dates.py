"""The date of an entry, in the many forms that feeds write. Pure.

feedparser and dateutil guess where a form is none of theirs: `2026/11/29` becomes the first of the
month, `05.12.2026` the twelfth of May. So all forms are read here, by their own rules:

- The day comes before the month where dots stand between them, and otherwise if other dates of the
  document show it. Where nothing shows it, the reading nearest to now counts.
- A time without a zone is in UTC; a date without a time is the beginning of the day.
- dateutil reads what is left, if it leaves nothing to a guess.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dateutil import parser as dates

from monitor.parse.months import month_of, one_word
from monitor.parse.zones import zone_offset

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST_YEAR = 1990  # older dates come from a clock that was never set, or from an archive
_LONGEST = 72  # characters of a date; a longer text would take dateutil long
_AHEAD = timedelta(hours=14)  # a time of the farthest zone, read as UTC, is that far ahead
_EPOCHS = {10: 1, 13: 1_000}  # digits of seconds and milliseconds since 1970

_EPOCH = re.compile(r"(\d{10}|\d{13})(?:\.\d+)?")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:[T ]?(\d\d)(\d\d)(\d\d)?(?![\d:]))?")
_YEAR_FIRST = re.compile(
    r"(?<!\d)(\d{4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?!\d)\s?[日일.]?"
)
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4}|\d\d)(?![\d:])")
_NAME = r"([^\W\d_][^\s\d,./()\[\]:+-]*)\.?"
_DAY_NAME = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|[.ºª])?[\s-]*(?:de\s|of\s)?{_NAME}"
    r"[\s,-]*(?:de\s|del\s)?(\d{4}|\d\d)(?![\d:])"
)
_NAME_DAY = re.compile(rf"{_NAME}[\s-]+(\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])")
_YEAR = re.compile(r"(?<![\d:+-])(\d{4})(?![\d:])")

_HALVES = {"am": 0, "a.m": 0, "오전": 0, "午前": 0, "上午": 0, "ص": 0, "π.μ": 0,
           "pm": 12, "p.m": 12, "오후": 12, "午後": 12, "下午": 12, "م": 12, "μ.μ": 12}  # fmt: skip
_HALF = re.compile(
    rf"(?<![^\W\d])({'|'.join(re.escape(each) for each in _HALVES)})(?![^\W\d])\.?", re.IGNORECASE
)
_TIME = re.compile(
    r"(?<![\d+-])(\d{1,2})\s?(?:[:.h時时點点시]\s?(\d{1,2})(?:\s?[:.m分분]\s?(\d{1,2})(?:[.,]\d+)?)?"
    r"|(?=\s?[ap]\.?m))",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:GMT|UTC)?\s?([+\u2212-])(\d{1,2})(?::?(\d\d))?(?!\d)", re.IGNORECASE)
_LETTERS = re.compile(r"\b(?:[A-Z\u0410-\u042f]{1,5}|gmt|utc|мск)\b|(?<=\d)Z")
# What most feeds write, by RFC 822 and RFC 3339; the rules below read the same in it.
_MONTHS = {name: number for number, name in enumerate(
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
)}  # fmt: skip
_USUAL = re.compile(
    rf"(?:(?:[A-Z][a-z]{{2}}, )?(\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}}) "
    r"|(\d{4})-(\d\d)-(\d\d)T)([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d|60)(?:\.\d+)?)? ?"
    r"(GMT|UTC|Z|[+-]\d\d:?[0-5]\d)",
    re.ASCII,
)
# Two dates that agree in nothing: what dateutil leaves to them is a guess.
_DEFAULTS = (datetime(1996, 2, 3, tzinfo=UTC), datetime(2003, 7, 19, tzinfo=UTC))
_CENTURY, _NOON = 2000, 12


class DateReader:
    """Reads the dates of a document.

    `now` is the moment of the poll, None if nothing is known of it. `lang` is the language of the
    names of months; `country` returns the country (ISO 3166) that tells which of several zones an
    abbreviation means: few documents have such a one.
    """

    def __init__(
        self,
        document: bytes = b"",
        now: datetime | None = None,
        lang: str = "",
        country: Callable[[], str] = str,
    ) -> None:
        self._document = document
        self._now = now
        self._lang = lang
        self._country = country

    def published_at(self, entry: Any) -> datetime | None:
        """Return the first plausible date of an entry (UTC), None for an undated entry."""
        for name in ("published", "updated", "created"):
            # feedparser's `get` answers `published` with `updated`, and the reverse
            at = self.read(str(entry[name] or "")) if name in entry else None
            if at and at.year >= _FIRST_YEAR:
                return at
        return None

    def read(self, written: str) -> datetime | None:
        """Return the time (UTC) that a text names, None for what is no date or an unclear one."""
        if not written or len(written) > _LONGEST:
            return None
        if usual := _USUAL.fullmatch(written):
            return _of_standard(usual)
        text = one_word(" ".join(unicodedata.normalize("NFKC", written).split()))
        try:
            if found := _EPOCH.fullmatch(text):
                return datetime.fromtimestamp(int(found[1]) / _EPOCHS[len(found[1])], UTC)
            return self._in_own_form(text)
        except (ValueError, OverflowError):
            return None

    def _in_own_form(self, text: str) -> datetime | None:
        """Read a date and a time, wherever they stand. Raises ValueError for an impossible date."""
        if found := _COMPACT.match(text):
            numbers = [int(each or 0) for each in found.groups()]
            at = datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type, misc]
            return at - timedelta(seconds=self._offset(text[found.end() :]))

        day, rest = self._day(text)
        if day is None:
            return None if _YEAR_LAST.search(text) else self._by_dateutil(text)
        return day + _time(rest) - timedelta(seconds=self._offset(rest))

    def _day(self, text: str) -> tuple[datetime | None, str]:
        """Return the day that a text names, at midnight, and the text without it."""
        day: datetime | None
        if found := _YEAR_FIRST.search(text):
            day = _at(found[1], int(found[2]), found[3])
        elif found := _YEAR_LAST.search(text):
            day = self._day_of_three(found)
        elif found := _DAY_NAME.search(text):
            month = month_of(found[2], self._lang)
            day = _at(found[3], month, found[1]) if month else None
        else:
            return self._day_after_name(text)
        return day, f"{text[: found.start()]} {text[found.end() :].removeprefix('T')}"

    def _day_after_name(self, text: str) -> tuple[datetime | None, str]:
        """Read `Nov 28`, and the year wherever it stands: `Sat Nov 28 15:30:00 2026`."""
        for found in _NAME_DAY.finditer(text):
            month = month_of(found[1], self._lang)
            year = _YEAR.search(text, found.end())
            if month and year:
                rest = f"{text[found.end() : year.start()]} {text[year.end() :]}"
                return _at(year[1], month, found[2]), rest
        return None, text

    def _day_of_three(self, found: re.Match[str]) -> datetime | None:
        """Read three numbers, the year last."""
        first, second, year = int(found[1]), int(found[3]), found[4]
        most = 12
        if found[2] == "." or first > most or first == second:
            return _at(year, second, first)
        if second > most:
            return _at(year, first, second)
        if self._order:
            return _at(year, *((second, first) if self._order > 0 else (first, second)))
        readings = (_at(year, second, first), _at(year, first, second))
        return self._nearest(readings)

    def _nearest(self, readings: tuple[datetime, ...]) -> datetime | None:
        """Return the last reading that is not in the future, None if nothing tells."""
        if self._now is None:
            return None
        past = [each for each in readings if each <= self._now + _AHEAD]
        return max(past, default=None)

    @cached_property
    def _order(self) -> int:
        """Whether days come before months in the document (1), after them (-1), or unknown (0)."""
        pattern = rb">\s*(?:<!\[CDATA\[)?\s*(\d{1,2})[-/](\d{1,2})[-/]\d{2,4}(?!\d)"
        pairs = [(int(a), int(b)) for a, b in re.findall(pattern, self._document)]
        most = 12
        day_first = any(a > most >= b for a, b in pairs)
        month_first = any(b > most >= a for a, b in pairs)
        return day_first - month_first

    def _offset(self, rest: str) -> int:
        """Return the offset of the zone named in a text, in seconds; 0 for none."""
        if found := _OFFSET.search(rest):
            seconds = int(found[2]) * 3_600 + int(found[3] or 0) * 60
            return -seconds if found[1] != "+" else seconds
        offsets = (zone_offset(name, self._country()) for name in _LETTERS.findall(rest))
        return next((offset for offset in offsets if offset is not None), 0)

    def _by_dateutil(self, text: str) -> datetime | None:
        """Return what dateutil reads in a text, None if a part of it would be a guess."""
        try:
            first, second = (
                dates.parse(text, default=default, tzinfos=self._zone) for default in _DEFAULTS
            )
            return first.astimezone(UTC) if first == second else None
        except (ValueError, OverflowError, TypeError, AttributeError):
            return None

    def _zone(self, name: str | None, offset: int | None) -> int:
        return offset if offset is not None else zone_offset(name or "", self._country()) or 0


def _of_standard(found: re.Match[str]) -> datetime | None:
    """Return the time that a date of the standards names, None for an impossible one."""
    day, name, year, year_too, month, day_too, hour, minute, second, zone = found.groups()
    if name:
        month = _MONTHS[name]
    else:
        year, day = year_too, day_too
    seconds = min(int(second or 0), 59)
    try:
        at = datetime(int(year), int(month), int(day), int(hour), int(minute), seconds, tzinfo=UTC)
        if zone[0] not in "+-":
            return at
        ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        return at + ahead if zone[0] == "-" else at - ahead
    except (ValueError, OverflowError):
        return None


def _at(year: str, month: int, day: str | int) -> datetime:
    full = int(year) + (_CENTURY if len(year) == len("26") else 0)
    return datetime(full, month, int(day), tzinfo=UTC)


def _time(rest: str) -> timedelta:
    """Return the time of day that a text names, midnight for none. Raises ValueError."""
    found = _TIME.search(rest)
    if not found:
        return timedelta()
    hour, minute, second = (int(each or 0) for each in found.groups())
    half = _HALF.search(rest)
    if half and 0 < hour <= _NOON:
        hour = hour % _NOON + _HALVES[half[1].lower()]
    if hour > 24 or minute > 59 or second > 60:  # noqa: PLR2004 - clocks
        raise ValueError(rest)
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
