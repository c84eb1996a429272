"""A pool of worker processes that work under one limit, and what becomes of a task in it."""

from __future__ import annotations

import asyncio
from concurrent.futures import BrokenExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from monitor.errors import InternalError, ParseError, PollReason
from monitor.scan import tasks
from monitor.scan.limits import OUT_OF_MEMORY, OUT_OF_TIME
from monitor.scan.processes import kill_stopped, prepared_context, undisturbed

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

T = TypeVar("T")

# Seconds by the clock after which a worker does not work, but hangs: a machine that gives it a
# quarter of a processor is busy, but works.
_HANGING, _A_QUARTER = 10.0, 4.0
_A_LOOK = 1.0  # seconds between two looks at the workers
_QUEUEING = 60.0  # seconds by the clock that a task may wait for a worker


class Lane:
    """`count` worker processes, each killed when a task takes more than `limit` seconds.

    Those are the processor's seconds. `patience` is the time that a task may take including its
    time in the queue, in seconds by the clock. Workers that are not `lasting` end with their task.
    `prepared` is what `tasks.begin` gets.
    """

    def __init__(
        self,
        count: int,
        limit: float,
        patience: float | None,
        prepared: tuple[bytes | Path, int],
        *,
        lasting: bool = True,
    ) -> None:
        self._count = count
        self._limit = limit
        self.patience = self._wall + _QUEUEING if patience is None else patience
        self._prepared = prepared
        self._most_tasks = 0 if lasting else 1
        self._ended = 0  # tasks that ended so far
        self._closing: list[asyncio.Task[None]] = []
        self._context = prepared_context()
        self._pool = self._new_pool()
        self._running: set[asyncio.Future[Any]] = set()

    def _new_pool(self) -> ProcessPool:
        self._begun = False
        return ProcessPool(
            max_workers=self._count,
            max_tasks=self._most_tasks,
            context=self._context,
            initializer=tasks.begin,
            initargs=self._prepared,
        )

    async def close(self) -> None:
        """Kill the workers and cancel the running tasks."""
        for running in self._running:
            running.cancel()
        await asyncio.gather(_close(self._pool), *self._closing)

    async def run(self, task: Callable[..., T], *arguments: Any) -> T:
        """Return what a task returns, which gets the limit before its arguments.

        Raises the ParseErrors of the task, and those with the reasons `parse-timeout`,
        `parse-memory`, `worker-died` and `no-worker`.
        """
        submit = partial(self._submit, task, *arguments)
        future = submit() if self._begun else await asyncio.to_thread(self._begin, submit)

        running = asyncio.wrap_future(future)
        self._running.add(running)
        try:
            return await self._result(running)
        finally:
            self._running.discard(running)
            self._ended += running.done() and not running.cancelled()

    async def _result(self, running: asyncio.Future[T]) -> T:
        """Wait for a task; turn the errors of Pebble into those of this program."""
        ended_before = self._ended
        try:
            async with asyncio.timeout(self.patience):
                await _ended(running)
        except TimeoutError as error:
            raise self._unanswered(ended_before) from error
        finally:
            running.cancel()
        try:
            return await running
        except TimeoutError as error:
            detail = f"a worker hung for {self._wall:g} s"
            raise ParseError(PollReason.NO_WORKER, detail) from error
        except ProcessExpired as error:
            raise self._killed(error.exitcode) from error
        except MemoryError as error:  # while the task was received, or its result sent
            raise self._killed(OUT_OF_MEMORY) from error
        except BrokenExecutor as error:
            raise ParseError(PollReason.NO_WORKER, "the pool broke") from error
        except ParseError:
            raise
        except Exception as error:
            raise InternalError("scanning", error) from error

    @property
    def _wall(self) -> float:
        """Seconds by the clock after which a worker is taken for one that hangs."""
        return _HANGING + _A_QUARTER * self._limit

    def _killed(self, exit_code: int) -> ParseError:
        """Return the error of a task whose worker ended."""
        if exit_code == OUT_OF_TIME:
            detail = f"parsing took longer than {self._limit:g} s"
            return ParseError(PollReason.PARSE_TIMEOUT, detail)
        if exit_code == OUT_OF_MEMORY:
            detail = f"parsing took more than {self._prepared[1] >> 20} MB"
            return ParseError(PollReason.PARSE_MEMORY, detail)
        return ParseError(PollReason.WORKER_DIED, f"exit code {exit_code}")

    def _unanswered(self, ended_before: int) -> ParseError:
        """Return the error of a task without an answer.

        If no other task ended meanwhile, the pool is dead and is replaced.
        """
        if self._ended == ended_before:
            self._closing.append(asyncio.create_task(_close(self._pool)))
            self._pool = self._new_pool()
        return ParseError(PollReason.NO_WORKER, f"no worker answered in {self.patience:g} s")

    def _submit(self, task: Callable[..., T], *arguments: Any) -> Future[T]:
        """Give a task to the pool; replace a broken pool, such as after an idle worker died."""
        try:
            return self._pool.submit(task, self._wall, self._limit, *arguments)
        except RuntimeError:
            self._pool = self._new_pool()
            again = partial(self._pool.submit, task, self._wall, self._limit, *arguments)
            return self._begin(again)

    def _begin(self, submit: Callable[[], Future[T]]) -> Future[T]:
        """Give a pool its first task, which starts the processes: that takes seconds."""
        with undisturbed():
            future = submit()
        self._begun = True
        return future


async def _ended(running: asyncio.Future[T]) -> None:
    """Wait until a task has ended, and see to it that no stopped worker holds it up."""
    while not running.done():
        await asyncio.wait({running}, timeout=_A_LOOK)
        if not running.done():
            kill_stopped()


async def _close(pool: ProcessPool) -> None:
    """Kill the workers of a pool, including those in a task."""
    pool.stop()  # type: ignore[no-untyped-call] # Pebble leaves it untyped
    await asyncio.to_thread(pool.join)
