"""Builds the desk from a configuration, and runs it once. `service` runs it for ever."""

from __future__ import annotations

import asyncio
import gc
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from monitor import __version__, operations, topicnews
from monitor.channels import CHANNELS, Channel, Console
from monitor.clock import utc_now
from monitor.errors import MonitorError
from monitor.executors import Workers
from monitor.fetch import Fetcher
from monitor.matching.compile import pack
from monitor.model import Politeness, Polled
from monitor.pipeline import deliver, poll
from monitor.pipeline.context import Desk
from monitor.store.admin.pruning import prune_in_chunks
from monitor.store.database import Store
from monitor.store.lock import sole_worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from monitor.alerts import Delivery
    from monitor.config.load import Config
    from monitor.store.transaction import Transaction

log = structlog.get_logger()

PATIENCE = 10.0  # seconds that a single run waits for an alert which is due again so soon
_TRIES = 5  # sends in a row without success, after which a single run leaves the rest for later
_PASS = 0.1
_QUEUEING = 60.0  # seconds that a fetched feed may wait for a worker before its claim is lost


@dataclass(slots=True)
class Summary:
    """What a single run did. `delivered` is how sends ended; `waiting` alerts are left."""

    polled: list[Polled] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    waiting: int = 0

    @property
    def failed(self) -> bool:
        """Whether alerts could not be sent that should have been."""
        return "failed" in self.delivered or bool(self.waiting and "retry" in self.delivered)


@asynccontextmanager
async def open_store(database: Path) -> AsyncIterator[Store]:
    """Open the database as the only process that works on it.

    What a process that is gone had claimed comes due at once. Raises StoreError.
    """
    with sole_worker(database):
        async with Store(database) as store:
            now = utc_now()
            await store.write(lambda tx: tx.release_leases(now))
            yield store


@asynccontextmanager
async def open_desk(
    config: Config,
    store: Store,
    channels: Mapping[str, Channel] | None = None,
    *,
    delivery: Delivery | None = None,
) -> AsyncIterator[Desk]:
    """Open the sessions, the workers and the channels; close them at the end.

    `channels` and `delivery` replace what the configuration says.
    """
    polling = config.polling
    contact = f" (+{polling.contact})" if polling.contact else ""
    async with AsyncExitStack() as stack:
        fetcher = Fetcher(
            timeout=polling.timeout,
            max_body=polling.max_body,
            user_agent=f"monitor/{__version__}{contact}",
            at_once=polling.at_once,
        )
        opened = channels or {
            name: CHANNELS[each.type](**each.arguments()) for name, each in config.channels.items()
        }
        for channel in opened.values():
            stack.push_async_callback(channel.close)
        packed = await asyncio.to_thread(pack, config.topics, config.sets)  # seconds
        workers = Workers(polling.workers, polling.parse_deadline, topics=packed)
        opened_fetcher = await stack.enter_async_context(fetcher)
        gc.freeze()  # of 180,000 feeds, looking for garbage among them stops all else for 0.3 s
        yield Desk(
            store=store,
            feeds={feed.url: feed for feed in config.feeds},
            topics={topic.id: topic for topic in config.topics},
            packed=packed,
            channels=opened,
            fetch=opened_fetcher.fetch,
            ask_hub=opened_fetcher.ask_hub,
            scan_one=await stack.enter_async_context(workers),
            politeness=Politeness(polling.at_once, polling.per_host, polling.host_delay),
            poll_lease=polling.timeout + polling.parse_deadline + _QUEUEING,
            delivery=delivery or config.delivery,
        )


async def run_once(
    config: Config,
    channels: Mapping[str, Channel] | None = None,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Summary:
    """Poll every feed that is due, then deliver every alert that is due.

    `dry_run` prints the messages instead of sending them: alerts stay in the outbox. `progress`
    gets (feeds polled, in all).
    """
    summary = Summary()
    async with (
        open_store(config.database) as store,
        open_desk(config, store, channels, delivery=at_once(config.delivery)) as desk,
    ):
        started = utc_now()
        await take_over(config, store, started)
        await _poll_due(desk, summary, progress)
        await topicnews.tell(desk, utc_now())
        await operations.tell(store, config.operations, utc_now())
        if dry_run:
            for message in await deliver.rehearse(desk, utc_now()):
                await Console().send(message)
        else:
            await _deliver_due(desk, summary)
        summary.waiting = await desk.store.write(lambda tx: tx.unsent())
        await keep_house(store, config)
    return summary


def at_once(delivery: Delivery) -> Delivery:
    """Return how a single run delivers: it sends after all polls, so nothing waits for others."""
    return replace(delivery, group_wait=0.0, digest_wait=0.0, edit_wait=0.0)


async def _poll_due(desk: Desk, summary: Summary, progress: Callable[[int, int], None]) -> None:
    started = utc_now()
    total = await desk.store.write(lambda tx: tx.waiting_feeds(started))
    progress(0, total)

    async def one_pass() -> None:
        summary.polled += await poll.poll(desk, utc_now())
        progress(len(summary.polled), total)

    try:
        async with asyncio.TaskGroup() as passes:
            while await desk.store.write(lambda tx: tx.waiting_feeds(started)):
                passes.create_task(one_pass())
                await asyncio.sleep(_PASS)
    except* MonitorError as errors:
        raise errors.exceptions[0] from None


async def _deliver_due(desk: Desk, summary: Summary) -> None:
    """Deliver on all channels at the same time, so that one which hangs holds up no other."""
    alone = (replace(desk, channels={name: each}) for name, each in desk.channels.items())
    await asyncio.gather(*(_deliver_to_one(each, summary) for each in alone))


async def _deliver_to_one(desk: Desk, summary: Summary) -> None:
    """Deliver until nothing is due soon; a channel's rest between two messages is waited for."""
    names, in_vain = list(desk.channels), 0
    while in_vain < _TRIES:
        next_at = await desk.store.write(lambda tx: tx.next_send_at(names))
        wait = (next_at - utc_now()).total_seconds() if next_at else None
        if wait is None or wait > PATIENCE:
            return
        await asyncio.sleep(max(wait, 0))
        delivered = await deliver.deliver(desk, utc_now())
        summary.delivered += delivered
        in_vain = 0 if {"sent", "silenced"} & set(delivered) else in_vain + 1


async def take_over(
    config: Config,
    store: Store,
    now: datetime,
    *,
    anew: bool = False,
    pushed: bool = False,
    patience: float = 0.0,
) -> None:
    """Make feeds and outbox those of a configuration; `anew`, stopped channels are tried again.

    `pushed`: somebody listens to the hubs of feeds. `patience`: seconds to wait for the database.
    """

    def change(tx: Transaction) -> int:
        tx.sync_feeds(config.feeds, now)
        if pushed:
            tx.rely_on_hubs(now)
        else:
            tx.rely_on_polls()
        if anew:
            tx.resume_channels(now)
        return tx.move_alerts(channels)

    # what is for readers goes to operations only where there is nothing else
    channels = sorted(config.channels, key=lambda name: name == config.operations.channel)
    moved = await store.write(change, patience=patience)
    if moved:
        log.warning("alerts moved", alerts=moved, to=channels[0],
                    reason="their channel is not configured any more")  # fmt: skip


async def keep_house(store: Store, config: Config) -> None:
    """Delete what is older than its retention, and let SQLite tidy up."""
    now = utc_now()
    articles, hits = (
        now - timedelta(seconds=age) for age in (config.retention.articles, config.retention.hits)
    )
    pruned = await prune_in_chunks(store, articles, hits)
    if pruned:
        log.info("pruned", articles=pruned)
    await store.tidy()
