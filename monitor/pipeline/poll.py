"""Polling: claim the feeds that are due, fetch, scan, and store what came."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from monitor.errors import POISONS, InternalError, PollError, PollReason, during
from monitor.feeds import schedule
from monitor.model import (
    DueFeed,
    Feed,
    Fetched,
    PollResult,
    Scan,
)
from monitor.pipeline.ingest import ingest
from monitor.pipeline.internal_errors import log_internal
from monitor.scan.scan import Source
from monitor.text.normalize import origin

if TYPE_CHECKING:
    from monitor.pipeline.context import PipelineContext
    from monitor.store.transaction import Transaction


log = structlog.get_logger()

_MANY = 5  # entries under new ids that are worth a word


async def poll(context: PipelineContext, now: datetime) -> list[PollResult]:
    """Claim the feeds that are due and poll them at the same time."""
    claimed = await claim_feeds(context, now)
    return list(await asyncio.gather(*(poll_one(context, due) for due in claimed)))


async def claim_feeds(context: PipelineContext, now: datetime) -> list[DueFeed]:
    """Claim the feeds that are due."""
    lease_at = now + timedelta(seconds=context.poll_lease)
    polite = context.politeness
    return await context.store.write(
        lambda tx: tx.feeds.claim(
            now,
            lease_at,
            at_most=polite.at_once,
            per_host=polite.per_host,
            host_delay=polite.host_delay,
        )
    )


async def poll_one(context: PipelineContext, due: DueFeed) -> PollResult:
    """Fetch a claimed feed, scan it, and store what it brought; a failure is an outcome too."""
    feed = context.feeds[due.url]
    try:
        with during("polling"):
            return _told(
                due, await _take_in(context, feed, due, await context.fetch(feed, due)), "polled"
            )
    except PollError as error:
        failure = error
    except InternalError as error:
        return await _put_back(context, feed, due, error)
    return await _record_failure(context, feed, due, failure)


async def take_pushed(context: PipelineContext, due: DueFeed, pushed: Fetched) -> PollResult:
    """Scan and store what a hub pushed, as a poll's answer; if it is no use, the feed is polled.

    A hub whose push cost a worker is heard no more: polls of such a feed would become rare, too.
    """
    feed = context.feeds[due.url]
    try:
        with during("taking in a push"):
            return _told(due, await _take_in(context, feed, due, pushed), "pushed")
    except PollError as error:
        failure = error
    except InternalError as error:
        return await _put_back(context, feed, due, error)
    harm = failure.code if failure.reason in POISONS else ""
    await context.store.write(
        lambda tx: tx.subscriptions.poll_instead(due, due.claimed_at, harm=harm)
    )
    log.warning("push unread", feed=due.url, reason=failure.code, detail=failure.detail)
    return PollResult(due.url, failure.code)


def _told(due: DueFeed, polled: PollResult, event: str) -> PollResult:
    if polled.renamed >= _MANY and 2 * polled.renamed >= polled.entries:
        log.warning("feed changed its ids", feed=due.url, entries=polled.renamed)
    if polled.gapped:
        log.warning("gap", feed=due.url, since=due.ok_at)
    level = log.warning if polled.outcome == "lost" else log.info
    level(
        event,
        feed=due.url,
        outcome=polled.outcome,
        entries=polled.entries,
        articles=polled.articles,
        hits=len(polled.hits),
    )
    return polled


async def _take_in(
    context: PipelineContext, feed: Feed, due: DueFeed, fetched: Fetched
) -> PollResult:
    """Scan what came, and store what it brought."""
    scan = await _scan(context, feed, due, fetched)
    return await context.store.write(lambda tx: ingest(tx, context, due, fetched, scan))


async def _scan(
    context: PipelineContext, feed: Feed, due: DueFeed, fetched: Fetched
) -> Scan | None:
    """Return what is new, or None where the feed is the same as last time."""
    if fetched.body is None:
        return None
    # Of an address that holds a secret only the host goes into the links of its articles.
    base = fetched.final_url if feed.address == feed.url else origin(fetched.final_url)
    source = Source(base, fetched.content_type, feed.lang, feed.publisher, feed.kind)
    return await context.scan_one(
        fetched.body, source, due.known, context.packed, due.entry_fingerprints
    )


async def _put_back(
    context: PipelineContext, feed: Feed, due: DueFeed, error: InternalError
) -> PollResult:
    """Record a bug of ours, which is no fault of the feed: it is polled again at its usual pace."""
    log_internal(error, feed=due.url)
    now = due.claimed_at
    due_at = schedule.after_internal_error(feed, due, now)

    def record(tx: Transaction) -> None:
        tx.feeds.put_back(due, due_at)
        tx.internal_errors.note(error, due.url, now)

    await context.store.write(record)
    return PollResult(due.url, "internal-error")


async def _record_failure(
    context: PipelineContext, feed: Feed, due: DueFeed, error: PollError
) -> PollResult:
    failures, now = due.failures + 1, due.claimed_at
    due_at = schedule.after_failure(feed, due, failures, error.retry_after, now)
    # What permanent redirects led to is only forgotten: the feed's own address may know better.
    gone = error.reason is PollReason.HTTP_GONE and not due.moved_to
    text = f"{error}; polled no more until it is resumed or changed" if gone else str(error)

    def record(tx: Transaction) -> None:
        tx.feeds.record_poll(due, now, due_at, error=text, reason=error.reason, gone=gone)
        if gone:
            tx.subscriptions.rely_on_hubs(now)

    await context.store.write(record)
    event = "feed closed" if gone else "poll failed"
    log.warning(
        event,
        feed=due.url,
        reason=error.code,
        detail=error.detail,
        failures=failures,
        due_at=None if gone else due_at,
    )
    return PollResult(due.url, error.code)
