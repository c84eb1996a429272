"""One process works on a database at a time."""

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


_LOOKING = 5.0  # seconds
_WIDTH = 20  # bytes that the process id is filled up to: it is never seen half written


@contextmanager
def sole_worker(database: Path) -> Iterator[None]:
    """Hold the right to poll and deliver for this database.

    The kernel lets go of the lock when the process ends, however it ends. Raises StoreError that
    names the process which holds it.
    """
    path = _lock_of(database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    except OSError as error:
        raise StoreError(f"{path}: cannot be made: {error.strerror}") from error
    try:
        _take(handle, database)
        os.pwrite(handle, f"{os.getpid():<{_WIDTH}}".encode(), 0)
        yield
    finally:
        os.close(handle)


def _take(handle: int, database: Path) -> None:
    """Take the lock; who only looks, as `holder` does, is waited for."""
    deadline = time.monotonic() + _LOOKING
    while not _taken(handle, fcntl.LOCK_EX):
        if not _taken(handle, fcntl.LOCK_SH) or time.monotonic() > deadline:
            name = _pid(handle) or "unknown"
            raise StoreError(f"another monitor (process {name}) works on {database}; stop it first")
        time.sleep(0.001)


def holder(database: Path) -> int | None:
    """Return the process that works on a database, 0 if it has not said who it is, or None.

    Looks without holding the lock: a shared one is taken and let go at once, which two that look
    do not see of each other, and `sole_worker` passes over. Raises StoreError when the lock
    cannot be read.
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
        return None if _taken(handle, fcntl.LOCK_SH) else _pid(handle)
    finally:
        os.close(handle)


def _lock_of(database: Path) -> Path:
    return database.with_name(database.name + ".lock")


def _taken(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid(handle: int) -> int:
    text = os.pread(handle, _WIDTH, 0).strip()
    return int(text) if text.isdigit() else 0
