"""The workbench's process: topics are compiled and tried there, never beside the event loop.

One process, started at the first try; a try that takes too long ends it, and the next one starts
another. Tries wait for each other.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from monitor.backtest.effect import Bench, Effect
from monitor.errors import InputError, MonitorError, WorkerError
from monitor.matching.language.refusal import ExpressionError
from monitor.scan.processes import prepared_context, undisturbed

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerProcess

    from monitor.backtest.effect import Job

_LIMIT = 30.0  # seconds that a try may take


class BenchProcess:
    """A process that tries topics; `close` ends it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: ForkServerProcess | None = None
        self._pipe: Connection[Any, Any] | None = None

    def effect(self, job: Job) -> Effect:
        """Return the effect of a change; takes seconds, in the caller's thread.

        Raises InputError for a mistake in the expression, WorkerError for a try that takes too
        long, and the StoreErrors of reading.
        """
        with self._lock:
            pipe = self._started()
            try:
                pipe.send(job)
                if not pipe.poll(_LIMIT):
                    self._end()
                    raise WorkerError(f"this took longer than {_LIMIT:g} s: make the topic smaller")
                answer = pipe.recv()
            except (EOFError, OSError) as error:
                self._end()
                raise WorkerError("the process that tries topics ended: try again") from error
        if isinstance(answer, Effect):
            return answer
        raise answer

    def close(self) -> None:
        """End the process, also while somebody waits for it."""
        if self._process is not None:
            self._process.kill()
        with self._lock:
            self._end()

    def _started(self) -> Connection[Any, Any]:
        if self._pipe is not None and self._process is not None and self._process.is_alive():
            return self._pipe
        self._end()
        context = prepared_context()
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        with undisturbed():
            self._process.start()
        theirs.close()
        return self._pipe

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None


def _work(pipe: Connection[Any, Any]) -> None:
    """Try topics until the desk goes away."""
    bench = Bench()
    while True:
        try:
            job = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        pipe.send(_tried(bench, job))


def _tried(bench: Bench, job: Job) -> Effect | MonitorError:
    try:
        return bench.effect(job)
    except ExpressionError as error:
        return InputError(str(error))
    except MonitorError as error:
        return type(error)(str(error))
    except Exception as error:  # noqa: BLE001 - told to who waits for an answer
        return WorkerError(f"the topic cannot be tried: {type(error).__name__}: {error}")
