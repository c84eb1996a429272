"""The service's heartbeat, the state of both queues, and the shift of due times with the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.store.tables.base import Table
from monitor.store.times import seconds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

OVERDUE = 600.0  # seconds by which a queue may be late before that is a problem


@dataclass(frozen=True, slots=True)
class Queue:
    """One of the two queues: how many rows are due, and by how many seconds the oldest is late."""

    due: int
    overdue: float


@dataclass(frozen=True, slots=True)
class QueueStats:
    """Both queues at a heartbeat: `polls` of enabled feeds, `alerts` of the outbox.

    `alert_states` counts alerts by state; `stopped` has the reasons of stopped channels by name.
    `polled_at` is the time of the last good poll, in seconds since 1970, 0 for never.
    """

    feeds: int
    feeds_failing: int
    polls: Queue
    alerts: Queue
    alert_states: Mapping[str, int]
    stopped: Mapping[str, str]
    polled_at: float

    @property
    def late(self) -> list[str]:
        """A line for each queue that is too late."""
        overdue = {"feeds": self.polls.overdue, "alerts": self.alerts.overdue}
        return [f"{name} overdue by {s:.0f} s" for name, s in overdue.items() if s > OVERDUE]

    @property
    def reasons(self) -> list[str]:
        """A line for each stopped channel."""
        return [f"{name}: {reason}" for name, reason in self.stopped.items()]


_BEAT = """
INSERT INTO service (id, pid, version, started_at, beat_at) VALUES (1, :pid, :version, :start, :now)
ON CONFLICT (id) DO UPDATE SET pid = :pid, version = :version, started_at = :start, beat_at = :now
"""
_RECORD_OUTAGE = """
INSERT INTO outages (feed_id, reason, since, until)
SELECT NULL, 'not running', beat_at, :now FROM service WHERE :now - beat_at >= :least
"""
_FEEDS = """
SELECT count(*) FILTER (WHERE enabled), count(failing_since) FILTER (WHERE enabled), max(ok_at)
FROM feeds
"""
# How many rows of a queue are due, and since when (seconds since 1970, NULL for none).
DUE_FEEDS = """
SELECT count(*) AS due, min(due_at) AS oldest FROM feeds WHERE enabled AND due_at <= :now
"""
DUE_ALERTS = "SELECT count(*) AS due, min(due_at) AS oldest FROM alerts WHERE due_at <= :now"
_SHIFT = (
    """
    UPDATE feeds SET due_at = due_at + :by, claimed_at = claimed_at + :by, ok_at = ok_at + :by,
        pushed_until = pushed_until + :by, first_polled_at = first_polled_at + :by,
        polled_at = polled_at + :by, failing_since = failing_since + :by,
        empty_since = empty_since + :by
    """,
    "UPDATE subscriptions SET due_at = due_at + :by, lease_until = lease_until + :by",
    """
    UPDATE alerts SET due_at = due_at + :by, first_due_at = first_due_at + :by
    WHERE due_at IS NOT NULL
    """,
    "UPDATE edits SET due_at = due_at + :by",
    "UPDATE channels SET ready_at = ready_at + :by",
    "UPDATE service SET beat_at = beat_at + :by",
)
# Negative for a moment: a day that moves must not meet one that has yet to move.
_SHIFT_DAYS = "UPDATE news_days SET day = -(day + :days), last_at = last_at + :by"
_WEEK = 604_800.0
_OUTAGE = 600.0  # seconds without a heartbeat that are recorded as an outage afterwards


class HeartbeatTable(Table):
    """The part of a transaction that concerns the service as a whole."""

    def beat(self, pid: int, version: str, started_at: datetime, now: datetime) -> QueueStats:
        """Record a heartbeat and return the state of the queues."""
        values = {"pid": pid, "version": version, "start": seconds(started_at), "now": seconds(now)}
        self.db.execute(_RECORD_OUTAGE, values | {"least": _OUTAGE})
        self.db.execute(_BEAT, values)
        return self._queue_stats(now)

    def _queue_stats(self, now: datetime) -> QueueStats:
        feeds, failing, polled_at = self.db.execute(_FEEDS).fetchone()
        states = self.db.execute("SELECT state, count(*) FROM alerts GROUP BY state")
        stopped = self.db.execute(
            "SELECT name, reason FROM channels WHERE stopped_at IS NOT NULL ORDER BY name"
        )
        return QueueStats(
            feeds=feeds,
            feeds_failing=failing,
            polls=self._queue(DUE_FEEDS, now),
            alerts=self._queue(DUE_ALERTS, now),
            alert_states=dict(states.fetchall()),
            stopped=dict(stopped.fetchall()),
            polled_at=polled_at or 0.0,
        )

    def _queue(self, sql: str, now: datetime) -> Queue:
        due, oldest = self.db.execute(sql, {"now": seconds(now)}).fetchone()
        return queue(due, oldest, now)

    def shift_due(self, by: float) -> None:
        """Shift every due time by the seconds that the clock was set, so that all waits stay.

        What is known of each feed shifts too: otherwise the jump would look like an outage, or
        like years of silence.
        """
        for statement in _SHIFT:
            self.db.execute(statement, {"by": by})
        if weeks := round(by / _WEEK):  # whole weeks: the days of the week keep their news
            self.db.execute(_SHIFT_DAYS, {"days": 7 * weeks, "by": by})
            self.db.execute("UPDATE news_days SET day = -day WHERE day < 0")


def queue(due: int, oldest: float | None, now: datetime) -> Queue:
    """Return a row of DUE_FEEDS or DUE_ALERTS as a value."""
    return Queue(due, 0.0 if oldest is None else max(0.0, seconds(now) - oldest))
