"""A copy of the database, made while the service writes. Standard sqlite3 only."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import StoreError
from monitor.files import SHARED, refuse_special
from monitor.store.queries.reader import connect

if TYPE_CHECKING:
    from collections.abc import Callable

_PAGES = 256  # copied between two reports of progress
COMPANIONS = ("-wal", "-shm", "-journal")


def back_up(
    database: Path,
    target: Path,
    *,
    force: bool = False,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> int:
    """Copy a database into one file, as it is at this moment; return its size in bytes.

    The copy is checked, and only then gets its name: there is never half a backup. Its owner and
    group can read it. `force` replaces an earlier one, a link's target in its place. `progress`
    gets (pages copied, in all). Raises StoreError, and InputError for what is no regular file.
    """
    refuse_special(target)
    target = target.resolve() if target.is_symlink() else target
    with closing(connect(database)) as source:
        try:
            if not source.execute("PRAGMA user_version").fetchone()[0]:
                raise StoreError(f"{database} is no database of monitor, or an empty one")
            _refuse(database, target, force=force)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            os.fchmod(handle, SHARED)
            os.close(handle)
        except OSError as error:
            raise StoreError(f"{target}: cannot be written: {error.strerror}") from error
        copy = Path(name)
        try:
            _copy(source, copy, progress)
            _check(copy)
            put_in_place(copy, target)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{target}: the backup failed, nothing was kept: {error}") from error
        finally:
            for left in (copy, *(Path(name + suffix) for suffix in COMPANIONS)):
                left.unlink(missing_ok=True)
    return target.stat().st_size


def _refuse(database: Path, target: Path, *, force: bool) -> None:
    """Refuse a target that is in use; a log that is left beside it would be played into it."""
    if target.exists() and target.samefile(database):
        raise StoreError(f"{target} is the database itself: name another file")
    for suffix in COMPANIONS:
        if (beside := target.with_name(target.name + suffix)).exists():
            raise StoreError(f"{beside} exists, so {target} is in use: name another file")
    if target.exists() and not force:
        raise StoreError(f"{target} exists: name another file, or replace it with --force")


def _copy(source: sqlite3.Connection, copy: Path, progress: Callable[[int, int], None]) -> None:
    """Copy inside one read transaction: what is written meanwhile would start the copy anew.

    The copy has no write-ahead log, so that it is one file that anyone can read anywhere.
    """
    with closing(sqlite3.connect(copy)) as target:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(
            target, pages=_PAGES, progress=lambda _, left, total: progress(total - left, total)
        )
        source.rollback()
        target.execute("PRAGMA journal_mode = DELETE")


def _check(copy: Path) -> None:
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as db:
        [(answer,), *_] = db.execute("PRAGMA integrity_check(1)").fetchall()
    if answer != "ok":
        raise StoreError(
            f"the copy is damaged ({answer}), nothing was kept: `monitor db verify` says whether"
            " the database is"
        )


def put_in_place(copy: Path, target: Path) -> None:
    """Write the copy through to the disk, then give it its name."""
    for path, rename in ((copy, True), (target.absolute().parent, False)):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if rename:
            copy.replace(target)
