"""Channels in the database: when each takes its next message, and why it is stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.store.tables.base import Table
from monitor.store.times import seconds

if TYPE_CHECKING:
    from datetime import datetime

_REST = """
INSERT INTO channels (name, ready_at) VALUES (:name, :until)
ON CONFLICT (name) DO UPDATE SET ready_at = max(ready_at, :until)
"""
# Alerts that wait for a stopped channel go out as one digest later. An alert in doubt stays a
# message of its own: it is looked up before it is sent again.
_WAIT_FOR_OPERATOR = """
UPDATE alerts SET digest = 'mended', due_at = iif(leased, due_at, :until), plain = 0
WHERE channel = :channel AND due_at IS NOT NULL AND notice IS NULL AND NOT in_doubt
AND (digest IN ('', 'catching-up', 'restored') OR due_at < :until)
"""
_RETRY_WAITING = """
UPDATE alerts SET due_at = ? WHERE (state = 'failed' OR digest = 'mended')
AND due_at IS NOT NULL AND NOT leased
AND channel IN (SELECT name FROM channels WHERE stopped_at IS NOT NULL)
"""


# Messages that let others go first, because they may have been the reason of their failures; they
# were not where the channel has failed as often as they did.
_BACK_IN_THEIR_PLACE = """
UPDATE alerts SET due_at = first_due_at WHERE channel = :channel AND due_at > :now AND NOT leased
AND state = 'pending' AND first_due_at < due_at AND attempts BETWEEN 1 AND :failures
"""


class ChannelTable(Table):
    """The part of a transaction that concerns the state of channels."""

    def ready_at(self, channel: str) -> float:
        """Return when a channel takes its next message, in seconds since 1970."""
        row = self.db.execute("SELECT ready_at FROM channels WHERE name = ?", (channel,)).fetchone()
        return row[0] if row else 0.0

    def rest(self, channel: str, until: datetime) -> None:
        """Send nothing to a channel before `until`."""
        self.db.execute(_REST, {"name": channel, "until": seconds(until)})

    def stop(self, channel: str, reason: str, now: datetime, until: datetime) -> None:
        """Record that a channel waits for its operator; it is tried again at `until`."""
        self.rest(channel, until)
        self.db.execute(
            "UPDATE channels SET stopped_at = coalesce(stopped_at, ?), reason = ?,"
            " failures_in_a_row = 0 WHERE name = ?",
            (seconds(now), reason, channel),
        )
        self.db.execute(_WAIT_FOR_OPERATOR, {"channel": channel, "until": seconds(until)})

    def mark_working(self, channel: str, now: datetime) -> None:
        """Record that a channel accepted a message: all that waited for it has its turn again."""
        self._recall(channel, now)
        self.db.execute(
            "UPDATE channels SET stopped_at = NULL, reason = '', failures_in_a_row = 0"
            " WHERE name = ?",
            (channel,),
        )

    def note_failure(self, channel: str, now: datetime) -> int:
        """Record a send that failed for a passing reason; return how many did so in a row."""
        self._recall(channel, now)
        self.rest(channel, now)
        row = self.db.execute(
            "UPDATE channels SET failures_in_a_row = failures_in_a_row + 1 WHERE name = ?"
            " RETURNING failures_in_a_row",
            (channel,),
        ).fetchone()
        return int(row[0])

    def _recall(self, channel: str, now: datetime) -> None:
        row = self.db.execute(
            "SELECT failures_in_a_row FROM channels WHERE name = ?", (channel,)
        ).fetchone()
        if row and row[0]:
            values = {"channel": channel, "now": seconds(now), "failures": row[0]}
            self.db.execute(_BACK_IN_THEIR_PLACE, values)

    def resume(self, now: datetime) -> None:
        """Make stopped channels and their alerts due at once, after a change of configuration."""
        self.db.execute(_RETRY_WAITING, (seconds(now),))
        self.db.execute(
            "UPDATE channels SET ready_at = ? WHERE stopped_at IS NOT NULL", (seconds(now),)
        )

    def note_cannot_verify(self, channel: str, reason: str) -> bool:
        """Record why a channel cannot be searched, "" where it can; returns whether that is new."""
        changed = self.db.execute(
            "UPDATE channels SET unreadable = :reason WHERE name = :name AND unreadable <> :reason",
            {"name": channel, "reason": reason},
        )
        return changed.rowcount == 1
