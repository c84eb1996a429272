"""Which matches `hits`, the page of the search and their counts choose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from monitor.errors import InputError
from monitor.store.fulltext import query
from monitor.text.durations import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

# The parameters of a search as addresses and saved views have them; `q` are its words.
_NAMES = ("topic", "lang", "kind", "country", "publisher", "feed", "story", "verdict")
_TERM_SET = re.compile(r"(?<!\S)@[a-z][a-z0-9_.]*")
_NO_WORDS = (
    "stands for a term set, and a search is for words: `monitor timeline {0}` and the page Timeline"
    ' show when it was reported, and a topic lists its articles (`match: "{0}"`); without its @'
    " it is a word"
)
PARAMETERS = ("q", "since", "until", "near", *_NAMES)


@dataclass(frozen=True, slots=True)
class HitFilter:
    """Conditions of a list of hits; None and "" set no condition.

    `since` and `until` compare with the time at which the article was seen, not published.
    """

    words: str = ""
    topic: str = ""
    publisher: str = ""
    lang: str = ""
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50
    near: bool = False  # list near misses instead of hits
    kind: str = ""  # of the publisher: wire, state …
    country: str = ""  # of the publisher, as ISO 3166
    feed: str = ""  # its title or address
    story: str = ""  # its ID
    verdict: str = ""  # what readers say: good, wrong or open
    offset: int = 0  # articles to pass over


def filter_of(
    parameters: Mapping[str, str], now: datetime, limit: int, offset: int = 0
) -> HitFilter:
    """Return the filter of PARAMETERS as they are written. Raises InputError."""
    given = {name: parameters.get(name, "").strip() for name in PARAMETERS}
    if given["q"] and not query(given["q"]):
        raise InputError("a search needs a letter or a digit")
    if found := _TERM_SET.search(given["q"]):
        raise InputError(f"{found[0]} {_NO_WORDS.format(found[0])}")
    return HitFilter(
        given["q"],
        since=_time("since", given["since"], now),
        until=_time("until", given["until"], now),
        limit=limit,
        near=bool(given["near"]),
        offset=offset,
        **{name: given[name] for name in _NAMES},
    )


def saved_parameters(given: Mapping[str, str]) -> dict[str, str]:
    """Return what a saved view keeps: the PARAMETERS that are given. Raises InputError for none."""
    kept = {name: given[name] for name in PARAMETERS if given.get(name)}
    if not kept:
        raise InputError("a view needs words or a filter: without any it would show all hits")
    return kept


def _time(name: str, written: str, now: datetime) -> datetime | None:
    try:
        return moment(written, now) if written else None
    except (ValueError, OverflowError) as error:
        message = f"{name}: {written!r} is no time such as 24h, 7d or 2024-10-31"
        raise InputError(message) from error


def choice(
    wanted: HitFilter, *, of_articles: bool = False, of_feeds: bool = False
) -> tuple[str, dict[str, Any]]:
    """Return the FROM and WHERE clauses that choose from matches `m`, and their values.

    Articles `a` and feeds `f` are joined where they are asked for or a condition is about them;
    texts never are, since to read them takes most of the time. Matches come first in the join, and
    so in the order of an index that the caller sorts by.
    """
    chosen = {name: value for name in _CONDITIONS if (value := getattr(wanted, name))}
    conditions = ["m.reason <> ''" if wanted.near else "m.reason = ''"]
    conditions += map(_CONDITIONS.__getitem__, chosen)
    if words := query(wanted.words):
        conditions.append(f"m.{HAS_WORDS}")
    values = {"words": words} | {name: _stored(value) for name, value in chosen.items()}
    where = " AND ".join(conditions)
    of_feeds = of_feeds or "f." in where
    of_articles = of_articles or of_feeds or "a." in where
    joins = _ARTICLES * of_articles + _FEEDS * of_feeds
    return f"FROM matches m{joins} WHERE {where}", values


def _stored(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime) else value


_ARTICLES = " CROSS JOIN articles a ON a.id = m.article_id"
_FEEDS = " CROSS JOIN feeds f ON f.id = a.feed_id"
# Of a common word's hundreds of thousands of rows only those of matches are kept: half the time on
# a million articles. The + keeps SQLite from asking the full-text index once for each match.
HAS_WORDS = """version_id IN (SELECT rowid FROM versions_fts
    WHERE versions_fts MATCH :words AND +rowid IN (SELECT version_id FROM matches))"""
_CONDITIONS = {
    "topic": "m.topic = :topic COLLATE NOCASE",
    "publisher": "a.publisher = :publisher COLLATE NOCASE",
    "lang": "a.lang = :lang COLLATE NOCASE",
    "since": "a.seen_at >= :since",
    "until": "a.seen_at < :until",
    "kind": "f.kind = :kind",
    "country": "f.country = :country",
    "feed": "(f.url = :feed OR f.title = :feed COLLATE NOCASE)",
    "story": "m.article_id IN (SELECT id FROM articles WHERE story_id = CAST(:story AS INTEGER))",
    "verdict": "(m.article_id, m.topic) IN (SELECT article, topic FROM verdicts"
    " WHERE iif(good > wrong, 'good', iif(wrong > good, 'wrong', 'open')) = :verdict)",
}
