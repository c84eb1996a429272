"""What new articles are compared with: profiles of stories, and how common features are."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from monitor.store.tables.base import Table
from monitor.store.times import moment, seconds
from monitor.stories import CANDIDATES, MEMORY, Profile, Rates, TimeSpan, counted_features

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from monitor.stories import IncomingArticle

_TITLED = """
SELECT story_id, coalesce(min(published_at, seen_at), seen_at) AS at FROM articles
WHERE title_key = :title_key AND story_id IS NOT NULL ORDER BY seen_at DESC, id DESC LIMIT 1
"""
# The newest articles with the headline: a column has one a day, a flood has hundreds.
_TEXTS = """
SELECT coalesce(max(texts), 0) FROM (
    SELECT count(DISTINCT v.digest) AS texts FROM (
        SELECT publisher, version_id FROM articles
        WHERE title_key = :title_key AND story_id IS NOT NULL AND publisher <> ''
        AND coalesce(min(published_at, seen_at), seen_at) >= :since
        ORDER BY seen_at DESC LIMIT 100
    ) a JOIN versions v ON v.id = a.version_id WHERE v.digest <> :digest GROUP BY a.publisher)
"""
_LIVE = """
SELECT count(*) FROM (
    SELECT DISTINCT t.story_id FROM json_each(:topics) j
    JOIN story_topics t ON t.topic = j.value AND t.last_at >= :since
    JOIN story_profiles p ON p.story_id = t.story_id AND p.first_at <= :until
    LIMIT :most)
