"""Alerts that were sent, for the tests of what readers say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes import article, feed
from filled import HOUR, alert, enter, found

from monitor.model import DigestKind

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.store.transaction import Transaction

FEED = feed("https://one.example/feed", title="One")


def tell(
    tx: Transaction,
    titles: list[str],
    topics: list[str],
    ref: str,
    now: datetime,
    *,
    digest: bool = False,
) -> list[int]:
    """Send articles to `desk`, each a story of its own that hits the topics.

    Return their ids.
    """
    tx.feeds.sync([FEED], now - HOUR)
    feed_id = tx.db.execute("SELECT id FROM feeds WHERE url = ?", (FEED.url,)).fetchone()[0]
    ids = []
    for title in titles:
        news = article(title, "A text.", published_at=now)
        matches = [found(news, topic, term=title.split()[0]) for topic in topics]
        story = tx.stories.add(title, now)
        ids.append(enter(tx, feed_id, news, now, *matches, story=story))
        kind = DigestKind.HELD if digest else None
        tx.alerts.add(alert("desk", *topics, digest=kind or False), story, ids[-1], now)
    while claimed := tx.outbox.claim(now, now + HOUR, {"desk": 0}):
        tx.outbox.mark_sent(claimed[0], ref, now)
    return ids
