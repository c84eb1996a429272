"""Assembles the pipeline's context from a configuration: store, fetcher, workers, channels.

`service` runs it continuously, `once` for a single pass.
"""

from __future__ import annotations

import asyncio
import gc
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from monitor import __version__, cache
from monitor.config.topic_cache import PackedTopics, kept_topics, packed_topics
from monitor.feeds.fetch import Fetcher
from monitor.pipeline.context import PipelineContext, Politeness
from monitor.scan.processes import run_apart
from monitor.scan.workers import Workers
from monitor.service import descriptors
from monitor.service.channels import ConfiguredChannels
from monitor.service.clock import utc_now
from monitor.service.trouble import Trouble
from monitor.store.admin.pruning import prune_in_chunks
from monitor.store.database import Store
from monitor.store.lock import sole_worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from monitor.alerts import Delivery
    from monitor.channels import Channel
    from monitor.config.load import Config
    from monitor.config.schema import PollingSettings
    from monitor.store.transaction import Transaction

log = structlog.get_logger()


@asynccontextmanager
async def open_store(database: Path, trouble: Trouble | None = None) -> AsyncIterator[Store]:
    """Open the database as the only process that works on it; `trouble` learns of its faults.

    Feeds and alerts that an earlier process had claimed come due at once. Raises StoreError.
    """
    trouble, is_new = trouble or Trouble(), _is_new(database)
    with sole_worker(database) as lock:
        trouble.note = lock.note
        async with Store(database, trouble.observe) as store:
            if is_new:
                log.warning("new database", at=str(database))
            now = utc_now()
            await store.write(lambda tx: tx.feeds.release_leases(now))
            yield store


def _is_new(database: Path) -> bool:
    return not database.exists()


@asynccontextmanager
async def open_context(
    config: Config,
    store: Store,
    channels: Mapping[str, Channel] | None = None,
    *,
    delivery: Delivery | None = None,
) -> AsyncIterator[PipelineContext]:
    """Open the fetcher, the workers and the channels; close them at the end.

    `channels` and `delivery` replace those of the configuration; who gives channels closes them.
    """
    polling = config.polling
    limit = descriptors.raise_limit()
    at_once = _at_once(polling, limit)
    async with AsyncExitStack() as stack:
        configured = ConfiguredChannels(config.channels)
        stack.push_async_callback(configured.close)
        topics = await asyncio.to_thread(_topics, config)  # takes seconds, the first time
        workers = await stack.enter_async_context(_workers(polling, topics))
        fetcher = await stack.enter_async_context(_fetcher(polling, at_once, limit))
        gc.freeze()  # with 180,000 feeds, a garbage collection stops the event loop for 0.3 s
        yield PipelineContext(
            store=store,
            feeds={feed.url: feed for feed in config.feeds},
            topics={topic.id: topic for topic in config.topics},
            packed=topics.digest,
            channels=channels or configured,
            fetch=fetcher.fetch,
            ask_hub=fetcher.ask_hub,
            scan_one=workers,
            match_some=workers.match_some,
            politeness=Politeness(at_once, polling.per_host, polling.host_delay),
            poll_lease=polling.timeout + workers.longest,
            delivery=delivery or config.delivery,
        )


def _topics(config: Config) -> PackedTopics:
    return _keep_topics(config) or packed_topics(config.topics, config.sets)


def _keep_topics(config: Config) -> PackedTopics | None:
    """Return the packed topics of the cache folder, None without one.

    What compiles them takes seconds, and 100 MB that this process would keep: it gets its own.
    """
    found = kept_topics(config.topics, config.sets)
    if found or not cache.folder():
        return found
    log.info("compiling topics", topics=len(config.topics))
    run_apart(packed_topics, config.topics, dict(config.sets))
    return kept_topics(config.topics, config.sets)


def _workers(polling: PollingSettings, topics: PackedTopics) -> Workers:
    return Workers(polling.workers, polling.parse_deadline, topics=topics.source)


def _at_once(polling: PollingSettings, limit: int) -> int:
    at_once = descriptors.at_once(polling.at_once, limit)
    if at_once < polling.at_once:
        log.warning("fewer feeds at once", at_once=at_once, reason=f"{limit} open files at most")
    return at_once


def _fetcher(polling: PollingSettings, at_once: int, limit: int) -> Fetcher:
    contact = f" (+{polling.contact})" if polling.contact else ""
    return Fetcher(
        timeout=polling.timeout,
        max_body=polling.max_body,
        user_agent=f"monitor/{__version__}{contact}",
        at_once=at_once,
        keep=descriptors.kept_open(at_once, limit),
    )


async def sync_configuration(
    config: Config,
    store: Store,
    now: datetime,
    *,
    retry_stopped: bool = False,
    has_callback: bool = False,
    patience: float = 0.0,
) -> None:
    """Make the feeds and the outbox in the database match a configuration.

    `retry_stopped`: stopped channels are tried again at once. `has_callback`: hubs can reach us,
    so that feeds may rely on their pushes. `patience`: seconds to wait for a busy database.
    """

    def change(tx: Transaction) -> int:
        tx.feeds.sync(config.feeds, now)
        tx.gloss.set_readers(config.delivery.readers)
        tx.pages.note_folder(str(config.records_folder))
        if has_callback:
            tx.subscriptions.rely_on_hubs(now)
        else:
            tx.subscriptions.rely_on_polls()
        if retry_stopped:
            tx.channels.resume(now)
        return tx.alerts.move(channels)

    # readers' alerts move to the operations channel only where there is no other: it comes last
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
    """Delete articles and hits beyond their retention, and let SQLite tidy up.

    The file of the topics counts as used again: new workers read it.
    """
    from monitor.service.desk_work import prune_records

    await asyncio.to_thread(_keep_topics, config)
    now, retention = utc_now(), config.retention
    articles_before = now - timedelta(seconds=retention.articles)
    hits_before = now - timedelta(seconds=retention.hits)
    pruned = await prune_in_chunks(store, articles_before, hits_before)
    if pruned:
        log.info("pruned", articles=pruned)
    await prune_records(store, config, now)
    await store.tidy()
