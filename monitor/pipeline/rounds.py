"""A round: feeds polled together, whose hits are taken in together in the order of publication.

Feeds answer in any order; which story an article continues must not depend on it. So a poll that
brings hits waits for the others of its round, `patience` seconds at most, and while any is still
on its way. A poll without hits changes no story and waits for nobody.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.pipeline.context import PipelineContext
    from monitor.pipeline.results import Polled, PollResult

_IDLE = 0.5  # seconds without a poll on its way


class Round:
    """The polls of a round; `expect` those that begin, `close` it when no more begin.

    `left` is called for each poll that has ended, is about to be stored, or waits for others.
    """

    def __init__(
        self, context: PipelineContext, patience: float, left: Callable[[], None] = lambda: None
    ) -> None:
        self._context = context
        self._patience = patience
        self._left = left
        self._open = 0  # polls that have begun and are neither waiting nor done
        self._closed = False
        self._waiting: list[tuple[Polled, asyncio.Future[PollResult]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._writes: set[asyncio.Task[None]] = set()

    def expect(self, polls: int) -> None:
        """Note that as many polls begin."""
        self._open += polls

    def close(self) -> None:
        """Note that no more polls begin."""
        self._closed = True
        self._flush_if_complete()

    def leave(self) -> None:
        """Note that a poll has ended: it failed, or brought nothing to wait with."""
        self._open -= 1
        self._left()
        self._flush_if_complete()

    async def ingest(self, polled: Polled) -> PollResult:
        """Take in what a poll brought, with the others of the round; return the poll's result."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[PollResult] = loop.create_future()
        self._waiting.append((polled, future))
        self._timer = self._timer or loop.call_later(self._patience, self._flush)
        self.leave()
        return await future

    def _flush_if_complete(self) -> None:
        """Write what waits if no poll is on its way.

        Polls of one host begin one after the other, once the earlier ones are written: where more
        may begin, the round waits for them `_IDLE` seconds and no longer.
        """
        if self._open <= 0 and self._closed:
            self._flush()
        elif self._open <= 0:
            asyncio.get_running_loop().call_later(_IDLE, self._flush_if_idle)

    def _flush_if_idle(self) -> None:
        if self._open <= 0:
            self._flush()

    def _flush(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        if waiting:
            task = asyncio.create_task(self._write(waiting))
            self._writes.add(task)
            task.add_done_callback(self._writes.discard)

    async def _write(self, waiting: list[tuple[Polled, asyncio.Future[PollResult]]]) -> None:
        """Write all in one transaction; where that fails, each alone, so that one bug costs one."""
        kept = [(polled, future) for polled, future in waiting if not future.done()]
        polls = [polled for polled, _ in kept]
        with suppress(Exception):
            results = await take_in(self._context, polls)
            for (_, future), result in zip(kept, results, strict=True):
                _answer(future, result)
            return
        for polled, future in kept:
            await self._write_alone(polled, future)

    async def _write_alone(self, polled: Polled, future: asyncio.Future[PollResult]) -> None:
        try:
            [result] = await take_in(self._context, [polled])
        except Exception as error:  # noqa: BLE001 - raised where the poll waits for its result
            if not future.done():
                future.set_exception(error)
        else:
            _answer(future, result)


async def take_in(context: PipelineContext, polls: Sequence[Polled]) -> list[PollResult]:
    """Store what polls brought, in one transaction, and return their results."""
    from monitor.pipeline.ingest import ingest_round  # the first requests go out before

    return await context.store.write(lambda tx: ingest_round(tx, context, polls))


def _answer(future: asyncio.Future[PollResult], result: PollResult) -> None:
    if not future.done():  # the poll may have been cancelled
        future.set_result(result)
