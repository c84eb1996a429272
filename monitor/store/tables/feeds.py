"""The queue of feeds: configured feeds are copied in, due feeds claimed, polls recorded.

A claim pushes `due_at` forward to the end of its lease in the same statement: after a crash the
feed comes due again. Politeness is an SQL rank by host, applied before the limit of a claim.
"""

from __future__ import annotations

import json
from dataclasses import replace
from struct import iter_unpack
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from monitor.alerts.retry import STOPPED_FOR
from monitor.errors import PollReason
from monitor.feeds.schedule import NextPoll, latest
from monitor.model import DueFeed, Feed, Fetched, Pace, PollingHints
from monitor.store.tables.base import Table
from monitor.store.times import maybe, seconds
from monitor.text.normalize import digest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


_KNOWN = 8  # bytes of the digest of an entry
_RANKED = 4_000  # due feeds that one round of a claim ranks: 4 ms there, 60 ms for all of 50,000
# One host with more due feeds hides all others in the first round, and rests from then on.
_ROUNDS = 5
_RANKED_FIRST = 8  # times as many as are wanted: of many hosts that is enough, in a tenth the time

# A poll that lasts longer (seconds) does not count towards `per_host`: a feed that hangs would hold
# up the other feeds of its host until its timeout. With those polls, a host has four times as many.
_SLOW, _SLOW_TOO = 5.0, 4

# The columns that a claim returns, for `due_feed`.
CLAIMED = """id, url, etag, last_modified, body_digest, known, failures, first_polled_at, ok_at,
    moved_to, rate, interval, ttl, skip_hours, skip_days, pushed_until, restored"""
_LEASED = "SELECT count(*) FROM feeds WHERE leased AND due_at > :now"
_CLAIM = f"""
WITH busy AS (
    SELECT host, count(*) AS leased, sum(claimed_at > :now - :slow) AS quick
    FROM feeds INDEXED BY feeds_leased WHERE leased AND due_at > :now GROUP BY host
), due AS (   -- without resting hosts: a host with thousands of feeds must not hide others
    SELECT id, host, due_at, private,
           coalesce(busy.leased, 0) AS leased, coalesce(quick, 0) AS quick
    FROM feeds LEFT JOIN busy USING (host)
    WHERE enabled AND feeds.due_at <= :now AND (private
        OR coalesce(quick < :per_host AND busy.leased < :most_of_host, TRUE)
        AND host NOT IN (SELECT host FROM feeds WHERE claimed_at > :now - :host_delay))
    ORDER BY feeds.due_at LIMIT :ranked
), ranked AS (
    SELECT id, private, due_at, leased, quick,
           row_number() OVER (PARTITION BY host ORDER BY due_at, id) AS rank
    FROM due
), free AS (
    SELECT id FROM ranked
    WHERE private OR (quick + rank <= :per_host AND leased + rank <= :most_of_host
        AND (:host_delay = 0 OR rank = 1))
    ORDER BY due_at LIMIT max(0, :at_most - ({_LEASED}))
)
UPDATE feeds SET due_at = :lease_at, leased = 1, claimed_at = :now WHERE id IN (SELECT id FROM free)
RETURNING {CLAIMED}
"""

_RECORD = """
UPDATE feeds SET due_at = :due_at, leased = 0, polled_at = :now,
    ok_at = iif(:error = '', :now, ok_at),
    -- what is missing of a first answer that was cut off is not news either
    first_polled_at = iif(:error = '' OR (:reason = :cut_off AND failures),
        coalesce(first_polled_at, :now), first_polled_at),
    failures = iif(:error = '', 0, failures + 1), restored = restored AND :error <> '',
    failing_since = iif(:error = '', NULL, coalesce(failing_since, :now)), error = :error,
    reason = :reason,
    etag = coalesce(:etag, etag), last_modified = coalesce(:last_modified, last_modified),
    body_digest = coalesce(:body_digest, body_digest), known = coalesce(:known, known),
    moved_to = iif(:error = '', coalesce(:moved_to, moved_to), ''),
    rate = coalesce(:rate, rate), interval = coalesce(:interval, interval),
    ttl = coalesce(:ttl, ttl), skip_hours = coalesce(:skip_hours, skip_hours),
    skip_days = coalesce(:skip_days, skip_days),
    gaps = gaps + :gapped, gap_since = iif(:gapped, ok_at, gap_since),
    gap_at = iif(:gapped, :now, gap_at),
    empty_since = CASE WHEN :known IS NULL THEN empty_since
        WHEN :known = x'' THEN coalesce(empty_since, :now) END,
    gone_at = iif(:gone, :now, NULL), enabled = enabled AND NOT :gone
WHERE id = :id AND due_at = :lease_at
"""

