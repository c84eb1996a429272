"""Prepared worker processes: a server loads what all of them need once, and forks them."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.context import ForkServerContext


def prepared_context() -> ForkServerContext:
    """Return a multiprocessing context whose processes share what `preload` loads."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["monitor.scan.preload"])
    return context


def run_apart(task: Callable[..., object], *arguments: object) -> None:
    """Run a task in a process of its own, whose memory is free again afterwards.

    Its result is what it leaves in files; how it ended is not told. The process is no prepared one:
    it starts sooner with nothing.
    """
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_until_terminated, args=(task, *arguments))
    with undisturbed():
        process.start()
    try:
        process.join()
    except BaseException:
        process.terminate()  # nobody waits for its files any more
        process.join()
        raise


def _until_terminated(task: Callable[..., object], *arguments: object) -> None:
    """Run a task that SIGTERM ends as an exception: it tidies up, such as the terminal's cursor."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    task(*arguments)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let processes that are started here see no Ctrl-C, from their first moment on.

    A terminal sends it to each process. It is for the one that started the others, which ends them;
    they would write tracebacks. A Ctrl-C that comes meanwhile reaches this process afterwards.
    """
    resource_tracker.ensure_running()  # as it starts, it would let Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def kill_stopped() -> None:
    """Kill this program's workers that were stopped (SIGSTOP): they hold up others, and never end.

    Without /proc (not Linux) a stopped worker is noticed only when its task takes too long.
    """
    for worker in multiprocessing.active_children():
        with suppress(OSError, IndexError):
            state = Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state == "T":
                worker.kill()