"""
# `json_each` gives the stories in their order, so that the first ones are read, and no others.
_PROFILES = """
SELECT p.story_id, first_at, last_at, topics, articles, langs, features
FROM json_each(:stories) j CROSS JOIN story_profiles p ON p.story_id = j.value
WHERE last_at >= :since AND first_at <= :until ORDER BY j.key LIMIT :most
"""
_RATES = """
WITH t AS (SELECT value AS topic FROM json_each(:topics))
SELECT c.topic, c.feature, c.articles FROM t JOIN feature_counts c ON c.topic = t.topic
WHERE c.feature IN (SELECT value FROM json_each(:features))
UNION ALL SELECT c.topic, c.feature, c.articles FROM t JOIN feature_counts c ON c.topic = t.topic
WHERE c.feature >= '@' AND c.feature < 'A'
"""
_NEWEST = 30  # stories that are looked at for one feature
_MOST_FEATURES = 24  # by which stories are looked for, the most telling
_MOST_LIVE = 1_000
_FORGOTTEN = 2  # of each kind when one comes: so forgetting keeps up, and never takes long


class StoryIndexTable(Table):
    """The part of a transaction that `assign_story` looks stories up in."""

    def titled(self, new: IncomingArticle, within: timedelta) -> int | None:
        """Return the story with the last article of this headline, if it is so near in time."""
        row = self.db.execute(_TITLED, {"title_key": new.title_key}).fetchone()
        if row is None:
            return None
        span = TimeSpan(moment(row[1]), moment(row[1]))
        return int(row[0]) if new.span.days_from(span) * 86_400 <= within.total_seconds() else None

    def texts(self, new: IncomingArticle, within: timedelta) -> int:
        """Return over how many other texts a publisher used this headline, the most of any."""
        values = {
            "title_key": new.title_key,
            "digest": new.digest,
            "since": seconds(new.span.first - within),
        }
        return int(self.db.execute(_TEXTS, values).fetchone()[0])

    def rates(self, new: IncomingArticle) -> Rates:
        """Return how common the article's features are in its topics, and all term sets."""
        [(_, counted)] = counted_features(new, None)
        features = [feature for feature in counted if not feature.startswith("@")]
        values = {"topics": json.dumps(sorted(new.topics)), "features": json.dumps(features)}
        return Rates({(topic, feature): n for topic, feature, n in self.db.execute(_RATES, values)})

    def live(self, new: IncomingArticle, within: timedelta) -> int:
        """Return how many stories of its topics had a report so near in time, 1,000 at most."""
        values = {
            "topics": json.dumps(sorted(new.topics)),
            "since": seconds(new.span.first - within),
            "until": seconds(new.span.last + within),
            "most": _MOST_LIVE,
        }
        return int(self.db.execute(_LIVE, values).fetchone()[0])

    def sharing(
        self, new: IncomingArticle, features: Sequence[tuple[str, float]], within: timedelta
    ) -> list[Profile]:
        """Return the stories near in time that share most, of the newest that share anything."""
        shared: defaultdict[int, float] = defaultdict(float)
        for feature, worth in features[:_MOST_FEATURES]:
            rows = self.db.execute(
                "SELECT story_id FROM story_features WHERE feature = ?"
                " ORDER BY story_id DESC LIMIT ?",
                (feature, _NEWEST),
            )
            for (story_id,) in rows:
                shared[story_id] += worth
        values = {
            "stories": json.dumps(sorted(shared, key=lambda story: (-shared[story], story))),
            "since": seconds(new.span.first - within),
            "until": seconds(new.span.last + within),
            "most": CANDIDATES,
        }
        return [_profile(row) for row in self.db.execute(_PROFILES, values)]

    def profile(self, story_id: int) -> Profile | None:
        """Return the profile of a story, None where it cannot go on."""
        row = self.db.execute(
            "SELECT story_id, first_at, last_at, topics, articles, langs, features"
            " FROM story_profiles"
            " WHERE story_id = ?",
            (story_id,),
        ).fetchone()
        return _profile(row) if row else None

    def save(self, profile: Profile, before: Profile | None, now: datetime) -> None:
        """Store the profile of a story that has one more article than `before`."""
        story, last_at = profile.story, seconds(profile.span.last)
        self.db.execute(
            "INSERT OR REPLACE INTO story_profiles (story_id, first_at, last_at, seen_at, topics,"
            " articles, langs, features) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            _profile_row(profile, now),
        )
        known = before.features if before else {}
        self.db.conn.executemany(
            "DELETE FROM story_features WHERE feature = ? AND story_id = ?",
            [(feature, story) for feature in known if feature not in profile.features],
        )
        self.db.conn.executemany(
            "INSERT OR IGNORE INTO story_features (feature, story_id) VALUES (?, ?)",
            [(feature, story) for feature in profile.features if feature not in known],
        )
        self.db.conn.executemany(
            "INSERT OR REPLACE INTO story_topics (topic, story_id, last_at) VALUES (?, ?, ?)",
            [(topic, story, last_at) for topic in sorted(profile.topics)],
        )

    def count(self, new: IncomingArticle, before: Profile | None, now: datetime) -> None:
        """Count an article's features for its topics; `before` is its story without it."""
        for topics, features in counted_features(new, before):
            self.db.execute(
                "INSERT INTO recent_hits (seen_at, topics, features) VALUES (?, ?, ?)",
                (seconds(now), json.dumps(topics), json.dumps(features, ensure_ascii=False)),
            )
            self._add(topics, features, 1)

    def forget(self, now: datetime) -> None:
        """Forget some of what is too old to count, or to go on."""
        before = seconds(now - MEMORY)
        old = self.db.execute(
            "SELECT id, topics, features FROM recent_hits WHERE seen_at < ?"
            " ORDER BY seen_at LIMIT ?",
            (before, _FORGOTTEN),
        ).fetchall()
        for row_id, topics, features in old:
            self._add(json.loads(topics), json.loads(features), -1)
            self.db.execute("DELETE FROM recent_hits WHERE id = ?", (row_id,))
        ended = self.db.execute(
            "SELECT story_id, topics, features FROM story_profiles WHERE seen_at < ?"
            " ORDER BY seen_at LIMIT ?",
            (before, _FORGOTTEN),
        ).fetchall()
        for story_id, topics, features in ended:
            self._end(story_id, json.loads(topics), json.loads(features))

    def end(self, story_id: int) -> None:
        """Compare nothing with a story any more."""
        if profile := self.profile(story_id):
            self._end(story_id, profile.topics, profile.features)

    def _end(self, story_id: int, topics: Iterable[str], features: Iterable[str]) -> None:
        for table, column, keys in (
            ("story_features", "feature", features),
            ("story_topics", "topic", topics),
        ):
            self.db.conn.executemany(
                f"DELETE FROM {table} WHERE {column} = ? AND story_id = ?",
                [(key, story_id) for key in keys],
            )
        self.db.execute("DELETE FROM story_profiles WHERE story_id = ?", (story_id,))

    def _add(self, topics: Iterable[str], features: Iterable[str], count: int) -> None:
        features = list(features)
        rows = [(topic, feature, count) for topic in topics for feature in features]
        self.db.conn.executemany(
            "INSERT INTO feature_counts (topic, feature, articles) VALUES (?, ?, ?)"
            " ON CONFLICT (topic, feature) DO UPDATE SET articles = articles + excluded.articles",
            rows,
        )
        if count < 0:
            self.db.conn.executemany(
                "DELETE FROM feature_counts WHERE topic = ? AND feature = ? AND articles <= 0",
                [row[:2] for row in rows],
            )


def _profile_row(profile: Profile, now: datetime) -> tuple[Any, ...]:
    return (
        profile.story,
        seconds(profile.span.first),
        seconds(profile.span.last),
        seconds(now),
        json.dumps(profile.topics),
        profile.articles,
        json.dumps(profile.langs),
        json.dumps(profile.features, ensure_ascii=False),
    )


@lru_cache(maxsize=64)  # a candidate is read again when it is continued
def _profile(row: Any) -> Profile:
    story, first_at, last_at, topics, articles, langs, features = row
    return Profile(
        story,
        TimeSpan(moment(first_at), moment(last_at)),
        Counter(json.loads(topics)),
        articles,
        Counter(json.loads(langs)),
        Counter(json.loads(features)),
    )
