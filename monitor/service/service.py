"""The service: ticks, signals, jumps of the clock, and an orderly end.

APScheduler runs a handful of ticks. A tick only claims due feeds or alerts and starts a task for
each, so that a slow feed or a hanging Slack delays no other. An unexpected error ends the process
(crash-only): the next process finds every claim due again.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from monitor import __version__
from monitor.errors import StoreError
from monitor.pipeline import poll
from monitor.pipeline.rounds import Round
from monitor.service.assemble import open_store, run_maintenance
from monitor.service.clock import JumpDetector, utc_now
from monitor.service.metrics import Metrics
from monitor.service.reload import Reloader
from monitor.service.servers import open_health, open_public
from monitor.service.systemd import Notifier
from monitor.service.tasks import wait_or_cancel
from monitor.service.ticks import Every, tick_scheduler
from monitor.service.trouble import Trouble, TroubleNotices

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.config.load import Config
    from monitor.config.schema import WebSubSettings
    from monitor.model import Claim, DueFeed
    from monitor.pipeline.context import PipelineContext
    from monitor.service.websub_subscriber import Subscriber
    from monitor.store.database import Store
    from monitor.store.tables.heartbeat import QueueStats
    from monitor.store.transaction import Transaction

log = structlog.get_logger()

# Seconds between two runs of a tick.
POLL_TICK = 1.0
HUB_TICK = 5.0
DELIVER_TICK = 0.5
WATCHDOG_TICK = 5.0
HOUSEKEEPING_TICK = 3_600.0
OPERATIONS_TICK = 60.0
TOPICS_TICK = 600.0
TROUBLE_TICK = 5.0
_OTHER_WORK = 0.2  # seconds until other work than polls loads its libraries: requests are out
_AFTER_LEASE = 30.0  # seconds after a lease in which its feed is surely polled again
_DRAIN_POLLS, _DRAIN_SENDS = 5.0, 8.0  # seconds from the signal until they are cancelled
_FAR = 86_400.0  # seconds: a clock set ahead by more makes pruning wait for as long
_SAME_FAULT = 30.0  # seconds between two log lines about one passing fault of the database

Tick = Callable[[], Coroutine[Any, Any, None]]


async def serve(load: Callable[[], Config]) -> None:
    """Poll and deliver until SIGTERM or SIGINT; SIGHUP loads the configuration again by `load`.

    Raises ConfigError for mistakes in the first configuration, StoreError when the database
    cannot be used.
    """
    config, trouble = load(), Trouble()
    async with open_store(config.database, trouble) as store:
        await _Service(load, config, store, trouble).run()


class _Service:
    """One run of the service: its ticks, and the tasks that they start."""

    def __init__(
        self, load: Callable[[], Config], config: Config, store: Store, trouble: Trouble
    ) -> None:
        self._store = store
        self._trouble = trouble
        self._trouble_notices = TroubleNotices(trouble)
        self._metrics = Metrics(store.path, trouble)
        self._notifier = Notifier()
        self._jumps = JumpDetector()
        self._scheduler = tick_scheduler()
        self._started_at = utc_now()
        self._stop = asyncio.Event()
        self._gate = asyncio.Lock()  # a tick, a reload and a jump of the clock exclude each other
        self._reload_wanted = asyncio.Event()
        self._shift = 0.0  # seconds by which the clock was set and due times are not yet moved
        self._prune_at = 0.0  # the loop's time before which nothing is pruned
        self._error: BaseException | None = None
        self._fault_logged = 0.0
        self._queue_stats: QueueStats | None = None  # of the last heartbeat
        self._subscriber = self._new_subscriber(config.websub)
        self._polls: set[asyncio.Task[None]] = set()
        self._crowded = False  # `polling.at_once` feeds are being polled, and more may be due
        self._sends: set[asyncio.Task[None]] = set()
        self._others: set[asyncio.Task[None]] = set()
        self._reloader = self._new_reloader(load, config)

    def _new_reloader(self, load: Callable[[], Config], config: Config) -> Reloader:
        return Reloader(
            load,
            config,
            self._store,
            self._gate,
            start=lambda work: self._start(self._others, work),
            in_use=lambda: [*self._polls, *self._sends],
            failed=self._failed,
        )

    @property
    def _config(self) -> Config:
        return self._reloader.config

    @property
    def _context(self) -> PipelineContext:
        return self._reloader.context

    async def run(self) -> None:
        """Run until told to stop, then drain. Raises the error that ended the service, if any."""
        async with AsyncExitStack() as stack:
            await open_health(stack, self._config, self._metrics.text, self._unready)
            await self._reloader.open()
            stack.push_async_callback(self._reloader.close)
            await open_public(stack, self._config, self._subscriber)
            self._begin()
            await self._stop.wait()
            await self._end()
        if self._error:
            raise self._error
        log.info("stopped")

    def _begin(self) -> None:
        self._handle_signals()
        self._add_ticks()
        self._scheduler.start()
        self._start(self._others, self._watch_trouble())
        self._start(self._others, self._reload_when_wanted())
        log.info(
            "started",
            pid=os.getpid(),
            feeds=len(self._context.feeds),
            topics=len(self._context.topics),
            database=str(self._store.path),
        )
        self._notify_ready()

    def _handle_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload_wanted.set)

    def _add_ticks(self) -> None:
        self._add("poll", self._poll, POLL_TICK, wait=0)
        self._add("deliver", self._deliver, DELIVER_TICK)
        self._add("watchdog", self._beat, self._watchdog_tick())
        self._add("housekeeping", self._run_maintenance, HOUSEKEEPING_TICK)
        if self._subscriber:
            self._add("hubs", self._ask_hubs, HUB_TICK)
        self._add("operations", self._notify_operator, OPERATIONS_TICK)
        self._add("topics", self._notify_of_topics, TOPICS_TICK)

    def _watchdog_tick(self) -> float:
        interval = self._notifier.watchdog_interval
        return min(WATCHDOG_TICK, interval / 2) if interval else WATCHDOG_TICK

    def _notify_ready(self) -> None:
        self._notifier.ready(f"{len(self._context.feeds)} feeds")

    async def _end(self) -> None:
        """Stop the ticks, then wait for the running tasks."""
        asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._notifier.stopping()
        self._scheduler.shutdown(wait=False)
        await asyncio.sleep(0)  # APScheduler cancels its ticks in the loop's next round
        await self._drain()

    async def _reload_when_wanted(self) -> None:
        while True:
            await self._reload_wanted.wait()
            self._reload_wanted.clear()
            self._notifier.reloading()
            await self._reloader.reload()
            self._notify_ready()

    # ── ticks ─────────────────────────────────────────────────────────────────────────────────

    def _add(self, name: str, tick: Tick, every: float, wait: float = _OTHER_WORK) -> None:
        """Run a tick after `wait` and then each `every` seconds: late rather than never."""
        self._scheduler.add_job(
            self._guarded,
            Every(every),
            (name, tick),
            id=name,
            next_run_time=utc_now() + timedelta(seconds=wait),
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )

    async def _guarded(self, name: str, tick: Tick) -> None:
        if self._stop.is_set():
            return
        try:
            async with self._gate:
                with self._metrics.tick(name):
                    await self._follow_clock()
                    await tick()
        except asyncio.CancelledError:
            if not self._stop.is_set():  # otherwise it was cancelled at the end
                raise
        except Exception as error:  # noqa: BLE001 - APScheduler would only log the error
            self._failed(error)

    async def _poll(self) -> None:
        """Start a poll of each due feed; where more may be due, claim again once half are done."""
        context = self._context
        self._trouble.quiet = context.poll_lease + poll.PATIENCE + _AFTER_LEASE
        free = context.politeness.at_once - self._under_way
        claimed = await poll.claim_feeds(context, utc_now()) if free > 0 else []
        together = Round(context, poll.PATIENCE, self._claim_again)
        together.expect(len(claimed))
        for due in claimed:
            self._trouble.claimed()
            self._start(self._polls, self._poll_one(context, due, together))
        together.close()
        self._crowded = len(claimed) >= free  # whatever has ended meanwhile

    async def _poll_one(self, context: PipelineContext, due: DueFeed, together: Round) -> None:
        result = await poll.poll_one(context, due, together)
        self._trouble.stored()
        self._metrics.count_poll(result)

    @property
    def _under_way(self) -> int:
        """The number of polls, without those that end with the next transaction."""
        return len(self._polls) - self._store.sharing

    def _claim_again(self) -> None:
        if self._crowded and self._under_way <= self._context.politeness.at_once // 2:
            self._crowded = False
            self._start(self._others, self._guarded("poll", self._poll))

    async def _deliver(self) -> None:
        from monitor.pipeline import deliver

        context, now = self._context, utc_now()
        for claimed in await deliver.claim_alerts(context, now):
            self._start(self._sends, self._deliver_one(context, claimed, now))

    async def _deliver_one(self, context: PipelineContext, claimed: Claim, now: datetime) -> None:
        from monitor.pipeline import deliver

        self._metrics.count_send(await deliver.deliver_one(context, claimed, now))

    async def _beat(self) -> None:
        """Record a heartbeat and report it to systemd: the loop ran, the database answered."""
        now = utc_now()
        channels = list(dict.fromkeys([*self._context.news_channels, *self._context.channels]))

        def beat(tx: Transaction) -> QueueStats:
            tx.alerts.move(channels)  # `monitor alerts retry` may have made orphaned alerts due
            return tx.service.beat(os.getpid(), __version__, self._started_at, now)

        stats = await self._store.write(beat)
        self._queue_stats = stats
        self._metrics.set_queues(stats, channels)
        waiting = stats.alert_states.get("pending", 0)
        status = f"{stats.feeds} feeds, {stats.feeds_failing} failing; {waiting} alerts waiting"
        self._notifier.alive(str(self._trouble) or "; ".join([status, *stats.reasons]))

    def _new_subscriber(self, websub: WebSubSettings | None) -> Subscriber | None:
        """Return the subscriber to hubs, None without WebSub; it asks for the present context."""
        if websub is None:
            return None
        from monitor.service.websub_subscriber import Subscriber

        return Subscriber(
            lambda: self._context,
            utc_now,
            lambda work: self._start(self._polls, work),
            callback=websub.callback,
            lease=websub.lease,
        )

    async def _ask_hubs(self) -> None:
        if self._subscriber:
            self._start(self._others, self._subscriber.ask_hubs())

    async def _run_maintenance(self) -> None:
        if asyncio.get_running_loop().time() < self._prune_at:
            log.warning("pruning waits", reason="the clock was set far ahead; it may be wrong")
            return
        self._start(self._others, run_maintenance(self._store, self._config))

    async def _notify_of_topics(self) -> None:
        from monitor.service import topic_notices

        await topic_notices.notify(self._context, utc_now())

    async def _notify_operator(self) -> None:
        from monitor.service import each_minute

        self._start(self._others, each_minute.work(self._context, self._config))

    async def _watch_trouble(self) -> None:
        """Say each few seconds what keeps the service from storing anything, and when it is over.

        Works beside the ticks: they may wait for the database.
        """
        while True:
            self._trouble.check()
            if self._trouble.cause:
                self._notifier.waiting(str(self._trouble), alive=self._trouble.is_answering)
            settings, channels = self._config.operations, self._context.channels
            try:
                await self._trouble_notices.begin(settings, channels)
                await self._trouble_notices.end(self._store, settings)
            except StoreError as error:
                self._failed(error)
            await asyncio.sleep(TROUBLE_TICK)

    # ── tasks ─────────────────────────────────────────────────────────────────────────────────

    def _start(self, tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        tasks.add(task)

        def finished(done: asyncio.Task[None]) -> None:
            tasks.discard(done)
            if not done.cancelled() and (error := done.exception()):
                self._failed(error)
            self._claim_again()  # not in polls: those of one transaction end before one is dropped

        task.add_done_callback(finished)

    def _failed(self, error: BaseException) -> None:
        """Continue after a passing fault of the database; any other error ends the service."""
        if not isinstance(error, StoreError) or not error.passing:
            self._error = self._error or error
            self._stop.set()
            return
        self._trouble.observe(error)
        now = asyncio.get_running_loop().time()
        if now - self._fault_logged >= _SAME_FAULT:
            self._fault_logged = now
            log.error("database", error=str(error), next="it is tried again every second")

    async def _drain(self) -> None:
        """Wait for running polls and sends; the claims of those cancelled come due again."""
        log.info("stopping", polls=len(self._polls), sends=len(self._sends))
        for task in self._others:
            task.cancel()
        polls = wait_or_cancel(list(self._polls), _DRAIN_POLLS)
        sends = wait_or_cancel(list(self._sends), _DRAIN_SENDS)
        await asyncio.gather(polls, sends, return_exceptions=True)
        await asyncio.gather(*self._others, return_exceptions=True)

    async def _unready(self) -> str:
        """Return why the service is not ready, "" where it is."""
        if self._trouble.cause:
            return str(self._trouble)
        stats = self._queue_stats
        return "; ".join([*stats.late, *stats.reasons]) if stats else "starting"

    # ── the clock ─────────────────────────────────────────────────────────────────────────────────

    async def _follow_clock(self) -> None:
        """Move all due times along with a clock that was set; after a sleep they are simply due.

        If the write fails, the shift stays pending and is retried on the next tick.
        """
        if jump := self._jumps.check():
            log.warning("clock", set_by=round(jump.set_by, 1), slept=round(jump.slept, 1))
            self._shift += jump.set_by
            if jump.set_by > _FAR:
                self._prune_at = asyncio.get_running_loop().time() + _FAR
        if self._shift:
            await self._shift_due_times()

    async def _shift_due_times(self) -> None:
        await wait_or_cancel(list(self._polls), 0)
        if self._sends:
            await asyncio.wait(self._sends)
        shift, now = self._shift, utc_now()

        def change(tx: Transaction) -> None:
            tx.service.shift_due(shift)
            tx.feeds.release_leases(now)

        await self._store.write(change)
        self._shift -= shift
