"""Subscriptions to hubs: wanted, asked for, verified, left; and feeds claimed for a push."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from monitor.model import DueFeed, Hub, Subscription
from monitor.store.tables.base import Table
from monitor.store.tables.feeds import CLAIMED, due_feed
from monitor.store.times import maybe, seconds

if TYPE_CHECKING:
    from datetime import datetime


_COLUMNS = (
    "s.feed_id, f.url, s.hub, s.topic, s.token, s.secret, s.wanted, s.pending, s.attempts,"
    " s.lease_until, f.private"
)
_SOON = 60.0  # seconds; longer than it takes to claim a feed
_FROM = "FROM subscriptions s JOIN feeds f ON f.id = s.feed_id"


class SubscriptionTable(Table):
    """The part of a transaction that concerns feeds which are pushed."""

    def note_hub(self, feed_id: int, hub: Hub | None, now: datetime) -> None:
        """Want the subscription that a feed's document offers, under a new token and secret.

        The one that it offered before is forgotten; where it offers none any more, its hub is told.
        """
        row = self.db.execute(
            "SELECT hub, topic, wanted FROM subscriptions WHERE feed_id = ?", (feed_id,)
        ).fetchone()
        if hub is None:
            if row:
                self._leave("feed_id = ?", feed_id, now)
        elif row != (hub.address, hub.topic, 1):
            self._forget(feed_id)
            self.db.execute(
                "INSERT INTO subscriptions (feed_id, hub, topic, token, secret, due_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    feed_id,
                    hub.address,
                    hub.topic,
                    secrets.token_urlsafe(32),
                    secrets.token_urlsafe(48),
                    seconds(now),
                ),
            )

    def rely_on_hubs(self, now: datetime) -> None:
        """Leave the hubs of feeds that are polled no more; forget those that have stopped."""
        self._leave("feed_id IN (SELECT id FROM feeds WHERE enabled = ?)", 0, now)
        self.db.execute(
            "DELETE FROM subscriptions WHERE NOT wanted AND lease_until <= ?", (seconds(now),)
        )

    def rely_on_polls(self) -> None:
        """Poll all feeds as if no hub pushed: nobody listens to hubs."""
        self.db.execute("UPDATE feeds SET pushed_until = NULL WHERE pushed_until IS NOT NULL")

    def _leave(self, which: str, value: int, now: datetime) -> None:
        """Unsubscribe; what no hub has verified is simply forgotten."""
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

    def _forget(self, feed_id: int) -> None:
        self.db.execute("DELETE FROM subscriptions WHERE feed_id = ?", (feed_id,))
        self.db.execute("UPDATE feeds SET pushed_until = NULL WHERE id = ?", (feed_id,))

    # ── asking ────────────────────────────────────────────────────────────────────────────────

    def due(self, now: datetime, at_most: int) -> list[Subscription]:
        """Return subscriptions whose hub is to be asked now, the longest overdue first."""
        rows = self.db.execute(
            f"SELECT {_COLUMNS} {_FROM} WHERE s.due_at <= ? ORDER BY s.due_at LIMIT ?",
            (seconds(now), at_most),
        )
        return [_subscription(row) for row in rows.fetchall()]

    def begin_ask(self, subscription: Subscription, again_at: datetime) -> None:
        """Record that the hub is asked: it may verify before it has answered."""
        self.db.execute(
            "UPDATE subscriptions SET pending = 1, attempts = attempts + 1, due_at = ?"
            " WHERE token = ?",
            (seconds(again_at), subscription.token),
        )

    def ask_failed(self, subscription: Subscription, reason: str) -> None:
        """Record why a hub does not push, if it has not verified all the same."""
        self.db.execute(
            "UPDATE subscriptions SET pending = 0, reason = ? WHERE token = ? AND pending",
            (reason, subscription.token),
        )

    # ── what hubs say ─────────────────────────────────────────────────────────────────────────

    def by_token(self, token: str) -> Subscription | None:
        """Return the subscription with this token, if any."""
        row = self.db.execute(f"SELECT {_COLUMNS} {_FROM} WHERE s.token = ?", (token,)).fetchone()
        return _subscription(row) if row else None

    def confirm(self, subscription: Subscription, until: datetime, again_at: datetime) -> None:
        """Record that a hub pushes until then. On its first word the feed is left to it.

        A renewal restores no trust: one that missed an entry has to push something first.
        """
        self.db.execute(
            "UPDATE subscriptions SET pending = 0, attempts = 0, reason = '', lease_until = ?,"
            " due_at = ? WHERE token = ?",
            (seconds(until), seconds(again_at), subscription.token),
        )
        self.db.execute(
            "UPDATE feeds SET pushed_until = ? WHERE id = ? AND (? OR pushed_until IS NOT NULL)",
            (seconds(until), subscription.feed_id, subscription.lease_until is None),
        )

    def deny(self, subscription: Subscription, reason: str) -> None:
        """Record that a hub will not push; it is not asked again unless the feed names another."""
        self.db.execute(
            "UPDATE subscriptions SET pending = 0, due_at = NULL, lease_until = NULL, reason = ?"
            " WHERE token = ?",
            (reason, subscription.token),
        )
        self.distrust_hub(subscription.feed_id)

    def end(self, subscription: Subscription) -> None:
        """Forget a subscription that its hub has ended as it was asked."""
        self._forget(subscription.feed_id)

    def count_push(self, subscription: Subscription, now: datetime, *, signed: bool) -> None:
        """Count what was pushed; what is not signed by the secret was dropped.

        Until the rest is taken in, its feed is about to be polled, so that a crash loses nothing.
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
        """Poll a feed as any other: its hub missed something, or has stopped."""
        self.db.execute("UPDATE feeds SET pushed_until = NULL WHERE id = ?", (feed_id,))

    # ── the feed ──────────────────────────────────────────────────────────────────────────────

    def claim_pushed(self, feed_id: int, now: datetime, lease_at: datetime) -> DueFeed | None:
        """Claim a feed for what was pushed, and rely on its hub; None while it is being polled."""
        row = self.db.execute(
            "UPDATE feeds SET due_at = :lease_at, leased = 1, claimed_at = :now, pushed_until ="
            " (SELECT lease_until FROM subscriptions WHERE feed_id = :id)"
            " WHERE id = :id AND enabled AND NOT (leased AND due_at > :now)"
            f" RETURNING {CLAIMED}",
            {"id": feed_id, "now": seconds(now), "lease_at": seconds(lease_at)},
        ).fetchone()
        return due_feed(row, now, seconds(lease_at)) if row else None

    def poll_instead(self, due: DueFeed, now: datetime, *, harm: str) -> None:
        """Make a feed due now that was claimed for a push: what was pushed could not be used.

        Where it did `harm`, its hub is not asked again unless the feed names another.
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
