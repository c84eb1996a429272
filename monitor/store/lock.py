"""The lock of a database: one process works on it at a time.

An flock(2) on a file beside the database, which holds the id of the process. The kernel releases
the lock when the process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from monitor.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_WAIT = 5.0  # seconds for processes that only look, as `holder` does
_WIDTH = 20  # bytes that the process id is padded to: no reader sees it half written


@contextmanager
def sole_worker(database: Path) -> Iterator[None]:
    """Hold the lock of a database. Raises StoreError that names the process which holds it."""
    path = _lock_of(database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    except OSError as error:
        raise StoreError(f"{path}: cannot be made: {error.strerror}") from error
    try:
        _acquire(handle, database)
        os.pwrite(handle, f"{os.getpid():<{_WIDTH}}".encode(), 0)
        yield
    finally:
        os.close(handle)


def _acquire(handle: int, database: Path) -> None:
    """Acquire the exclusive lock; wait for processes that hold a shared one for a moment."""
    deadline = time.monotonic() + _WAIT
    while not _try_lock(handle, fcntl.LOCK_EX):
        if not _try_lock(handle, fcntl.LOCK_SH) or time.monotonic() > deadline:
            name = _pid(handle) or "unknown"
            raise StoreError(f"another monitor (process {name}) works on {database}; stop it first")
        time.sleep(0.001)


def holder(database: Path) -> int | None:
    """Return the id of the process that holds the lock, 0 if it is not written yet, or None.

    Takes a shared lock and releases it at once: shared locks do not exclude each other, and
    `sole_worker` waits for them. Raises StoreError when the lock cannot be read.
    """
    path = _lock_of(database)
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be read: {error.strerror}; ask as the user that runs monitor, or as"
            " one of its group"
        ) from error
    try:
        return None if _try_lock(handle, fcntl.LOCK_SH) else _pid(handle)
    finally:
        os.close(handle)


def _lock_of(database: Path) -> Path:
    return database.with_name(database.name + ".lock")


def _try_lock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid(handle: int) -> int:
    text = os.pread(handle, _WIDTH, 0).strip()
    return int(text) if text.isdigit() else 0
