"""Which places and countries the term sets named in the reports of stories, and when.

The names come from `article_features.sets`: the term sets in the headline and the lead of each
report of a story, as they were found when it was matched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.store.queries.stories import story_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from monitor.store.queries.rows import Row

    Query = Callable[[str, dict[str, Any]], list[Row]]

DAY = 86_400.0
_LISTED = 50  # stories of a place

_HITS_TOPIC = """EXISTS (SELECT 1 FROM matches m WHERE m.article_id = a.id AND m.reason = ''
    AND m.topic = :topic)"""
_NAMED = """
SELECT j.value AS entity, count(DISTINCT a.story_id) AS stories, count(*) AS reports
FROM articles a JOIN article_features t ON t.article_id = a.id, json_each(t.sets) j
WHERE a.story_id IS NOT NULL AND a.seen_at >= :since AND a.seen_at < :until AND {topic}
AND (j.value LIKE 'place:%' OR j.value LIKE 'actor:%')
GROUP BY 1
"""
_STORIES_THERE = """
SELECT story_id FROM articles WHERE story_id IN (
    SELECT a.story_id FROM articles a JOIN article_features t ON t.article_id = a.id
    WHERE a.story_id IS NOT NULL AND a.seen_at >= :since AND a.seen_at < :until AND {topic}
    AND EXISTS (SELECT 1 FROM json_each(t.sets) WHERE value = :entity))
GROUP BY story_id ORDER BY max(seen_at) DESC, story_id DESC LIMIT :limit
"""
_DAYS = """
SELECT m.topic, cast(a.seen_at / 86400 AS INTEGER) AS day, count(DISTINCT a.story_id) AS stories
FROM articles a JOIN matches m ON m.article_id = a.id AND m.reason = ''
WHERE a.story_id IS NOT NULL AND a.seen_at >= :since AND a.seen_at < :until GROUP BY 1, 2
"""

_EVENTS = """
SELECT a.id, v.title, a.lang, a.publisher, e.severity, e.latitude, e.longitude,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.seen_at, 'unixepoch') AS seen_at
FROM articles a JOIN article_events e ON e.article_id = a.id JOIN versions v ON v.id = a.version_id
WHERE a.story_id IS NOT NULL AND e.latitude IS NOT NULL
AND a.seen_at >= :since AND a.seen_at < :until AND {topic}
ORDER BY a.seen_at DESC, a.id DESC LIMIT :limit
"""


def named_places(query: Query, since: datetime, until: datetime, topic: str = "") -> list[Row]:
    """Return how many `stories` and `reports` named each place and actor, as `entity`.

    Only reports seen from `since` to before `until` count; with `topic` only those that hit it. An
    entity is written as it is stored: `place:kursk`, `actor:north_korea`.
    """
    return query(_NAMED.format(topic=_condition(topic)), _values(since, until, topic))


def located_reports(query: Query, since: datetime, until: datetime, topic: str = "") -> list[Row]:
    """Return the reports whose feeds say where their event is, the newest first."""
    values = {**_values(since, until, topic), "limit": _LISTED}
    return query(_EVENTS.format(topic=_condition(topic)), values)


def stories_there(
    query: Query, entity: str, since: datetime, until: datetime, topic: str = ""
) -> list[Row]:
    """Return the stories that named a place or an actor, the one with the newest report first."""
    values = {**_values(since, until, topic), "entity": entity, "limit": _LISTED}
    found = query(_STORIES_THERE.format(topic=_condition(topic)), values)
    return story_rows(query, [row["story_id"] for row in found])


def stories_a_day(query: Query, until: datetime, days: int) -> dict[str, list[int]]:
    """Return the stories a day (UTC) of each topic that had one; `until` ends the last day."""
    last = int(until.timestamp() // DAY) - 1
    since = (last - days + 1) * DAY
    found: dict[str, list[int]] = {}
    for row in query(_DAYS, {"since": since, "until": until.timestamp()}):
        found.setdefault(row["topic"], [0] * days)[row["day"] - last + days - 1] = row["stories"]
    return found


def _condition(topic: str) -> str:
    return _HITS_TOPIC if topic else "1"


def _values(since: datetime, until: datetime, topic: str) -> dict[str, Any]:
    return {"since": since.timestamp(), "until": until.timestamp(), "topic": topic}
