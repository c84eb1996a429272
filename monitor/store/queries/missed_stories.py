"""What the missed-story report rests on: stories by publisher, feeds by what they usually carry."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from monitor.feeds.missed_stories import USUAL_FOR, FeedCoverage, WidelyCarriedStory
from monitor.store.times import maybe, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from monitor.model import Outage

    Query = Callable[[str, dict[str, Any]], list[dict[str, Any]]]

_STORIES = """
SELECT a.story_id AS id, s.title, s.started_at, e.publisher, f.lang, f.kind,
       t.copy_of IS NULL AS own
FROM articles a
LEFT JOIN traces t ON t.article_id = a.id
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
    """Return stories that began since then, carried by so many publishers; the newest first.

    A publisher that only repeats another's text is none of those.
    """
    at = {"since": since.timestamp()}
    topics: dict[int, set[str]] = defaultdict(set)
    rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in query(_TOPICS, at):
        topics[row["id"]].add(row["topic"])
    for row in query(_STORIES, at):
        rows[row["id"]].append(row)
    return [
        _story(story, frozenset(topics[story_id]))
        for story_id, story in rows.items()
        if len({row["publisher"] for row in story if row["own"]}) >= publishers
    ]


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
    """Return the feeds that are polled, with what they usually carry and their outages."""
    usual: dict[int, dict[str, int]] = defaultdict(dict)
    out: dict[str, list[Outage]] = defaultdict(list)
    for row in query(_USUAL, {"since": (now - USUAL_FOR).timestamp()}):
        usual[row["feed_id"]][row["topic"]] = row["stories"]
    for outage in outages:
        out[outage.url].append(outage)
    return [
        FeedCoverage(
            title=row["title"],
            url=row["url"],
            publisher=row["publisher"],
            lang=row["lang"],
            kind=row["kind"],
            first_polled_at=maybe(row["first_polled_at"]),
            usual=usual[row["id"]],
            outages=(*out[row["url"]], *out[""]),
        )
        for row in query(_FEEDS, {})
    ]
