"""Articles to try topics on: rows of the database or of an archive, or a text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import MINYEAR, UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from monitor.errors import InputError
from monitor.model import Article
from monitor.text.headlines import headline_key
from monitor.text.language import language
from monitor.text.normalize import canonical_link, clean, digest, plain, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.backtest.archive import Batch

_TITLE_WIDTH = 120  # characters of a title that is the beginning of the text, as in `parse.feed`
_LONGEST_TITLE = 200  # characters
_PERIOD = re.compile(r"\d{4}(?:-\d\d){0,2}")
_DAYS = (365, 31, 1)  # days of a year, a month and a day
_TEXTS = ("title", "summary", "url", "publisher", "lang", "published", "kind")


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """An article to try topics on.

    `labels` are by topic id: 1 for a hit, 0 for none, None for either. `before` are the topics that
    the article hit earlier, to compare with. An article dated by a day, a month or a year was
    published at some time from `at` to `until`.
    """

    id: str
    article: Article
    at: datetime | None
    labels: Mapping[str, int | None] = field(default_factory=dict)
    before: frozenset[str] = frozenset()
    until: datetime | None = None


def archived(batch: Batch) -> list[LabelledArticle]:
    """Return the articles of an archive's rows. Raises InputError with the place of a mistake."""
    articles = []
    for number, row in enumerate(batch.rows, batch.first):
        if isinstance(row, bytes) and not row.strip():
            continue
        articles.append(_labelled(row, f"{batch.where}:{number}"))
    return articles


def stored(batch: Batch) -> list[LabelledArticle]:
    """Return the articles of rows of `Reader`; `before` are their stored hits."""
    labelled = []
    for row in batch.rows:
        if isinstance(row, bytes):
            continue
        article = stored_article(row)
        labelled.append(
            LabelledArticle(article.id, article, article.published_at, before=row["before"])
        )
    return labelled


def _labelled(row: object, where: str) -> LabelledArticle:
    if isinstance(row, bytes):
        try:
            row = json.loads(row.strip().decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise InputError(f"{where}: not JSON: {error}") from error
    if not isinstance(row, dict) or not _id(row):
        raise InputError(f'{where}: expected an object with at least "id" and "title"')
    if mistake := _mistake(row):
        raise InputError(f"{where}: {mistake}")
    article = article_of(row)
    until = _until(str(row.get("published") or ""))
    labels = row.get("labels") or {}
    return LabelledArticle(article.id, article, article.published_at, labels, until=until)


def _mistake(row: Mapping[str, Any]) -> str:
    """Return what is wrong with the fields of a row, "" for nothing."""
    for name in _TEXTS:
        if not isinstance(row.get(name) or "", str):
            return f'"{name}" is no text'
    if not (row.get("title") or row.get("summary")):
        return 'an article needs a "title" or a "summary"'
    labels = row.get("labels") or {}
    if not isinstance(labels, dict) or any(label not in (0, 1, None) for label in labels.values()):
        return '"labels" are topic ids with 1, 0 or null'
    return ""


def _id(row: Mapping[str, Any]) -> str:
    """Return the id of a row, a text or a number; "" for none."""
    value = row.get("id")
    return clean(str(value)) if isinstance(value, (str, int)) else ""


def article_of(row: Mapping[str, Any]) -> Article:
    """Return the article of a row of an archive (`title`, `summary`, `url`, `lang` …)."""
    title, text = (plain(str(row.get(name) or "")) for name in ("title", "summary"))
    title = title or shorten(text, _TITLE_WIDTH)
    lang = language(title, text, str(row.get("lang") or ""))
    return _article({**row, "url": clean(str(row.get("url") or ""))}, title, text, lang)


def stored_article(row: Mapping[str, Any]) -> Article:
    """Return the article of a row of `Reader`, unchanged: stored evidence points into its text."""
    return _article(row, row["title"], row["text"], row["lang"])


def _article(row: Mapping[str, Any], title: str, text: str, lang: str) -> Article:
    link = str(row.get("url") or "")
    canonical = canonical_link(link)
    return Article(
        id=_id(row),
        link=link,
        title=title,
        text=text,
        lang=lang,
        publisher=str(row.get("publisher") or ""),
        kind=str(row.get("kind") or ""),
        published_at=_time(str(row.get("published") or "")),
        id_key=None,
        link_key=digest("link", canonical) if canonical else None,
        content_key=None,
        title_key=headline_key(title),
        digest=digest(title, text),
        severity=str(row.get("severity") or ""),
        point=_point(row.get("latitude"), row.get("longitude")),
    )


def _point(latitude: Any, longitude: Any) -> tuple[float, float] | None:
    is_known = isinstance(latitude, int | float) and isinstance(longitude, int | float)
    return (float(latitude), float(longitude)) if is_known else None


def text_article(text: str) -> Article:
    """Return the article of a text; the title is the first line, or the first 200 characters."""
    title, _, rest = text.strip().partition("\n")
    if len(title) > _LONGEST_TITLE:
        title, rest = shorten(title, _LONGEST_TITLE), text.strip()
    return article_of({"title": title, "summary": rest})


def _time(text: str) -> datetime | None:
    """Return the time of an ISO 8601 date, month or year; None for other texts.

    The year 1 is None too: some programs write it for “unknown”.
    """
    for form in (text, f"{text}-01", f"{text}-01-01"):
        try:
            at = datetime.fromisoformat(form)
        except ValueError:
            continue
        if at.year == MINYEAR:
            return None
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def _until(text: str) -> datetime | None:
    """Return the end of a date that is a day, a month or a year; None for a date with a time."""
    begins_at = _time(text)
    if begins_at is None or not _PERIOD.fullmatch(text):
        return None
    days = _DAYS[text.count("-")]
    return begins_at + timedelta(days=days)
