"""Carries a database of monitor 0.1.0 over into the present schema.

    lock ─▶ keep writers out ─▶ back up ─▶ new file ─▶ copy ─▶ compare ─▶ swap

Everything is copied from the backup into a new file, which is compared with the backup and then
takes the place of the old file in one step. A process that is killed before that step leaves the
old file as it was; what it left beside it is removed by the next attempt.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from stat import S_IMODE
from typing import TYPE_CHECKING

from monitor.errors import StoreError
from monitor.store.backup import COMPANIONS, back_up, put_in_place
from monitor.store.database import open_database
from monitor.store.faults import store_error
from monitor.store.fulltext import split
from monitor.store.lock import sole_worker
from monitor.store.queries.reader import connect
from monitor.store.schema.version import is_of_early_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Progress = Callable[[int, int], None]

_ROOM = 2.2  # times the old file: the backup, the new file, and something over
_BUSY = 1.5  # seconds to wait for another process that has the file open

# What early versions called differently, by its present name.
_OLD_TABLES = {
    "notified": "told",
    "article_features": "traces",
    "story_profiles": "profiles",
    "story_features": "story_marks",
    "feature_counts": "mark_counts",
}
_OLD_COLUMNS = {
    ("internal_errors", "notified"): "told",
    ("article_features", "roundup"): "survey",
    ("story_profiles", "features"): "marks",
    ("story_features", "feature"): "mark",
    ("recent_hits", "features"): "marks",
    ("feature_counts", "feature"): "mark",
}
# Columns that early versions lack, where another value than the default is known; `o` is the row.
_MISSING = {
    ("feeds", "reason"): """CASE
        WHEN error LIKE 'http-401%' OR error LIKE 'http-403%' OR error LIKE 'http-451%'
            THEN 'http-denied'
        WHEN error LIKE 'http-410%' THEN 'http-gone'
        WHEN error LIKE 'http-%' THEN 'http'
        ELSE substr(error, 1, instr(error || ':', ':') - 1) END""",
    # What may be on its way, or was refused, is tried again as the message that it was.
    ("alerts", "message"): """CASE
        WHEN digest AND leased THEN (SELECT b.key FROM old.alerts b WHERE b.digest AND b.leased
            AND b.channel = o.channel ORDER BY b.id LIMIT 1)
        WHEN leased OR plain THEN key ELSE '' END""",
    ("alerts", "tried_at"): "iif(leased, created_at, NULL)",
}
# Columns that once held something else: `digest` was 0 or 1 before there were kinds of digests.
_CONVERTED = {
    ("alerts", "digest"): "CASE digest WHEN 1 THEN 'catching-up' WHEN 0 THEN '' ELSE digest END"
}
# The ledger by day, which early versions did not keep; entries of a first poll are no news.
_NEWS_DAYS = """
INSERT INTO main.news_days
SELECT e.feed_id, cast(e.first_seen_at / 86400 AS INTEGER), count(*), max(e.first_seen_at)
FROM main.entries e JOIN main.feeds f ON f.id = e.feed_id AND f.first_polled_at < e.first_seen_at
GROUP BY 1, 2
"""
# What nobody may lose, compared row by row where the old file has it. The rest is counted.
_COMPARED = {
    "entries": "SELECT feed_id, outcome, count(*) FROM {} GROUP BY 1, 2 ORDER BY 1, 2",
    "identities": "SELECT feed_id, count(*), count(DISTINCT entry_id) FROM {} GROUP BY 1",
    "feedback": "SELECT article_id, reader, kind, said, topics, at FROM {} ORDER BY id",
    "silences": "SELECT id, topic, term, publisher, starts_at, ends_at FROM {} ORDER BY id",
    "alerts": "SELECT channel, state, count(*) FROM {} GROUP BY 1, 2 ORDER BY 1, 2",
}


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What was carried over: rows by table. `only_in_backup` are tables that are not monitor's."""

    schema: int
    backup: Path
    rows: dict[str, int]
    only_in_backup: tuple[str, ...]


def upgrade(database: Path, progress: Progress = lambda *_: None) -> Upgrade | None:
    """Bring a database to the present schema; None if nothing had to be carried over.

    `progress` gets (tables copied, in all). Raises StoreError; the old file is then in its place.
    """
    path = database.resolve()
    if not is_of_early_version(_version(path)):
        open_database(path).close()
        return None
    with sole_worker(path):
        if not is_of_early_version(_version(path)):  # another upgrade came first
            return None
        with _writers_kept_out(path):
            return _replace(path, progress)


def _version(path: Path) -> int:
    with closing(connect(path)) as db:
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if not version:
        raise StoreError(f"{path} is no database of monitor, or an empty one")
    return version


