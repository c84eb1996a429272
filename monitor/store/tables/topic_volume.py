"""The volume of topics: new stories a day, for `alerts.surges`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.alerts.surges import BASELINE, Volume
from monitor.store.tables.base import Table
from monitor.store.times import maybe, seconds

if TYPE_CHECKING:
    from datetime import datetime


_DAY = 86_400.0
# A story counts on the day on which its first article hit the topic.
_DAYS = """
SELECT topic, cast((:now - at) / 86400 AS INTEGER) AS ago, count(*) FROM (
    SELECT m.topic, min(a.seen_at) AS at FROM articles a JOIN matches m ON m.article_id = a.id
    WHERE a.seen_at > :since AND a.seen_at <= :now AND m.reason = '' AND a.story_id IS NOT NULL
    GROUP BY m.topic, a.story_id
) GROUP BY topic, ago
"""
_BEFORE = """
SELECT min(a.seen_at), max(a.seen_at) FROM matches m JOIN articles a ON a.id = m.article_id
WHERE m.topic = :topic AND m.reason = '' AND a.seen_at <= :day_ago
"""


class TopicVolumeTable(Table):
    """The part of a transaction that counts the stories of topics."""

    def by_topic(self, now: datetime) -> dict[str, Volume]:
        """Return the volume of each topic with a story in the last 24 hours, by topic id."""
        since = seconds(now) - (BASELINE + 1) * _DAY
        counts: dict[str, dict[int, int]] = {}
        for topic, ago, stories in self.db.execute(_DAYS, {"now": seconds(now), "since": since}):
            counts.setdefault(topic, {})[ago] = stories
        return {
            topic: self._volume(topic, days, now) for topic, days in counts.items() if 0 in days
        }

    def _volume(self, topic: str, days: dict[int, int], now: datetime) -> Volume:
        first_at, last_at = self.db.execute(
            _BEFORE, {"topic": topic, "day_ago": seconds(now) - _DAY}
        ).fetchone()
        since_first = 0.0 if first_at is None else seconds(now) - first_at
        known_days = min(int(since_first // _DAY), BASELINE)
        stories = tuple(days.get(ago, 0) for ago in range(known_days, -1, -1))
        return Volume(stories, maybe(last_at))
