"""The outbox: what is due is claimed, sent elsewhere, and its end written back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.model import AlertState, ClaimedMessage, DigestKind
from monitor.store.faults import is_database_fault
from monitor.store.tables.base import Table
from monitor.store.tables.reports import ReportReader, notice_of, shown
from monitor.store.times import maybe, moment, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlite_utils import Database

    from monitor.model import AlertItem

Row = dict[str, Any]

# An alert waits while an earlier message of its story may be on its way: the first has to exist
# before there can be a reply. Earlier alerts that only wait go out together with it.
_FREE = """NOT EXISTS (
    SELECT 1 FROM alerts b WHERE b.story_id = a.story_id AND b.channel = a.channel AND b.id < a.id
    AND b.due_at IS NOT NULL AND b.digest = '' AND (b.leased OR b.in_doubt OR b.plain))
"""
_NEXT = f"""
SELECT * FROM alerts a WHERE channel = :channel AND due_at <= :now AND digest = '' AND {_FREE}
ORDER BY due_at, id LIMIT 1
"""
# Reports that came while a message waited are told by it. What was tried with others and may have
# arrived, or was refused, is tried again with the same.
_JOINED = """
SELECT * FROM alerts WHERE story_id = :story_id AND channel = :channel AND digest = ''
AND due_at IS NOT NULL AND NOT leased AND NOT in_doubt AND NOT plain ORDER BY id
"""
_SAME = "SELECT * FROM alerts WHERE message = :message AND due_at IS NOT NULL ORDER BY id"

_DIGESTS = """
SELECT *, min(due_at) FROM alerts WHERE channel = :channel AND due_at <= :now AND digest <> ''
GROUP BY digest ORDER BY due_at
"""
# A digest goes out when no more alerts join it, but does not wait for that for ever.
_CATCHING_UP = """
WITH waiting AS (
    SELECT * FROM alerts WHERE channel = :channel AND digest = :digest AND due_at IS NOT NULL
    AND NOT leased AND NOT in_doubt AND NOT plain
)
SELECT * FROM waiting
WHERE (SELECT max(due_at) <= :now OR min(due_at) <= :now - :longest FROM waiting) ORDER BY id
"""
_DIGEST = """
SELECT * FROM alerts WHERE channel = :channel AND digest = :digest AND due_at <= :now
AND NOT leased AND NOT in_doubt AND NOT plain ORDER BY id
"""
_LONGEST_WAIT = 300.0  # seconds
_MOST_STORIES = 30  # that one message can tell; what is left goes into the next

_EDITS = """
SELECT e.alert_id, e.attempts AS tries, a.* FROM edits e JOIN alerts a ON a.id = e.alert_id
WHERE e.channel = :channel AND e.due_at <= :now AND a.state = 'sent' AND a.article_id IS NOT NULL
ORDER BY e.due_at
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


