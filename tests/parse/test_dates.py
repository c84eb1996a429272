"""Dates as feeds write them → moments, and the dates that cannot be right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from fakes import rss

from monitor.parse import Source, parse
from monitor.parse.dates import DateReader
from monitor.parse.zones import country_of

NOW = datetime(2026, 12, 6, 1, 0, tzinfo=UTC)
SOURCE = Source("https://news.example/feed", now=NOW)


def read(written: str, lang: str = "", country: str = "", now: datetime | None = NOW) -> str:
    """The date in ISO 8601 to the minute, "" for none."""
    at = DateReader(b"", now, lang, lambda: country).read(written)
    return f"{at:%Y-%m-%dT%H:%M}" if at else ""


def dates(*written: str, source: Source = SOURCE) -> list[str]:
    """The dates of the entries of a feed, each with what is said against it."""
    items = (f"<item><title>{n}</title><pubDate>{each}</pubDate></item>"
             for n, each in enumerate(written))  # fmt: skip
    articles = parse(rss(*items).encode(), source).articles
    return [f"{each.published_at or ''!s:.10}{' ' * bool(each.date_doubt)}{each.date_doubt}"
            for each in articles]  # fmt: skip


@pytest.mark.parametrize(
    "written",
    [
        "2026/12/05 14:00",
        "2026.12.05 14:00:00",
        "2026. 12. 5. 14:00",
        "2026-12-05, 14:00",
        "2026-12-05 14:00:00 UTC",
        "2026-12-05 09:00:00 EST",
        "2026-12-05 23:00:00 (KST)",
        "2026-12-05 16:00:00.364419679 +0200 CEST",
        "20261205T140000Z",
        "20261205230000+0900",
        "05.12.2026 14:00",
        "5.12.26 14:00",
        "05/12/2026 14:00",
        "05-12-2026 14:00",
        "12/5/2026 2:00 PM",
        "Saturday, December 5, 2026 02:00 PM",
        "Sat, 05 Dec 2026 02:00:00 p.m. GMT",
        "Sat Dec  5 14:00:00 UTC 2026",
        "Sat Dec 05 2026 23:00:00 GMT+0900 (Korean Standard Time)",
        "Сб, 5 дек 2026 17:00:00 +0300",
        "5 декабря 2026, 17:00 МСК",
        "sam., 5 déc. 2026 15:00:00 +0100",
        "Samstag, 5. Dezember 2026 um 14.00 Uhr",
        "5 de diciembre de 2026, 14:00",
        "sobota, 5 grudnia 2026 - 14:00",
        "5 ديسمبر 2026 14:00",
        "5 كانون الأول 2026 14:00",
        "2026年12月5日 14時00分",
        "2026년 12월 5일 오후 2:00",
        "1796479200",
        "1796479200000",
    ],
)
def test_a_date_of_any_form_is_read(written: str) -> None:
    assert read(written) == "2026-12-05T14:00"


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026/11/29", "2026-11-29T00:00"),
        ("2024년 10월 31일", "2024-10-31T00:00"),
        ("Sat, 5 Dec 2026 12:05 AM", "2026-12-05T00:05"),
        ("13/12/2026 10:00", "2026-12-13T10:00"),
        ("12/13/2026 10:00", "2026-12-13T10:00"),
        ("30/02/2026", ""),
        ("14:00", ""),
        ("December 2026", ""),
        ("2026", ""),
    ],
)
def test_a_date_is_no_guess(written: str, at: str) -> None:
    assert read(written) == at


@pytest.mark.parametrize(
    ("written", "now", "at"),
    [
        ("05/12/2026", NOW, "2026-12-05T00:00"),  # not the twelfth of May
        ("12/05/2026", NOW, "2026-12-05T00:00"),
        ("07/11/2026", NOW, "2026-11-07T00:00"),
        ("08/12/2026", NOW, "2026-08-12T00:00"),  # the eighth of December is yet to come
        ("06/12/2026 14:00", NOW, "2026-12-06T14:00"),  # 14:00 in Sydney is 03:00 in London
        ("08/12/2027", NOW, ""),
        ("05/12/2026", None, ""),
    ],
)
def test_where_day_and_month_look_alike_the_nearest_past_reading_counts(
    written: str, now: datetime | None, at: str
) -> None:
    assert read(written, now=now) == at


def test_other_dates_of_a_document_show_which_number_is_the_day() -> None:
    assert dates("05/12/2026", "11/25/2026", "11/24/2026")[0] == "2026-05-12"
    assert dates("05/11/2026", "25/10/2026", "24/10/2026")[0] == "2026-11-05"


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        ("AEDT", 3), ("PKT", 9), ("TRT", 11), ("BRT", 17), ("AKST", 23), ("NZDT", 1), ("WIB", 7),
        ("ICT", 7), ("ART", 17), ("SAST", 12), ("EAT", 11), ("NOVT", 7), ("VLAT", 4), ("HKT", 6),
        ("CLT", 18), ("COT", 19), ("MSD", 10), ("WAT", 13), ("AWST", 6), ("PHT", 6), ("UZT", 9),
    ],
)  # fmt: skip
def test_zones_of_the_world_are_known(zone: str, hour: int) -> None:
    assert read(f"Sat, 05 Dec 2026 14:00:00 {zone}").endswith(f"T{hour:02}:00")


@pytest.mark.parametrize(
    ("lang", "address", "zone", "hour"),
    [
        ("", "https://paper.co.il/rss", "IST", 12),
        ("en-us", "https://paper.ie/rss", "IST", 13),
        ("en", "https://paper.example/rss", "EST", 19),
        ("zh-cn", "https://paper.example/rss", "CST", 6),
        ("en", "https://paper.example/rss", "CST", 20),
        ("bn", "https://paper.example/rss", "BST", 8),
        ("en", "https://paper.co.uk/rss", "BST", 13),
    ],
)
def test_the_country_of_a_feed_tells_zones_of_one_name_apart(
    lang: str, address: str, zone: str, hour: int
) -> None:
    at = read(f"2026-12-05 14:00 {zone}", country=country_of(lang, address))
    assert at == f"2026-12-05T{hour:02}:00"


@pytest.mark.parametrize(("lang", "month"), [("hr", 10), ("pl", 11), ("cs", 11)])
def test_a_month_is_named_in_the_language_of_the_feed(lang: str, month: int) -> None:
    assert read("5 listopad 2026", lang) == f"2026-{month}-05T00:00"


def test_a_date_against_the_order_of_its_feed_is_doubted_and_counts_as_unknown() -> None:
    days = [NOW - timedelta(hours=9 * n) for n in range(6)]
    found = dates("Tue, 12 May 2026 09:00:00 GMT", *map(format_datetime, days))
    assert found[0] == " date 2026-05-12 09:00 UTC doubted: against the order of the feed"
    assert not any("doubted" in each for each in found[1:])


def test_old_articles_among_new_ones_are_not_doubted_where_a_feed_has_no_order() -> None:
    days = [NOW - timedelta(days=n) for n in (0, 90, 3, 200, 1, 40, 7)]
    assert not any("doubted" in each for each in dates(*map(format_datetime, days)))


def test_a_feed_may_be_slow() -> None:
    days = [NOW - timedelta(days=9 * n) for n in range(7)]
    assert not any("doubted" in each for each in dates(*map(format_datetime, days)))


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (SOURCE, "it was in the future"),
        (Source(last_modified="Sun, 06 Dec 2026 01:00:00 GMT"), "later than the feed's"),
    ],
)
def test_a_date_of_the_future_is_doubted(source: Source, why: str) -> None:
    (found,) = dates("2026-12-09 12:00", source=source)
    assert found.startswith(f"2026-12-09 date 2026-12-09 12:00 UTC doubted: {why}")


def test_a_last_modified_that_no_clock_shows_doubts_nothing() -> None:
    source = Source(last_modified="Mon, 01 Jan 20260000000000000000 00:00:00 GMT")
    assert dates("2026-12-09 12:00", source=source) == ["2026-12-09"]
    assert dates("", source=source) == [""]


def test_what_is_skipped_still_shows_the_order_of_the_feed() -> None:
    days = [format_datetime(NOW - timedelta(hours=n)) for n in range(6)]
    entry = "<item><title>{0}</title><pubDate>{0}</pubDate></item>"
    first = parse(rss(*map(entry.format, days)).encode(), SOURCE)
    later = rss(entry.format("2026-05-12 09:00"), *map(entry.format, days)).encode()
    (article,) = parse(later, SOURCE, first.known).articles
    assert article.date_doubt


@pytest.mark.parametrize(
    "written",
    [
        "Thu, 31 Oct 2024 09:15:00 GMT",
        "1 Nov 2024 23:59:60 -0330",
        "Xyz, 30 Feb 2024 09:15 +0900",
        "2024-10-31T09:15:00.5Z",
        "2024-10-31T09:15:00+05:45",
        "2024-13-31T09:15:00Z",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_a_date_of_a_standard_is_read_as_any_other(written: str) -> None:
    reader = DateReader()
    assert reader.read(written) == reader.read(f" {written}")
