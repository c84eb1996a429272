"""The lock of a database: one process works on it at a time.

An flock(2) on a file beside the database, which holds the id of the process, and what the process
waits for. The kernel releases the lock when the process ends, however it ends. The file has its
full size from the beginning: a full disk still takes a note in it.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from monitor.errors import StoreError
from monitor.files import make_shared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_WAIT = 5.0  # seconds for processes that only look, as `holder` does
_WIDTH = 20  # bytes that the process id is padded to: no reader sees it half written
_NOTE = 492  # bytes of the note behind it


class Lock:
    """The lock of a database, held by this process."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def note(self, text: str) -> None:
        """Say what this process waits for, "" for nothing, to all who look at the lock."""
        data = text.encode()[:_NOTE].ljust(_NOTE)
        with suppress(OSError):  # such as a full disk that copies what it changes
            os.pwrite(self._handle, data, _WIDTH)


@contextmanager
def sole_worker(database: Path) -> Iterator[Lock]:
    """Hold the lock of a database. Raises StoreError that names the process which holds it."""
    path = _lock_of(database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        make_shared(path)
        handle = os.open(path, os.O_RDWR)
    except OSError as error:
        raise StoreError(f"{path}: cannot be made: {error.strerror}") from error
    try:
        _acquire(handle, database)
        with suppress(OSError):  # a full disk: what opens the database says so
            os.pwrite(handle, f"{os.getpid():<{_WIDTH}}".encode(), 0)
        lock = Lock(handle)
        lock.note("")
        yield lock
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


def note_of_holder(database: Path) -> str:
    """Return what the process that holds the lock waits for, "" for nothing."""
    try:
        data = _lock_of(database).read_bytes()
    except OSError:
        return ""
    return data[_WIDTH:].decode(errors="ignore").strip()


def _lock_of(database: Path) -> Path:
    """Return the lock beside the file itself: a symbolic link to a database has the same lock."""
    file = database.resolve()
    return file.with_name(file.name + ".lock")


def _try_lock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid(handle: int) -> int:
    text = os.pread(handle, _WIDTH, 0).strip()
    return int(text) if text.isdigit() else 0
