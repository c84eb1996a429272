"""The whole path of an article, from a feed's socket to Slack.

    poll     claim due feeds ─▶ fetch ─▶ scan (a worker) ─▶ ingest ─┐
                  ▲                                                 │ one transaction
                  └────────────── due again ◀───────────────────────┤
                                                                    ▼
    ingest   entry known? ─▶ article ─▶ matches ─▶ story ─▶ alert in the outbox
                                                                    │
    deliver  claim due alerts ─▶ still unmuted? ─▶ send ─▶ record ◀─┘

Two queues with due times: feeds and alerts. Whatever is claimed and not written back, because of
a crash or a cancelled task, comes due again when its lease ends. Decisions are taken by pure
functions (`schedule`, `stories`, `alerts`); this module calls them in order and reads no clock.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import structlog

from monitor import alerts, schedule, stories
from monitor.errors import DeliveryError, MonitorError, ParseError, PollError, StoreError
from monitor.model import (
    Article,
    Claimed,
    DueFeed,
    Feed,
    Fetched,
    Match,
    Message,
    Outcome,
    Politeness,
    Polled,
    Report,
    Scan,
    Scanned,
    Topic,
)
from monitor.scan import Source
from monitor.text import origin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from monitor.channels import Channel
    from monitor.executors import ScanOne
    from monitor.store.articles import KnownEntry
    from monitor.store.database import Store, Transaction

log = structlog.get_logger()

T = TypeVar("T")
_AGAIN = 1.0  # seconds before a write is tried again that the database did not take


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the path needs, built by `daemon`; `packed` are the topics for `scan`.

    A poll has to end within `poll_lease` seconds; a digest waits `digest_wait` seconds for more to
    join it.
    """

    store: Store
    feeds: Mapping[str, Feed]
    topics: Mapping[str, Topic]
    packed: bytes
    channels: Mapping[str, Channel]
    fetch: Callable[[Feed, DueFeed], Awaitable[Fetched]]
    scan_one: ScanOne
    politeness: Politeness
    poll_lease: float = 60.0
    digest_wait: float = 0.0


# ── poll ──────────────────────────────────────────────────────────────────────────────────────


async def poll(desk: Desk, now: datetime) -> list[Polled]:
    """Claim the feeds that are due and poll them at the same time."""
    claimed = await claim_feeds(desk, now)
    return list(await asyncio.gather(*(poll_one(desk, due) for due in claimed)))


async def claim_feeds(desk: Desk, now: datetime) -> list[DueFeed]:
    """Claim the feeds that are due."""
    lease_at = now + timedelta(seconds=desk.poll_lease)
    polite = desk.politeness
    return await desk.store.write(
        lambda tx: tx.claim_feeds(
            now,
            lease_at,
            at_most=polite.at_once,
            per_host=polite.per_host,
            host_delay=polite.host_delay,
        )
    )


async def poll_one(desk: Desk, due: DueFeed) -> Polled:
    """Fetch a claimed feed, scan it, and store what it brought; a failure is an outcome too."""
    feed = desk.feeds[due.url]
    try:
        polled = await _poll(desk, feed, due)
    except PollError as error:
        failure = error
    else:
        level = log.warning if polled.outcome == "lost" else log.info
        level("polled", feed=due.url, outcome=polled.outcome, entries=polled.entries,
              articles=polled.articles, hits=len(polled.hits))  # fmt: skip
        return polled
    return await _record_failure(desk, feed, due, failure)


async def _poll(desk: Desk, feed: Feed, due: DueFeed) -> Polled:
    fetched = await desk.fetch(feed, due)
    scan = await _scan(desk, feed, due, fetched)
    try:
        return await desk.store.write(lambda tx: ingest(tx, desk, due, fetched, scan))
    except MonitorError:
        raise
    except Exception as error:
        # What a feed sent must not end the service: it would be polled again at each start.
        log.exception("cannot store", feed=due.url)
        raise ParseError("unstorable", type(error).__name__) from None


async def _scan(desk: Desk, feed: Feed, due: DueFeed, fetched: Fetched) -> Scan | None:
    """Return what is new, or None where the feed is the same as last time."""
    if fetched.body is None:
        return None
    # Of an address that holds a secret only the host goes into the links of its articles.
    base = fetched.final_url if feed.address == feed.url else origin(fetched.final_url)
    source = Source(base, fetched.content_type, feed.lang, feed.publisher, feed.kind)
    return await desk.scan_one(fetched.body, source, due.known, desk.packed)


async def _record_failure(desk: Desk, feed: Feed, due: DueFeed, error: PollError) -> Polled:
    failures, now = due.failures + 1, due.claimed_at
    due_at = schedule.next_poll(due.url, feed.interval, failures, error.retry_after, now)
    await desk.store.write(lambda tx: tx.record_poll(due, now, due_at, error=str(error)))
    log.warning("poll failed", feed=due.url, reason=error.reason, detail=error.detail,
                failures=failures, due_at=due_at)  # fmt: skip
    return Polled(due.url, error.reason)


