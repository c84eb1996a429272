"""Whether a database is whole. Reads only, so that a service need not stop for it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.errors import StoreError, StoreMismatchError, StoreMissingError
from monitor.store.queries.reader import Reader, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MOST = 20  # problems that are told of each check


@dataclass(frozen=True, slots=True)
class Check:
    """One check, what it looked at, and what it found wrong."""

    name: str
    looked_at: str
    problems: tuple[str, ...]


# What must hold, each as a query for the rows that break it: a name and how many.
_LEDGER = {
    "feed {}: its known entries are no digests; they are made anew at its next document":
        "SELECT url FROM feeds WHERE typeof(known) <> 'blob' OR length(known) % 8",
    "feed {}: its entries by outcome do not add up":
        "SELECT feed FROM coverage"
        " WHERE entries <> hit + near_miss + no_match + duplicate + unread",
    "entry {} has no identity: it would be taken for a new one":
        "SELECT id FROM entries WHERE id NOT IN (SELECT entry_id FROM identities)",
    "article {} has no entry in the ledger":
        "SELECT id FROM articles WHERE id NOT IN"
        " (SELECT article_id FROM entries WHERE article_id IS NOT NULL)",
    "article {} has no text":
        "SELECT a.id FROM articles a LEFT JOIN versions v"
        " ON v.id = a.version_id AND v.article_id = a.id WHERE v.id IS NULL",
    "entry {} is counted as a hit, but its article has none":
        "SELECT id FROM entries WHERE outcome = 'hit' AND article_id NOT IN"
        " (SELECT article_id FROM matches WHERE reason = '') AND article_id IS NOT NULL",
    "entry {} is counted as a near miss, but its article has no match":
        "SELECT id FROM entries WHERE outcome = 'near-miss' AND article_id NOT IN"
        " (SELECT article_id FROM matches) AND article_id IS NOT NULL",
    "article {} has a hit that the ledger does not count":
        "SELECT DISTINCT article_id FROM matches WHERE reason = '' AND article_id NOT IN"
        " (SELECT article_id FROM entries WHERE outcome = 'hit' AND article_id IS NOT NULL)",
    "alert {} is pending, but will never be due":
        "SELECT id FROM alerts WHERE state = 'pending' AND due_at IS NULL",
    "alert {} is done with, but would be sent again":
        "SELECT id FROM alerts WHERE due_at IS NOT NULL AND state NOT IN ('pending', 'failed')",
}  # fmt: skip

_INDEX = {
    "text {} is not in the search index":
        "SELECT id FROM versions WHERE id NOT IN (SELECT id FROM versions_fts_docsize)",
    "the search index holds text {}, which is gone":
        "SELECT id FROM versions_fts_docsize WHERE id NOT IN (SELECT id FROM versions)",
}  # fmt: skip


def verify(database: Path) -> list[Check]:
    """Check a database: pages, references, the search index, the ledger. Raises StoreError.

    All of it is seen as of one moment. A damage that stops a check is that check's problem.
    """
    try:
        with closing(connect(database)) as db:
            db.execute("BEGIN")
            pages = _check("pages", db, _pages)
            if pages.problems:  # what stands in damaged pages proves nothing more
                return [pages]
            with Reader(database):  # refuses another version's tables
                pass
            kinds = {"references": _references, "search index": _index, "ledger": _ledger}
            return [pages, *(_check(name, db, find) for name, find in kinds.items())]
    except (StoreMissingError, StoreMismatchError):
        raise
    except (StoreError, sqlite3.Error) as error:
        return [Check("pages", "the file", (str(error),))]


def _check(
    name: str, db: sqlite3.Connection, find: Callable[[sqlite3.Connection], tuple[str, list[str]]]
) -> Check:
    try:
        looked_at, problems = find(db)
    except sqlite3.DatabaseError as error:
        return Check(name, "stopped", (f"cannot be read: {error}",))
    if len(problems) > MOST:
        problems = [*problems[:MOST], "and more"]
    return Check(name, looked_at, tuple(problems))


def _pages(db: sqlite3.Connection) -> tuple[str, list[str]]:
    answers = [row[0] for row in db.execute(f"PRAGMA integrity_check({MOST + 1})")]
    [pages] = db.execute("PRAGMA page_count").fetchone()
    return f"{pages} pages", [] if answers == ["ok"] else answers


def _references(db: sqlite3.Connection) -> tuple[str, list[str]]:
    broken = [
        f"{row['table']} {row['rowid']} refers to a row of {row['parent']} that is not there"
        for row in db.execute("PRAGMA foreign_key_check")
    ]
    [tables] = db.execute(
        "SELECT count(*) FROM sqlite_master m WHERE type = 'table'"
        " AND EXISTS (SELECT 1 FROM pragma_foreign_key_list(m.name))"
    ).fetchone()
    return f"{tables} tables", broken


def _index(db: sqlite3.Connection) -> tuple[str, list[str]]:
    """Walk through every word of the index; SQLite's own check of it would have to write."""
    problems = list(_broken(db, _INDEX))
    db.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'versions_fts', 'row')")
    [words, found] = db.execute("SELECT count(*), coalesce(sum(cnt), 0) FROM temp.words").fetchone()
    db.execute("DROP TABLE temp.words")
    wanted = sum(_lengths(row[0]) for row in db.execute("SELECT sz FROM versions_fts_docsize"))
    if found != wanted:
        problems.append(f"the texts have {wanted} words, the search index finds {found}")
    return f"{words} words", problems


def _lengths(packed: bytes) -> int:
    """Return the sum of FTS5's numbers of words, each packed 7 bits a byte, the highest first."""
    total = number = 0
    for byte in packed:
        number = number << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a number
            total, number = total + number, 0
    return total


def _ledger(db: sqlite3.Connection) -> tuple[str, list[str]]:
    [entries, feeds] = db.execute(
        "SELECT count(*), count(DISTINCT feed_id) FROM entries"
    ).fetchone()
    return f"{entries} entries of {feeds} feeds", list(_broken(db, _LEDGER))


def _broken(db: sqlite3.Connection, rules: dict[str, str]) -> Iterator[str]:
    for sentence, query in rules.items():
        for row in db.execute(f"{query} LIMIT {MOST + 1}"):
            yield sentence.format(row[0])
