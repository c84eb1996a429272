"""Prepared worker processes: a server loads what all of them need once, and forks them."""

from __future__ import annotations

import multiprocessing
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
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
    process = context.Process(target=_undisturbed, args=(task, *arguments))
    process.start()
    process.join()


def _undisturbed(task: Callable[..., object], *arguments: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service
    task(*arguments)


def kill_stopped() -> None:
    """Kill this program's workers that were stopped (SIGSTOP): they hold up others, and never end.

    Without /proc (not Linux) a stopped worker is noticed only when its task takes too long.
    """
    for worker in multiprocessing.active_children():
        with suppress(OSError, IndexError):
            state = Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state == "T":
                worker.kill()