# ── ingest ────────────────────────────────────────────────────────────────────────────────────


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
    due_at = schedule.next_poll(due.url, feed.interval, 0, None, now)
    tx.record_poll(due, now, due_at, fetched=fetched, known=scan.known if scan else None)
    return Polled(
        url=due.url,
        outcome="ok" if scan else "unchanged",
        entries=len(scan.known) if scan else 0,
        articles=ingestion.articles,
        outcomes=tuple(ingestion.outcomes),
        hits=tuple(ingestion.hits),
    )


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
            outage=alerts.outage(due.ok_at, desk.feeds[due.url].interval, due.claimed_at),
        )
        self.articles = 0
        self.outcomes: list[Outcome] = []
        self.hits: list[str] = []

    def enter(self, scanned: Scanned) -> None:
        """Store one entry that the last poll did not hold."""
        known = self._tx.find_entry(self._feed_id, scanned.article)
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
        twin = tx.find_twin(article)
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


# ── deliver ───────────────────────────────────────────────────────────────────────────────────


async def deliver(desk: Desk, now: datetime) -> list[str]:
    """Claim what is due, at most one message a channel, and send it; return how each ended."""
    claimed = await claim_alerts(desk, now)
    return list(await asyncio.gather(*(deliver_one(desk, each, now) for each in claimed)))


async def claim_alerts(desk: Desk, now: datetime) -> list[Claimed]:
    """Claim what is due, at most one message a channel."""
    lease_at = now + timedelta(seconds=schedule.SEND_LEASE)
    spacing = {name: channel.spacing for name, channel in desk.channels.items()}
    return await desk.store.write(lambda tx: tx.claim_alerts(now, lease_at, spacing))


async def deliver_one(desk: Desk, claimed: Claimed, now: datetime) -> str:
    """Send a claimed message and record how that ended.

    Returns `sent`, `silenced`, `retry` or `failed`.
    """
    message = await desk.store.write(lambda tx: _unmuted(tx, desk, claimed, now))
    if message is None:
        return "silenced"
    began = asyncio.get_running_loop().time()
    refusal: DeliveryError | None = None
    try:
        ref = await desk.channels[claimed.channel].send(message)
    except DeliveryError as error:
        refusal = error
    ended_at = now + timedelta(seconds=asyncio.get_running_loop().time() - began)
    if refusal:
        return await _record(desk, lambda tx: _refused(tx, claimed, refusal, ended_at))
    await _record(desk, lambda tx: tx.mark_sent(claimed, ref, ended_at))
    log.info("sent", channel=claimed.channel, alerts=len(claimed.all_ids), ref=ref,
             reply=claimed.thread is not None, attempts=claimed.attempts)  # fmt: skip
    return "sent"


async def _record(desk: Desk, change: Callable[[Transaction], T]) -> T:
    """Write how a send ended, trying again while the claim lasts: lost, it would be sent twice."""
    until = asyncio.get_running_loop().time() + schedule.SEND_LEASE
    while True:
        try:
            return await desk.store.write(change)
        except StoreError as error:
            if not error.passing or asyncio.get_running_loop().time() > until:
                raise
        await asyncio.sleep(_AGAIN)


async def rehearse(desk: Desk, now: datetime) -> list[Message]:
    """Return the messages that `deliver` would send by and by, and change nothing."""

    def deliver_all(tx: Transaction) -> list[Message]:
        messages: list[Message] = []
        lease_at = now + timedelta(seconds=schedule.SEND_LEASE)
        with tx.undone():
            while claimed := tx.claim_alerts(now, lease_at, dict.fromkeys(desk.channels, 0.0)):
                for each in claimed:
                    messages += [m for m in [_unmuted(tx, desk, each, now)] if m]
                    tx.mark_sent(each, each.key, now)
        return messages

    return await desk.store.write(deliver_all)


def _unmuted(tx: Transaction, desk: Desk, claimed: Claimed, now: datetime) -> Message | None:
    """Return the message with what no silence holds back, or None if nothing is left."""
    silences = tx.silences(now)
    reports: list[Report] = []
    for ids, report in zip(claimed.ids, claimed.reports, strict=True):
        if alerts.silenced(report, silences, now):
            tx.mark_silenced(claimed, ids)
        else:
            # one that left the configuration meanwhile is named by its id
            titles = tuple(
                desk.topics[topic].title if topic in desk.topics else topic
                for topic in report.topics
            )
            reports.append(replace(report, topics=titles))
    if not reports:
        return None
    return Message(
        claimed.key, tuple(reports), claimed.thread, digest=claimed.digest, plain=claimed.plain
    )


def _refused(tx: Transaction, claimed: Claimed, error: DeliveryError, now: datetime) -> str:
    """Record a send that failed: due again later, or failed and visible with its reason."""
    retry_at = schedule.next_send(claimed.attempts, error.retry_after, now)
    outcome = "failed"
    if error.blame == "operator":
        until = now + timedelta(seconds=schedule.STOPPED_FOR)
        tx.stop_channel(claimed.channel, error.reason, now, until)
        tx.mark_failed(claimed, error.reason, until)
    elif error.blame == "message" and not claimed.plain:
        tx.mark_failed(claimed, error.reason, now, plain=True)
        outcome = "retry"
    elif error.blame == "message":
        tx.mark_failed(claimed, error.reason, None)
    else:
        if error.retry_after is not None:
            tx.rest_channel(claimed.channel, retry_at)
        tx.retry(claimed, error.reason, retry_at)
        outcome = "retry"
    log.warning("not sent", channel=claimed.channel, alerts=len(claimed.all_ids),
                reason=error.reason, outcome=outcome, in_doubt=error.in_doubt,
                attempts=claimed.attempts)  # fmt: skip
    return outcome
