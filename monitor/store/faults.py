"""Errors of SQLite: whether the database is at fault, or the statement that was executed."""

from __future__ import annotations

import sqlite3

_MISUSE = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)


def is_database_fault(error: BaseException) -> bool:
    """Whether the database itself is at fault: a full disk, a damaged or a locked file."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, _MISUSE)