class OutboxTable(Table):
    """The part of a transaction that concerns sending."""

    def __init__(self, db: Database, reports: ReportReader) -> None:
        super().__init__(db)
        self._reports = reports

    def claim(
        self, now: datetime, lease_at: datetime, spacing: Mapping[str, float]
    ) -> list[ClaimedMessage]:
        """Claim at most one message for each channel that is ready, and make that channel rest.

        `spacing` has each channel's rest in seconds. A digest is all of a channel's due alerts of
        one kind in one message; edits of first messages come last.
        """
        claimed = []
        for channel, rest in spacing.items():
            if self.ready_at(channel) > seconds(now) or self._sending(channel, now):
                continue
            if found := self._claim_next(channel, now, lease_at):
                claimed.append(found)
                self._rest(channel, seconds(now) + rest)
        return claimed

    def ready_at(self, channel: str) -> float:
        """Return when a channel takes a message again."""
        row = self.db.execute("SELECT ready_at FROM channels WHERE name = ?", (channel,)).fetchone()
        return row[0] if row else 0.0

    def next_send_at(self, channels: Iterable[str]) -> datetime | None:
        """Return when the next message can go out on one of the channels, or None for nothing."""
        times = []
        for channel in channels:
            row = self.db.execute(_NEXT_AT, {"channel": channel}).fetchone()
            if row[0] is not None:
                times.append(max(row[0], self.ready_at(channel)))
        return moment(min(times)) if times else None

    # ── claiming ──────────────────────────────────────────────────────────────────────────────

    def _sending(self, channel: str, now: datetime) -> bool:
        """Whether a message is on its way: one at a time, so that a crash repeats one at most."""
        on_its_way = "channel = :channel AND leased AND due_at > :now"
        return bool(
            self.db.execute(
                f"SELECT 1 FROM alerts WHERE {on_its_way}"
                f" UNION ALL SELECT 1 FROM edits WHERE {on_its_way} LIMIT 1",
                {"channel": channel, "now": seconds(now)},
            ).fetchone()
        )

    def _claim_next(self, channel: str, now: datetime, lease_at: datetime) -> ClaimedMessage | None:
        values = {"channel": channel, "now": seconds(now), "longest": _LONGEST_WAIT}
        for first in self._rows(_DIGESTS, values):
            if rows := self._of_digest(first, values):
                return self._claim(rows, now, lease_at)
        for first in self._rows(_NEXT, values):
            return self._claim(self._of_story(first), now, lease_at)
        for first in self._rows(_EDITS, values):
            if found := self._claim_edit(first, lease_at):
                return found
        return None

    def _of_digest(self, first: Row, values: dict[str, Any]) -> list[Row]:
        """Return the alerts that go out with this one; none if it still waits for others."""
        if _is_bound(first):
            return self._rows(_SAME, first)
        catching_up = first["digest"] == DigestKind.CATCHING_UP
        rows = self._rows(_CATCHING_UP if catching_up else _DIGEST, {**first, **values})
        stories = set(list(dict.fromkeys(row["story_id"] for row in rows))[:_MOST_STORIES])
        return [row for row in rows if row["story_id"] in stories]

    def _of_story(self, first: Row) -> list[Row]:
        if _is_bound(first):
            return self._rows(_SAME, first)
        return [first] if first["story_id"] is None else self._rows(_JOINED, first)

    def _claim(self, rows: list[Row], now: datetime, lease_at: datetime) -> ClaimedMessage:
        first = rows[0]
        in_doubt = any(row["in_doubt"] or row["leased"] for row in rows)
        since = first["tried_at"] if in_doubt else seconds(now)
        self.db.conn.executemany(
            "UPDATE alerts SET due_at = ?, leased = 1, attempts = attempts + 1, message = ?,"
            " tried_at = ?, in_doubt = ? WHERE id = ?",
            [(seconds(lease_at), first["key"], since, int(in_doubt), row["id"]) for row in rows],
        )
        notice = notice_of(first["notice"])
        digest = DigestKind(first["digest"]) if first["digest"] else None
        reports, unreadable = ((), None) if notice else self._reports_of(rows)
        # what was refused as a reply is tried once as a first message
        alone = digest or first["plain"] or notice
        return ClaimedMessage(
            ids=tuple(row["id"] for row in rows),
            key=first["key"],
            channel=first["channel"],
            lease_at=seconds(lease_at),
            attempts=first["attempts"] + 1,
            digest=digest,
            thread=None if alone else self.first_ref(first["story_id"], first["channel"]),
            plain=bool(first["plain"]),
            reports=reports,
            unreadable=unreadable,
            broadcast=any(row["broadcast"] for row in rows),
            notice=notice,
            in_doubt=in_doubt,
            since=maybe(since),
        )

    def _claim_edit(self, first: Row, lease_at: datetime) -> ClaimedMessage | None:
        """Claim the edit of a first message: it tells what it told, as its story is now.

        Where that says nothing else, the edit is forgotten.
        """
        told = self._rows(
            "SELECT * FROM alerts WHERE message = :message AND channel = :channel"
            " AND state IN ('sent', 'counted') AND article_id IS NOT NULL ORDER BY id",
            first,
        )
        reports, unreadable = self._reports_of(told)
        if not unreadable and shown(reports) == first["shown"]:
            self.db.execute("DELETE FROM edits WHERE alert_id = ?", (first["id"],))
            return None
        self.db.execute(
            "UPDATE edits SET due_at = ?, leased = 1, attempts = attempts + 1 WHERE alert_id = ?",
            (seconds(lease_at), first["id"]),
        )
        return ClaimedMessage(
            ids=(first["id"],),
            key=first["message"],
            channel=first["channel"],
            lease_at=seconds(lease_at),
            attempts=first["tries"] + 1,
            digest=None,
            thread=None,
            plain=bool(first["plain"]),
            reports=reports,
            unreadable=unreadable,
            edits=first["ref"],
        )

    def _reports_of(self, rows: list[Row]) -> tuple[tuple[AlertItem, ...], Exception | None]:
        """Return what alerts have to tell, or what keeps it from being read.

        A bug about one message must not keep the others from being claimed.
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

    # ── how a send ended ──────────────────────────────────────────────────────────────────────

    def mark_sent(
        self, claimed: ClaimedMessage, ref: str, now: datetime, *, repeated: bool = False
    ) -> None:
        """Record that a message went out, if the claim is still ours; the channel works.

        `repeated`: it was sent again without knowing whether it had arrived. Of the alerts that it
        tells, one is sent; the others are counted by it.
        """
        if claimed.edits:
            self._end_edit(claimed)
            values = (shown(claimed.reports), claimed.ids[0])
            self.db.execute("UPDATE alerts SET shown = ? WHERE id = ?", values)
        else:
            self._mark_told(claimed, ref, now, repeated=repeated)
        self.db.execute(
            "UPDATE channels SET stopped_at = NULL, reason = '' WHERE name = ?", (claimed.channel,)
        )

    def _mark_told(
        self, claimed: ClaimedMessage, ref: str, now: datetime, *, repeated: bool
    ) -> None:
        ours = self._still_claimed(claimed)
        told: Row = {"due_at": None, "in_doubt": 0, "sent_at": seconds(now)}
        sent = {**told, "reason": "", "ref": ref, "thread": claimed.thread}
        if claimed.digest:
            self._update(claimed, ours, state=AlertState.DIGESTED, **sent)
        elif ours:
            self._update(
                claimed, ours[:1], state=AlertState.SENT, shown=shown(claimed.reports), **sent
            )
            reason = f"told together with alert {ours[0]}"
            self._update(claimed, ours[1:], state=AlertState.COUNTED, reason=reason, **told)
        if repeated:
            self.db.execute(
                "UPDATE alerts SET repeated = repeated + 1 WHERE message = ?", (claimed.key,)
            )

    def _still_claimed(self, claimed: ClaimedMessage) -> list[int]:
        marks = ", ".join("?" * len(claimed.ids))
        rows = self.db.execute(
            f"SELECT id FROM alerts WHERE due_at = ? AND id IN ({marks}) ORDER BY id",
            (claimed.lease_at, *claimed.ids),
        )
        return [alert_id for (alert_id,) in rows]

    def mark_silenced(self, claimed: ClaimedMessage, ids: Iterable[int], reason: str = "") -> None:
        """Record that a silence holds some of the claimed alerts back, and which."""
        self._update(claimed, ids, state=AlertState.SILENCED, due_at=None, reason=reason)

    def mark_failed(
        self,
        claimed: ClaimedMessage,
        reason: str,
        retry_at: datetime | None,
        *,
        plain: bool = False,
        in_doubt: bool = False,
    ) -> None:
        """Record a refusal; with `retry_at` it is tried again then, as plain text if so asked.

        `in_doubt`: it may have arrived all the same. An edit that is refused is given up: what it
        changes was told before.
        """
        if claimed.edits:
            self._end_edit(claimed, retry_at if not plain else None)
            return
        due_at, retried = (None, False) if retry_at is None else (seconds(retry_at), not plain)
        state = AlertState.PENDING if plain else AlertState.FAILED
        doubtful = in_doubt or (claimed.in_doubt and retried)
        self._update(
            claimed,
            claimed.ids,
            state=state,
            due_at=due_at,
            reason=reason,
            plain=int(plain),
            in_doubt=int(doubtful),
        )

    def retry(
        self, claimed: ClaimedMessage, reason: str, retry_at: datetime, *, in_doubt: bool = False
    ) -> None:
        """Record a send that failed for a passing reason; it is due again at `retry_at`.

        `in_doubt`: it may have arrived all the same.
        """
        if claimed.edits:
            self._end_edit(claimed, retry_at)
            return
        self._update(
            claimed,
            claimed.ids,
            state=AlertState.PENDING,
            due_at=seconds(retry_at),
            reason=reason,
            in_doubt=int(in_doubt or claimed.in_doubt),
        )

    def _end_edit(self, claimed: ClaimedMessage, retry_at: datetime | None = None) -> None:
        """Forget an edit that is done, unless another one is wanted since; or try it again."""
        values = {"id": claimed.ids[0], "lease_at": claimed.lease_at}
        if retry_at is None:
            self.db.execute("DELETE FROM edits WHERE alert_id = :id AND due_at = :lease_at", values)
        else:
            self.db.execute(
                "UPDATE edits SET due_at = :at, leased = 0"
                " WHERE alert_id = :id AND due_at = :lease_at",
                values | {"at": seconds(retry_at)},
            )

    def _update(self, claimed: ClaimedMessage, ids: Iterable[int], **columns: Any) -> None:
        """Change claimed alerts where the claim still holds."""
        assignments = ", ".join(f"{name} = :{name}" for name in columns)
        self.db.conn.executemany(
            f"UPDATE alerts SET leased = 0, {assignments} WHERE id = :id AND due_at = :lease_at",
            [columns | {"id": alert_id, "lease_at": claimed.lease_at} for alert_id in ids],
        )
        if columns["state"] not in {AlertState.PENDING, AlertState.SENT}:  # nothing to edit
            self.db.conn.executemany(
                "DELETE FROM edits WHERE alert_id = ?", [(alert_id,) for alert_id in ids]
            )

    # ── channels ──────────────────────────────────────────────────────────────────────────────

    def rest_channel(self, channel: str, until: datetime) -> None:
        """Send nothing to a channel until then: it asked for it."""
        self._rest(channel, seconds(until))

    def stop_channel(self, channel: str, reason: str, now: datetime, until: datetime) -> None:
        """Record that a channel needs its operator; it is tried again at `until`.

        What waits for it goes out as one digest then. What may have arrived already is looked up
        by itself.
        """
        self._rest(channel, seconds(until))
        self.db.execute(
            "UPDATE channels SET stopped_at = coalesce(stopped_at, ?), reason = ? WHERE name = ?",
            (seconds(now), reason, channel),
        )
        self.db.execute(
            "UPDATE alerts SET digest = 'mended', due_at = iif(leased, due_at, :until), plain = 0"
            " WHERE channel = :channel AND due_at IS NOT NULL AND notice IS NULL AND NOT in_doubt"
            " AND (digest IN ('', 'catching-up') OR due_at < :until)",
            {"channel": channel, "until": seconds(until)},
        )

    def note_cannot_verify(self, channel: str, reason: str) -> bool:
        """Note why nothing can be looked up in a channel; False where that was known."""
        changed = self.db.execute(
            "UPDATE channels SET unreadable = :reason WHERE name = :name AND unreadable <> :reason",
            {"name": channel, "reason": reason},
        )
        return changed.rowcount == 1

    def _rest(self, channel: str, until: float) -> None:
        self.db.execute(
            "INSERT INTO channels (name, ready_at) VALUES (:name, :until)"
            " ON CONFLICT (name) DO UPDATE SET ready_at = max(ready_at, :until)",
            {"name": channel, "until": until},
        )

    def _rows(self, sql: str, values: Row) -> list[Row]:
        return list(self.db.query(sql, values))


def _is_bound(row: Row) -> bool:
    """Whether an alert goes out only with those that it was tried with before."""
    return bool(row["message"] and (row["leased"] or row["in_doubt"] or row["plain"]))
