"""The service's sign of life, the state of the queues, and what a jump of the clock moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.model import QueueStats
from monitor.store.tables.base import Table
from monitor.store.times import seconds

if TYPE_CHECKING:
    from datetime import datetime


_BEAT = """
INSERT INTO service (id, pid, version, started_at, beat_at) VALUES (1, :pid, :version, :start, :now)
ON CONFLICT (id) DO UPDATE SET pid = :pid, version = :version, started_at = :start, beat_at = :now
"""
_NOTE_SILENCE = """
INSERT INTO outages (feed_id, reason, since, until)
SELECT NULL, 'not running', beat_at, :now FROM service WHERE :now - beat_at >= :least
"""
_STANDSTILL = 600.0  # seconds without a sign of life that are worth a word afterwards


class HeartbeatTable(Table):
    """The part of a transaction that concerns the service as a whole."""

    def beat(self, pid: int, version: str, started_at: datetime, now: datetime) -> QueueStats:
        """Record a sign of life; return how the queues are."""
        values = {"pid": pid, "version": version, "start": seconds(started_at), "now": seconds(now)}
        self.db.execute(_NOTE_SILENCE, values | {"least": _STANDSTILL})
        self.db.execute(_BEAT, values)
        return self.queue_stats(now)

    def queue_stats(self, now: datetime) -> QueueStats:
        """Return how the queues are."""
        at = seconds(now)
        feeds, failing = self.db.execute(
            "SELECT count(*), count(failing_since) FROM feeds WHERE enabled"
        ).fetchone()
        feeds_due, feeds_lag = self._due("feeds WHERE enabled", at)
        alerts_due, alerts_lag = self._due("alerts WHERE due_at IS NOT NULL", at)
        states = self.db.execute("SELECT state, count(*) FROM alerts GROUP BY state")
        stopped = self.db.execute(
            "SELECT name || ': ' || reason FROM channels WHERE stopped_at IS NOT NULL ORDER BY name"
        )
        return QueueStats(
            feeds=feeds,
            feeds_failing=failing,
            feeds_due=feeds_due,
            feeds_lag=feeds_lag,
            alerts=dict(states.fetchall()),
            alerts_due=alerts_due,
            alerts_lag=alerts_lag,
            stopped=tuple(row[0] for row in stopped),
        )

    def _due(self, rows: str, now: float) -> tuple[int, float]:
        """Return how many rows are due, and by how much the oldest is overdue."""
        count, oldest = self.db.execute(
            f"SELECT count(*), min(due_at) FROM {rows} AND due_at <= ?", (now,)
        ).fetchone()
        return count, now - oldest if count else 0.0

    def shift_due(self, by: float) -> None:
        """Move every due time: the clock was set, and what was ten minutes away still is.

        So are the times of the last good polls, or the jump would look like an outage.
        """
        self.db.execute(
            "UPDATE feeds SET due_at = due_at + :by, claimed_at = claimed_at + :by,"
            " ok_at = ok_at + :by, pushed_until = pushed_until + :by",
            {"by": by},
        )
        self.db.execute(
            "UPDATE subscriptions SET due_at = due_at + :by, lease_until = lease_until + :by",
            {"by": by},
        )
        self.db.execute("UPDATE alerts SET due_at = due_at + ? WHERE due_at IS NOT NULL", (by,))
        self.db.execute("UPDATE edits SET due_at = due_at + ?", (by,))
        self.db.execute("UPDATE channels SET ready_at = ready_at + ?", (by,))
        self.db.execute("UPDATE service SET beat_at = beat_at + ?", (by,))

    def resume_channels(self, now: datetime) -> None:
        """Try stopped channels, and their alerts, again at once: the configuration is new."""
        self.db.execute(
            "UPDATE alerts SET due_at = ? WHERE (state = 'failed' OR digest = 'mended')"
            " AND due_at IS NOT NULL AND NOT leased"
            " AND channel IN (SELECT name FROM channels WHERE stopped_at IS NOT NULL)",
            (seconds(now),),
        )
        self.db.execute(
            "UPDATE channels SET ready_at = ? WHERE stopped_at IS NOT NULL", (seconds(now),)
        )
