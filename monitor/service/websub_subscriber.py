"""Subscriptions to hubs (WebSub, W3C Recommendation 2018): pushed documents, ingested like polls.

    a poll finds a hub ─▶ ask it ─▶ it verifies ─▶ it pushes ─▶ signed? ─▶ claim ─▶ scan ─▶ ingest
                           ▲                            │
                           └── before the lease ends ◀──┘

Subscriptions are a third queue with due times. Polling stays the fallback: after any failure here
the feed is polled at its usual pace. `feeds.websub` and `feeds.schedule` take the decisions.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from monitor.errors import FetchError
from monitor.feeds import websub
from monitor.model import Fetched
from monitor.pipeline import poll

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from datetime import datetime
    from typing import Any

    from monitor.feeds.websub import Subscription
    from monitor.pipeline.context import PipelineContext

log = structlog.get_logger()

_AT_ONCE = 8  # hubs asked in one tick
_MOST_PENDING = 64  # pushes; beyond that a hub gets 503 and retries
_MOST_OF_ONE_FEED = 4  # of these, so that one hub can neither fill the memory nor block others
_TRIES = 60  # of taking in a push whose feed is being polled
_PAUSE = 1.0  # seconds between two tries
ACCEPTED, NOT_FOUND, GONE, BUSY = 202, 404, 410, 503


class Subscriber:
    """Asks hubs to push, verifies their answers and receives their pushes.

    `context` returns the present context, `clock` the time (UTC). `start` runs work that must not
    delay the answer to a hub. `callback` is the public address given to hubs, followed by a token;
    `lease` is the length of a subscription to ask for, in seconds.
    """

    def __init__(
        self,
        context: Callable[[], PipelineContext],
        clock: Callable[[], datetime],
        start: Callable[[Coroutine[Any, Any, None]], None],
        *,
        callback: str,
        lease: float,
    ) -> None:
        self._context = context
        self._clock = clock
        self._start = start
        self._callback = callback
        self._lease = lease
        self._pending: Counter[int] = Counter()  # pushes being ingested, by feed id

    async def ask_hubs(self) -> None:
        """Send the subscriptions, renewals and cancellations that are due to their hubs."""
        now, store = self._clock(), self._context().store
        due = await store.write(lambda tx: tx.subscriptions.due(now, _AT_ONCE))
        await asyncio.gather(*(self._ask(subscription, now) for subscription in due))

    async def _ask(self, subscription: Subscription, now: datetime) -> None:
        context = self._context()
        retry_at = websub.next_ask(subscription.attempts + 1, now)
        await context.store.write(lambda tx: tx.subscriptions.begin_ask(subscription, retry_at))
        mode = "subscribe" if subscription.wanted else "unsubscribe"
        form = websub.request(subscription, self._callback, self._lease)
        hub = subscription.hub.address
        address = hub if subscription.private else websub.secured(hub)
        try:
            await context.ask_hub(address, form, allow_private=subscription.private)
        except FetchError as error:
            reason = str(error)
            await context.store.write(lambda tx: tx.subscriptions.ask_failed(subscription, reason))
            log.warning(
                "hub refused", feed=subscription.url, asked=mode, reason=reason, due_at=retry_at
            )
        else:
            log.info("hub asked", feed=subscription.url, asked=mode)

    async def find(self, token: str) -> Subscription | None:
        """Return the subscription with this token in its callback address, if any."""
        return await self._context().store.write(lambda tx: tx.subscriptions.by_token(token))

    async def verify(self, subscription: Subscription, query: Mapping[str, str]) -> str | None:
        """Record a hub's verification of intent; `query` is that of its request.

        Returns the challenge to echo, "" after a denial, None for a request that we did not make.
        """
        verdict = websub.verdict(subscription, query)
        if verdict == "subscribed":
            await self._confirm(subscription, query)
        elif verdict == "unsubscribed":
            await self._context().store.write(lambda tx: tx.subscriptions.end(subscription))
            log.info("unsubscribed", feed=subscription.url)
        elif verdict == "denied":
            await self._deny(subscription, query)
            return ""
        else:
            log.warning("hub asks for what we did not", feed=subscription.url)
            return None
        return query["hub.challenge"]

    async def _confirm(self, subscription: Subscription, query: Mapping[str, str]) -> None:
        now = self._clock()
        until = websub.lease_until(query, self._lease, now)
        renewal_at = websub.renewal_at(until, now)
        await self._context().store.write(
            lambda tx: tx.subscriptions.confirm(subscription, until, renewal_at)
        )
        log.info("subscribed", feed=subscription.url, until=until)

    async def _deny(self, subscription: Subscription, query: Mapping[str, str]) -> None:
        reason = f"denied: {query.get('hub.reason', '')[:200]}".rstrip(": ")
        await self._context().store.write(lambda tx: tx.subscriptions.deny(subscription, reason))
        log.warning("hub denied", feed=subscription.url, reason=reason)

    async def receive(
        self, subscription: Subscription, body: bytes, content_type: str, signature: str
    ) -> int:
        """Accept a push and return the HTTP status to answer with; the scan follows later.

        A push without a valid signature is dropped with the same answer (section 8 of WebSub).
        """
        now = self._clock()
        if not subscription.wanted or subscription.lease_until is None:
            return GONE
        of_this_feed = self._pending[subscription.feed_id]
        if of_this_feed >= _MOST_OF_ONE_FEED or self._pending.total() >= _MOST_PENDING:
            return BUSY
        signed = websub.is_signed(body, signature, subscription.secret)
        store = self._context().store
        await store.write(lambda tx: tx.subscriptions.count_push(subscription, now, signed=signed))
        if signed:
            self._start(self._ingest(subscription, body, content_type))
        else:
            log.warning("push dropped", feed=subscription.url, reason="not signed by its hub")
        return ACCEPTED

    async def _ingest(self, subscription: Subscription, body: bytes, content_type: str) -> None:
        """Claim the feed and ingest the pushed body; wait while the feed is being polled."""
        self._pending[subscription.feed_id] += 1
        try:
            for _ in range(_TRIES):
                if await self._try_ingest(subscription, body, content_type):
                    return
                await asyncio.sleep(_PAUSE)
            await self._context().store.write(
                lambda tx: tx.subscriptions.distrust_hub(subscription.feed_id)
            )
            log.warning("push dropped", feed=subscription.url, reason="its feed is being polled")
        finally:
            self._pending -= Counter((subscription.feed_id,))

    async def _try_ingest(self, subscription: Subscription, body: bytes, content_type: str) -> bool:
        """Ingest the pushed body; returns False where the feed is being polled."""
        context, now = self._context(), self._clock()
        if subscription.url not in context.feeds:
            return True  # the feed has left the configuration meanwhile
        lease_at = now + timedelta(seconds=context.poll_lease)
        due = await context.store.write(
            lambda tx: tx.subscriptions.claim_pushed(subscription.feed_id, now, lease_at)
        )
        if due is None:
            return False
        pushed = Fetched(
            body,
            due.body_digest,
            due.etag,
            due.last_modified,
            content_type,
            final_url=subscription.hub.topic,
            pushed=True,
        )
        await poll.take_pushed(context, due, pushed)
        return True
