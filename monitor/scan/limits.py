"""Limits of a worker process: the processor's time of a task, and memory.

The processor's time decides, not the clock's: a scan that waits for its turn on a busy machine is
no fault of its feed. The kernel ends a worker that is over its time by a signal, which also works
while C code holds the interpreter's lock.
"""

from __future__ import annotations

import os
import re
import resource
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

OUT_OF_TIME = -signal.SIGPROF  # exit code of a worker that was over its time
OUT_OF_MEMORY = 79  # exit code of a worker that was over its memory
_STATUS = Path("/proc/self/status")


def limit_memory(more: int) -> None:
    """Let this process take at most `more` bytes beyond what it has.

    Counted is what the process may write to (RLIMIT_DATA): the language model and what forked
    processes share are mapped already. Without /proc (not Linux) there is no limit.
    """
    found = re.search(r"VmData:\s+(\d+) kB", _STATUS.read_text()) if _STATUS.exists() else None
    if found:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (int(found[1]) * 1024 + more, hard))


def limited(seconds: float, task: Callable[[], T]) -> T:
    """Return what a task returns; end this process at the limit of its time, or without memory.

    `seconds` are of the processor. Memory that is full is not freed again for sure, so a process
    that ran out of it is ended. No context manager: leaving one takes memory.
    """
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return task()
    except (MemoryError, SystemError):  # C code without memory may forget to say why it failed
        os._exit(OUT_OF_MEMORY)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def stopwatch(seconds: float) -> Callable[[], bool]:
    """Return a function that tells whether this process has worked for so long since now."""
    end = time.process_time() + seconds
    return lambda: time.process_time() >= end
