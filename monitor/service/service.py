"""The service: ticks, signals, reloads, jumps of the clock, and an orderly end.

APScheduler runs a handful of ticks. A tick only claims what is due and starts a task for each
piece, so that a slow feed or a hanging Slack holds up nothing else. An unexpected error ends the
process; whatever starts it again finds every claim due.
"""

from __future__ import annotations

import asyncio
import math
import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import UTC
from typing import TYPE_CHECKING, Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor import __version__
from monitor.errors import ConfigError, Mistake, StoreError
from monitor.pipeline import deliver, poll
from monitor.service import operator_notices, topic_notices
from monitor.service.assemble import open_context, open_store, run_maintenance, sync_configuration
from monitor.service.clock import JumpDetector, utc_now
from monitor.service.feedback_listener import listening
from monitor.service.http import health_server
from monitor.service.metrics import Metrics
from monitor.service.systemd import Notifier
from monitor.service.websub_server import callback_server
from monitor.service.websub_subscriber import Subscriber

if TYPE_CHECKING:
    from monitor.config.load import Config
    from monitor.config.schema import WebSubSettings
    from monitor.model import QueueStats
    from monitor.pipeline.context import PipelineContext
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

log = structlog.get_logger()

POLL_TICK = 1.0  # seconds
HUB_TICK = 5.0
DELIVER_TICK = 0.5
WATCHDOG_TICK = 5.0
HOUSEKEEPING_TICK = 3_600.0
OPERATIONS_TICK = 60.0
TOPICS_TICK = 600.0
CLOCK_TICK = 1.0
_DRAIN_POLLS, _DRAIN_SENDS = 5.0, 8.0  # seconds from the signal
_OVERDUE = 600.0  # seconds by which a queue may lag before the service is not ready
_SAME_FAULT = 30.0  # seconds between two log lines about one passing fault

Tick = Callable[[], Coroutine[Any, Any, None]]


async def serve(load: Callable[[], Config]) -> None:
    """Poll and deliver until SIGTERM or SIGINT; SIGHUP calls `load` again.

    Raises ConfigError before it starts, StoreError when the database cannot be used.
    """
    config = load()
    async with open_store(config.database) as store:
        await _Service(load, config, store).run()


