"""Claims: due alerts, digests and edits leased as messages to send, at most one a channel.

Three kinds of messages: digests, the alerts of a story (or a notice), and edits of first messages.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from monitor.model import Claim, DigestKind, Message
from monitor.store.faults import is_database_fault
from monitor.store.tables.base import Table
from monitor.store.tables.reports import ReportReader, content_digest, notice_of
from monitor.store.times import maybe, moment, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlite_utils import Database

    from monitor.model import AlertItem
    from monitor.store.tables.channels import ChannelTable

Row = dict[str, Any]

# An alert waits while an earlier message of its story may be on its way: a reply needs the first
# message. Earlier alerts that only wait go out in the same message.
_FREE = """NOT EXISTS (
    SELECT 1 FROM alerts b WHERE b.story_id = a.story_id AND b.channel = a.channel AND b.id < a.id
    AND b.due_at IS NOT NULL AND b.digest = '' AND (b.leased OR b.in_doubt OR b.plain))
"""
_NEXT = f"""
SELECT * FROM alerts a WHERE channel = :channel AND due_at <= :now AND digest = '' AND {_FREE}
ORDER BY due_at, id LIMIT 1
"""
# Later reports may join a message until it is claimed; a message that may already have been
# delivered, or was refused, is closed: a retry has the same alerts (_SAME).
_JOINED = """
SELECT * FROM alerts WHERE story_id = :story_id AND channel = :channel AND digest = ''
AND due_at IS NOT NULL AND NOT leased AND NOT in_doubt AND NOT plain ORDER BY id
"""
_SAME = "SELECT * FROM alerts WHERE message = :message AND due_at IS NOT NULL ORDER BY id"

_DIGESTS = """
SELECT *, min(due_at) FROM alerts WHERE channel = :channel AND due_at <= :now AND digest <> ''
GROUP BY digest ORDER BY due_at
"""
# Send the digest once no alert has joined for a while, or after `:longest` at the latest. After a
# restore all feeds are read first.
_CATCHING_UP = """
WITH waiting AS (
    SELECT * FROM alerts WHERE channel = :channel AND digest = :digest AND due_at IS NOT NULL
    AND NOT leased AND NOT in_doubt AND NOT plain
)
SELECT * FROM waiting
WHERE (SELECT min(due_at) <= :now - :longest OR (max(due_at) <= :now AND NOT (
    :digest = 'restored'
    AND EXISTS (SELECT 1 FROM feeds WHERE restored AND enabled AND failures = 0)
)) FROM waiting) ORDER BY id
"""
_DIGEST = """
SELECT * FROM alerts WHERE channel = :channel AND digest = :digest AND due_at <= :now
AND NOT leased AND NOT in_doubt AND NOT plain ORDER BY id
"""
_LONGEST_WAIT = 300.0  # seconds that a digest waits for further alerts

_EDITS = """
SELECT e.alert_id, e.attempts AS tries, a.* FROM edits e JOIN alerts a ON a.id = e.alert_id
WHERE e.channel = :channel AND e.due_at <= :now AND a.state = 'sent' AND a.article_id IS NOT NULL
ORDER BY e.due_at
"""
# The alerts of the message that an edit changes.
_EDITED = """
SELECT * FROM alerts WHERE message = :message AND channel = :channel
AND state IN ('sent', 'counted') AND article_id IS NOT NULL ORDER BY id
"""
_NEXT_AT = f"""
SELECT min(due_at) FROM (
    SELECT due_at FROM alerts a WHERE channel = :channel AND due_at IS NOT NULL
    AND (digest <> '' OR {_FREE})
    UNION ALL
    SELECT e.due_at FROM edits e JOIN alerts a ON a.id = e.alert_id AND a.state = 'sent'
    AND a.article_id IS NOT NULL WHERE e.channel = :channel
)
"""


class ClaimTable(Table):
    """The part of a transaction that concerns what is sent next."""

    def __init__(self, db: Database, channels: ChannelTable, reports: ReportReader) -> None:
        super().__init__(db)
        self._channels = channels
        self._reports = reports

    def claim(self, now: datetime, lease_at: datetime, spacing: Mapping[str, float]) -> list[Claim]:
        """Claim at most one message for each channel that is ready, digests first, edits last.

        `spacing` has each channel's pause after a message, in seconds. A digest is one message
        with all due alerts of a channel and a kind.
        """
        claimed = []
        for channel, pause in spacing.items():
            if self._channels.ready_at(channel) > seconds(now) or self._is_sending(channel, now):
                continue
            if message := self._claim_next(channel, now, lease_at):
                claimed.append(message)
                self._channels.rest(channel, now + timedelta(seconds=pause))
        return claimed

    def next_send_at(self, channels: Iterable[str]) -> datetime | None:
        """Return when the next message of any of the channels can go out, None for no message."""
        times = []
        for channel in channels:
            row = self.db.execute(_NEXT_AT, {"channel": channel}).fetchone()
            if row[0] is not None:
                times.append(max(row[0], self._channels.ready_at(channel)))
        return moment(min(times)) if times else None

    def _is_sending(self, channel: str, now: datetime) -> bool:
        """Whether a message is on its way: one at a time, so that a crash repeats one at most."""
        on_its_way = "channel = :channel AND leased AND due_at > :now"
        return bool(
            self.db.execute(
                f"SELECT 1 FROM alerts WHERE {on_its_way}"
                f" UNION ALL SELECT 1 FROM edits WHERE {on_its_way} LIMIT 1",
                {"channel": channel, "now": seconds(now)},
            ).fetchone()
        )

    def _claim_next(self, channel: str, now: datetime, lease_at: datetime) -> Claim | None:
        values = {"channel": channel, "now": seconds(now), "longest": _LONGEST_WAIT}

        for first in self._rows(_DIGESTS, values):
            if rows := self._of_digest(first, values):
                return self._claim(rows, now, lease_at)

        for first in self._rows(_NEXT, values):
            return self._claim(self._of_story(first), now, lease_at)

        for first in self._rows(_EDITS, values):
            if edit := self._claim_edit(first, lease_at):
                return edit
        return None

    def _of_digest(self, first: Row, values: dict[str, Any]) -> list[Row]:
        """Return the alerts of a digest; none where it still waits for further alerts."""
        if _is_bound(first):
            return self._rows(_SAME, first)
        catching_up = first["digest"] in {DigestKind.CATCHING_UP, DigestKind.RESTORED}
        return self._rows(_CATCHING_UP if catching_up else _DIGEST, {**first, **values})

    def _of_story(self, first: Row) -> list[Row]:
        """Return the alerts that go out in one message with the story's first due alert."""
        if _is_bound(first):
            return self._rows(_SAME, first)
        return [first] if first["story_id"] is None else self._rows(_JOINED, first)

    def _claim(self, rows: list[Row], now: datetime, lease_at: datetime) -> Claim:
        """Lease alerts, and return them as one message with the key of the first."""
        first = rows[0]
        in_doubt = any(row["in_doubt"] or row["leased"] for row in rows)
        since = first["tried_at"] if in_doubt else seconds(now)
        self.db.conn.executemany(
            "UPDATE alerts SET first_due_at = coalesce(first_due_at, due_at), due_at = ?,"
            " leased = 1, attempts = attempts + 1, message = ?, tried_at = ?, in_doubt = ?"
            " WHERE id = ?",
            [(seconds(lease_at), first["key"], since, int(in_doubt), row["id"]) for row in rows],
        )
        message, unreadable = self._message(rows, now)
        return Claim(
            tuple(row["id"] for row in rows),
            first["channel"],
            seconds(lease_at),
            first["attempts"] + 1,
            message,
            in_doubt=in_doubt,
            since=maybe(since),
            first_due_at=moment(first["first_due_at"] or first["due_at"]),
            unreadable=unreadable,
        )

    def _message(self, rows: list[Row], now: datetime) -> tuple[Message, Exception | None]:
        """Return alerts as one message, and the error that kept its reports from being read."""
        first = rows[0]
        reports, unreadable = ((), None) if first["notice"] else self._reports_of(rows)
        thread = self._thread_of(first)
        message = Message(
            first["key"],
            reports,
            thread,
            digest=DigestKind(first["digest"]) if first["digest"] else None,
            plain=bool(first["plain"]),
            broadcast=thread is not None and any(row["broadcast"] for row in rows),
            notice=notice_of(first["notice"]),
            span=now - moment(min(row["created_at"] for row in rows)),
        )
        return message, unreadable

    def _thread_of(self, first: Row) -> str | None:
        """Return the reference of the message to reply to, None for a first message.

        A reply that was refused (`plain`) is tried once more as a first message.
        """
        if first["notice"]:
            return first["thread"] and str(first["thread"])
        if first["digest"] or first["plain"]:
            return None
        return self.first_ref(first["story_id"], first["channel"])

    def _claim_edit(self, first: Row, lease_at: datetime) -> Claim | None:
        """Claim the edit of a first message: the same reports, as their story is now.

        An edit that would change nothing is deleted.
        """
        rows = self._rows(_EDITED, first)
        reports, unreadable = self._reports_of(rows)
        if not unreadable and content_digest(reports) == first["shown"]:
            self.db.execute("DELETE FROM edits WHERE alert_id = ?", (first["id"],))
            return None
        self.db.execute(
            "UPDATE edits SET due_at = ?, leased = 1, attempts = attempts + 1 WHERE alert_id = ?",
            (seconds(lease_at), first["id"]),
        )
        message = Message(first["message"], reports, plain=bool(first["plain"]), edits=first["ref"])
        return Claim(
            (first["id"],),
            first["channel"],
            seconds(lease_at),
            first["tries"] + 1,
            message,
            unreadable=unreadable,
        )

    def _reports_of(self, rows: list[Row]) -> tuple[tuple[AlertItem, ...], Exception | None]:
        """Return the reports of alerts, or the error that kept them from being read.

        A bug met by one message must not keep the others from being claimed.
        """
        try:
            return self._reports.read(rows), None
        except Exception as error:
            if is_database_fault(error):
                raise
            return (), error

    def first_ref(self, story_id: int, channel: str) -> str | None:
        """Return the reference of the story's first message in a channel, if one was sent."""
        row = self.db.execute(
            "SELECT ref FROM alerts WHERE story_id = ? AND channel = ? AND state = 'sent'"
            " AND thread IS NULL AND ref IS NOT NULL ORDER BY id LIMIT 1",
            (story_id, channel),
        ).fetchone()
        return row[0] if row else None

    def _rows(self, sql: str, values: Row) -> list[Row]:
        return list(self.db.query(sql, values))


def _is_bound(row: Row) -> bool:
    """Whether the alert is bound to an earlier attempt.

    A retry must contain exactly the same alerts, because the message key identifies it.
    """
    return bool(row["message"] and (row["leased"] or row["in_doubt"] or row["plain"]))