@contextmanager
def _writers_kept_out(path: Path) -> Iterator[None]:
    """Fold the write-ahead log into the file, and let nobody write until it has been replaced.

    SQLite gives the log up only where no other process has the file open. A log that stayed beside
    the new file would be played into it.
    """
    try:
        with closing(sqlite3.connect(path, timeout=_BUSY, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = DELETE")
            db.execute("BEGIN IMMEDIATE")
            yield
    except StoreError as error:
        raise StoreError(f"{error}; nothing was carried over") from error
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{store_error(error, path)}; nothing was carried over") from error


def _replace(path: Path, progress: Progress) -> Upgrade:
    _refuse_little_room(path)
    version = _version(path)
    backup, new = _backup_name(path, version), path.with_name(f".{path.name}.upgrade")
    _remove(new)
    back_up(path, backup)
    try:
        rows, unknown = _build(new, backup, progress)
        _give_away(new, backup, like=path)
    except BaseException:
        _remove(new)
        backup.unlink()
        raise
    put_in_place(new, path)
    return Upgrade(version, backup, rows, unknown)


def _give_away(new: Path, backup: Path, *, like: Path) -> None:
    """Let the new file be used by those who used the old one: who upgrades may be root."""
    old = like.stat()
    for each in (new, backup):
        made = each.stat()
        if (made.st_uid, made.st_gid) != (old.st_uid, old.st_gid):
            os.chown(each, old.st_uid, old.st_gid)
    new.chmod(S_IMODE(old.st_mode))


def _refuse_little_room(path: Path) -> None:
    needed, free = path.stat().st_size * _ROOM, shutil.disk_usage(path.parent).free
    if free < needed:
        raise StoreError(
            f"{path}: {needed / 1e6:,.1f} MB must be free beside it, for the backup and the new"
            f" file, and {free / 1e6:,.1f} MB are"
        )


def _backup_name(path: Path, version: int) -> Path:
    """Return a name that is free: an earlier backup may hold what this database does not."""
    names = (f"{path.name}.schema-{version}" + (f".{n}" if n else "") for n in count())
    return next(free for free in map(path.with_name, names) if not free.exists())


def _remove(new: Path) -> None:
    for suffix in ("", *COMPANIONS):
        new.with_name(new.name + suffix).unlink(missing_ok=True)


def _build(new: Path, backup: Path, progress: Progress) -> tuple[dict[str, int], tuple[str, ...]]:
    """Fill a new file from the backup; return its rows by table, and tables that stay behind."""
    with closing(open_database(new)) as opened:
        db = opened.conn
        db.execute("PRAGMA journal_mode = MEMORY")  # a new file is thrown away after a crash
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("ATTACH ? AS old", (str(backup),))
        theirs = _tables(db, "old")
        shared = [name for name in _tables(db, "main") if _OLD_TABLES.get(name, name) in theirs]
        db.execute("BEGIN")
        for done, table in enumerate(shared):
            progress(done, len(shared))
            _copy(db, table)
        if "news_days" not in shared:
            db.execute(_NEWS_DAYS)
        _index(db)
        db.execute("COMMIT")
        progress(len(shared), len(shared))
        rows = _compared(db, shared)
        db.execute("DETACH old")
    known = {_OLD_TABLES.get(name, name) for name in shared}
    return rows, tuple(name for name in theirs if name not in known)


def _tables(db: sqlite3.Connection, file: str) -> list[str]:
    """Return the names of tables in the order of their creation: feeds come before entries."""
    rows = db.execute(
        f"SELECT name FROM {file}.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " AND name NOT LIKE 'versions_fts%' AND name <> '_sqlite_migrations' ORDER BY rowid"
    )
    return [row[0] for row in rows]


def _columns(db: sqlite3.Connection, file: str, table: str) -> list[str]:
    rows = db.execute("SELECT name FROM pragma_table_info(?, ?)", (table, file))
    return [row[0] for row in rows]


def _copy(db: sqlite3.Connection, table: str) -> None:
    """Copy the columns that both files have, and what is known of those that the old one lacks."""
    source = _OLD_TABLES.get(table, table)
    theirs = _columns(db, "old", source)
    values = {}
    for column in _columns(db, "main", table):
        name = _OLD_COLUMNS.get((table, column), column)
        if name in theirs:
            values[column] = _CONVERTED.get((table, column), f'"{name}"')
        elif (table, column) in _MISSING:
            values[column] = _MISSING[table, column]
    names = ", ".join(f'"{column}"' for column in values)
    db.execute(f"DELETE FROM main.{table}")
    db.execute(
        f"INSERT INTO main.{table} ({names}) SELECT {', '.join(values.values())}"
        f" FROM old.{source} AS o"
    )


def _index(db: sqlite3.Connection) -> None:
    """Index all texts anew: the old index has none of them to copy."""
    texts = db.execute("SELECT id, title, text FROM main.versions")
    db.executemany(
        "INSERT INTO main.versions_fts (rowid, title, text) VALUES (?, ?, ?)",
        ((version, split(title), split(text)) for version, title, text in texts),
    )


def _compared(db: sqlite3.Connection, tables: list[str]) -> dict[str, int]:
    """Return the rows of each table. Raises StoreError where the new file differs from the old."""
    rows: dict[str, int] = {}
    for table in tables:
        ours, theirs = f"main.{table}", f"old.{_OLD_TABLES.get(table, table)}"
        for query in ("SELECT count(*) FROM {}", _COMPARED.get(table, "SELECT 1")):
            if _all(db, query.format(ours)) != _all(db, query.format(theirs)):
                raise StoreError(f"{table} did not arrive as it was: please report this")
        rows[table] = db.execute(f"SELECT count(*) FROM {ours}").fetchone()[0]
    broken = _all(db, "PRAGMA main.foreign_key_check")
    if len(broken) > len(_all(db, "PRAGMA old.foreign_key_check")):
        raise StoreError(f"references did not arrive as they were: {broken[0]}; please report this")
    [(answer,), *_] = _all(db, "PRAGMA main.integrity_check(1)")
    if answer != "ok":
        raise StoreError(f"the new file is damaged ({answer}): is the disk sound?")
    return rows


def _all(db: sqlite3.Connection, query: str) -> list[tuple[object, ...]]:
    return db.execute(query).fetchall()
