"""Ingest: what a poll brought → articles, ledger, matches, stories, alerts. One transaction.

    entry known? ─▶ article ─▶ matches ─▶ story ─▶ alert in the outbox

The middle of the path that `pipeline` draws. Decisions are taken by pure functions (`stories`,
`alerts`); this module calls them in order and reads no clock.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor import alerts, schedule, stories
from monitor.model import (
    Article,
    DueFeed,
    Fetched,
    Match,
    Outcome,
    Polled,
    Scan,
    Scanned,
)

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.pipeline import Desk
    from monitor.store.articles import KnownEntry
    from monitor.store.database import Transaction


def ingest(
    tx: Transaction, desk: Desk, due: DueFeed, fetched: Fetched, scan: Scan | None
) -> Polled:
    """Store what a poll brought: articles, ledger, matches, stories, alerts, the next due time.

    All of it is one transaction, so a crash leaves the feed as it was before the poll.
    """
    if not tx.holds(due):
        return Polled(due.url, "lost")
    feed, now = desk.feeds[due.url], due.claimed_at
    ingestion = _Ingestion(tx, desk, due, fetched.served_at)
    if scan:
        for scanned in scan.scanned:
            ingestion.enter(scanned)
        unread = tx.add_unread(due.id, scan.unread, now)
        ingestion.outcomes += [Outcome.UNREAD] * unread
    plan = schedule.after_poll(feed, due, _brought(due, fetched, scan, ingestion), now)
    tx.record_poll(due, now, plan.due_at, fetched=fetched, known=scan.known if scan else None,
                   pace=plan.pace, gapped=plan.gapped)  # fmt: skip
    return Polled(
        url=due.url,
        outcome="ok" if scan else "unchanged",
        entries=len(scan.known) if scan else 0,
        articles=ingestion.articles,
        renamed=ingestion.renamed,
        outcomes=tuple(ingestion.outcomes),
        hits=tuple(ingestion.hits),
        gapped=plan.gapped,
    )


def _brought(
    due: DueFeed, fetched: Fetched, scan: Scan | None, ingestion: _Ingestion
) -> schedule.Brought:
    if scan is None:
        return schedule.Brought(len(due.known), 0, due.pace.wishes, fetched.fresh_for)
    new = len(ingestion.outcomes)
    return schedule.Brought(len(scan.known), new, scan.wishes, fetched.fresh_for)


class _Ingestion:
    """One poll's entries on their way into the database; notes new articles, outcomes and hits."""

    def __init__(
        self, tx: Transaction, desk: Desk, due: DueFeed, served_at: datetime | None
    ) -> None:
        self._tx = tx
        self._desk = desk
        self._feed_id = due.id
        self._arrival = alerts.Arrival(
            published_at=None,
            seen_at=due.claimed_at,
            served_at=served_at,
            first_poll=due.first_polled_at is None,
            outage=alerts.outage(
                due.ok_at, schedule.usual_interval(desk.feeds[due.url], due), due.claimed_at
            ),
        )
        self.articles = 0
        self.renamed = 0
        self.outcomes: list[Outcome] = []
        self.hits: list[str] = []

    def enter(self, scanned: Scanned) -> None:
        """Store one entry that the last poll did not hold."""
        since = stories.same_words_since(scanned.article.text, self._arrival.seen_at)
        known = self._tx.find_entry(self._feed_id, scanned.article, since)
        self.renamed += known is not None and known.renamed
        if known is None or known.outcome is Outcome.UNREAD:
            article_id, hits = self._add(scanned, known)
        elif known.article_id is not None:
            article_id, hits = known.article_id, self._edit(known, known.article_id, scanned)
        else:  # its article was pruned: too old to be news
            return
        if hits:
            self.hits += hits
            self._alert(article_id, scanned.article, hits)

    def _add(self, scanned: Scanned, unread: KnownEntry | None) -> tuple[int, list[str]]:
        """Store an entry that its feed brings for the first time; another may have brought it.

        `unread` is the entry itself, where it could not be read before.
        """
        tx, article, now = self._tx, scanned.article, self._arrival.seen_at
        twin = tx.find_twin(article, stories.same_words_since(article.text, now))
        article_id = twin or tx.add_article(self._feed_id, article, now)
        hits = self._match(article_id, scanned, current=not twin)
        outcome = _outcome(scanned.matches, hits, duplicate=bool(twin))
        if unread:
            tx.make_read(unread.id, article_id, article.publisher)
            tx.set_outcome(unread.id, outcome)
            tx.identify(self._feed_id, unread.id, article)
        else:
            tx.add_entry(self._feed_id, article_id, article, outcome, now)
        self.outcomes.append(outcome)
        self.articles += not twin
        return article_id, hits

    def _edit(self, known: KnownEntry, article_id: int, scanned: Scanned) -> list[str]:
        """Store what changed in an entry, if anything did, and match it again."""
        duplicate = known.outcome is Outcome.DUPLICATE
        self._tx.identify(self._feed_id, known.id, scanned.article)
        hits = self._match(article_id, scanned, current=not duplicate)
        outcome = _outcome(scanned.matches, hits, duplicate=duplicate)
        if _RANK.index(outcome) > _RANK.index(known.outcome):
            self._tx.set_outcome(known.id, outcome)
        return hits

    def _match(self, article_id: int, scanned: Scanned, *, current: bool) -> list[str]:
        """Store a text that is new to its article, and its matches; return the newly hit topics.

        A duplicate's text (`current` is false) is kept only if it hits what the article did not.
        """
        tx, matches, now = self._tx, scanned.matches, self._arrival.seen_at
        version_id = tx.version_of(article_id, scanned.article.digest)
        if version_id is None:
            if not current:
                before = tx.hit_topics(article_id)
                matches = tuple(m for m in matches if m.is_hit and m.topic not in before)
                if not matches:
                    return []
            version_id = tx.add_version(article_id, scanned.article, now, current=current)
        elif current:
            tx.show_version(article_id, version_id, scanned.article.title_key)
        return tx.add_matches(article_id, version_id, matches, now) if matches else []

    def _alert(self, article_id: int, article: Article, hits: list[str]) -> None:
        """Put the article into its story, and its alerts into the outbox."""
        tx, now = self._tx, self._arrival.seen_at
        story_id = tx.story_of(article_id)
        if story_id is None:
            titled = tx.stories_titled(article.title_key, stories.window_start(now))
            story_id = stories.continued(titled, now) or tx.add_story(article.title, now)
            tx.put_in_story(article_id, story_id)
        published_at = article.published_at and min(article.published_at, now)
        arrival = replace(self._arrival, published_at=published_at)
        for alert in alerts.plan(hits, self._desk.topics, tuple(self._desk.channels), arrival):
            wait = self._desk.digest_wait if alert.digest else 0.0
            tx.add_alert(alert, story_id, article_id, now, wait=wait)


_RANK = (Outcome.DUPLICATE, Outcome.NO_MATCH, Outcome.NEAR_MISS, Outcome.HIT)


def _outcome(matches: tuple[Match, ...], hits: list[str], *, duplicate: bool = False) -> Outcome:
    """Return the best outcome over all topics; a duplicate is one unless it brought a new hit."""
    if hits or (not duplicate and any(match.is_hit for match in matches)):
        return Outcome.HIT
    if duplicate:
        return Outcome.DUPLICATE
    return Outcome.NEAR_MISS if matches else Outcome.NO_MATCH
