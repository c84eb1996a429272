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
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from monitor import alerts, schedule
from monitor.errors import DeliveryError, InternalError, PollError, PollReason, during
from monitor.feedhealth import POISONS
from monitor.ingest import ingest
from monitor.model import (
    Claimed,
    DueFeed,
    Feed,
    Fetched,
    Message,
    Politeness,
    Polled,
    Report,
    Scan,
    Topic,
)
from monitor.scan import Source
from monitor.text import origin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from monitor.channels import Channel
    from monitor.executors import ScanOne
    from monitor.store.database import Store, Transaction

log = structlog.get_logger()

_MANY = 5  # entries under new ids that are worth a word


class AskHub(Protocol):
    """Post a form to a hub (WebSub); raises FetchError."""

    async def __call__(
        self, address: str, fields: Mapping[str, str], *, allow_private: bool = False
    ) -> None:
        """Return once the hub has accepted it."""
        ...


async def nobody(address: str, fields: Mapping[str, str], *, allow_private: bool = False) -> None:
    """Ask nobody: a desk that does no WebSub."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the path needs, built by `daemon`; `packed` are the topics for `scan`.

    A poll has to end within `poll_lease` seconds. `ask_hub` posts a form to a feed's hub (WebSub).
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
    ask_hub: AskHub = nobody
    delivery: alerts.Delivery = field(default_factory=alerts.Delivery)

    @property
    def news_channels(self) -> tuple[str, ...]:
        """Where topics go that name no channel: all, but not that of operations if it can be."""
        names = tuple(self.channels)
        return tuple(name for name in names if name != self.delivery.operations) or names


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
        with during("polling"):
            return _told(
                due, await _take_in(desk, feed, due, await desk.fetch(feed, due)), "polled"
            )
    except PollError as error:
        failure = error
    except InternalError as error:
        return await _put_back(desk, feed, due, error)
    return await _record_failure(desk, feed, due, failure)


async def take_pushed(desk: Desk, due: DueFeed, pushed: Fetched) -> Polled:
    """Scan and store what a hub pushed, as a poll's answer; if it is no use, the feed is polled.

    A hub whose push cost a worker is heard no more: polls of such a feed would become rare, too.
    """
    feed = desk.feeds[due.url]
    try:
        with during("taking in a push"):
            return _told(due, await _take_in(desk, feed, due, pushed), "pushed")
    except PollError as error:
        failure = error
    except InternalError as error:
        return await _put_back(desk, feed, due, error)
    harm = failure.code if failure.reason in POISONS else ""
    await desk.store.write(lambda tx: tx.poll_instead(due, due.claimed_at, harm=harm))
    log.warning("push unread", feed=due.url, reason=failure.code, detail=failure.detail)
    return Polled(due.url, failure.code)


def _told(due: DueFeed, polled: Polled, event: str) -> Polled:
    if polled.renamed >= _MANY and 2 * polled.renamed >= polled.entries:
        log.warning("feed changed its ids", feed=due.url, entries=polled.renamed)
    if polled.gapped:
        log.warning("gap", feed=due.url, since=due.ok_at)
    level = log.warning if polled.outcome == "lost" else log.info
    level(event, feed=due.url, outcome=polled.outcome, entries=polled.entries,
          articles=polled.articles, hits=len(polled.hits))  # fmt: skip
    return polled


async def _take_in(desk: Desk, feed: Feed, due: DueFeed, fetched: Fetched) -> Polled:
    """Scan what came, and store what it brought."""
    scan = await _scan(desk, feed, due, fetched)
    return await desk.store.write(lambda tx: ingest(tx, desk, due, fetched, scan))


async def _scan(desk: Desk, feed: Feed, due: DueFeed, fetched: Fetched) -> Scan | None:
    """Return what is new, or None where the feed is the same as last time."""
    if fetched.body is None:
        return None
    # Of an address that holds a secret only the host goes into the links of its articles.
    base = fetched.final_url if feed.address == feed.url else origin(fetched.final_url)
    source = Source(base, fetched.content_type, feed.lang, feed.publisher, feed.kind)
    return await desk.scan_one(fetched.body, source, due.known, desk.packed, due.imprints)


async def _put_back(desk: Desk, feed: Feed, due: DueFeed, error: InternalError) -> Polled:
    """Record a bug of ours, which is no fault of the feed: it is polled again at its usual pace."""
    _log_internal(error, feed=due.url)
    now = due.claimed_at
    due_at = schedule.after_internal_error(feed, due, now)

    def record(tx: Transaction) -> None:
        tx.put_back(due, due_at)
        tx.note_internal_error(error, due.url, now)

    await desk.store.write(record)
    return Polled(due.url, "internal-error")


def _log_internal(error: InternalError, **about: object) -> None:
    remote = {"worker": error.remote} if error.remote else {}
    log.error("internal error", kind=error.kind, **about, **remote, exc_info=error.__cause__)


async def _record_failure(desk: Desk, feed: Feed, due: DueFeed, error: PollError) -> Polled:
    failures, now = due.failures + 1, due.claimed_at
    due_at = schedule.after_failure(feed, due, failures, error.retry_after, now)
    # What permanent redirects led to is only forgotten: the feed's own address may know better.
    gone = error.reason is PollReason.HTTP_GONE and not due.moved_to
    text = f"{error}; polled no more until it is resumed or changed" if gone else str(error)

    def record(tx: Transaction) -> None:
        tx.record_poll(due, now, due_at, error=text, reason=error.reason, gone=gone)
        if gone:
            tx.rely_on_hubs(now)

    await desk.store.write(record)
    event = "feed closed" if gone else "poll failed"
    log.warning(event, feed=due.url, reason=error.code, detail=error.detail, failures=failures,
                due_at=None if gone else due_at)  # fmt: skip
    return Polled(due.url, error.code)


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

    Returns `sent`, `silenced`, `retry` or `failed`. A bug of ours costs this message only.
    """
    try:
        return await _deliver_one(desk, claimed, now)
    except InternalError as error:
        bug = error
    _log_internal(bug, channel=claimed.channel, alerts=list(claimed.ids))
    return await desk.store.write(
        lambda tx: _broken(tx, claimed, bug, now), patience=schedule.SEND_LEASE
    )


