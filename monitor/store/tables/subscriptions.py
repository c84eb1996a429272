"""Subscriptions to hubs (WebSub), a queue with due times; and feeds claimed for a push.

    wanted ─▶ asked (pending) ─▶ verified until `lease_until` ─▶ renewed, or cancelled and deleted

A feed with `pushed_until` relies on its hub and is polled rarely.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from monitor.feeds.websub import Subscription
from monitor.model import DueFeed, Hub
from monitor.store.tables.base import Table
from monitor.store.tables.feeds import CLAIMED, due_feed
from monitor.store.times import maybe, seconds

if TYPE_CHECKING:
    from datetime import datetime


_COLUMNS = (
    "s.feed_id, f.url, s.hub, s.topic, s.token, s.secret, s.wanted, s.pending, s.attempts,"
    " s.lease_until, f.private"
)
_SOON = 60.0  # seconds; claiming a feed takes less
_FROM = "FROM subscriptions s JOIN feeds f ON f.id = s.feed_id"


class SubscriptionTable(Table):
    """The part of a transaction that concerns subscriptions to hubs."""

    def note_hub(self, feed_id: int, hub: Hub | None, now: datetime) -> None:
        """Record the hub that a feed's document names; a new one gets a new token and secret.

        A hub that was named before is forgotten; if no hub is named any more, its subscription is
        cancelled.
        """
        row = self.db.execute(
            "SELECT hub, topic, wanted FROM subscriptions WHERE feed_id = ?", (feed_id,)
        ).fetchone()
        if hub is None:
            if row:
                self._cancel("feed_id = ?", feed_id, now)
        elif row != (hub.address, hub.topic, 1):
            self._delete(feed_id)
            self._add(feed_id, hub, now)

    def _add(self, feed_id: int, hub: Hub, now: datetime) -> None:
        token, secret = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        self.db.execute(
            "INSERT INTO subscriptions (feed_id, hub, topic, token, secret, due_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (feed_id, hub.address, hub.topic, token, secret, seconds(now)),
        )

    def rely_on_hubs(self, now: datetime) -> None:
        """Cancel the subscriptions of disabled feeds, and delete those that have ended."""
        self._cancel("feed_id IN (SELECT id FROM feeds WHERE enabled = ?)", 0, now)
        self.db.execute(
            "DELETE FROM subscriptions WHERE NOT wanted AND lease_until <= ?", (seconds(now),)
        )

    def rely_on_polls(self) -> None:
        """Poll all feeds at their usual pace: hubs cannot reach us."""
        self.db.execute("UPDATE feeds SET pushed_until = NULL WHERE pushed_until IS NOT NULL")

    def _cancel(self, which: str, value: int, now: datetime) -> None:
        """Make cancellations due; a subscription that no hub has verified is only deleted."""
        self.db.execute(
            f"UPDATE feeds SET pushed_until = NULL WHERE id IN"
            f" (SELECT feed_id FROM subscriptions WHERE {which})",
            (value,),
        )
        self.db.execute(
            f"DELETE FROM subscriptions WHERE {which} AND lease_until IS NULL", (value,)
        )
        self.db.execute(
            "UPDATE subscriptions SET wanted = 0, pending = 0, attempts = 0, due_at = ?"
            f" WHERE {which} AND wanted",
            (seconds(now), value),
        )

    def _delete(self, feed_id: int) -> None:
        self.db.execute("DELETE FROM subscriptions WHERE feed_id = ?", (feed_id,))
        self.db.execute("UPDATE feeds SET pushed_until = NULL WHERE id = ?", (feed_id,))

    # ── asking ────────────────────────────────────────────────────────────────────────────────

    def due(self, now: datetime, at_most: int) -> list[Subscription]:
        """Return the subscriptions whose request to the hub is due, the longest overdue first."""
        rows = self.db.execute(
            f"SELECT {_COLUMNS} {_FROM} WHERE s.due_at <= ? ORDER BY s.due_at LIMIT ?",
            (seconds(now), at_most),
        )
        return [_subscription(row) for row in rows.fetchall()]

    def begin_ask(self, subscription: Subscription, again_at: datetime) -> None:
        """Record a request to a hub before it is sent: the hub may verify before it answers."""
        self.db.execute(
            "UPDATE subscriptions SET pending = 1, attempts = attempts + 1, due_at = ?"
            " WHERE token = ?",
            (seconds(again_at), subscription.token),
        )

    def ask_failed(self, subscription: Subscription, reason: str) -> None:
        """Record why a request to a hub failed, unless the hub has verified all the same."""
        self.db.execute(
            "UPDATE subscriptions SET pending = 0, reason = ? WHERE token = ? AND pending",
            (reason, subscription.token),
        )

    # ── answers of hubs ───────────────────────────────────────────────────────────────────────

    def by_token(self, token: str) -> Subscription | None:
        """Return the subscription with this token, if any."""
        row = self.db.execute(f"SELECT {_COLUMNS} {_FROM} WHERE s.token = ?", (token,)).fetchone()
        return _subscription(row) if row else None

    def confirm(self, subscription: Subscription, until: datetime, renewal_at: datetime) -> None:
        """Record that a hub pushes until then; its first confirmation makes the feed rely on it.

        A renewal does not restore lost trust: a hub that missed an entry has to push first.
        """
        self.db.execute(
            "UPDATE subscriptions SET pending = 0, attempts = 0, reason = '', lease_until = ?,"
            " due_at = ? WHERE token = ?",
            (seconds(until), seconds(renewal_at), subscription.token),
        )
        self.db.execute(
            "UPDATE feeds SET pushed_until = ? WHERE id = ? AND (? OR pushed_until IS NOT NULL)",
            (seconds(until), subscription.feed_id, subscription.lease_until is None),
        )

    def deny(self, subscription: Subscription, reason: str) -> None:
        """Record that a hub will not push; only another hub of the feed will be asked."""
        self.db.execute(
            "UPDATE subscriptions SET pending = 0, due_at = NULL, lease_until = NULL, reason = ?"
            " WHERE token = ?",
            (reason, subscription.token),
        )
        self.distrust_hub(subscription.feed_id)

    def end(self, subscription: Subscription) -> None:
        """Delete a subscription after its hub has confirmed the cancellation."""
        self._delete(subscription.feed_id)

    def count_push(self, subscription: Subscription, now: datetime, *, signed: bool) -> None:
        """Count a push; an unsigned push was dropped.

        A signed push makes its feed due soon, so that a crash before its ingestion loses nothing.
        """
        column = "pushes" if signed else "dropped"
        self.db.execute(
            f"UPDATE subscriptions SET {column} = {column} + 1,"
            " pushed_at = iif(?, ?, pushed_at) WHERE token = ?",
            (signed, seconds(now), subscription.token),
        )
        if signed:
            self.db.execute(
                "UPDATE feeds SET due_at = min(due_at, ?) WHERE id = ? AND enabled AND NOT leased",
                (seconds(now) + _SOON, subscription.feed_id),
            )

    def distrust_hub(self, feed_id: int) -> None:
        """Poll a feed at its usual pace: its hub missed an entry, or has stopped."""
        self.db.execute("UPDATE feeds SET pushed_until = NULL WHERE id = ?", (feed_id,))

    # ── the feed ──────────────────────────────────────────────────────────────────────────────

    def claim_pushed(self, feed_id: int, now: datetime, lease_at: datetime) -> DueFeed | None:
        """Claim a feed for a push, and rely on its hub; None while the feed is being polled."""
        row = self.db.execute(
            "UPDATE feeds SET due_at = :lease_at, leased = 1, claimed_at = :now, pushed_until ="
            " (SELECT lease_until FROM subscriptions WHERE feed_id = :id)"
            " WHERE id = :id AND enabled AND NOT (leased AND due_at > :now)"
            f" RETURNING {CLAIMED}",
            {"id": feed_id, "now": seconds(now), "lease_at": seconds(lease_at)},
        ).fetchone()
        return due_feed(row, now, seconds(lease_at)) if row else None

    def poll_instead(self, due: DueFeed, now: datetime, *, harm: str) -> None:
        """Make a feed due now whose push could not be ingested.

        `harm` is the code of the error where the push crashed or hung a worker, else "": then only
        another hub of the feed will be asked.
        """
        if harm:
            self.db.execute(
                "UPDATE subscriptions SET pending = 0, due_at = NULL, lease_until = NULL,"
                " reason = ? WHERE feed_id = ?",
                (f"its push: {harm}", due.id),
            )
        self.db.execute(
            "UPDATE feeds SET due_at = ?, leased = 0, pushed_until = NULL"
            " WHERE id = ? AND due_at = ?",
            (seconds(now), due.id, due.lease_at),
        )


def _subscription(row: Any) -> Subscription:
    feed_id, url, hub, topic, token, secret, wanted, pending, attempts, until, private = row
    return Subscription(
        feed_id,
        url,
        Hub(hub, topic),
        token,
        secret,
        wanted=bool(wanted),
        pending=bool(pending),
        attempts=attempts,
        lease_until=maybe(until),
        private=bool(private),
    )
