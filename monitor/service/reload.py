"""Reloading: the configuration in force, and the change to another one while the service runs.

SIGHUP ─▶ load and check ─▶ open its context ─▶ switch ─▶ close the old one once its polls and
              │ mistakes                                  sends have ended
              └─▶ the log and the operations channel; nothing changes
"""

from __future__ import annotations

import asyncio
import math
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import structlog

from monitor.errors import ConfigError, Mistake, StoreError
from monitor.service import operator_notices
from monitor.service.assemble import open_context, sync_configuration
from monitor.service.clock import utc_now
from monitor.service.feedback_listener import listening

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from monitor.config.load import Config
    from monitor.pipeline.context import PipelineContext
    from monitor.store.database import Store

log = structlog.get_logger()

_NEEDS_RESTART = ("service", "websub", "web")  # sections of the configuration


class Reloader:
    """The configuration in force and its context: `config` and `context` change together.

    `gate` excludes ticks during the switch. `start` runs work beside the ticks, `in_use` returns
    the tasks that work with the present context, `failed` gets an error of the database.
    """

    config: Config
    context: PipelineContext

    def __init__(
        self,
        load: Callable[[], Config],
        config: Config,
        store: Store,
        gate: asyncio.Lock,
        *,
        start: Callable[[Coroutine[Any, Any, None]], None],
        in_use: Callable[[], list[asyncio.Task[None]]],
        failed: Callable[[BaseException], None],
    ) -> None:
        self.config = config
        self._load = load
        self._store = store
        self._gate = gate
        self._start = start
        self._in_use = in_use
        self._failed = failed
        self._has_callback = config.websub is not None
        self._resources = AsyncExitStack()
        self._retired: list[AsyncExitStack] = []

    async def open(self) -> None:
        """Open the context of the first configuration, which has no mistakes."""
        await self._switch_to(self.config)
        await self._notify([])

    async def close(self) -> None:
        """Close the context, and those of earlier configurations that are still open."""
        for resources in (*self._retired, self._resources):
            await resources.aclose()

    async def reload(self) -> None:
        """Load the configuration and switch to it; one with mistakes changes nothing."""
        try:
            config = await asyncio.to_thread(self._load)
        except ConfigError as error:
            await self._refuse(error.mistakes)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the file, the service goes on
            reason = f"{type(error).__name__}: {error}"
            await self._refuse([reason])
        else:
            await self._change_to(config)

    async def _change_to(self, config: Config) -> None:
        if config.database != self.config.database:
            await self._refuse(["another database needs a restart"])
            return
        for field in _NEEDS_RESTART:
            if getattr(config, field) != getattr(self.config, field):
                log.warning("not reloaded", field=field, reason="a change there needs a restart")

        before = self._resources
        async with self._gate:
            await self._switch_to(config, retry_stopped=True)
        await self._notify([])
        log.info(
            "reloaded",
            feeds=len(self.context.feeds),
            topics=len(self.context.topics),
            channels=list(self.context.channels),
        )
        self._retired.append(before)
        self._start(self._retire(before, self._in_use()))

    async def _switch_to(self, config: Config, *, retry_stopped: bool = False) -> None:
        """Open the context of a configuration, and replace the present one once that worked."""
        async with AsyncExitStack() as resources:
            context = await resources.enter_async_context(open_context(config, self._store))
            await sync_configuration(
                config,
                self._store,
                utc_now(),
                retry_stopped=retry_stopped,
                has_callback=self._has_callback,
                patience=math.inf if retry_stopped else 0.0,
            )
            await resources.enter_async_context(listening(config, self._store))
            self.config, self.context, self._resources = config, context, resources.pop_all()

    async def _retire(self, resources: AsyncExitStack, users: list[asyncio.Task[None]]) -> None:
        """Close the resources of an earlier configuration once the tasks that use them ended."""
        if users:
            await asyncio.wait(users)
        self._retired.remove(resources)
        await resources.aclose()

    async def _refuse(self, mistakes: Sequence[Mistake | str]) -> None:
        """Log each mistake of a refused configuration and notify its operator."""
        for mistake in mistakes:
            if isinstance(mistake, Mistake):
                log.error("reload refused", mistake=str(mistake))
            else:
                log.error("reload refused", reason=mistake)
        await self._notify(mistakes)

    async def _notify(self, mistakes: Sequence[Mistake | str]) -> None:
        operations = self.config.operations
        try:
            await operator_notices.notify_refused(self._store, operations, mistakes, utc_now())
        except StoreError as error:
            self._failed(error)
