"""The outbox: alerts are stored with their hits, claimed when due, and marked when sent."""

from __future__ import annotations

import json
import secrets
from itertools import chain
from typing import TYPE_CHECKING, Any

from monitor.excerpt import excerpt
from monitor.model import Alert, AlertState, Claimed, Evidence, Report, Silence
from monitor.store.times import moment, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlite_utils import Database

# An alert waits while an earlier one of its story is still to go out on its own: the first
# message has to exist before there can be a reply.
_NEXT = """
SELECT id, key, story_id, article_id, topics, attempts, digest, plain FROM alerts a
WHERE channel = :channel AND due_at <= :now AND NOT digest AND NOT EXISTS (
    SELECT 1 FROM alerts b WHERE b.story_id = a.story_id AND b.channel = a.channel AND b.id < a.id
    AND b.due_at IS NOT NULL AND NOT b.digest)
ORDER BY due_at, id LIMIT 1
"""

_NEXT_AT = """
SELECT min(due_at) FROM alerts a WHERE channel = :channel AND due_at IS NOT NULL
AND (digest OR NOT EXISTS (
    SELECT 1 FROM alerts b WHERE b.story_id = a.story_id AND b.channel = a.channel AND b.id < a.id
    AND b.due_at IS NOT NULL AND NOT b.digest))
"""

# A digest goes out when no more alerts join it, but does not wait for that for ever.
_DIGEST = """
WITH waiting AS (
    SELECT * FROM alerts WHERE channel = :channel AND digest AND due_at IS NOT NULL
    AND (NOT leased OR due_at <= :now)
)
SELECT id, key, story_id, article_id, topics, attempts, digest, plain FROM waiting
WHERE (SELECT max(due_at) <= :now OR min(due_at) <= :now - :longest FROM waiting) ORDER BY id
"""
_LONGEST_WAIT = 300.0  # seconds
_MOST_STORIES = 30  # that one message can tell; what is left goes into the next

# The text is that of the version which hit; the publishers are all others in the story.
_REPORT = """
SELECT v.id, v.title, v.text, a.link, a.publisher, coalesce(a.published_at, a.seen_at), m.evidence
FROM articles a
JOIN matches m ON m.article_id = a.id AND m.reason = ''
    AND m.topic IN (SELECT value FROM json_each(:topics))
JOIN versions v ON v.id = m.version_id
WHERE a.id = :article ORDER BY m.version_id DESC
"""

_PUBLISHERS = """
SELECT DISTINCT e.publisher FROM articles a JOIN entries e ON e.article_id = a.id
WHERE a.story_id = ? AND e.publisher <> '' ORDER BY e.id
"""


