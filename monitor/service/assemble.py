"""Builds the desk from a configuration, and runs it once. `service` runs it for ever."""

from __future__ import annotations

import asyncio
import gc
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from monitor import __version__
from monitor.channels import CHANNELS, Channel
from monitor.feeds.fetch import Fetcher
from monitor.matching.compile import pack
from monitor.model import Politeness
from monitor.pipeline.context import PipelineContext
from monitor.scan.workers import Workers
from monitor.service.clock import utc_now
from monitor.store.admin.pruning import prune_in_chunks
from monitor.store.database import Store
from monitor.store.lock import sole_worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from monitor.alerts import Delivery
    from monitor.config.load import Config
    from monitor.store.transaction import Transaction

log = structlog.get_logger()

_QUEUEING = 60.0  # seconds that a fetched feed may wait for a worker before its claim is lost


@asynccontextmanager
async def open_store(database: Path) -> AsyncIterator[Store]:
    """Open the database as the only process that works on it.

    What a process that is gone had claimed comes due at once. Raises StoreError.
    """
    with sole_worker(database):
        async with Store(database) as store:
            now = utc_now()
            await store.write(lambda tx: tx.feeds.release_leases(now))
            yield store


@asynccontextmanager
async def open_context(
    config: Config,
    store: Store,
    channels: Mapping[str, Channel] | None = None,
    *,
    delivery: Delivery | None = None,
) -> AsyncIterator[PipelineContext]:
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
        yield PipelineContext(
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


async def sync_configuration(
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
        tx.feeds.sync(config.feeds, now)
        if pushed:
            tx.subscriptions.rely_on_hubs(now)
        else:
            tx.subscriptions.rely_on_polls()
        if anew:
            tx.service.resume_channels(now)
        return tx.alerts.move(channels)

    # what is for readers goes to operations only where there is nothing else
    channels = sorted(config.channels, key=lambda name: name == config.operations.channel)
    moved = await store.write(change, patience=patience)
    if moved:
        log.warning(
            "alerts moved",
            alerts=moved,
            to=channels[0],
            reason="their channel is not configured any more",
        )


async def run_maintenance(store: Store, config: Config) -> None:
    """Delete what is older than its retention, and let SQLite tidy up."""
    now = utc_now()
    articles, hits = (
        now - timedelta(seconds=age) for age in (config.retention.articles, config.retention.hits)
    )
    pruned = await prune_in_chunks(store, articles, hits)
    if pruned:
        log.info("pruned", articles=pruned)
    await store.tidy()
