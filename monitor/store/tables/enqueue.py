"""Alerts as they enter the outbox, and what is known of them there."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING

from monitor.alerts.plan import Alert, ChannelContext
from monitor.model import AlertState, DigestKind, Notice
from monitor.store.tables.base import Table
from monitor.store.times import maybe, moment, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


_HOUR = 3_600.0

# A message can be joined until it is claimed; what may have arrived already cannot.
_STANDING = """
SELECT max((state = 'sent' AND thread IS NULL AND ref IS NOT NULL)
           OR (digest = '' AND due_at IS NOT NULL AND (leased OR in_doubt))),
       max(state = 'digested'),
       min(due_at) FILTER (WHERE digest = '' AND NOT leased AND NOT in_doubt),
       max(digest) FILTER (WHERE due_at IS NOT NULL AND digest NOT IN ('', 'timed')),
       min(due_at) FILTER (WHERE digest NOT IN ('', 'timed')),
       max(sent_at) FILTER (WHERE state = 'sent')
FROM alerts WHERE story_id = ? AND channel = ?
"""
_SENT = """
SELECT count(DISTINCT message), min(sent_at), max(sent_at) FILTER (WHERE digest = 'overflow')
FROM alerts
WHERE channel = ? AND sent_at > ? AND notice IS NULL
"""
_WAITING = """
SELECT count(DISTINCT story_id) FILTER (WHERE digest = ''),
       min(due_at) FILTER (WHERE digest = 'overflow')
FROM alerts WHERE channel = ? AND due_at IS NOT NULL AND notice IS NULL
"""


class AlertTable(Table):
    """The part of a transaction that concerns alerts before they are claimed."""

    def add(self, alert: Alert, story_id: int, article_id: int, now: datetime) -> None:
        """Put an alert into the outbox; it is due unless its state is final already."""
        pending = alert.state is AlertState.PENDING
        self.db.execute(
            "INSERT INTO alerts (key, channel, story_id, article_id, topics, severity, state,"
            " reason, news, broadcast, digest, due_at, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                secrets.token_hex(8),
                alert.channel,
                story_id,
                article_id,
                json.dumps(alert.topics),
                str(alert.severity),
                str(alert.state),
                alert.reason,
                json.dumps(alert.news, ensure_ascii=False),
                alert.broadcast,
                str(alert.digest or ""),
                seconds(alert.due_at or now) if pending else None,
                seconds(now),
            ),
        )

    def add_notice(
        self,
        notice: Notice,
        channel: str,
        now: datetime,
        *,
        wait: float = 0.0,
        thread: str | None = None,
    ) -> bool:
        """Put a notice into the outbox, due in `wait` seconds, as a reply in a `thread` if any.

        Return False, and change nothing, where the channel has one with that key already.
        """
        added = self.db.execute(
            "INSERT INTO alerts (key, channel, topics, severity, state, digest, notice_key, notice,"
            " due_at, created_at, thread) VALUES (?, ?, '[]', ?, 'pending', '', ?, ?, ?, ?, ?)"
            " ON CONFLICT (channel, notice_key) WHERE notice_key IS NOT NULL DO NOTHING",
            (
                secrets.token_hex(8),
                channel,
                str(notice.severity),
                notice.key,
                json.dumps(asdict(notice), ensure_ascii=False),
                seconds(now) + wait,
                seconds(now),
                thread,
            ),
        )
        return added.rowcount == 1

    def noticed_since(self, kind: str, topic: str, since: datetime) -> bool:
        """Whether a notice of a kind was made on a topic (`kind:topic:…` is its key) since then."""
        row = self.db.execute(
            "SELECT 1 FROM alerts WHERE notice_key >= :from AND notice_key < :to"
            " AND created_at >= :since LIMIT 1",
            {"from": f"{kind}:{topic}:", "to": f"{kind}:{topic};", "since": seconds(since)},
        ).fetchone()
        return row is not None

    def story_in_channel(self, story_id: int, channel: str) -> ChannelContext:
        """Return what a channel knows of a story, and what is on its way there; not its load."""
        first, digested, waiting, kind, digest, last = self.db.execute(
            _STANDING, (story_id, channel)
        ).fetchone()
        return ChannelContext(
            first=bool(first),
            digested=bool(digested),
            waiting_at=maybe(waiting),
            digest=DigestKind(kind) if kind else None,
            digest_at=maybe(digest),
            last_at=maybe(last),
        )

    def channel_load(self, channel: str, now: datetime) -> ChannelContext:
        """Return how busy a channel is, whatever the story."""
        sent, oldest, overflow_sent = self.db.execute(
            _SENT, (channel, seconds(now) - _HOUR)
        ).fetchone()
        waiting, overflow = self.db.execute(_WAITING, (channel,)).fetchone()
        stopped = self.db.execute(
            "SELECT ready_at FROM channels WHERE name = ? AND stopped_at IS NOT NULL", (channel,)
        ).fetchone()
        return ChannelContext(
            sent=sent,
            waiting=waiting,
            oldest_at=maybe(oldest),
            overflow_at=maybe(overflow),
            overflow_sent_at=maybe(overflow_sent),
            stopped_until=moment(stopped[0]) if stopped else None,
        )

    def edit_first(self, story_id: int, channel: str, due_at: datetime) -> None:
        """Have the first message of a story in a channel edited by then, if there is one.

        At most one edit waits: it tells the story as it is when it goes out. One that is on its way
        is followed by another.
        """
        self.db.execute(
            "INSERT INTO edits (alert_id, channel, due_at)"
            " SELECT id, channel, :due FROM alerts WHERE story_id = :story AND channel = :channel"
            " AND digest = '' AND thread IS NULL"
            " AND (state = 'sent' OR (state = 'pending' AND (leased OR in_doubt)))"
            " ORDER BY state = 'sent' DESC, id LIMIT 1"
            " ON CONFLICT (alert_id) DO UPDATE SET due_at = :due, leased = 0 WHERE leased",
            {"story": story_id, "channel": channel, "due": seconds(due_at)},
        )

    def count_unsent(self) -> int:
        """Return how many alerts are still to be sent."""
        row = self.db.execute("SELECT count(*) FROM alerts WHERE due_at IS NOT NULL").fetchone()
        return int(row[0])

    def move(self, known: Sequence[str]) -> int:
        """Move alerts of channels that are gone to the first of the `known` ones; return how many.

        One that this channel has already is marked as failed.
        """
        marks = ", ".join("?" * len(known))
        gone = f"due_at IS NOT NULL AND channel NOT IN ({marks})"
        self.db.execute(
            f"UPDATE alerts SET state = 'failed', reason = 'channel ' || channel || ' is gone',"
            f" due_at = NULL WHERE {gone} AND EXISTS (SELECT 1 FROM alerts b WHERE b.channel = ?"
            " AND (b.article_id = alerts.article_id OR b.notice_key = alerts.notice_key))",
            (*known, known[0]),
        )
        moved = self.db.execute(f"UPDATE alerts SET channel = ? WHERE {gone}", (known[0], *known))
        self.db.execute(f"DELETE FROM edits WHERE channel NOT IN ({marks})", tuple(known))
        return int(moved.rowcount)