# Polls that found nothing new, many at a time: one statement takes half the time of one each.
_RECORD_UNCHANGED = """
UPDATE feeds SET due_at = column3, leased = 0, polled_at = column4, ok_at = column4,
    first_polled_at = coalesce(first_polled_at, column4), failures = 0, restored = 0,
    failing_since = NULL, error = '', reason = '', gone_at = NULL, etag = column5,
    last_modified = column6, moved_to = coalesce(column7, moved_to), rate = column8,
    interval = column9
FROM (VALUES {}) WHERE id = column1 AND feeds.due_at = column2
"""

_SYNC = """
INSERT INTO feeds (url, host, title, publisher, country, lang, kind, reliability, enabled, private,
    due_at)
VALUES (:url, :host, :title, :publisher, :country, :lang, :kind, :reliability, :enabled, :private,
    :now)
ON CONFLICT (url) DO UPDATE SET host = excluded.host, title = excluded.title,
    publisher = excluded.publisher, country = excluded.country, lang = excluded.lang,
    kind = excluded.kind, private = excluded.private, reliability = excluded.reliability,
    -- a feed that is enabled again counts as new: its first poll sends a digest, not a flood
    first_polled_at = iif(NOT enabled AND excluded.enabled, NULL, first_polled_at),
    ok_at = iif(NOT enabled AND excluded.enabled, NULL, ok_at),
    -- a feed that was refused its private address is tried as soon as that is permitted
    due_at = iif(leased, due_at, min(due_at, iif(private <> excluded.private, :now, :soonest))),
    -- a feed closed by its server (410) stays closed until it is changed, or paused and resumed
    enabled = excluded.enabled AND (gone_at IS NULL OR {changed}),
    gone_at = iif(excluded.enabled AND NOT {changed}, gone_at, NULL)
"""
_CHANGED = " OR ".join(
    f"{name} <> excluded.{name}"
    for name in ("host", "title", "publisher", "country", "lang", "kind", "private")
)


