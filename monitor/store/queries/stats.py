"""Statistics of topics and channels, and the verdicts of readers. Imports sqlite3 only."""

from __future__ import annotations

import json
from math import sqrt
from typing import TYPE_CHECKING, Any

from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.store.queries.rows import Row

_Z = 1.959964  # the normal distribution's 97.5 % quantile, for a 95 % confidence interval

# Each number counts by its own time: hits when seen, alerts when queued, verdicts when given.
# Alerts of one message count once; alerts that were only counted, silenced or refused do not.
_TOPICS = """
SELECT topic, sum(hits) AS hits, sum(stories) AS stories, sum(alerts) AS alerts,
       sum(good) AS good, sum(wrong) AS wrong, sum(open) AS open
FROM (
    SELECT m.topic, count(*) AS hits, count(DISTINCT a.story_id) AS stories,
           0 AS alerts, 0 AS good, 0 AS wrong, 0 AS open
    FROM matches m JOIN articles a ON a.id = m.article_id
    WHERE m.reason = '' AND a.seen_at >= :since GROUP BY m.topic
    UNION ALL
    SELECT t.value, 0, 0, count(DISTINCT iif(l.message = '', l.key, l.message)), 0, 0, 0
    FROM alerts l, json_each(l.topics) t
    WHERE l.created_at >= :since AND l.notice IS NULL AND l.state IN ('sent', 'digested')
    GROUP BY t.value
    UNION ALL
    SELECT topic, 0, 0, 0, sum(good > wrong), sum(wrong > good), sum(good = wrong)
    FROM verdicts WHERE at >= :since GROUP BY topic
) GROUP BY topic ORDER BY topic
"""
_CHANNELS = """
SELECT channel, state, count(*) AS alerts FROM alerts
WHERE created_at >= :since AND notice IS NULL GROUP BY channel, state
"""
FEEDBACK_FIELDS = (
    "id", "article", "alert", "story", "topics", "reader", "name", "said", "title", "url",
    "publisher", "at",
)  # fmt: skip
_FEEDBACK = f"""
SELECT {", ".join(FEEDBACK_FIELDS)}
FROM feedback_list WHERE said_at >= :since
ORDER BY said_at DESC, id DESC LIMIT :limit
"""
_WRONG = """
SELECT v.article, v.topic, v.good, v.wrong, a.title, a.url, a.publisher, a.lang,
       strftime('%Y-%m-%dT%H:%M:%SZ', v.at, 'unixepoch') AS at
FROM verdicts v LEFT JOIN article_texts a ON a.id = v.article
WHERE v.wrong >= v.good AND v.wrong > 0 AND v.at >= :since AND (:topic = '' OR v.topic = :topic)
ORDER BY v.at DESC, v.article DESC, v.topic LIMIT :limit
"""
STATES = ("pending", "sent", "counted", "digested", "silenced", "too-old", "failed")
TOPIC_FIELDS = (
    "topic", "hits", "stories", "alerts", "good", "wrong", "open", "judged", "precision", "low",
    "high",
)  # fmt: skip
CHANNEL_FIELDS = ("channel", "alerts", *STATES)


def wilson(good: int, judged: int) -> tuple[float, float] | None:
    """Return the 95 % confidence interval of the share of `good` in `judged`, None for no verdict.

    Wilson's score interval (E. B. Wilson, “Probable inference, the law of succession, and
    statistical inference”, JASA 22, 1927, 209-212) also holds for few verdicts, and where all or
    none of them are good.
    """
    if not judged:
        return None
    share, square = good / judged, _Z * _Z
    middle = (share + square / (2 * judged)) / (1 + square / judged)
    half = _Z * sqrt(share * (1 - share) / judged + square / (4 * judged**2))
    half /= 1 + square / judged
    return max(0.0, middle - half), min(1.0, middle + half)


class StatsReader(Reader):
    """A read-only connection for statistics; `since` is None for all time."""

    def topic_stats(self, since: datetime | None = None) -> list[Row]:
        """Return the TOPIC_FIELDS of each topic: hits, stories, alerts, verdicts and precision.

        An article has one verdict a topic: `good` or `wrong` as most readers say, `open` in a tie,
        which counts for neither.
        """
        return [_with_precision(row) for row in self._all(_TOPICS, {"since": _start(since)})]

    def channel_stats(self, since: datetime | None = None) -> list[Row]:
        """Return the number of alerts of each channel, by state."""
        channels: dict[str, Row] = {}
        for row in self._all(_CHANNELS, {"since": _start(since)}):
            counts = channels.setdefault(row["channel"], dict.fromkeys(STATES, 0))
            counts[row["state"]] = row["alerts"]
        return [
            {"channel": name, "alerts": sum(counts.values()), **counts}
            for name, counts in sorted(channels.items())
        ]

    def feedback(self, since: datetime | None, limit: int) -> list[Row]:
        """Return feedback of every kind, the newest first."""
        values = {"since": _start(since), "limit": limit}
        rows = self._all(_FEEDBACK, values)
        return [{**row, "topics": json.loads(row["topics"])} for row in rows]

    def feedback_count(self, since: datetime | None) -> int:
        """Return how many verdicts `feedback` would list without a limit."""
        query = "SELECT count(*) AS n FROM feedback_list WHERE said_at >= :since"
        return int(self._all(query, {"since": _start(since)})[0]["n"])

    def wrong(self, topic: str = "", since: datetime | None = None, limit: int = 20) -> list[Row]:
        """Return articles that at least as many readers marked `wrong` as `good`, the newest first.

        Each has its text and the `evidence` of its hit, both empty where the article was pruned.
        """
        values = {"topic": topic, "since": _start(since), "limit": limit}
        return [{**row, **self._explained(row)} for row in self._all(_WRONG, values)]

    def _explained(self, row: Row) -> Row:
        article = self.article(row["article"]) or {"matches": [], "text": ""}
        matches = [m for m in article["matches"] if m["topic"] == row["topic"]]
        evidence: list[Any] = matches[0]["evidence"] if matches else []
        score = matches[0]["score"] if matches else None
        return {"text": article["text"], "score": score, "evidence": evidence}


def _with_precision(row: Row) -> Row:
    judged = row["good"] + row["wrong"]
    low, high = wilson(row["good"], judged) or (None, None)
    precision = row["good"] / judged if judged else None
    return {**row, "judged": judged, "precision": precision, "low": low, "high": high}


def _start(since: datetime | None) -> float:
    return since.timestamp() if since else 0.0
