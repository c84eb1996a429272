"""The service: ticks, signals, reloads, jumps of the clock, and an orderly end.

APScheduler runs a handful of ticks. A tick only claims what is due and starts a task for each
piece, so that a slow feed or a hanging Slack holds up nothing else. An unexpected error ends the
process; whatever starts it again finds every claim due.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC
from typing import TYPE_CHECKING, Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor import __version__, pipeline
from monitor.clock import JumpDetector, utc_now
from monitor.daemon import keep_house, open_desk, open_store, take_over
from monitor.errors import ConfigError, StoreError
from monitor.health import health_server
from monitor.metrics import Metrics
from monitor.notify import Notifier

if TYPE_CHECKING:
    from monitor.config.load import Config
    from monitor.model import Pulse
    from monitor.pipeline import Desk
    from monitor.store.database import Store

log = structlog.get_logger()

POLL_TICK = 1.0  # seconds
DELIVER_TICK = 0.5
WATCHDOG_TICK = 5.0
HOUSEKEEPING_TICK = 3_600.0
CLOCK_TICK = 1.0
DIGEST_WAIT = 30.0  # seconds for more to join a digest: feeds polled together end apart
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
    """One run of the service. `_desk` is replaced as a whole when the configuration changes."""

    _desk: Desk

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
        self._paused = False  # ticks claim nothing while the configuration or the clock changes
        self._error: BaseException | None = None
        self._fault_logged = 0.0
        self._pulse: Pulse | None = None
        self._resources = AsyncExitStack()
        self._polls: set[asyncio.Task[None]] = set()
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
            self._begin()
            await self._stop.wait()
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
        loop.add_signal_handler(signal.SIGHUP, self._reload_soon)
        self._add("poll", self._poll, POLL_TICK)
        self._add("deliver", self._deliver, DELIVER_TICK)
        self._add("watchdog", self._watch, self._watchdog_tick())
        self._add("housekeeping", self._keep_house, HOUSEKEEPING_TICK)
        self._scheduler.start()
        self._start(self._others, self._watch_clock())
        log.info("started", pid=os.getpid(), feeds=len(self._desk.feeds),
                 topics=len(self._desk.topics), database=str(self._store.path))  # fmt: skip
        self._notifier.ready(f"{len(self._desk.feeds)} feeds")

    def _watchdog_tick(self) -> float:
        wanted = self._notifier.watchdog_interval
        return min(WATCHDOG_TICK, wanted / 2) if wanted else WATCHDOG_TICK

    # ── ticks ─────────────────────────────────────────────────────────────────────────────────

    def _add(self, name: str, tick: Tick, every: float) -> None:
        """Run a tick every so many seconds, late rather than never, and never twice at once."""

        async def guarded() -> None:
            if self._paused or self._stop.is_set():
                return
            try:
                with self._metrics.tick(name):
                    await tick()
            except Exception as error:  # noqa: BLE001 - APScheduler would only log it
                self._failed(error)

        self._scheduler.add_job(
            guarded, "interval", seconds=every, id=name, next_run_time=utc_now(),
            misfire_grace_time=None, coalesce=True, max_instances=1,
        )  # fmt: skip

    async def _poll(self) -> None:
        await self._mind_clock()
        desk = self._desk
        for due in await pipeline.claim_feeds(desk, utc_now()):

            async def one(due: Any = due) -> None:
                self._metrics.polled(await pipeline.poll_one(desk, due))

            self._start(self._polls, one())

    async def _deliver(self) -> None:
        await self._mind_clock()
        desk, now = self._desk, utc_now()
        for claimed in await pipeline.claim_alerts(desk, now):

            async def one(claimed: Any = claimed) -> None:
                self._metrics.delivered(await pipeline.deliver_one(desk, claimed, now))

            self._start(self._sends, one())

    async def _watch(self) -> None:
        """Give a sign of life: the loop ran, and the database answered."""
        now = utc_now()
        pulse = await self._store.write(
            lambda tx: tx.beat(os.getpid(), __version__, self._started_at, now)
        )
        self._pulse = pulse
        self._metrics.pulse(pulse)
        waiting = sum(pulse.alerts.get(state, 0) for state in ("pending",))
        status = f"{pulse.feeds} feeds, {pulse.feeds_failing} failing; {waiting} alerts waiting"
        self._notifier.alive("; ".join([status, *pulse.stopped]))

    async def _keep_house(self) -> None:
        await keep_house(self._store, self._config)

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
        await self._resources.aclose()

    async def _unready(self) -> str:
        """Say why the service is not ready, or nothing."""
        pulse = self._pulse
        if pulse is None:
            return "starting"
        lags = {"feeds": pulse.feeds_lag, "alerts": pulse.alerts_lag}
        late = [f"{queue} overdue by {lag:.0f} s" for queue, lag in lags.items() if lag > _OVERDUE]
        return "; ".join([*late, *pulse.stopped])

    # ── changes ───────────────────────────────────────────────────────────────────────────────

    async def _use(self, config: Config) -> None:
        """Open a desk for a configuration and work with it from now on."""
        resources = AsyncExitStack()
        desk = await resources.enter_async_context(
            open_desk(config, self._store, digest_wait=DIGEST_WAIT)
        )
        now = utc_now()
        await take_over(config, self._store, now)
        await self._store.write(lambda tx: tx.resume_channels(now))
        self._config, self._desk, self._resources = config, desk, resources

    def _reload_soon(self) -> None:
        self._start(self._others, self._reload())

    async def _reload(self) -> None:
        """Take over a changed configuration; one with mistakes changes nothing."""
        self._notifier.reloading()
        try:
            config = await asyncio.to_thread(self._load)
            if config.database != self._config.database:
                log.error("reload refused", reason="another database needs a restart")
            else:
                await self._change_to(config)
        except ConfigError as error:
            for mistake in error.mistakes:
                log.error("reload refused", mistake=str(mistake))  # noqa: TRY400 - for its author
        finally:
            self._paused = False
            self._notifier.ready(f"{len(self._desk.feeds)} feeds")

    async def _change_to(self, config: Config) -> None:
        self._paused = True
        before = self._resources
        await self._use(config)
        running = [*self._polls, *self._sends]
        self._paused = False
        log.info("reloaded", feeds=len(self._desk.feeds), topics=len(self._desk.topics),
                 channels=list(self._desk.channels))  # fmt: skip
        if running:
            await asyncio.wait(running)
        await before.aclose()

    async def _watch_clock(self) -> None:
        """Look at the clock by the loop's own time, which no one can set.

        APScheduler waits by the wall clock: set back an hour, it would do nothing for an hour.
        """
        while True:
            await asyncio.sleep(CLOCK_TICK)
            await self._mind_clock()

    async def _mind_clock(self) -> None:
        """Move all due times along when the clock was set; a sleep only makes them due."""
        jump = self._jumps.check()
        if jump is None:
            return
        log.warning("clock", set_by=round(jump.set_by, 1), slept=round(jump.slept, 1))
        self._paused = True
        try:
            for task in self._polls:
                task.cancel()
            await asyncio.gather(*self._polls, *self._sends, return_exceptions=True)
            now = utc_now()
            await self._store.write(lambda tx: tx.shift_due(jump.set_by))
            await self._store.write(lambda tx: tx.release_leases(now))
        finally:
            self._paused = False
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=utc_now())
