"""Builds the desk from a configuration, and runs it: once, or for ever."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor import __version__, pipeline
from monitor.channels import CHANNELS, Channel, Console
from monitor.executors import Workers
from monitor.fetch import Fetcher
from monitor.matching import pack
from monitor.pipeline import Desk, Politeness, Polled
from monitor.store.database import Store
from monitor.store.lock import sole_worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Mapping

    from monitor.config.load import Config

log = structlog.get_logger()

POLL_TICK = 1.0  # seconds
DELIVER_TICK = 0.5
HOUSEKEEPING_TICK = 3_600.0
PATIENCE = 10.0  # seconds that a single run waits for an alert which is due again so soon
_TRIES = 5  # sends in a row without success, after which a single run leaves the rest for later
_PASS = 0.1
_DRAIN_POLLS, _DRAIN_SENDS = 5.0, 8.0  # seconds from the signal


def utc_now() -> datetime:
    """Return the time; the path below gets it as an argument."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Summary:
    """What a single run did. `delivered` counts how sends ended; `waiting` alerts are left."""

    polled: list[Polled] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    waiting: int = 0


@asynccontextmanager
async def open_desk(
    config: Config, channels: Mapping[str, Channel] | None = None
) -> AsyncIterator[Desk]:
    """Open the database, the sessions, the workers and the channels; close them at the end.

    `channels` replaces those of the configuration. Raises StoreError.
    """
    polling = config.polling
    async with AsyncExitStack() as stack:
        stack.enter_context(sole_worker(config.database))
        store = await stack.enter_async_context(Store(config.database))
        now = utc_now()
        await store.write(lambda tx: tx.release_leases(now))
        await store.write(lambda tx: tx.sync_feeds(config.feeds, now))
        contact = f" (+{polling.contact})" if polling.contact else ""
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
        yield Desk(
            store=store,
            feeds={feed.url: feed for feed in config.feeds},
            topics={topic.id: topic for topic in config.topics},
            packed=pack(config.topics),
            channels=opened,
            fetch=(await stack.enter_async_context(fetcher)).fetch,
            scan_one=await stack.enter_async_context(
                Workers(polling.workers, polling.parse_deadline)
            ),
            politeness=Politeness(polling.at_once, polling.per_host, polling.host_delay),
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
    async with open_desk(config, channels) as desk:
        await _poll_due(desk, summary, progress)
        if dry_run:
            for message in await pipeline.rehearse(desk, utc_now()):
                await Console().send(message)
        else:
            await _deliver_due(desk, summary)
        summary.waiting = await desk.store.write(lambda tx: tx.unsent())
        await _keep_house(desk, config)
    return summary


async def _poll_due(desk: Desk, summary: Summary, progress: Callable[[int, int], None]) -> None:
    started = utc_now()
    total = await desk.store.write(lambda tx: tx.waiting_feeds(started))
    progress(0, total)

    async def one_pass() -> None:
        summary.polled += await pipeline.poll(desk, utc_now())
        progress(len(summary.polled), total)

    async with asyncio.TaskGroup() as passes:
        while await desk.store.write(lambda tx: tx.waiting_feeds(started)):
            passes.create_task(one_pass())
            await asyncio.sleep(_PASS)


async def _deliver_due(desk: Desk, summary: Summary) -> None:
    """Deliver until nothing is due soon; a channel's rest between two messages is waited for."""
    names, in_vain = list(desk.channels), 0
    while in_vain < _TRIES:
        next_at = await desk.store.write(lambda tx: tx.next_send_at(names))
        wait = (next_at - utc_now()).total_seconds() if next_at else None
        if wait is None or wait > PATIENCE:
            return
        await asyncio.sleep(max(wait, 0))
        delivered = await pipeline.deliver(desk, utc_now())
        summary.delivered += delivered
        in_vain = 0 if {"sent", "silenced"} & set(delivered) else in_vain + bool(delivered)


async def _keep_house(desk: Desk, config: Config) -> None:
    now = utc_now()
    articles, hits = (
        now - timedelta(seconds=age) for age in (config.retention.articles, config.retention.hits)
    )
    pruned = await desk.store.write(lambda tx: tx.prune(articles, hits))
    if pruned:
        log.info("pruned", articles=pruned)


async def run_forever(config: Config) -> None:
    """Poll and deliver until SIGTERM or SIGINT, then stop within ten seconds.

    An unexpected error ends the process; whatever starts it again finds every claim due.
    """
    async with open_desk(config) as desk:
        await _Service(desk, config).run()


class _Service:
    """The ticks, and the tasks that they started."""

    def __init__(self, desk: Desk, config: Config) -> None:
        self._desk = desk
        self._config = config
        self._stop = asyncio.Event()
        self._error: BaseException | None = None
        self._polls: set[asyncio.Task[Any]] = set()
        self._sends: set[asyncio.Task[Any]] = set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        scheduler = AsyncIOScheduler(timezone=UTC)
        self._tick(scheduler, self._poll, POLL_TICK)
        self._tick(scheduler, self._deliver, DELIVER_TICK)
        self._tick(scheduler, self._keep_house, HOUSEKEEPING_TICK)
        scheduler.start()
        log.info("started", feeds=len(self._desk.feeds), topics=len(self._desk.topics))
        await self._stop.wait()
        scheduler.shutdown(wait=False)
        await self._drain()
        if self._error:
            raise self._error
        log.info("stopped")

    def _tick(self, scheduler: AsyncIOScheduler, tick: Callable[[], Any], every: float) -> None:
        """Run a tick every so many seconds, late rather than never, and never twice at once."""
        scheduler.add_job(
            tick, "interval", seconds=every, next_run_time=utc_now(),
            misfire_grace_time=None, coalesce=True, max_instances=1,
        )  # fmt: skip

    async def _poll(self) -> None:
        self._start(self._polls, pipeline.poll(self._desk, utc_now()))

    async def _deliver(self) -> None:
        self._start(self._sends, pipeline.deliver(self._desk, utc_now()))

    async def _keep_house(self) -> None:
        self._start(self._polls, _keep_house(self._desk, self._config))

    def _start(self, tasks: set[asyncio.Task[Any]], work: Coroutine[Any, Any, Any]) -> None:
        """Start work beside the tick, so that a slow feed does not hold up the next tick."""
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(lambda done: self._finished(tasks, done))

    def _finished(self, tasks: set[asyncio.Task[Any]], task: asyncio.Task[Any]) -> None:
        tasks.discard(task)
        if not task.cancelled() and task.exception():
            self._error = self._error or task.exception()
            self._stop.set()

    async def _drain(self) -> None:
        """Let what runs finish; what is cut off comes due again."""
        log.info("stopping", polls=len(self._polls), sends=len(self._sends))
        polls, sends = list(self._polls), list(self._sends)
        for tasks, limit in ((polls, _DRAIN_POLLS), (sends, _DRAIN_SENDS - _DRAIN_POLLS)):
            if tasks:
                _, late = await asyncio.wait(tasks, timeout=limit)
                for task in late:
                    task.cancel()
        await asyncio.gather(*polls, *sends, return_exceptions=True)
