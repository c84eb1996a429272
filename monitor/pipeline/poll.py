"""Polling: claim the feeds that are due, fetch each, scan the document, ingest the scan.

A document that a hub pushed takes the same way from the scan on.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from monitor.errors import POISONS, InternalError, PollError, PollReason, during
from monitor.feeds import schedule
from monitor.model import Source
from monitor.pipeline.internal_errors import log_internal
from monitor.pipeline.results import Polled, PollResult
from monitor.pipeline.rounds import Round, take_in
from monitor.text.normalize import on_same_host, origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.model import DueFeed, Feed, Fetched, Scan
    from monitor.pipeline.context import PipelineContext
    from monitor.store.transaction import Transaction


log = structlog.get_logger()

PATIENCE = 5.0  # seconds that a poll with hits waits for the others of its round
_MANY_RENAMED = 5  # known entries under new ids; fewer are not worth a warning


async def poll(context: PipelineContext, now: datetime) -> list[PollResult]:
    """Claim the feeds that are due and poll them concurrently, as a round."""
    claimed = await claim_feeds(context, now)
    together = Round(context, PATIENCE)
    together.expect(len(claimed))
    together.close()
    return list(await asyncio.gather(*(poll_one(context, due, together) for due in claimed)))


async def claim_feeds(context: PipelineContext, now: datetime) -> list[DueFeed]:
    """Claim the feeds that are due."""
    lease_at = now + timedelta(seconds=context.poll_lease + PATIENCE)
    politeness = context.politeness
    return await context.store.write(
        lambda tx: tx.feeds.claim(
            now,
            lease_at,
            at_most=politeness.at_once,
            per_host=politeness.per_host,
            host_delay=politeness.host_delay,
        ),
        durable=False,  # after a power cut they are due all the same
    )


async def poll_one(
    context: PipelineContext, due: DueFeed, together: Round | None = None
) -> PollResult:
    """Fetch a claimed feed, scan and ingest its document; a failure is an outcome, too.

    With a round (`together`) hits are taken in with those of its other polls.
    """
    seat = _Seat(together)
    try:
        return await _poll_one(context, due, seat)
    finally:
        seat.leave()


async def _poll_one(context: PipelineContext, due: DueFeed, seat: _Seat) -> PollResult:
    feed = context.feeds[due.url]
    try:
        with during("polling"):
            fetched = await context.fetch(feed, due)
            result = await _scan_and_ingest(context, feed, due, fetched, seat)
            return _logged(due, result, "polled")
    except PollError as error:
        failure = error
    except InternalError as error:
        return await _record_bug(context, feed, due, error)
    return await _record_failure(context, feed, due, failure)


class _Seat:
    """A poll's place in its round, if it has one; it is left once."""

    def __init__(self, together: Round | None) -> None:
        self._round = together

    def leave(self) -> None:
        together, self._round = self._round, None
        if together:
            together.leave()

    async def ingest(self, context: PipelineContext, polled: Polled) -> PollResult:
        """Take in what a poll brought: at once where nobody has to be waited for."""
        if not polled.has_hits:
            self.leave()
        if self._round is None:
            return await take_in(context, polled)
        together, self._round = self._round, None
        return await together.ingest(polled)


async def take_pushed(context: PipelineContext, due: DueFeed, pushed: Fetched) -> PollResult:
    """Scan and ingest a document that a hub pushed; where that fails, poll the feed instead.

    If a push crashed or hung a worker, stop trusting that hub; otherwise the failure backoff would
    slow down normal polling as well.
    """
    feed = context.feeds[due.url]
    try:
        with during("taking in a push"):
            result = await _scan_and_ingest(context, feed, due, pushed, _Seat(None))
            return _logged(due, result, "pushed")
    except PollError as error:
        failure = error
    except InternalError as error:
        return await _record_bug(context, feed, due, error)

    harm = failure.code if failure.reason in POISONS else ""
    await context.store.write(
        lambda tx: tx.subscriptions.poll_instead(due, due.claimed_at, harm=harm)
    )
    log.warning("push rejected", feed=due.url, reason=failure.code, detail=failure.detail)
    return PollResult(due.url, failure.code)


