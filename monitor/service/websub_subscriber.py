"""Feeds that hubs push (WebSub): asked for, verified, taken in as a poll's answer is.

    a poll finds a hub ─▶ ask it ─▶ it verifies ─▶ it pushes ─▶ signed? ─▶ claim ─▶ scan ─▶ ingest
                           ▲                            │
                           └── before the lease ends ◀──┘

Subscriptions are one more queue with due times. Polling stays the fallback: whatever goes wrong
here, the feed is polled at its usual pace. Decisions are taken by `websub` and `schedule`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from monitor.errors import FetchError
from monitor.feeds import websub
from monitor.model import Fetched, Subscription
from monitor.pipeline import poll

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from datetime import datetime
    from typing import Any

    from monitor.pipeline.context import PipelineContext

log = structlog.get_logger()

_AT_ONCE = 8  # hubs asked in one tick
_UNDER_WAY = 64  # pushes being taken in, beyond which hubs are told to come again
_OF_ONE_FEED = 4  # so that one hub can neither fill the memory nor keep others out
_TRIES = 60  # seconds to wait for a feed that is being polled
ACCEPTED, NOT_FOUND, GONE, BUSY = 202, 404, 410, 503


class Subscriber:
    """Asks hubs, and hears what they say.

    `context` gives the one of the moment, `clock` the time; `start` runs what must not hold up the
    answer to a hub. `callback` is the public address that hubs are given, with a token after it;
    `lease` the seconds that are asked for.
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
        self._under_way: Counter[int] = Counter()  # pushes by feed

    async def ask_hubs(self) -> None:
        """Ask the hubs whose time has come to push, to go on, or to stop."""
        now, store = self._clock(), self._context().store
        due = await store.write(lambda tx: tx.subscriptions.due(now, _AT_ONCE))
        await asyncio.gather(*(self._ask(subscription, now) for subscription in due))

    async def _ask(self, subscription: Subscription, now: datetime) -> None:
        context = self._context()
        again_at = websub.next_ask(subscription.attempts + 1, now)
        await context.store.write(lambda tx: tx.subscriptions.begin_ask(subscription, again_at))
        asked = "subscribe" if subscription.wanted else "unsubscribe"
        form = websub.request(subscription, self._callback, self._lease)
        hub = subscription.hub.address
        address = hub if subscription.private else websub.secured(hub)
        try:
            await context.ask_hub(address, form, allow_private=subscription.private)
        except FetchError as error:
            reason = str(error)
            await context.store.write(lambda tx: tx.subscriptions.ask_failed(subscription, reason))
            log.warning(
                "hub refused", feed=subscription.url, asked=asked, reason=reason, due_at=again_at
            )
        else:
            log.info("hub asked", feed=subscription.url, asked=asked)

    async def find(self, token: str) -> Subscription | None:
        """Return the subscription that an address of ours belongs to, if any."""
        return await self._context().store.write(lambda tx: tx.subscriptions.by_token(token))

    async def verify(self, subscription: Subscription, query: Mapping[str, str]) -> str | None:
        """Hear what a hub says of a subscription; return what to echo, None if we did not ask."""
        store, now = self._context().store, self._clock()
        verdict = websub.verdict(subscription, query)
        if verdict == "subscribed":
            until = websub.lease_until(query, self._lease, now)
            again_at = websub.renewal_at(until, now)
            await store.write(lambda tx: tx.subscriptions.confirm(subscription, until, again_at))
            log.info("subscribed", feed=subscription.url, until=until)
        elif verdict == "unsubscribed":
            await store.write(lambda tx: tx.subscriptions.end(subscription))
            log.info("unsubscribed", feed=subscription.url)
        elif verdict == "denied":
            reason = f"denied: {query.get('hub.reason', '')[:200]}".rstrip(": ")
            await store.write(lambda tx: tx.subscriptions.deny(subscription, reason))
            log.warning("hub denied", feed=subscription.url, reason=reason)
            return ""
        else:
            log.warning("hub asks for what we did not", feed=subscription.url)
            return None
        return query["hub.challenge"]

    async def take(
        self, subscription: Subscription, body: bytes, content_type: str, signature: str
    ) -> int:
        """Take what a hub pushed; return the status to answer with, before it is scanned.

        What is not signed with the secret is dropped, and answered as if it were not.
        """
        now = self._clock()
        if not subscription.wanted or subscription.lease_until is None:
            return GONE
        ours = self._under_way[subscription.feed_id]
        if ours >= _OF_ONE_FEED or self._under_way.total() >= _UNDER_WAY:
            return BUSY
        signed = websub.is_signed(body, signature, subscription.secret)
        store = self._context().store
        await store.write(lambda tx: tx.subscriptions.count_push(subscription, now, signed=signed))
        if signed:
            self._start(self._bring(subscription, body, content_type))
        else:
            log.warning("push dropped", feed=subscription.url, reason="not signed by its hub")
        return ACCEPTED

    async def _bring(self, subscription: Subscription, body: bytes, content_type: str) -> None:
        """Claim the feed, and take the body in as a poll's answer."""
        self._under_way[subscription.feed_id] += 1
        try:
            for _ in range(_TRIES):
                if await self._brought(subscription, body, content_type):
                    return
                await asyncio.sleep(1)
            await self._context().store.write(
                lambda tx: tx.subscriptions.distrust_hub(subscription.feed_id)
            )
            log.warning("push dropped", feed=subscription.url, reason="its feed is being polled")
        finally:
            self._under_way -= Counter((subscription.feed_id,))

    async def _brought(self, subscription: Subscription, body: bytes, content_type: str) -> bool:
        """Take the body in, unless the feed is being polled."""
        context, now = self._context(), self._clock()
        if subscription.url not in context.feeds:
            return True  # it has left the configuration meanwhile
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