async def _deliver_one(desk: Desk, claimed: Claimed, now: datetime) -> str:
    with during("rendering"):
        message = await desk.store.write(lambda tx: _unmuted(tx, desk, claimed, now))
    if message is None:
        return "silenced"
    began = asyncio.get_running_loop().time()
    refusal: DeliveryError | None = None
    sight = _Sight()
    try:
        with during("sending"):
            sight = await _look_up(desk, claimed, message)
            ref = sight.ref or await desk.channels[claimed.channel].send(message)
    except DeliveryError as error:
        refusal = error
    ended_at = now + timedelta(seconds=asyncio.get_running_loop().time() - began)
    patience = schedule.SEND_LEASE  # a sent message that is not recorded would be sent twice
    if refusal:
        return await desk.store.write(
            lambda tx: _refused(tx, claimed, refusal, ended_at), patience=patience
        )
    with during("recording"):
        await desk.store.write(
            lambda tx: tx.mark_sent(claimed, ref, ended_at, repeated=sight.blind), patience=patience
        )
    log.info("sent", channel=claimed.channel, alerts=len(claimed.ids), ref=ref,
             reply=claimed.thread is not None, edit=claimed.edits is not None,
             found=sight.ref is not None, repeated=sight.blind,
             attempts=claimed.attempts)  # fmt: skip
    return "sent"


@dataclass(frozen=True, slots=True)
class _Sight:
    """What a look-up told: where the message is, or that nobody can tell (`blind`)."""

    ref: str | None = None
    blind: bool = False


async def _look_up(desk: Desk, claimed: Claimed, message: Message) -> _Sight:
    """Look for a message whose answer was lost. Raises DeliveryError where it may be told later."""
    if not claimed.in_doubt or claimed.since is None or claimed.edits:
        return _Sight()
    name, channel = claimed.channel, desk.channels[claimed.channel]
    unreadable, ref = "", None
    try:
        ref = await channel.find(message, claimed.since)
    except DeliveryError as error:
        if error.blame == "passing":
            raise
        unreadable = error.reason
    if await desk.store.write(lambda tx: tx.note_unreadable(name, unreadable)) and unreadable:
        log.warning("cannot look up", channel=name, reason=unreadable,
                    effect="a message whose answer is lost comes twice")  # fmt: skip
    return _Sight(ref, blind=bool(unreadable) or not channel.can_find)


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
    if claimed.unreadable:
        raise claimed.unreadable
    if claimed.notice or claimed.edits:
        whole = alerts.message(claimed, claimed.reports, desk.topics)
        # an edit keeps what readers did with the message
        return replace(whole, marks=tx.marks_of_alert(claimed.ids[0])) if claimed.edits else whole
    silences = tx.silences(now)
    reports: list[Report] = []
    for alert_id, report in zip(claimed.ids, claimed.reports, strict=True):
        if held_by := alerts.silenced(report, silences, now):
            reason = "; ".join(f"silence {silence.id}" for silence in held_by)
            tx.mark_silenced(claimed, [alert_id], reason)
        else:
            reports.append(report)
    return alerts.message(claimed, reports, desk.topics) if reports else None


def _broken(tx: Transaction, claimed: Claimed, error: InternalError, now: datetime) -> str:
    """Record a message that ran into a bug of ours: tried once as plain text, then failed.

    One that was sent and could not be recorded is not sent again.
    """
    tx.note_internal_error(error, f"channel {claimed.channel}", now)
    if claimed.plain or claimed.edits or error.activity == "recording":
        tx.mark_failed(claimed, str(error), None)
        return "failed"
    in_doubt = error.activity == "sending"  # nobody knows how far it came
    tx.mark_failed(claimed, str(error), now, plain=True, in_doubt=in_doubt)
    return "retry"


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
        tx.retry(claimed, error.reason, retry_at, in_doubt=error.in_doubt)
        outcome = "retry"
    log.warning("not sent", channel=claimed.channel, alerts=len(claimed.ids),
                reason=error.reason, outcome=outcome, in_doubt=error.in_doubt,
                attempts=claimed.attempts)  # fmt: skip
    return outcome
