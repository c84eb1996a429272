"""GDELT's DOC 2.0 API: the address of a search for articles, and its answer read. Pure.

The API answers with JSON, and with `{}` where it found nothing. Mistakes of a query, and requests
that come too soon, are sentences in plain text, often with status 200; a busy server sends pages.
Titles are taken apart at punctuation, and now and then hold backslashes that JSON does not know.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from monitor.errors import MonitorError
from monitor.text.language import language
from monitor.text.normalize import clean

ADDRESS = "https://api.gdeltproject.org/api/v2/doc/doc"
MOST_ARTICLES = 250  # of an answer
WINDOW = timedelta(days=90)  # how far back it searches
TOO_OFTEN = (
    "GDELT was asked too often: it takes one request in five seconds, and when it is busy turns"
    " others away, too. Try again in some minutes"
)
_LANGUAGES = {
    "Albanian": "sq", "Arabic": "ar", "Armenian": "hy", "Azerbaijani": "az", "Bengali": "bn",
    "Bosnian": "bs", "Bulgarian": "bg", "Catalan": "ca", "Chinese": "zh", "Croatian": "hr",
    "Czech": "cs", "Danish": "da", "Dutch": "nl", "English": "en", "Estonian": "et",
    "Finnish": "fi", "French": "fr", "Georgian": "ka", "German": "de", "Greek": "el",
    "Hebrew": "he", "Hindi": "hi", "Hungarian": "hu", "Indonesian": "id", "Italian": "it",
    "Japanese": "ja", "Korean": "ko", "Latvian": "lv", "Lithuanian": "lt", "Macedonian": "mk",
    "Malay": "ms", "Norwegian": "no", "Persian": "fa", "Polish": "pl", "Portuguese": "pt",
    "Romanian": "ro", "Russian": "ru", "Serbian": "sr", "Slovak": "sk", "Slovenian": "sl",
    "Spanish": "es", "Swedish": "sv", "Thai": "th", "Turkish": "tr", "Ukrainian": "uk",
    "Urdu": "ur", "Vietnamese": "vi",
}  # fmt: skip
_ASKED_TOO_OFTEN = "limit requests"
_STRAY_BACKSLASH = re.compile(r'\\(?!["\\/bfnrtu])')
_BEFORE_PUNCTUATION = re.compile(r"\s+(?=[,.:;!?%)\]](?:\s|$))")
_MARKUP = re.compile(r"\s*(?:<!doctype\b|<html\b|<\?xml\b)", re.IGNORECASE)
_SHOWN = 200  # characters of a foreign message


class GdeltError(MonitorError):
    """GDELT refuses a query, or (`stops`) gives no answer that can be used to any query now."""

    def __init__(self, message: str, *, stops: bool = False) -> None:
        self.stops = stops
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class SeenArticle:
    """An article that GDELT saw; `host` is its outlet's, `country` the name of its country."""

    url: str
    title: str
    host: str
    country: str
    lang: str
    seen_at: datetime | None


def search_address(api: str, query: str, since: datetime, until: datetime) -> str:
    """The address of a search: the newest articles of a query in a period."""
    wanted = {
        "query": query,
        "mode": "artlist",
        "format": "json",
        "maxrecords": MOST_ARTICLES,
        "sort": "DateDesc",
        "startdatetime": since.strftime("%Y%m%d%H%M%S"),
        "enddatetime": until.strftime("%Y%m%d%H%M%S"),
    }
    return f"{api}{'&' if '?' in api else '?'}{urlencode(wanted)}"


def read_answer(body: bytes) -> list[SeenArticle]:
    """The articles of an answer. Raises GdeltError."""
    text = body.decode("utf-8", "replace").strip().removeprefix("\ufeff")
    if not text.startswith("{"):
        raise _refusal(text)
    try:
        answer = json.loads(_STRAY_BACKSLASH.sub(r"\\\\", text), strict=False)
    except (ValueError, RecursionError) as error:
        message = "GDELT's answer is broken JSON: ask for a shorter time with --since"
        raise GdeltError(message) from error
    listed = answer.get("articles")
    return [_article(each) for each in listed if _is_usable(each)] if _is_list(listed) else []


def _refusal(text: str) -> GdeltError:
    if _ASKED_TOO_OFTEN in text.casefold():
        return GdeltError(TOO_OFTEN, stops=True)
    if _MARKUP.match(text):
        return GdeltError("GDELT answered with a web page: try again later", stops=True)
    if not text:
        return GdeltError("GDELT answered with nothing: try again later", stops=True)
    return GdeltError(f"GDELT refuses the query: {clean(text)[:_SHOWN]}")


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_usable(row: Any) -> bool:
    names = ("url", "title", "domain")
    return isinstance(row, dict) and all(row.get(each) and _is_text(row[each]) for each in names)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _article(row: dict[str, Any]) -> SeenArticle:
    title = _BEFORE_PUNCTUATION.sub("", clean(row["title"]))
    return SeenArticle(
        url=clean(row["url"]),
        title=title,
        host=clean(row["domain"]).casefold().removeprefix("www."),
        country=clean(str(row.get("sourcecountry") or "")),
        lang=language(title, "", _LANGUAGES.get(str(row.get("language")), "")),
        seen_at=_time(str(row.get("seendate"))),
    )


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
