"""A round: feeds polled together, whose hits are taken in together in the order of publication.

Feeds answer in any order; which story an article continues must not depend on it. So a poll that
brings hits waits for the others of its round, `patience` seconds at most, and while any is still
on its way. A poll without hits changes no story and waits for nobody.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.pipeline.context import PipelineContext
    from monitor.pipeline.results import Polled, PollResult
    from monitor.store.transaction import Transaction

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
        self._full = asyncio.Event()  # those that wait are taken in
        self._timer: asyncio.TimerHandle | None = None

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
        full, loop = self._full, asyncio.get_running_loop()
        self._timer = self._timer or loop.call_later(self._patience, self._flush)
        self.leave()
        await full.wait()
        return await take_in(self._context, polled)

    def _flush_if_complete(self) -> None:
        """Take in what waits if no poll is on its way.

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
        # All wait at that moment, so they go on in one turn of the loop, and into one transaction.
        asyncio.get_running_loop().call_soon(self._full.set)
        self._full = asyncio.Event()


async def take_in(context: PipelineContext, polled: Polled) -> PollResult:
    """Store what a poll brought, in one transaction with all that wait; return its result."""
    return await context.store.write_shared(_take_in, (context, polled), durable=True)


def _take_in(tx: Transaction, polls: Sequence[tuple[PipelineContext, Polled]]) -> list[PollResult]:
    """Store polls, together where they began with the same configuration.

    Those from before and after a reload may wait side by side, and each needs its own topics.
    """
    from monitor.pipeline.ingest import ingest_round  # the first requests go out before

    results: dict[int, PollResult] = {}
    for context in {id(context): context for context, _ in polls}.values():
        own = [polled for its, polled in polls if its is context]
        results |= zip(map(id, own), ingest_round(tx, context, own), strict=True)
    return [results[id(polled)] for _, polled in polls]
