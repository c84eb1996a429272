"""The schema, as migrations that are only ever appended.

The first one is all of the first release: `initial_tables.sql` and `initial_views.sql`. Databases
in use have been through it, so from here on none is edited, renamed or removed: a change is a new
function at the end, which replaces the views that it changes, and `SCHEMA_VERSION` one higher.

`user_version` holds the number of migrations (see version.py), so that a program can tell a newer
database without knowing its migrations.
"""

from __future__ import annotations

import re
import sqlite3
from importlib.resources import files
from typing import TYPE_CHECKING

from monitor.store.fulltext import split
from monitor.store.sqlite_light import Migrations
from monitor.text.scripts import CJK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

migrations = Migrations("monitor")


@migrations()
def initial(db: Database) -> None:
    """Create the tables, indexes and triggers, and the views on them."""
    for name in ("initial_tables.sql", "initial_views.sql"):
        _run(db, name)


@migrations()
def figure_labels(db: Database) -> None:
    """Add the noun and the act of a figure: only figures with the same are compared."""
    db.execute("ALTER TABLE figures ADD COLUMN label TEXT NOT NULL DEFAULT ''")


@migrations()
def back_off_by_channel(db: Database) -> None:
    """Count the failures of a channel, and keep when an alert was due before its sends failed."""
    db.execute("ALTER TABLE channels ADD COLUMN failures_in_a_row INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE alerts ADD COLUMN first_due_at REAL")


@migrations()
def feeds_after_a_restore(db: Database) -> None:
    """Mark feeds that were not read since the database was restored from a backup."""
    db.execute("ALTER TABLE feeds ADD COLUMN restored INTEGER NOT NULL DEFAULT 0")


@migrations()
def saved_views(db: Database) -> None:
    """Add searches that have a name."""
    db.execute("""CREATE TABLE saved_views (
    name TEXT PRIMARY KEY COLLATE NOCASE,
    query TEXT NOT NULL,      -- JSON: the parameters of the search, as /hits has them
    author TEXT NOT NULL, saved_at REAL NOT NULL
) WITHOUT ROWID""")
    db.execute("""CREATE VIEW saved_view_list AS
-- Saved views of hits: `monitor views`.
SELECT name, query, author AS by,
       strftime('%Y-%m-%dT%H:%M:%SZ', saved_at, 'unixepoch') AS saved_at
FROM saved_views""")


@migrations()
def hits_by_time(db: Database) -> None:
    """Find the articles of stories by time, without a walk over all that were seen."""
    db.execute(
        "CREATE INDEX articles_hit ON articles(seen_at, story_id) WHERE story_id IS NOT NULL"
    )


@migrations()
def stories_edited_by_hand(db: Database) -> None:
    """Remember which stories readers merged (`other_id` into `story_id`) and split."""
    db.execute(
        "CREATE TABLE story_edits ("
        " id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('merge', 'split')),"
        " story_id INTEGER NOT NULL, other_id INTEGER NOT NULL, reader TEXT NOT NULL,"
        " at REAL NOT NULL)"
    )


@migrations()
def events_of_articles(db: Database) -> None:
    """Keep how severe an article's event is, and where, as feeds of official bodies say."""
    db.execute(
        "CREATE TABLE article_events ("
        " article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,"
        " severity TEXT NOT NULL, latitude REAL, longitude REAL)"
    )
    db.execute("DROP VIEW article_texts")
    db.execute("""CREATE VIEW article_texts AS
-- Articles with the text that readers see now: `monitor show`, and back-tests.
SELECT a.id, v.title, v.text, a.link AS url, a.publisher, a.lang, f.kind, f.url AS feed,
       f.title AS feed_title,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.published_at, 'unixepoch') AS published_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.seen_at, 'unixepoch') AS seen_at, a.seen_at AS seen,
       a.story_id AS story, a.version_id,
       coalesce(e.severity, '') AS severity, e.latitude, e.longitude
FROM articles a JOIN versions v ON v.id = a.version_id JOIN feeds f ON f.id = a.feed_id
LEFT JOIN article_events e ON e.article_id = a.id""")


@migrations()
def thai_by_the_letter(db: Database) -> None:
    """Index texts of Thai, Lao, Khmer and Burmese anew, a letter at a time: they have no spaces."""
    texts = db.execute(
        "SELECT id, title, text FROM versions WHERE title || text"
        " GLOB '*[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f]*'"
    ).fetchall()
    db.conn.executemany(  # an index without content needs the indexed words to delete them
        "INSERT INTO versions_fts (versions_fts, rowid, title, text) VALUES ('delete', ?, ?, ?)",
        [(id_, _split_before(title), _split_before(text)) for id_, title, text in texts],
    )
    db.conn.executemany(
        "INSERT INTO versions_fts (rowid, title, text) VALUES (?, ?, ?)",
        [(id_, split(title), split(text)) for id_, title, text in texts],
    )


def _split_before(text: str) -> str:
    """Return a text as it was indexed before `thai_by_the_letter`."""
    return re.sub(f"[{CJK}]+", lambda run: f" {' '.join(run[0])} ", text)


@migrations()
def story_activity(db: Database) -> None:
    """Add what people do about stories: who takes, closes and notes what, and when."""
    _run(db, "activity.sql")


@migrations()
def glosses(db: Database) -> None:
    """Add what headlines name, machine translations of them, and the languages of readers."""
    _run(db, "gloss.sql")


@migrations()
def belief(db: Database) -> None:
    """Add the reliability of feeds, and for whom speakers speak."""
    _run(db, "belief.sql")


@migrations()
def pages(db: Database) -> None:
    """Add the pages of hits: which are due, and what was seen there."""
    _run(db, "pages.sql")


@migrations()
def assist_usage(db: Database) -> None:
    """Count what the assistant costs in each month, and how much of it stands the check."""
    db.execute("""CREATE TABLE assist_usage (
    month TEXT PRIMARY KEY,   -- `2024-10` (UTC)
    answers INTEGER NOT NULL, tokens INTEGER NOT NULL,
    sentences INTEGER NOT NULL,   -- that stood the check
    dropped INTEGER NOT NULL      -- whose figures, places or names the cited texts have not
) WITHOUT ROWID""")


@migrations()
def no_fingerprints_of_entries(db: Database) -> None:
    """Forget what the entries of feeds looked like: to read them again is cheap."""
    db.execute("ALTER TABLE feeds DROP COLUMN entry_fingerprints")


@migrations()
def counts(db: Database) -> None:
    """Count hits and the entries of the ledger from indexes alone."""
    _run(db, "counts.sql")


@migrations()
def claims_by_host(db: Database) -> None:
    """Find the last claim of a host from an index alone."""
    db.execute("DROP INDEX feeds_claimed")
    db.execute("CREATE INDEX feeds_claimed ON feeds(claimed_at, host)")


def _run(db: Database, name: str) -> None:
    """Run the statements of a script beside this module."""
    script = files(__package__).joinpath(name).read_text(encoding="utf-8")
    for statement in statements(script):
        db.execute(statement)


def statements(script: str) -> Iterator[str]:
    """Yield the statements of a script one by one; SQLite tells where each of them ends.

    `executescript` would commit the transaction that all of them belong to. A `;` within a trigger
    or a comment ends nothing.
    """
    lines: list[str] = []
    for line in script.splitlines(keepends=True):
        lines.append(line)
        if sqlite3.complete_statement(statement := "".join(lines)):
            yield statement
            lines = []
    if rest := "".join(lines).strip():
        yield rest
