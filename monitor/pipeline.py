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
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from monitor import alerts, schedule, stories
from monitor.errors import DeliveryError, PollError
from monitor.model import (
    Claimed,
    DueFeed,
    Feed,
    Fetched,
    Match,
    Message,
    Outcome,
    Report,
    Scan,
    Scanned,
    Topic,
)
from monitor.scan import Source

if TYPE_CHECKING:
    from monitor.channels import Channel
    from monitor.executors import ScanOne
    from monitor.store.database import Store, Transaction

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Politeness:
    """How many feeds are polled at once, in all and from a host, and the pause between."""

    at_once: int
    per_host: int
    host_delay: float


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the path needs, built by `daemon`. `packed` are the topics as `scan` takes them."""

    store: Store
    feeds: Mapping[str, Feed]
    topics: Mapping[str, Topic]
    packed: bytes
    channels: Mapping[str, Channel]
    fetch: Callable[[Feed, DueFeed], Awaitable[Fetched]]
    scan_one: ScanOne
    politeness: Politeness


@dataclass(frozen=True, slots=True)
class Polled:
    """How one poll ended: `unchanged`, `ok`, `lost` (the claim was), or the reason of a failure."""

    url: str
    outcome: str
    entries: int = 0
    articles: int = 0
    hits: int = 0


@dataclass(slots=True)
class _Tally:
    articles: int = 0
    hits: int = 0


# ── poll ──────────────────────────────────────────────────────────────────────────────────────


async def poll(desk: Desk, now: datetime) -> list[Polled]:
    """Claim the feeds that are due and poll them at the same time."""
    lease_at = now + timedelta(seconds=schedule.POLL_LEASE)
    polite = desk.politeness
    claimed = await desk.store.write(
        lambda tx: tx.claim_feeds(
            now,
            lease_at,
            at_most=polite.at_once,
            per_host=polite.per_host,
            host_delay=polite.host_delay,
        )
    )
    return list(await asyncio.gather(*(_poll_one(desk, due, now) for due in claimed)))


async def _poll_one(desk: Desk, due: DueFeed, now: datetime) -> Polled:
    feed = desk.feeds[due.url]
    try:
        fetched = await desk.fetch(feed, due)
        scan = await _scan(desk, feed, due, fetched)
    except PollError as error:
        polled = await _record_failure(desk, feed, due, error, now)
    else:
        polled = await desk.store.write(lambda tx: ingest(tx, desk, due, fetched, scan, now))
    return polled


async def _scan(desk: Desk, feed: Feed, due: DueFeed, fetched: Fetched) -> Scan | None:
    """Return what is new, or None where the feed is the same as last time."""
    if fetched.body is None:
        return None
    source = Source(fetched.final_url, fetched.content_type, feed.lang, feed.publisher)
    return await desk.scan_one(fetched.body, source, due.known, desk.packed)


async def _record_failure(
    desk: Desk, feed: Feed, due: DueFeed, error: PollError, now: datetime
) -> Polled:
    failures = due.failures + 1
    due_at = schedule.next_poll(due.url, feed.interval, failures, error.retry_after, now)
    await desk.store.write(lambda tx: tx.record_poll(due, now, due_at, error=str(error)))
    log.warning("poll failed", feed=due.url, reason=error.reason, detail=error.detail,
                failures=failures, due_at=due_at)  # fmt: skip
    return Polled(due.url, error.reason)


# ── ingest ────────────────────────────────────────────────────────────────────────────────────


def ingest(
    tx: Transaction, desk: Desk, due: DueFeed, fetched: Fetched, scan: Scan | None, now: datetime
) -> Polled:
    """Store what a poll brought: articles, ledger, matches, stories, alerts, and the next due time.

    All of it is one transaction, so a crash leaves the feed as it was before the poll.
    """
    if not tx.holds(due):
        return Polled(due.url, "lost")
    feed, tally = desk.feeds[due.url], _Tally()
    if scan:
        arrival = alerts.Arrival(
            published_at=None,
            seen_at=now,
            first_poll=due.first_polled_at is None,
            outage=alerts.outage(due.ok_at, feed.interval, now),
        )
        for scanned in scan.scanned:
            _ingest_one(tx, desk, due.id, scanned, arrival, tally)
        tx.add_unread(due.id, scan.unread, now)
    due_at = schedule.next_poll(due.url, feed.interval, 0, None, now)
    tx.record_poll(due, now, due_at, fetched=fetched, known=scan.known if scan else None)
    outcome, entries = ("ok", len(scan.known)) if scan else ("unchanged", 0)
    log.info("polled", feed=due.url, outcome=outcome, entries=entries, articles=tally.articles,
             hits=tally.hits, due_at=due_at)  # fmt: skip
    return Polled(due.url, outcome, entries, tally.articles, tally.hits)


def _ingest_one(
    tx: Transaction,
    desk: Desk,
    feed_id: int,
    scanned: Scanned,
    arrival: alerts.Arrival,
    tally: _Tally,
) -> None:
    """Store one entry that the last poll did not hold: new, a duplicate, or edited."""
    article, now = scanned.article, arrival.seen_at
    known = tx.find_entry(feed_id, article)
    if known is None:
        twin = tx.find_twin(article)
        article_id = twin or tx.add_article(feed_id, article, now)
        hits = _add_matches(tx, article_id, scanned, now, current=not twin)
        outcome = _outcome(scanned.matches, hits, duplicate=bool(twin))
        tx.add_entry(feed_id, article_id, article, outcome, now)
        tally.articles += not twin
    else:
        if known.article_id is None:  # pruned: too old to be news
            return
        article_id = known.article_id
        tx.identify(feed_id, known.id, article)
        own = known.outcome is not Outcome.DUPLICATE
        hits = _add_matches(tx, article_id, scanned, now, current=own)
        outcome = _outcome(scanned.matches, hits, duplicate=not own)
        if _RANK.index(outcome) > _RANK.index(known.outcome):
            tx.set_outcome(known.id, outcome)
    if hits:
        tally.hits += len(hits)
        published_at = article.published_at and min(article.published_at, now)
        arrival = replace(arrival, published_at=published_at)
        _add_alerts(tx, desk, article_id, scanned, hits, arrival)


def _add_matches(
    tx: Transaction, article_id: int, scanned: Scanned, now: datetime, *, current: bool
) -> list[str]:
    """Store a text that is new to its article, and its matches; return the newly hit topics.

    A duplicate's text (`current` is false) is kept only if it hits what the article did not.
    """
    article, matches = scanned.article, scanned.matches
    version_id = tx.version_of(article_id, article.digest)
    if version_id is None:
        before = tx.hit_topics(article_id)
        if not current:
            matches = tuple(m for m in matches if m.is_hit and m.topic not in before)
            if not matches:
                return []
        version_id = tx.add_version(article_id, article, now, current=current)
    return tx.add_matches(article_id, version_id, matches, now) if matches else []


_RANK = (Outcome.DUPLICATE, Outcome.NO_MATCH, Outcome.NEAR_MISS, Outcome.HIT)


def _outcome(matches: tuple[Match, ...], hits: list[str], *, duplicate: bool = False) -> Outcome:
    """Return the best outcome over all topics; a duplicate is one unless it brought a new hit."""
    if hits or (not duplicate and any(match.is_hit for match in matches)):
        return Outcome.HIT
    if duplicate:
        return Outcome.DUPLICATE
    return Outcome.NEAR_MISS if matches else Outcome.NO_MATCH


def _add_alerts(
    tx: Transaction,
    desk: Desk,
    article_id: int,
    scanned: Scanned,
    hits: list[str],
    arrival: alerts.Arrival,
) -> None:
    """Put the article into its story, and its alerts into the outbox."""
    article, now = scanned.article, arrival.seen_at
    story_id = tx.story_of(article_id)
    if story_id is None:
        since = stories.window_start(now)
        story_id = stories.continued(tx.stories_titled(article.title_key, since), now)
        story_id = story_id or tx.add_story(article.title, now)
        tx.put_in_story(article_id, story_id)
    for alert in alerts.plan(hits, desk.topics, tuple(desk.channels), arrival):
        tx.add_alert(alert, story_id, article_id, now)


# ── deliver ───────────────────────────────────────────────────────────────────────────────────


async def deliver(desk: Desk, now: datetime) -> list[str]:
    """Claim what is due, at most one message a channel, and send it.

    Returns how each ended: `sent`, `silenced`, `retry` or `failed`.
    """
    lease_at = now + timedelta(seconds=schedule.SEND_LEASE)
    spacing = {name: channel.spacing for name, channel in desk.channels.items()}
    claimed = await desk.store.write(lambda tx: tx.claim_alerts(now, lease_at, spacing))
    return list(await asyncio.gather(*(_deliver_one(desk, each, now) for each in claimed)))


async def _deliver_one(desk: Desk, claimed: Claimed, now: datetime) -> str:
    message = await desk.store.write(lambda tx: _unmuted(tx, desk, claimed, now))
    if message is None:
        return "silenced"
    try:
        ref = await desk.channels[claimed.channel].send(message)
    except DeliveryError as error:
        refusal = error
        return await desk.store.write(lambda tx: _refused(tx, claimed, refusal, now))
    await desk.store.write(lambda tx: tx.mark_sent(claimed, ref, now))
    log.info("sent", channel=claimed.channel, alerts=len(claimed.ids), ref=ref,
             reply=claimed.thread is not None, attempts=claimed.attempts)  # fmt: skip
    return "sent"


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
    for alert_id, report in zip(claimed.ids, claimed.reports, strict=True):
        if alerts.silenced(report, silences, now):
            tx.mark_silenced(claimed, alert_id)
        else:
            titles = tuple(_title(desk.topics, topic) for topic in report.topics)
            reports.append(replace(report, topics=titles))
    if not reports:
        return None
    return Message(
        claimed.key, tuple(reports), claimed.thread, digest=claimed.digest, plain=claimed.plain
    )


def _title(topics: Mapping[str, Topic], topic_id: str) -> str:
    """Return a topic's title; one that left the configuration meanwhile is named by its id."""
    return topics[topic_id].title if topic_id in topics else topic_id


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
    log.warning("not sent", channel=claimed.channel, alerts=len(claimed.ids), reason=error.reason,
                outcome=outcome, attempts=claimed.attempts)  # fmt: skip
    return outcome