class _Service:
    """One run of the service. `_context` is replaced as a whole when the configuration changes."""

    _context: PipelineContext

    def __init__(self, load: Callable[[], Config], config: Config, store: Store) -> None:
        self._load = load
        self._config = config
        self._store = store
        self._metrics = Metrics()
        self._notifier = Notifier()
        self._jumps = JumpDetector()
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._started_at = utc_now()
        self._stop = asyncio.Event()
        self._gate = asyncio.Lock()  # a tick, a reload and a jump of the clock exclude each other
        self._reload_wanted = asyncio.Event()
        self._set_by = 0.0  # seconds by which the clock was set, not yet taken into account
        self._error: BaseException | None = None
        self._fault_logged = 0.0
        self._pulse: QueueStats | None = None
        self._subscriber = self._new_subscriber(config.websub)
        self._resources = AsyncExitStack()
        self._retired: list[AsyncExitStack] = []
        self._polls: set[asyncio.Task[None]] = set()
        self._crowded = False  # as many are polled as may be, and more may be due
        self._sends: set[asyncio.Task[None]] = set()
        self._others: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Run until told to stop, then drain. Raises what ended it, if anything did."""
        async with AsyncExitStack() as stack:
            if port := self._config.service.http_port:
                server = health_server(port, self._metrics, self._unready)
                await stack.enter_async_context(server)
            await self._use(self._config)
            stack.push_async_callback(self._close)
            if (websub := self._config.websub) and self._subscriber:
                body, port = self._config.polling.max_body, websub.port
                server = callback_server(websub.host, port, body, self._subscriber)
                await stack.enter_async_context(server)
            self._begin()
            await self._stop.wait()
            asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            self._notifier.stopping()
            self._scheduler.shutdown(wait=False)
            await asyncio.sleep(0)  # it ends its ticks in the loop's next round
            await self._drain()
        if self._error:
            raise self._error
        log.info("stopped")

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload_wanted.set)
        self._add("poll", self._poll, POLL_TICK)
        self._add("deliver", self._deliver, DELIVER_TICK)
        self._add("watchdog", self._watch, self._watchdog_tick())
        self._add("housekeeping", self._run_maintenance, HOUSEKEEPING_TICK)
        if self._subscriber:
            self._add("hubs", self._ask_hubs, HUB_TICK)
        self._add("operations", self._tell_operations, OPERATIONS_TICK)
        self._add("topics", self._tell_topics, TOPICS_TICK)
        self._scheduler.start()
        self._start(self._others, self._watch_clock())
        self._start(self._others, self._reload_when_wanted())
        log.info(
            "started",
            pid=os.getpid(),
            feeds=len(self._context.feeds),
            topics=len(self._context.topics),
            database=str(self._store.path),
        )
        self._notifier.ready(f"{len(self._context.feeds)} feeds")

    def _watchdog_tick(self) -> float:
        wanted = self._notifier.watchdog_interval
        return min(WATCHDOG_TICK, wanted / 2) if wanted else WATCHDOG_TICK

    # ── ticks ─────────────────────────────────────────────────────────────────────────────────

    def _add(self, name: str, tick: Tick, every: float) -> None:
        """Run a tick every so many seconds, late rather than never, and never twice at once."""

        async def guarded() -> None:
            if self._stop.is_set():
                return
            try:
                async with self._gate:
                    with self._metrics.tick(name):
                        await self._mind_clock()
                        await tick()
            except asyncio.CancelledError:
                if not self._stop.is_set():  # else the scheduler ends it
                    raise
            except Exception as error:  # noqa: BLE001 - APScheduler would only log it
                self._failed(error)

        self._scheduler.add_job(
            guarded,
            "interval",
            seconds=every,
            id=name,
            next_run_time=utc_now(),
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )

    async def _poll(self) -> None:
        """Claim what is due; where more may be, again as soon as half the places are free."""
        context = self._context
        for due in await poll.claim_feeds(context, utc_now()):

            async def one(due: Any = due) -> None:
                self._metrics.polled(await poll.poll_one(context, due))
                if self._crowded and len(self._polls) <= context.politeness.at_once // 2:
                    self._crowded = False
                    self._scheduler.modify_job("poll", next_run_time=utc_now())

            self._start(self._polls, one())
        self._crowded = len(self._polls) >= context.politeness.at_once

    async def _deliver(self) -> None:
        context, now = self._context, utc_now()
        for claimed in await deliver.claim_alerts(context, now):

            async def one(claimed: Any = claimed) -> None:
                self._metrics.delivered(await deliver.deliver_one(context, claimed, now))

            self._start(self._sends, one())

    async def _watch(self) -> None:
        """Give a sign of life: the loop ran, and the database answered."""
        now = utc_now()
        channels = list(dict.fromkeys([*self._context.news_channels, *self._context.channels]))

        def beat(tx: Transaction) -> QueueStats:
            tx.alerts.move(channels)  # such as `monitor alerts retry` may have made due
            return tx.service.beat(os.getpid(), __version__, self._started_at, now)

        pulse = await self._store.write(beat)
        self._pulse = pulse
        self._metrics.pulse(pulse)
        waiting = pulse.alerts.get("pending", 0)
        status = f"{pulse.feeds} feeds, {pulse.feeds_failing} failing; {waiting} alerts waiting"
        self._notifier.alive("; ".join([status, *pulse.stopped]))

    def _new_subscriber(self, websub: WebSubSettings | None) -> Subscriber | None:
        """Return what speaks with hubs; it works with the desk of the moment."""
        if websub is None:
            return None
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
        self._start(self._others, run_maintenance(self._store, self._config))

    async def _tell_topics(self) -> None:
        await topic_notices.tell(self._context, utc_now())

    async def _tell_operations(self) -> None:
        async def tell() -> None:
            await operator_notices.tell(self._store, self._config.operations, utc_now())

        self._start(self._others, tell())

    # ── tasks ─────────────────────────────────────────────────────────────────────────────────

    def _start(self, tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        tasks.add(task)

        def finished(done: asyncio.Task[None]) -> None:
            tasks.discard(done)
            error = None if done.cancelled() else done.exception()
            if error:
                self._failed(error)

        task.add_done_callback(finished)

    def _failed(self, error: BaseException) -> None:
        """Go on after a fault of the database that may pass; anything else ends the service."""
        if not isinstance(error, StoreError) or not error.passing:
            self._error = self._error or error
            self._stop.set()
            return
        now = asyncio.get_running_loop().time()
        if now - self._fault_logged >= _SAME_FAULT:
            self._fault_logged = now
            log.error("database", error=str(error), next="it is tried again every second")

    async def _drain(self) -> None:
        """Let what runs finish; what is cut off comes due again."""
        log.info("stopping", polls=len(self._polls), sends=len(self._sends))
        for task in self._others:
            task.cancel()
        polls, sends = list(self._polls), list(self._sends)
        await asyncio.gather(
            self._end(polls, _DRAIN_POLLS), self._end(sends, _DRAIN_SENDS), return_exceptions=True
        )
        await asyncio.gather(*self._others, return_exceptions=True)

    @staticmethod
    async def _end(tasks: list[asyncio.Task[None]], limit: float) -> None:
        """Wait so long for tasks, then cancel them."""
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=limit)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _close(self) -> None:
        for resources in (*self._retired, self._resources):
            await resources.aclose()

    async def _unready(self) -> str:
        """Say why the service is not ready, or nothing."""
        pulse = self._pulse
        if pulse is None:
            return "starting"
        lags = {"feeds": pulse.feeds_lag, "alerts": pulse.alerts_lag}
        late = [f"{queue} overdue by {lag:.0f} s" for queue, lag in lags.items() if lag > _OVERDUE]
        return "; ".join([*late, *pulse.stopped])

    # ── changes ───────────────────────────────────────────────────────────────────────────────

    async def _use(self, config: Config, *, anew: bool = False) -> None:
        """Open a desk for a configuration and work with it from now on."""
        async with AsyncExitStack() as resources:
            context = await resources.enter_async_context(open_context(config, self._store))
            pushed = self._subscriber is not None
            await sync_configuration(
                config,
                self._store,
                utc_now(),
                anew=anew,
                pushed=pushed,
                patience=math.inf if anew else 0.0,
            )
            await resources.enter_async_context(listening(config, self._store))
            self._config, self._context, self._resources = config, context, resources.pop_all()

    async def _reload_when_wanted(self) -> None:
        while True:
            await self._reload_wanted.wait()
            self._reload_wanted.clear()
            await self._reload()

    async def _reload(self) -> None:
        """Take over a changed configuration; one with mistakes changes nothing."""
        self._notifier.reloading()
        try:
            config = await asyncio.to_thread(self._load)
        except ConfigError as error:
            for mistake in error.mistakes:
                log.error("reload refused", mistake=str(mistake))  # noqa: TRY400 - for its author
            await self._refused(error.mistakes)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the service goes on
            log.error("reload refused", reason=f"{type(error).__name__}: {error}")  # noqa: TRY400 - likewise
            await self._refused([f"{type(error).__name__}: {error}"])
        else:
            await self._change_to(config)
        self._notifier.ready(f"{len(self._context.feeds)} feeds")

    async def _refused(self, mistakes: Sequence[Mistake | str]) -> None:
        try:
            await operator_notices.tell_refused(
                self._store, self._config.operations, mistakes, utc_now()
            )
        except StoreError as error:
            self._failed(error)

    async def _change_to(self, config: Config) -> None:
        if config.database != self._config.database:
            log.error("reload refused", reason="another database needs a restart")
            await self._refused(["another database needs a restart"])
            return
        for field in ("service", "websub"):
            if getattr(config, field) != getattr(self._config, field):
                log.warning("not reloaded", field=field, reason="a change there needs a restart")
        before = self._resources
        async with self._gate:
            await self._use(config, anew=True)
        await self._refused([])
        log.info(
            "reloaded",
            feeds=len(self._context.feeds),
            topics=len(self._context.topics),
            channels=list(self._context.channels),
        )
        self._retired.append(before)
        self._start(self._others, self._retire(before, [*self._polls, *self._sends]))

    async def _retire(self, resources: AsyncExitStack, users: list[asyncio.Task[None]]) -> None:
        """Close what the tasks of an earlier configuration use, when they have ended."""
        if users:
            await asyncio.wait(users)
        self._retired.remove(resources)
        await resources.aclose()

    async def _watch_clock(self) -> None:
        """Look at the clock by the loop's own time, which no one can set.

        APScheduler waits by the wall clock: set back an hour, it would do nothing for an hour.
        """
        while True:
            await asyncio.sleep(CLOCK_TICK)
            try:
                async with self._gate:
                    await self._mind_clock()
            except StoreError as error:
                self._failed(error)

    async def _mind_clock(self) -> None:
        """Move all due times along when the clock was set; a sleep only makes them due.

        While the database does not take that, it stays to be done.
        """
        if jump := self._jumps.check():
            log.warning("clock", set_by=round(jump.set_by, 1), slept=round(jump.slept, 1))
            self._set_by += jump.set_by
            for job in self._scheduler.get_jobs():
                job.modify(next_run_time=utc_now())
        if not self._set_by:
            return
        await self._end(list(self._polls), 0)
        if self._sends:
            await asyncio.wait(self._sends)
        by, now = self._set_by, utc_now()

        def change(tx: Transaction) -> None:
            tx.service.shift_due(by)
            tx.feeds.release_leases(now)

        await self._store.write(change)
        self._set_by -= by
