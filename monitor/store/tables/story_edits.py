"""Stories that a reader, or a report of both, joined, or a reader parted. Nothing is told again.

Merged: the reports, alerts, silences and feedback of one story become the other's. Split: reports
become a story of their own; the alerts on them stay where they were told.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.errors import InputError
from monitor.store.tables.base import Table
from monitor.store.times import moment, seconds
from monitor.stories import Profile, TimeSpan, joined_profile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from monitor.store.tables.stories import StoryTable

# What waits to go out of a story that a channel knows by the other one's message.
_UNTELL = """
UPDATE alerts SET state = 'counted', due_at = NULL, reason = 'merged into a story that was told'
WHERE story_id = :other AND state = 'pending' AND NOT leased AND NOT in_doubt
AND EXISTS (SELECT 1 FROM alerts t WHERE t.story_id = :into AND t.channel = alerts.channel
            AND t.state IN ('pending', 'sent', 'digested'))
"""
# The other way round: what waits of a story, where a channel knows only the other one.
_UNTELL_INTO = """
UPDATE alerts SET state = 'counted', due_at = NULL, reason = 'merged with a story that was told'
WHERE story_id = :into AND state = 'pending' AND NOT leased AND NOT in_doubt
AND EXISTS (SELECT 1 FROM alerts t WHERE t.story_id = :other AND t.channel = alerts.channel
            AND t.state IN ('sent', 'digested'))
AND NOT EXISTS (SELECT 1 FROM alerts t WHERE t.story_id = :into AND t.channel = alerts.channel
                AND t.state IN ('sent', 'digested'))
"""
_REPORT = """
SELECT a.lang, coalesce(t.sets, '[]'), coalesce(min(a.published_at, a.seen_at), a.seen_at),
       (SELECT json_group_array(DISTINCT m.topic) FROM matches m
        WHERE m.article_id = a.id AND m.reason = ''), v.title
FROM articles a JOIN versions v ON v.id = a.version_id
LEFT JOIN article_features t ON t.article_id = a.id WHERE a.id = ? AND a.story_id = ?
"""


class StoryEditTable(Table):
    """The part of a transaction that concerns stories joined and parted."""

    def __init__(self, db: Database, stories: StoryTable) -> None:
        super().__init__(db)
        self._stories = stories

    def merge(self, into: int, other: int, reader: str, now: datetime) -> int:
        """Join a story to another, and return how many reports it brought.

        What waits to be told of it is told no more in channels that know the other. Raises
        InputError where one of the two is no story.
        """
        if into == other:
            raise InputError(f"story {into} cannot be merged into itself")
        moved = self._count(other)
        self._count(into)
        values = {"into": into, "other": other}
        self.db.execute(_UNTELL_INTO, values)
        self.db.execute(_UNTELL, values)
        for table in ("articles", "alerts", "silences", "feedback", "story_activity"):
            self.db.execute(f"UPDATE {table} SET story_id = :into WHERE story_id = :other", values)
        self._join_profiles(into, other, now)
        self._remember("merge", into, other, reader, now)
        return moved

    def split(self, story: int, articles: Sequence[int], reader: str, now: datetime) -> int:
        """Make a story of some reports of another, and return its number.

        The new story is recognised by its term sets, until more reports join it. Raises InputError
        for a report of another story, or if none would be left.
        """
        reports = [self._report(article, story) for article in dict.fromkeys(articles)]
        if len(reports) >= self._count(story):
            raise InputError(f"story {story} has no other report: nothing is left to split from")
        title = self.db.execute(_REPORT, (articles[0], story)).fetchone()[4]
        new = self._stories.add(title, now)
        for article in articles:
            self._stories.put(article, new)
        part = reports[0]
        for each in reports[1:]:
            part = joined_profile(part, each)
        index, whole = self._stories.index, self._stories.index.profile(story)
        index.save(replace(part, story=new), None, now)
        if whole:
            index.save(_without(whole, part), whole, now)
        self._remember("split", story, new, reader, now)
        return new

    def were_parted(self, one: int, other: int) -> bool:
        """Whether a reader made one of two stories of reports of the other."""
        row = self.db.execute(
            "SELECT 1 FROM story_edits WHERE kind = 'split' AND story_id IN (:one, :other)"
            " AND other_id IN (:one, :other) LIMIT 1",
            {"one": one, "other": other},
        ).fetchone()
        return row is not None

    def reports(self, story: int) -> list[int]:
        """Return the reports of a story."""
        rows = self.db.execute("SELECT id FROM articles WHERE story_id = ? ORDER BY id", (story,))
        return [int(article) for (article,) in rows]

    def _count(self, story: int) -> int:
        row = self.db.execute("SELECT count(*) FROM articles WHERE story_id = ?", (story,))
        count = int(row.fetchone()[0])
        if not count:
            raise InputError(f"there is no story {story}: `monitor stories` lists them")
        return count

    def _report(self, article: int, story: int) -> Profile:
        row = self.db.execute(_REPORT, (article, story)).fetchone()
        if row is None:
            raise InputError(
                f"story {story} has no report {article}: `monitor stories show {story}` lists them"
            )
        lang, sets, at, topics, _ = row
        span = TimeSpan(moment(at), moment(at))
        named = [f"@{name}" for name in json.loads(sets) if not name.startswith("turn:")]
        return Profile(0, span, Counter(json.loads(topics)), 1, Counter([lang]), Counter(named))

    def _join_profiles(self, into: int, other: int, now: datetime) -> None:
        index = self._stories.index
        one, two = index.profile(into), index.profile(other)
        index.end(other)
        if one and two:
            index.save(joined_profile(one, two), one, now)
        elif two:
            index.save(replace(two, story=into), None, now)

    def _remember(self, kind: str, story: int, other: int, reader: str, now: datetime) -> None:
        self.db.execute(
            "INSERT INTO story_edits (kind, story_id, other_id, reader, at) VALUES (?, ?, ?, ?, ?)",
            (kind, story, other, reader, seconds(now)),
        )


def _without(whole: Profile, part: Profile) -> Profile:
    return replace(
        whole,
        topics=Counter(whole.topics) - Counter(part.topics) or whole.topics,
        articles=max(whole.articles - part.articles, 1),
        langs=Counter(whole.langs) - Counter(part.langs) or whole.langs,
        features=Counter(whole.features) - Counter(part.features),
    )
