"""The days that a text names, as dates: `on Thursday`, `31 октября`, `18일`. Pure.

The names of weekdays and months, by language, are in `dates.toml`.
"""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.text.scripts import CJK

if TYPE_CHECKING:
    from collections.abc import Iterator

_BACK, _AHEAD = 20, 3  # days from the publication: farther dates are background, or plans
_DATA: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)


def _numbered(table: dict[str, list[str]]) -> dict[str, dict[str, int]]:
    """Return, by language, the number of each form: 0 for `monday` and for `january`."""
    numbers: dict[str, dict[str, int]] = {}
    for lang, row in table.items():
        forms = [(form, number) for number, names in enumerate(row) for form in names.split("|")]
        numbers[lang] = dict(forms)
    return numbers


# A word with different meanings in two languages (`listopad`) has that of the article's own.
_NUMBERS = {kind: _numbered(table) for kind, table in _DATA.items()}


def _pattern(kind: str, lang: str) -> str:
    longest_first = sorted(_NUMBERS[kind][lang], key=len, reverse=True)
    return "|".join(map(_with_ending, longest_first))


def _with_ending(name: str) -> str:
    if name.endswith("."):
        return re.escape(name[:-1]) + r"\b"
    return re.escape(name) + r"[^\W\d_]{0,4}"


@cache
def _weekday_pattern(lang: str) -> re.Pattern[str] | None:
    if lang not in _DATA["weekdays"]:
        return None
    return re.compile(rf"(?:(?<![^\W{CJK}])|(?<=[{CJK}]))(?:{_pattern('weekdays', lang)})")


@cache
def _date_pattern(lang: str) -> re.Pattern[str] | None:
    if lang not in _DATA["months"]:
        return None
    return re.compile(
        rf"\b(\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s(?:de\s|of\s)?({_pattern('months', lang)})"
        rf"|\b({_pattern('months', lang)})\.?\s(\d{{1,2}})(?!\d)"
    )


_CJK_DAY = re.compile(r"(?<!\d)(\d{1,2})\s?[일日号號](?![간間])")


def days(text: str, lang: str, published: date) -> frozenset[date]:
    """Return the days named by a text: at most 20 before, and 3 after, the day it was `published`.

    A weekday is the last one before, or the day of publication itself; “next Monday” is taken for
    the last one, too. A day of the month without its month is the last such day.
    """
    text = text.lower()
    named = (*_weekdays(text, lang, published), *_dates(text, lang, published))
    return frozenset(day for day in named if -_BACK <= (day - published).days <= _AHEAD)


def without_days(text: str, lang: str) -> str:
    """Return a text without the days that it names, in the letters that it has."""
    folded = text.lower()
    if len(folded) != len(text):  # a letter of two in lower case moves what follows
        return text
    patterns = (_weekday_pattern(lang), _date_pattern(lang), _CJK_DAY)
    found = [each.span() for pattern in patterns if pattern for each in pattern.finditer(folded)]
    for start, end in sorted(found, reverse=True):
        text = text[:start] + text[end:]
    return text


def _weekdays(text: str, lang: str, published: date) -> Iterator[date]:
    if pattern := _weekday_pattern(lang):
        for found in pattern.finditer(text):
            weekday = _number("weekdays", lang, found[0])
            yield published - timedelta(days=(published.weekday() - weekday) % 7)


def _dates(text: str, lang: str, published: date) -> Iterator[date]:
    if pattern := _date_pattern(lang):
        for found in pattern.finditer(text):
            day, name = (found[1], found[2]) if found[1] else (found[4], found[3])
            yield from _of_three_years(published, _number("months", lang, name) + 1, int(day))
    for found in _CJK_DAY.finditer(text):
        yield from _last_such_day(published, int(found[1]))


def _number(kind: str, lang: str, word: str) -> int:
    forms = _NUMBERS[kind][lang]
    fitting = (form for form in forms if word.startswith(form.rstrip(".")))
    return forms[max(fitting, key=len)]


def _of_three_years(published: date, month: int, day: int) -> Iterator[date]:
    for year in (published.year, published.year - 1, published.year + 1):
        with suppress(ValueError):
            yield date(year, month, day)


def _last_such_day(published: date, day_of_month: int) -> Iterator[date]:
    for back in range(_BACK + 1):
        day = published - timedelta(days=back)
        if day.day == day_of_month:
            yield day
