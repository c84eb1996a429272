"""The event loop of the program: a blocking call gets a thread of its own, and no end waits for it.

asyncio's own pool has six threads on two cores. Look-ups of names whose servers stay silent hold
each of them for half a minute: Slack's look-ups, a reload and the end of the process would queue
behind those of feeds, and an interpreter joins the pool's threads before it exits. Threads of
their own cost 0.1 ms each, know no queue, and die with the process.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor, Future
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class UnpooledLoop(asyncio.SelectorEventLoop):
    """An event loop without a default pool; look-ups of names are such calls, too."""

    def run_in_executor(  # type: ignore[override] # typeshed's TypeVarTuple has no equal here
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Run a blocking call in an executor, or in a daemon thread where that is None."""
        if executor is not None:
            return super().run_in_executor(executor, func, *args)
        done: Future[T] = Future()
        Thread(target=_work, args=(done, func, args), name="blocking call", daemon=True).start()
        return asyncio.wrap_future(done, loop=self)


def _work(done: Future[T], func: Callable[..., T], args: tuple[Any, ...]) -> None:
    if not done.set_running_or_notify_cancel():
        return
    try:
        result = func(*args)
    except BaseException as error:  # noqa: BLE001 - who waits for the result gets it
        done.set_exception(error)
    else:
        done.set_result(result)


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, as `asyncio.run` does; calls that block do not hold the end."""
    with asyncio.Runner(loop_factory=UnpooledLoop) as runner:
        return runner.run(main)
