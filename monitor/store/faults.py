"""Faults of the database: errors of SQLite, and a file that is not the one that was opened."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

from monitor.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

# What SQLite says, beside SQLITE_FULL, where a quota or a limit is reached, or the disk is full
# when its shared memory is made.
_REFUSED = {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}
_MISUSE = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)


def is_database_fault(error: BaseException) -> bool:
    """Whether the database itself is at fault: a full disk, a damaged or a locked file."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, _MISUSE)


def store_error(error: Exception, path: Path | None = None) -> StoreError:
    """Say what is wrong with the database, and whether that may pass."""
    name = f"{path}: " if path else ""
    extended = getattr(error, "sqlite_errorcode", 0)
    code = extended & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreError(f"{name}the database is locked by another process", passing=True)
    if passing := _passing(code, extended):
        return StoreError(f"{name}{passing}", passing=True, partial=True)
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        advice = "`monitor db verify` says more; restore a backup"
        return StoreError(f"{name}the database is damaged ({error}); {advice}")
    return StoreError(f"{name}the database cannot be used: {error}")


def _passing(code: int, extended: int) -> str:
    """Say which passing fault these codes of SQLite stand for, "" for none."""
    if code == sqlite3.SQLITE_FULL:
        return "the disk is full; the database takes no more"
    if extended in _REFUSED:
        return "the disk takes no more: it is full, or a quota is used up"
    if code == sqlite3.SQLITE_CANTOPEN:
        return "the database file cannot be opened: too many open files, or its folder is gone"
    return ""


def identity(path: Path) -> tuple[int, int]:
    """Return what tells a file from others: device and inode. Raises OSError."""
    found = os.stat(path)  # noqa: PTH116 - asked before each transaction
    return found.st_dev, found.st_ino


def check_same_file(path: Path, opened: tuple[int, int]) -> None:
    """Raise StoreError where the path no longer leads to the file that was opened.

    SQLite would go on writing into a file that nobody can find any more.
    """
    try:
        found = identity(path)
    except OSError:
        raise StoreError(
            f"{path}: the database was deleted or moved away while in use; put it"
            " back, or restart to begin with a new one",
            passing=True,
        ) from None
    if found != opened:
        raise StoreError(
            f"{path}: another file was put into the database's place while it was in use;"
            " a restart works with the new one"
        )