class FeedTable(Table):
    """The part of a transaction that concerns feeds."""

    def sync(self, feeds: Sequence[Feed], now: datetime) -> None:
        """Copy the configured feeds into the table; feeds not among them stay, disabled."""
        at = seconds(now)
        rows = [_settings(feed) | {"now": at, "soonest": at + latest(feed)} for feed in feeds]
        urls = json.dumps([feed.url for feed in feeds])
        self.db.execute(
            "UPDATE feeds SET enabled = 0, moved_to = '', gone_at = NULL"
            " WHERE url NOT IN (SELECT value FROM json_each(?))",
            (urls,),
        )
        self.db.conn.executemany(_SYNC.format(changed=f"({_CHANGED})"), rows)

    def resume(self, url: str, now: datetime) -> bool:
        """Enable a feed that its server had closed; False if no such feed exists."""
        changed = self.db.execute(
            "UPDATE feeds SET enabled = 1, gone_at = NULL, due_at = :now, first_polled_at = NULL,"
            " ok_at = NULL WHERE url = :url AND gone_at IS NOT NULL",
            {"url": url, "now": seconds(now)},
        )
        return bool(changed.rowcount)

    def claim(
        self, now: datetime, lease_at: datetime, *, at_most: int, per_host: int, host_delay: float
    ) -> list[DueFeed]:
        """Claim due feeds, at most `per_host` of a host at a time, `host_delay` seconds apart.

        A poll of more than five seconds takes no place of `per_host`, until there are four times as
        many. `at_most` is the limit of all claimed feeds, those of earlier claims included. Feeds
        with `allow_private` are exempt from the politeness. The lease ends at `lease_at`.
        """
        values = {
            "now": seconds(now),
            "lease_at": seconds(lease_at),
            "at_most": at_most,
            "per_host": per_host,
            "host_delay": host_delay,
            "slow": _SLOW,
            "most_of_host": _SLOW_TOO * per_host,
        }
        (leased,) = self.db.execute(_LEASED, values).fetchone()
        rows: list[Any] = []
        first = min(_RANKED_FIRST * max(at_most - leased, 0), _RANKED)
        for ranked in (first, *[_RANKED] * _ROUNDS):
            claimed = self.db.execute(_CLAIM, values | {"ranked": ranked}).fetchall()
            rows += claimed
            if leased + len(rows) >= at_most or (ranked == _RANKED and not claimed):
                break
        return [due_feed(row, now, seconds(lease_at)) for row in rows]

    def release_leases(self, now: datetime) -> None:
        """Make the claims of a former process due at once; only its successor may call this.

        Times that only a wrong clock can have written are capped at the latest possible time.
        """
        latest_due = seconds(now) + STOPPED_FOR
        self.db.execute("UPDATE channels SET ready_at = min(ready_at, ?)", (latest_due,))
        self.db.execute(
            "UPDATE alerts SET due_at = :latest, first_due_at = min(first_due_at, :latest)"
            " WHERE due_at > :latest AND (created_at > :now OR attempts)",
            {"latest": latest_due, "now": seconds(now)},
        )
        self.db.execute(
            "UPDATE feeds SET claimed_at = min(claimed_at, :now), ok_at = min(ok_at, :now)",
            {"now": seconds(now)},
        )
        self.db.execute(
            "UPDATE alerts SET due_at = ? WHERE digest = 'restored' AND due_at AND NOT attempts",
            (seconds(now),),
        )
        for table in ("feeds", "edits"):
            self.db.execute(
                f"UPDATE {table} SET due_at = ?, leased = 0 WHERE leased", (seconds(now),)
            )
        self.db.execute(
            "UPDATE alerts SET due_at = min(coalesce(first_due_at, :now), :now), leased = 0,"
            " in_doubt = 1 WHERE leased",
            {"now": seconds(now)},
        )

    def own_leases(self, claims: Sequence[DueFeed]) -> list[bool]:
        """Whether each of the claims is still ours."""
        query = "SELECT id, due_at FROM feeds WHERE leased AND id IN ({})"
        leases = set(self.among(query, [due.id for due in claims]))
        return [(due.id, due.lease_at) in leases for due in claims]

    def renew(self, due: DueFeed, seconds_more: float) -> DueFeed:
        """Return a claim that is still ours with a lease that ends so many seconds later."""
        lease_at = due.lease_at + seconds_more
        self.db.execute("UPDATE feeds SET due_at = ? WHERE id = ? AND due_at = ?",
                        (lease_at, due.id, due.lease_at))  # fmt: skip
        return replace(due, lease_at=lease_at)

    def record_poll(
        self,
        due: DueFeed,
        now: datetime,
        due_at: datetime,
        *,
        fetched: Fetched | None = None,
        known: frozenset[bytes] | None = None,
        error: str = "",
        reason: str = "",
        pace: Pace | None = None,
        gapped: bool = False,
        gone: bool = False,
    ) -> None:
        """Record the outcome of a poll, if the claim is still ours; None keeps the stored value.

        `reason` is a PollReason, `error` its text. A feed that is `gone` is not claimed any more.
        An error forgets the target of a permanent redirect. The validators of `fetched` (ETag,
        Last-Modified) are written here, in the transaction that stores the articles: written
        earlier, a crash in between would lose the articles for good.
        """
        self.db.execute(
            _RECORD,
            {
                "id": due.id,
                "lease_at": due.lease_at,
                "now": seconds(now),
                "due_at": seconds(due_at),
                "error": error,
                "reason": reason,
                "cut_off": PollReason.CUT_OFF,
                "etag": fetched.etag if fetched else None,
                "last_modified": fetched.last_modified if fetched else None,
                "body_digest": fetched.body_digest if fetched else None,
                "known": None if known is None else b"".join(sorted(known)),
                "moved_to": fetched.moved_to if fetched else None,
                "gapped": gapped,
                "gone": gone,
            }
            | _pace_columns(pace),
        )

    def record_unchanged(self, polls: Sequence[tuple[DueFeed, Fetched, NextPoll]]) -> list[bool]:
        """Record polls that found the documents of last time; return whose claim was still ours.

        The result is that of `record_poll`, in half the time.
        """
        ours = self.own_leases([due for due, _, _ in polls])
        self.change_each(_RECORD_UNCHANGED, [_unchanged_row(*poll) for poll in polls])
        return ours

    def put_back(self, due: DueFeed, due_at: datetime) -> None:
        """Return a claim as if the feed had not been polled; the feed is due at `due_at`."""
        self.db.execute(
            "UPDATE feeds SET due_at = ?, leased = 0 WHERE id = ? AND due_at = ?",
            (seconds(due_at), due.id, due.lease_at),
        )

    def count_due(self, now: datetime) -> int:
        """Return the number of feeds that are due and not claimed."""
        (count,) = self.db.execute(
            "SELECT count(*) FROM feeds WHERE enabled AND due_at <= ?", (seconds(now),)
        ).fetchone()
        return int(count)


