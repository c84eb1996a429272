"""Queries for the missed-story report: widely carried stories, and the usual coverage of feeds."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from monitor.feeds.missed_stories import USUAL_FOR, FeedCoverage, WidelyCarriedStory
from monitor.store.times import maybe, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from monitor.feeds.health import Outage

    Query = Callable[[str, dict[str, Any]], list[dict[str, Any]]]

# Each report of a story; `own` is false where the publisher only repeats another's text.
_REPORTS = """
SELECT a.story_id AS id, s.title, s.started_at, e.publisher, f.lang, f.kind,
       t.copy_of IS NULL AS own
FROM articles a
LEFT JOIN article_features t ON t.article_id = a.id
JOIN stories s ON s.id = a.story_id
JOIN entries e ON e.article_id = a.id
JOIN feeds f ON f.id = e.feed_id
WHERE s.started_at >= :since AND a.seen_at >= :since AND e.publisher <> ''
ORDER BY s.started_at DESC, s.id, e.first_seen_at, e.id
"""
_TOPICS = """
SELECT DISTINCT a.story_id AS id, m.topic FROM articles a JOIN matches m ON m.article_id = a.id
WHERE a.seen_at >= :since AND a.story_id IS NOT NULL AND m.reason = ''
"""
# Stories of each feed and topic: the feed's usual coverage.
_USUAL = """
SELECT e.feed_id, m.topic, count(DISTINCT a.story_id) AS stories
FROM articles a
JOIN entries e ON e.article_id = a.id
JOIN matches m ON m.article_id = a.id AND m.reason = ''
WHERE a.seen_at >= :since AND a.story_id IS NOT NULL GROUP BY 1, 2
"""
_FEEDS = """
SELECT id, title, url, publisher, lang, kind, first_polled_at FROM feeds WHERE enabled
ORDER BY title, id
"""


def carried_stories(query: Query, since: datetime, publishers: int) -> list[WidelyCarriedStory]:
    """Return the stories that began after `since` and have at least so many publishers.

    The newest come first. Publishers that only repeat another's text do not count.
    """
    values = {"since": since.timestamp()}
    topics: dict[int, set[str]] = defaultdict(set)
    for row in query(_TOPICS, values):
        topics[row["id"]].add(row["topic"])

    reports: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in query(_REPORTS, values):
        reports[row["id"]].append(row)

    return [
        _story(rows, frozenset(topics[story_id]))
        for story_id, rows in reports.items()
        if _independent(rows) >= publishers
    ]


def _independent(rows: list[dict[str, Any]]) -> int:
    """Return the number of publishers with a text of their own."""
    return len({row["publisher"] for row in rows if row["own"]})


def _story(rows: list[dict[str, Any]], topics: frozenset[str]) -> WidelyCarriedStory:
    first = rows[0]
    return WidelyCarriedStory(
        id=first["id"],
        title=first["title"],
        started_at=moment(first["started_at"]),
        topics=topics,
        publishers=tuple(dict.fromkeys(row["publisher"] for row in rows)),
        langs=frozenset(row["lang"] for row in rows),
        kinds=frozenset(row["kind"] for row in rows),
    )


def carriers(query: Query, outages: Iterable[Outage], now: datetime) -> list[FeedCoverage]:
    """Return the enabled feeds with their usual stories by topic, and their outages.

    Outages of the service, those without a feed's address, count for every feed.
    """
    usual: dict[int, dict[str, int]] = defaultdict(dict)
    for row in query(_USUAL, {"since": (now - USUAL_FOR).timestamp()}):
        usual[row["feed_id"]][row["topic"]] = row["stories"]

    outages_of: dict[str, list[Outage]] = defaultdict(list)
    for outage in outages:
        outages_of[outage.url].append(outage)

    return [
        FeedCoverage(
            title=row["title"],
            url=row["url"],
            publisher=row["publisher"],
            lang=row["lang"],
            kind=row["kind"],
            first_polled_at=maybe(row["first_polled_at"]),
            usual=usual[row["id"]],
            outages=(*outages_of[row["url"]], *outages_of[""]),
        )
        for row in query(_FEEDS, {})
    ]
