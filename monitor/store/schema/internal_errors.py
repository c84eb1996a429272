"""Add the bugs of this program that it ran into, each kind once."""

SQL = """
CREATE TABLE internal_errors (
    kind TEXT PRIMARY KEY,        -- such as `polling: KeyError at ingest.py:210`
    version TEXT NOT NULL,        -- of this program, when it last happened
    about TEXT NOT NULL,          -- the feed or the channel that it last happened with
    times INTEGER NOT NULL,
    first_at REAL NOT NULL, last_at REAL NOT NULL,
    told INTEGER NOT NULL DEFAULT 0   -- whether the operations channel knows of it
) WITHOUT ROWID;

CREATE VIEW internal_error_list AS
SELECT kind, version, about, times, last_at AS last,
       strftime('%Y-%m-%dT%H:%M:%SZ', first_at, 'unixepoch') AS first_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', last_at, 'unixepoch') AS last_at
FROM internal_errors;
"""