def _settings(feed: Feed) -> dict[str, object]:
    return {
        "url": feed.url,
        "host": _host(feed),
        "title": feed.title,
        "publisher": feed.publisher,
        "country": feed.country,
        "lang": feed.lang,
        "kind": feed.kind,
        "reliability": feed.reliability,
        "enabled": feed.enabled,
        "private": feed.allow_private,
    }


def _unchanged_row(due: DueFeed, fetched: Fetched, after: NextPoll) -> tuple[object, ...]:
    return (
        due.id,
        due.lease_at,
        seconds(after.due_at),
        seconds(due.claimed_at),
        fetched.etag,
        fetched.last_modified,
        fetched.moved_to,
        after.pace.rate,
        after.pace.interval,
    )


def _pace_columns(pace: Pace | None) -> dict[str, object]:
    if pace is None:
        return dict.fromkeys(("rate", "interval", "ttl", "skip_hours", "skip_days"))
    return {
        "rate": pace.rate,
        "interval": pace.interval,
        "ttl": pace.polling_hints.ttl,
        "skip_hours": " ".join(map(str, sorted(pace.polling_hints.skip_hours))),
        "skip_days": " ".join(map(str, sorted(pace.polling_hints.skip_days))),
    }


def _host(feed: Feed) -> str:
    """Return the host that politeness counts by; its digest where the address holds a secret."""
    host = (urlsplit(feed.address).hostname or "").lower()
    return host if urlsplit(feed.url).hostname == host else digest("host", host).hex()


def due_feed(row: Any, claimed_at: datetime, lease_at: float) -> DueFeed:
    """Return a claimed feed from the columns CLAIMED."""
    return DueFeed(
        id=row[0],
        url=row[1],
        claimed_at=claimed_at,
        lease_at=lease_at,
        etag=row[2],
        last_modified=row[3],
        body_digest=row[4],
        known=_known(row[5]),
        failures=row[6],
        first_polled_at=maybe(row[7]),
        ok_at=maybe(row[8]),
        moved_to=row[9],
        pace=Pace(row[10], row[11], PollingHints(row[12], _numbers(row[13]), _numbers(row[14]))),
        pushed_until=maybe(row[15]),
        restored=bool(row[16]),
    )


def _known(stored: Any) -> frozenset[bytes]:
    """Return the digests of the entries of the last document, 8 bytes each.

    A damaged value is as none: `ingest` finds entries in the ledger, and the next document that is
    read replaces it. `monitor db verify` names it.
    """
    if not isinstance(stored, bytes) or len(stored) % _KNOWN:
        return frozenset()
    return frozenset(each for (each,) in iter_unpack(f"{_KNOWN}s", stored))


def _numbers(text: str) -> frozenset[int]:
    """Return numbers that are separated by spaces."""
    return frozenset(map(int, text.split()))
