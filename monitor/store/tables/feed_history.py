"""The history of feeds: statistics of a period, outages, notified subjects, rows for health.

The table `notified` holds the subjects that the operator was notified of and that are not over yet,
each as `kind name`: `feed 17`, `channel desk`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from monitor.feeds.health import FeedRecord, Outage, PeriodStats
from monitor.store.tables.base import Table
from monitor.store.times import maybe, moment, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Query = Callable[[str, Mapping[str, Any]], Iterable[Any]]

# Feeds that may need a person, and feeds notified before; a filter that spares judging all others.
_DOUBTFUL_IDS = """
    SELECT id FROM feeds f WHERE gone_at IS NOT NULL
    OR (enabled AND (failing_since IS NOT NULL OR empty_since IS NOT NULL OR ok_at - 86400 >
        (SELECT last_at FROM news_days WHERE feed_id = f.id ORDER BY day DESC LIMIT 1)))
    UNION SELECT substr(subject, 6) FROM notified WHERE subject LIKE 'feed %'
"""
DOUBTFUL = f"SELECT * FROM feed_health WHERE id IN ({_DOUBTFUL_IDS})"
# All others, those alike in one row: `feeds` of them are in one state.
UNDOUBTED = f"""
SELECT count(*) AS feeds, enabled, max(ok_at) AS ok_at, gap_at
FROM feeds WHERE id NOT IN ({_DOUBTFUL_IDS}) GROUP BY enabled, ok_at IS NULL, gap_at
"""
_OLDEST_POLL = """
SELECT title, ok_at FROM feeds WHERE enabled ORDER BY coalesce(ok_at, 0), id LIMIT 1
"""
OUTAGES = """
SELECT coalesce(f.title, '') AS feed, coalesce(f.url, '') AS url, o.reason, o.since, o.until
FROM outages o LEFT JOIN feeds f ON f.id = o.feed_id WHERE o.until >= :since ORDER BY o.since
"""
_KEPT = 90 * 86_400.0  # seconds for which outages are kept


class FeedHistoryTable(Table):
    """The part of a transaction that concerns health and the operations channel."""

    def count_enabled(self) -> int:
        """Return the number of enabled feeds."""
        return int(self.db.execute("SELECT count(*) FROM feeds WHERE enabled").fetchone()[0])

    def longest_unread(self) -> tuple[str, datetime | None] | None:
        """Return the title of the feed whose last good poll is oldest, and its time, if any."""
        row = self.db.execute(_OLDEST_POLL).fetchone()
        return (row[0], maybe(row[1])) if row else None

    def period_stats(self, since: datetime) -> PeriodStats:
        """Return the numbers of polls, articles and alerts since a time."""
        at = {"since": seconds(since)}

        def counts(sql: str) -> dict[str, int]:
            return dict(self.db.execute(sql, at).fetchall())

        def count(sql: str) -> int:
            return int(self.db.execute(f"SELECT count(*) FROM {sql}", at).fetchone()[0])

        outages = [outage(*row) for row in self.db.execute(OUTAGES, at).fetchall()]
        return PeriodStats(
            since=since,
            polled=count("feeds WHERE enabled AND ok_at >= :since"),
            outcomes=counts(
                "SELECT outcome, count(*) FROM entries WHERE first_seen_at >= :since GROUP BY 1"
            ),
            articles=count("articles WHERE seen_at >= :since"),
            alerts=counts(
                "SELECT state, count(*) FROM alerts WHERE created_at >= :since"
                " AND story_id IS NOT NULL GROUP BY 1"
            ),
            sent=count("alerts WHERE sent_at >= :since AND story_id IS NOT NULL"),
            waiting=count("alerts WHERE state = 'pending' AND story_id IS NOT NULL"),
            outages=tuple(each for each in outages if not each.url),
            stopped=tuple(name for name, _, _ in self.stopped_channels()),
        )

    def failed_alerts(self) -> list[tuple[int, str, str]]:
        """Return (id, channel, reason) of failed alerts that are not retried any more."""
        return self.db.execute(
            "SELECT id, channel, reason FROM alerts"
            " WHERE state = 'failed' AND due_at IS NULL ORDER BY id"
        ).fetchall()

    def stopped_channels(self) -> list[tuple[str, str, datetime]]:
        """Return (name, reason, since) of channels that wait for their operator."""
        rows = self.db.execute(
            "SELECT name, reason, stopped_at FROM channels WHERE stopped_at IS NOT NULL"
            " ORDER BY name"
        )
        return [(name, reason, moment(at)) for name, reason, at in rows]

    def already_notified(self, kind: str) -> dict[str, tuple[str, datetime]]:
        """Return the notified subjects of a kind by name, each with its state and the time."""
        rows = self.db.execute(
            "SELECT substr(subject, length(:kind) + 2), state, at FROM notified"
            " WHERE subject = :kind OR subject LIKE :kind || ' %'",
            {"kind": kind},
        )
        return {name: (state, moment(at)) for name, state, at in rows}

    def mark_notified(self, kind: str, names: Mapping[str, str], now: datetime) -> None:
        """Remember subjects of a kind (state by name) as notified."""
        self.db.conn.executemany(
            "INSERT OR REPLACE INTO notified (subject, state, at) VALUES (?, ?, ?)",
            [(f"{kind} {name}".strip(), state, seconds(now)) for name, state in names.items()],
        )

    def forget_notified(self, kind: str, names: Iterable[str]) -> None:
        """Forget subjects of a kind that are over."""
        self.db.conn.executemany(
            "DELETE FROM notified WHERE subject = ?",
            [(f"{kind} {name}".strip(),) for name in names],
        )

    def forget_old_outages(self, now: datetime) -> None:
        """Delete outages that ended more than 90 days ago."""
        self.db.execute("DELETE FROM outages WHERE until < ?", (seconds(now) - _KEPT,))


def record(row: Mapping[str, Any]) -> FeedRecord:
    """Return a row of the view `feed_health` as the value that `feeds.health` judges."""
    due_at = _at(row["due_at"])
    assert due_at is not None  # noqa: S101 - every feed has one
    return FeedRecord(
        id=row["id"],
        url=row["url"],
        title=row["title"],
        enabled=bool(row["enabled"]),
        due_at=due_at,
        error=row["error"],
        reason=row["reason"],
        failing_since=_at(row["failing_since"]),
        gone_at=_at(row["gone_at"]),
        first_polled_at=_at(row["first_polled_at"]),
        ok_at=_at(row["ok_at"]),
        empty_since=_at(row["empty_since"]),
        had_entries=row["entries"] > 0,
        news_at=_at(row["news_at"]),
        gap_since=_at(row["gap_since"]),
        gap_at=_at(row["gap_at"]),
        days=tuple(map(tuple, json.loads(row["news_days"]))),
    )


def outage(feed: str, url: str, reason: str, since: float, until: float) -> Outage:
    """Return a row of `OUTAGES` as a value."""
    return Outage(feed, url, reason, moment(since), moment(until))


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
