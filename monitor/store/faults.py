"""Errors of SQLite: whether the database is at fault, or the statement that was executed."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from monitor.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

_MISUSE = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)


def is_database_fault(error: BaseException) -> bool:
    """Whether the database itself is at fault: a full disk, a damaged or a locked file."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, _MISUSE)


def store_error(error: Exception, path: Path | None = None) -> StoreError:
    """Say what is wrong with the database, and whether that may pass."""
    name = f"{path}: " if path else ""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreError(f"{name}the database is locked by another process", passing=True)
    if code == sqlite3.SQLITE_FULL:
        return StoreError(f"{name}the disk is full; the database takes no more", passing=True)
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        advice = "`monitor db verify` says more; restore a backup"
        return StoreError(f"{name}the database is damaged ({error}); {advice}")
    return StoreError(f"{name}the database cannot be used: {error}")
