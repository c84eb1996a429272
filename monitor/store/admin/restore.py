"""Puts a backup in the place of the database, and marks what may have been sent since.

    lock ─▶ copy and check the backup ─▶ mark ─▶ keep the old file ─▶ swap

A process that is killed before the swap leaves the old file in its place; what it left beside it is
removed by the next attempt.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from monitor.errors import StoreError
from monitor.files import SHARED, refuse_special
from monitor.store.backup import COMPANIONS, back_up, put_in_place
from monitor.store.database import open_database
from monitor.store.faults import store_error
from monitor.store.lock import sole_worker
from monitor.store.queries.reader import Reader, connect
from monitor.store.schema.version import refuse_unknown
from monitor.store.times import seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    Progress = Callable[[int, int], None]

# What was to be sent may have been sent since, all but what has its time in the future.
_UNKNOWN = """
UPDATE alerts SET digest = 'restored', due_at = :now, leased = 0, in_doubt = 0, plain = 0,
    attempts = 0, message = '', reason = 'may have been sent before the restore'
WHERE state = 'pending' AND due_at IS NOT NULL AND notice IS NULL
AND (digest = '' OR leased OR due_at <= :now)
"""
_UNREAD = "UPDATE feeds SET restored = 1, leased = 0, due_at = min(due_at, :now)"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done: the size in bytes, and how many alerts may have been sent since the backup.

    `kept` is where the former database is now, None where there was none.
    """

    size: int
    unknown: int
    kept: Path | None


def restore(
    database: Path, backup: Path, now: datetime, progress: Progress = lambda *_: None
) -> Restored:
    """Replace the database by a backup, while no service runs. Raises StoreError.

    What the backup has to send, and what feeds bring first, goes out as one digest: it may have
    been sent after the backup. `progress` gets (pages copied, in all).
    """
    refuse_special(database)
    path, new = database.resolve(), database.resolve().with_name(f".{database.name}.restore")
    if path.exists() and backup.exists() and path.samefile(backup):
        raise StoreError(f"{backup} is the database itself: name a backup")
    with sole_worker(path):
        _remove(new)
        try:
            _refuse_other(backup)
            size = back_up(backup, new, progress=progress)
            unknown = _mark(new, now)
            kept = _keep(path, new)
            put_in_place(new, path)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{store_error(error, path)}; nothing was restored") from error
        finally:
            _remove(new)
    return Restored(size, unknown, kept)


def _refuse_other(backup: Path) -> None:
    """Refuse what this program cannot bring to the present schema."""
    with closing(connect(backup)) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
    if not version:
        raise StoreError(f"{backup} is no database of monitor, or an empty one")
    refuse_unknown(backup, version)


def _mark(new: Path, now: datetime) -> int:
    """Mark what may have been sent since the backup; return the number of alerts."""
    with closing(open_database(new, keep_copy=False)) as db:
        marked = _marked(db.conn, now)
        db.execute("PRAGMA journal_mode = DELETE")
    with Reader(new):  # it can be read as any other
        pass
    return marked


def _marked(db: sqlite3.Connection, now: datetime) -> int:
    db.execute("BEGIN IMMEDIATE")
    marked = db.execute(_UNKNOWN, {"now": seconds(now)}).rowcount
    db.execute(_UNREAD, {"now": seconds(now)})
    db.execute("COMMIT")
    return int(marked)


def _keep(path: Path, new: Path) -> Path | None:
    """Give the former database, and its log, a second name; the new one gets its mode and owner.

    A log that stayed beside the restored file would be played into it.
    """
    if not path.exists():
        new.chmod(SHARED)
        return None
    old = path.stat()
    new.chmod(old.st_mode & 0o777)
    if (old.st_uid, old.st_gid) != (os.getuid(), os.getgid()):
        os.chown(new, old.st_uid, old.st_gid)
    kept = _free_name(path)
    for suffix in ("", "-wal", "-journal"):
        if (each := path.with_name(path.name + suffix)).exists():
            os.link(each, kept.with_name(kept.name + suffix))
    for suffix in COMPANIONS:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return kept


def _free_name(path: Path) -> Path:
    names = (f"{path.name}.before-restore" + (f"-{n}" if n else "") for n in count())
    return next(free for free in map(path.with_name, names) if not free.exists())


def _remove(new: Path) -> None:
    for suffix in ("", *COMPANIONS):
        new.with_name(new.name + suffix).unlink(missing_ok=True)
