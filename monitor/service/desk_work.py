"""What the service does after alerts: escalates, and looks at the pages of hits."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

import structlog

from monitor import __version__
from monitor.feeds.pages import PageFetcher
from monitor.gloss.endpoint import Endpoint, translate
from monitor.gloss.headlines import Glossing, gloss_headlines
from monitor.pipeline import after_alert
from monitor.pipeline.pages import AT_ONCE, PageTools, look_at_pages
from monitor.service.clock import utc_now
from monitor.service.page_reader import read_page

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config.load import Config
    from monitor.config.schema import GlossSettings
    from monitor.evidence.warc import RecordFolder
    from monitor.model.page import PageAnswer
    from monitor.pipeline.context import PipelineContext
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

log = structlog.get_logger()
_LONGEST = timedelta(seconds=50)  # of one run: the next begins after a minute


async def work(context: PipelineContext, config: Config, now: datetime) -> None:
    """Escalate what nobody took, gloss headlines, then look at the pages that are due."""
    await after_alert.escalate(context, now)
    if config.gloss:
        await gloss_headlines(context.store, _glossing(config.gloss, config), now)
    if all(topic.keep == "off" for topic in config.topics):
        return
    async with AsyncExitStack() as stack:
        fetcher = await stack.enter_async_context(_fetcher(config))
        tools = _tools(config, fetcher)
        while utc_now() - now < _LONGEST:
            if await look_at_pages(context, tools, utc_now()):
                continue
            if not await context.store.write(lambda tx: tx.pages.count_due(utc_now())):
                return
            await asyncio.sleep(config.pages.host_delay)  # all that is due is of busy hosts


def _glossing(settings: GlossSettings, config: Config) -> Glossing:
    endpoint = Endpoint(
        settings.url.get_secret_value(), settings.model, settings.token.get_secret_value()
    )
    return Glossing(
        partial(translate, endpoint), endpoint.name, config.delivery.readers, settings.monthly
    )


def _fetcher(config: Config) -> PageFetcher:
    contact = f" (+{config.polling.contact})" if config.polling.contact else ""
    return PageFetcher(
        timeout=config.polling.timeout,
        max_body=config.pages.max_body,
        user_agent=f"monitor/{__version__}{contact}",
        at_once=AT_ONCE,
        proxy=config.pages.keep_proxy.get_secret_value(),
    )


def _tools(config: Config, fetcher: PageFetcher) -> PageTools:
    folder = _records(config)

    def record(answer: PageAnswer, at: datetime) -> tuple[str, str]:
        return folder.add(answer, at) if folder else ("", "")

    return PageTools(
        fetch=lambda link, at, private: fetcher.page(link, at, allow_private=private),
        read=read_page,
        record=record,
        looks=config.pages.look_again,
        host_delay=config.pages.host_delay,
    )


def _records(config: Config) -> RecordFolder | None:
    """Return the folder of records, None without the extra `pages`."""
    if not find_spec("warcio"):
        return None
    from monitor.evidence.warc import RecordFolder

    return RecordFolder(config.records_folder, config.pages.disk)


async def prune_records(store: Store, config: Config, now: datetime) -> None:
    """Delete records beyond their retention or the disk limit, the oldest first, and note it."""
    folder = _records(config)
    if folder is None or not folder.sizes():
        return
    gone = folder.delete_old(now - timedelta(seconds=config.pages.retention))
    size = sum(folder.sizes().values())

    def note(tx: Transaction) -> None:
        looks = sum(tx.pages.forget_records(name) for name in gone)
        tx.pages.note_disk(size, config.pages.disk, gone, looks, now)

    await store.write(note)
    if gone:
        log.warning("page records deleted", files=gone, reason="retention, or the disk limit")