def _logged(due: DueFeed, result: PollResult, event: str) -> PollResult:
    """Log the outcome of a poll or a push, and return it.

    A poll that brings nothing new is worth no more than debugging, unless it is a feed's first one.
    """
    if result.renamed >= _MANY_RENAMED and 2 * result.renamed >= result.entries:
        log.warning("feed changed its ids", feed=due.url, entries=result.renamed)
    if result.gapped:
        log.warning("gap", feed=due.url, since=due.ok_at)

    is_news = result.brings_news or due.first_polled_at is None
    level = logging.INFO if is_news else logging.DEBUG
    log.log(
        logging.WARNING if result.outcome in {"lost", PollReason.CUT_OFF} else level,
        event,
        feed=due.url,
        outcome=result.outcome,
        entries=result.entries,
        articles=result.articles,
        hits=len(result.hits),
    )
    return result


def _log_hits(result: PollResult) -> PollResult:
    """Log each hit of what was just stored; return the result."""
    for hit in result.hits:
        log.info("hit", feed=result.url, **hit._asdict())
    return result


async def _scan_and_ingest(
    context: PipelineContext, feed: Feed, due: DueFeed, fetched: Fetched, seat: _Seat
) -> PollResult:
    """Take in a document; one with many hits in pieces, so that others need not wait for it.

    What the next poll has to know (validators, known entries) is written with the last piece. After
    a crash before that, the whole document is read again, and what is stored is recognised.
    """
    if fetched.body is None:
        seat.leave()
        return await _record_unchanged(context, feed, due, fetched)
    scan, pieces = await _scan(context, feed, due, fetched), PollResult(due.url, "")
    if scan.follow:  # an index may stay the same while its documents change
        fetched = fetched.without_validators()
    while scan.left:
        due, piece = await context.store.write(partial(_ingest_piece, context, due, fetched, scan))
        if piece.outcome == "lost":
            return pieces.joined(piece)
        pieces = pieces.joined(_log_hits(piece))
        some = await context.match_some(scan.left, context.packed)
        scan = replace(scan, scanned=some, unread=(), left=scan.left[len(some) :])

    last = Polled(due, fetched, scan, earlier=len(pieces.outcomes))
    return pieces.joined(_log_hits(await seat.ingest(context, last)))


async def _record_unchanged(
    context: PipelineContext, feed: Feed, due: DueFeed, fetched: Fetched
) -> PollResult:
    """Record a poll that found the document of last time, together with others that did."""
    brought = schedule.PollYield(len(due.known), 0, due.pace.polling_hints, fetched.fresh_for)
    after = schedule.after_poll(feed, due, brought, due.claimed_at)
    poll = (due, fetched, after)
    ours = await context.store.write_shared(_record_each_unchanged, poll)
    return PollResult(due.url, "unchanged" if ours else "lost")


def _record_each_unchanged(
    tx: Transaction, polls: Sequence[tuple[DueFeed, Fetched, schedule.NextPoll]]
) -> list[bool]:
    return tx.feeds.record_unchanged(polls)


def _ingest_piece(
    context: PipelineContext, due: DueFeed, fetched: Fetched, scan: Scan, tx: Transaction
) -> tuple[DueFeed, PollResult]:
    """Store the articles of a piece, and renew the lease for the next one."""
    from monitor.pipeline.ingest import ingest_piece

    result = ingest_piece(tx, context, due, fetched, scan)
    return tx.feeds.renew(due, context.poll_lease), result


async def _scan(context: PipelineContext, feed: Feed, due: DueFeed, fetched: Fetched) -> Scan:
    """Return the scan of a document; an index is scanned together with what it names."""
    scan = await _scan_one(context, feed, due, fetched)
    for address in on_same_host(scan.follow, feed.address):
        part = await context.fetch(replace(feed, address=address), due.without_memory())
        scan = scan.joined(await _scan_one(context, feed, due, part))
    return scan


async def _scan_one(context: PipelineContext, feed: Feed, due: DueFeed, fetched: Fetched) -> Scan:
    """Scan one document of a feed: its own, or one that its index names."""
    # Relative links of a feed whose address holds a secret are resolved against its host only.
    base = fetched.final_url if feed.address == feed.url else origin(fetched.final_url)
    source = Source(
        base,
        fetched.content_type,
        feed.lang,
        feed.publisher,
        feed.kind,
        due.claimed_at,
        fetched.last_modified,
        fetched.cut_off,
        feed.input,
    )
    return await context.scan_one(fetched.body or b"", source, due.known, context.packed)


async def _record_bug(
    context: PipelineContext, feed: Feed, due: DueFeed, error: InternalError
) -> PollResult:
    """Record a bug of this program; the feed is polled again at its usual pace."""
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
    if error.reason is PollReason.BROKEN_OFF:
        due_at = schedule.after_cut_off(feed, due, now)
    # After a 410 from the target of a permanent redirect, the feed's own address is tried again.
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