class AlertRows:
    """The part of a transaction that concerns alerts, channels and silences."""

    db: Database

    def add_alert(
        self,
        alert: Alert,
        story_id: int,
        article_id: int,
        now: datetime,
        *,
        wait: float = 0.0,
    ) -> None:
        """Put an alert into the outbox, due in `wait` seconds unless its state is final already."""
        pending = alert.state is AlertState.PENDING
        self.db.table("alerts").insert(
            {
                "key": secrets.token_hex(8),
                "channel": alert.channel,
                "story_id": story_id,
                "article_id": article_id,
                "topics": json.dumps(alert.topics),
                "state": str(alert.state),
                "digest": int(alert.digest),
                "due_at": seconds(now) + wait if pending else None,
                "created_at": seconds(now),
            }
        )

    def claim_alerts(
        self, now: datetime, lease_at: datetime, spacing: Mapping[str, float]
    ) -> list[Claimed]:
        """Claim at most one message for each channel that is ready, and make that channel rest.

        `spacing` has each channel's rest in seconds. A digest is all of a channel's due digest
        alerts in one message.
        """
        claimed = []
        for channel, rest in spacing.items():
            if self.ready_at(channel) > seconds(now) or self._sending(channel, now):
                continue
            rows = self._next(channel, now)
            if rows:
                claimed.append(self._claim(channel, rows, seconds(lease_at)))
                self._rest(channel, seconds(now) + rest)
        return claimed

    def ready_at(self, channel: str) -> float:
        """Return when a channel takes a message again."""
        row = self.db.execute("SELECT ready_at FROM channels WHERE name = ?", (channel,)).fetchone()
        return row[0] if row else 0.0

    def _sending(self, channel: str, now: datetime) -> bool:
        """Whether a message is on its way: one at a time, so that a crash repeats one at most."""
        return bool(
            self.db.execute(
                "SELECT 1 FROM alerts WHERE channel = ? AND leased AND due_at > ? LIMIT 1",
                (channel, seconds(now)),
            ).fetchone()
        )

    def _next(self, channel: str, now: datetime) -> list[Any]:
        values = {"channel": channel, "now": seconds(now), "longest": _LONGEST_WAIT}
        digest = self.db.execute(_DIGEST, values).fetchall()
        told = set(list(dict.fromkeys(row[2] for row in digest))[:_MOST_STORIES])
        return [row for row in digest if row[2] in told] or (
            self.db.execute(_NEXT, values).fetchall()
        )

    def _claim(self, channel: str, rows: list[Any], lease_at: float) -> Claimed:
        self.db.conn.executemany(
            "UPDATE alerts SET due_at = ?, leased = 1, attempts = attempts + 1 WHERE id = ?",
            [(lease_at, row[0]) for row in rows],
        )
        stories: dict[int, list[Any]] = {}
        for row in rows:
            stories.setdefault(row[2], []).append(row)
        _, key, story_id, _, _, attempts, digest, plain = rows[0]
        return Claimed(
            ids=tuple(tuple(row[0] for row in alerts) for alerts in stories.values()),
            key=key,
            channel=channel,
            lease_at=lease_at,
            attempts=attempts + 1,
            digest=bool(digest),
            # what was refused as a reply is tried once as a first message
            thread=None if digest or plain else self._thread(channel, story_id),
            plain=bool(plain),
            reports=tuple(self._report(*alerts[0][2:5]) for alerts in stories.values()),
        )

    def _thread(self, channel: str, story_id: int) -> str | None:
        """Return the reference of the story's first message in a channel, if one was sent."""
        row = self.db.execute(
            "SELECT ref FROM alerts WHERE story_id = ? AND channel = ? AND state = 'sent'"
            " AND thread IS NULL AND ref IS NOT NULL ORDER BY id LIMIT 1",
            (story_id, channel),
        ).fetchone()
        return row[0] if row else None

    def _report(self, story_id: int, article_id: int, topics: str) -> Report:
        rows = self.db.execute(_REPORT, {"article": article_id, "topics": topics}).fetchall()
        version, title, text, link, publisher, published_at, _ = rows[0]
        found = [json.loads(row[6]) for row in rows if row[0] == version]
        evidence = [Evidence(*each) for each in chain.from_iterable(found)]
        others = [
            name for (name,) in self.db.execute(_PUBLISHERS, (story_id,)) if name != publisher
        ]
        return Report(
            topics=tuple(json.loads(topics)),
            title=title,
            link=link,
            publisher=publisher,
            published_at=moment(published_at),
            excerpt=excerpt(title, text, evidence),
            publishers=tuple(others),
        )

    def mark_sent(self, claimed: Claimed, ref: str, now: datetime) -> None:
        """Record that a message went out, if the claim is still ours; the channel works."""
        state = AlertState.DIGESTED if claimed.digest else AlertState.SENT
        self._settle(
            claimed, state, reason="", ref=ref, thread=claimed.thread, sent_at=seconds(now)
        )
        self.db.execute(
            "UPDATE channels SET stopped_at = NULL, reason = '' WHERE name = ?", (claimed.channel,)
        )

    def mark_silenced(self, claimed: Claimed, ids: Iterable[int]) -> None:
        """Record that a silence holds some of the claimed alerts back."""
        self._update(claimed, ids, state=AlertState.SILENCED, due_at=None)

    def mark_failed(
        self, claimed: Claimed, reason: str, retry_at: datetime | None, *, plain: bool = False
    ) -> None:
        """Record a refusal; with `retry_at` it is tried again then, as plain text if so asked."""
        due_at = None if retry_at is None else seconds(retry_at)
        state = AlertState.PENDING if plain else AlertState.FAILED
        self._settle(claimed, state, due_at=due_at, reason=reason, plain=int(plain))

    def retry(self, claimed: Claimed, reason: str, retry_at: datetime) -> None:
        """Record a send that failed for a passing reason; it is due again at `retry_at`."""
        self._settle(claimed, AlertState.PENDING, due_at=seconds(retry_at), reason=reason)

    def rest_channel(self, channel: str, until: datetime) -> None:
        """Send nothing to a channel until then: it asked for it."""
        self._rest(channel, seconds(until))

    def stop_channel(self, channel: str, reason: str, now: datetime, until: datetime) -> None:
        """Record that a channel needs its operator; it is tried again at `until`."""
        self._rest(channel, seconds(until))
        self.db.execute(
            "UPDATE channels SET stopped_at = coalesce(stopped_at, ?), reason = ? WHERE name = ?",
            (seconds(now), reason, channel),
        )

    def next_send_at(self, channels: Iterable[str]) -> datetime | None:
        """Return when the next message can go out on one of the channels, or None for nothing."""
        times = []
        for channel in channels:
            row = self.db.execute(_NEXT_AT, {"channel": channel}).fetchone()
            if row[0] is not None:
                times.append(max(row[0], self.ready_at(channel)))
        return moment(min(times)) if times else None

    def unsent(self) -> int:
        """Return how many alerts are still to be sent."""
        row = self.db.execute("SELECT count(*) FROM alerts WHERE due_at IS NOT NULL").fetchone()
        return int(row[0])

    def move_alerts(self, known: Sequence[str]) -> int:
        """Move alerts of channels that are gone to the first of the `known` ones; return how many.

        One that this channel has already is marked as failed.
        """
        marks = ", ".join("?" * len(known))
        gone = f"due_at IS NOT NULL AND channel NOT IN ({marks})"
        self.db.execute(
            f"UPDATE alerts SET state = 'failed', reason = 'channel ' || channel || ' is gone',"
            f" due_at = NULL WHERE {gone} AND EXISTS (SELECT 1 FROM alerts b WHERE b.channel = ?"
            " AND b.article_id = alerts.article_id)",
            (*known, known[0]),
        )
        moved = self.db.execute(f"UPDATE alerts SET channel = ? WHERE {gone}", (known[0], *known))
        return int(moved.rowcount)

    def silences(self, now: datetime) -> list[Silence]:
        """Return the silences that are in force."""
        rows = self.db.execute(
            "SELECT topic, term, publisher, starts_at, ends_at, comment FROM silences"
            " WHERE starts_at <= :now AND ends_at > :now",
            {"now": seconds(now)},
        )
        return [
            Silence(topic, term, publisher, moment(starts_at), moment(ends_at), comment)
            for topic, term, publisher, starts_at, ends_at, comment in rows
        ]

    def add_silence(self, silence: Silence) -> None:
        """Store a silence."""
        self.db.table("silences").insert(
            {
                "topic": silence.topic,
                "term": silence.term,
                "publisher": silence.publisher,
                "starts_at": seconds(silence.starts_at),
                "ends_at": seconds(silence.ends_at),
                "comment": silence.comment,
            }
        )

    def _rest(self, channel: str, until: float) -> None:
        self.db.execute(
            "INSERT INTO channels (name, ready_at) VALUES (:name, :until)"
            " ON CONFLICT (name) DO UPDATE SET ready_at = max(ready_at, :until)",
            {"name": channel, "until": until},
        )

    def _settle(self, claimed: Claimed, state: AlertState, **columns: Any) -> None:
        self._update(claimed, claimed.all_ids, state=state, **{"due_at": None, **columns})

    def _update(self, claimed: Claimed, ids: Iterable[int], **columns: Any) -> None:
        """Change claimed alerts where the claim still holds."""
        assignments = ", ".join(f"{name} = :{name}" for name in columns)
        self.db.conn.executemany(
            f"UPDATE alerts SET leased = 0, {assignments} WHERE id = :id AND due_at = :lease_at",
            [columns | {"id": alert_id, "lease_at": claimed.lease_at} for alert_id in ids],
        )
